//! Where requests are led: by `MeshHTTPRoute`s.
use super::{
    Case,
    answer::{Change, Line, Step},
    change, server_name,
};
use crate::{
    plan::{AskedPort, Destination, Filter, HostRoutes, Part, PartName, Route},
    policy::Origin,
    resource::{Key, model::RouteBackend},
};
use serde::Deserialize as _;
use serde_json::Value;
use std::collections::BTreeSet;

/// Where the requests of a workload to a destination go that no narrower route takes.
pub(super) fn follow(case: &Case<'_>, to: &Destination) -> (Vec<Destination>, Line) {
    let step = Step::Route;
    let alone = vec![to.clone()];
    let Some(Part::Outbound(outbound)) = case.plan.get(&PartName::Outbound(to.clone())) else {
        return (alone, Line::unknown(step, "where its requests would go is not asked before its proxy takes any"));
    };
    if !outbound.protocol.has_requests() {
        return (alone, Line::ok(step, "all connections go there: its protocol has no requests that could be led elsewhere"));
    }
    let policies = policies(case, to);
    let every = outbound.hosts.iter().find(|of| of.hosts.is_empty()).or_else(|| outbound.hosts.last());
    let Some(last) = every.and_then(|of| of.routes.last()) else { return (alone, Line::ok(step, "all requests go there")) };
    let named = if policies.is_empty() { "no MeshHTTPRoute is about it".to_owned() } else { format!("by {}", said(case, &policies)) };
    if last.filters.iter().any(|filter| matches!(filter, Filter::Redirect { .. })) {
        return (alone, Line::unknown(step, format!("clients are sent elsewhere, {named}")));
    }
    let targets: Vec<Destination> = last.to.iter().map(|weighted| weighted.to.clone()).collect();
    if targets.is_empty() {
        let led = format!("requests are led nowhere, and answered with 500, {named}");
        if let Some((why, change)) = unaskable(case, &policies) {
            return (alone, Line::broken(step, format!("{led}: {why}"), change));
        }
        let what = format!("{led}: there is no service that its `backendRefs` name");
        return (alone, Line::broken(step, what, mended(case, &policies)));
    }
    let narrower = narrower(every, last);
    let there = targets.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let what = if targets == alone { format!("requests go to it: {named}") } else { format!("requests go to {there}, {named}") };
    (targets, Line::ok(step, format!("{what}{narrower}")))
}

/// What is said of routes that take some requests only.
fn narrower(of: Option<&HostRoutes>, last: &Route) -> String {
    let others = of.into_iter().flat_map(|of| &of.routes).filter(|route| *route != last);
    let (all, nowhere) = others.fold((0, 0), |(all, nowhere), route| (all + 1, nowhere + usize::from(leads_nowhere(route))));
    match (all, nowhere) {
        (0, _) => String::new(),
        (_, 0) => format!("; {all} narrower routes take others"),
        _ => format!("; of {all} narrower routes {nowhere} lead nowhere (500)"),
    }
}

fn leads_nowhere(route: &Route) -> bool {
    route.to.is_empty() && !route.filters.iter().any(|filter| matches!(filter, Filter::Redirect { .. }))
}

/// The policies that say where requests go.
fn policies(case: &Case<'_>, to: &Destination) -> BTreeSet<Key> {
    let confs = case.side.plans.route_confs(&case.asker, to);
    confs.iter().flat_map(|merged| &merged.origins).map(|Origin { policy, .. }| policy.clone()).collect()
}

fn said(case: &Case<'_>, policies: &BTreeSet<Key>) -> String {
    policies.iter().map(|policy| format!("MeshHTTPRoute {}", case.side.called(policy))).collect::<Vec<_>>().join(", ")
}

/// A backend that there is, at a port for which nobody can ask.
fn unaskable(case: &Case<'_>, policies: &BTreeSet<Key>) -> Option<(String, Change)> {
    let plans = &case.side.plans;
    policies.iter().filter_map(|policy| case.side.held.get(policy)).find_map(|held| {
        let spec = held.resource.spec.value()?;
        let rules = spec["to"].as_array().into_iter().flatten().flat_map(|item| item["rules"].as_array().into_iter().flatten());
        let backends = rules.flat_map(|rule| rule["default"]["backendRefs"].as_array().into_iter().flatten());
        backends.filter_map(|backend| RouteBackend::deserialize(backend).ok()).find_map(|backend| {
            let (service, section) = plans.backend_service(&held.resource.key, &backend)?;
            let is_meant = |port: &AskedPort| match backend.port {
                Some(number) => u32::from(port.number) == number,
                None => section.is_empty() || port.of.port == section,
            };
            server_name::too_long(case.side, service, is_meant)
        })
    })
}

/// The routes without those backends that are nobody: then requests go where they were sent.
fn mended(case: &Case<'_>, policies: &BTreeSet<Key>) -> Change {
    let mut resources = Vec::new();
    let mut place = None;
    for held in policies.iter().filter_map(|policy| case.side.held.get(policy)) {
        let written = change::respecified(held, |spec| {
            let items = spec.get_mut("to").and_then(Value::as_array_mut).into_iter().flatten();
            let rules = items.flat_map(|item| item.get_mut("rules").and_then(Value::as_array_mut).into_iter().flatten());
            for conf in rules.filter_map(|rule| rule.get_mut("default")?.as_object_mut()) {
                let backends = conf.get("backendRefs").and_then(Value::as_array);
                let is_somebody = |backend: &Value| {
                    let backend = RouteBackend::deserialize(backend).ok();
                    backend.is_some_and(|backend| case.side.plans.backend(&held.resource.key, &backend).is_some())
                };
                if backends.is_some_and(|backends| !backends.iter().any(is_somebody)) {
                    conf.remove("backendRefs");
                }
            }
        });
        if written.spec.value() != held.written.spec.value() && place.get_or_insert_with(|| held.place.clone()) == &held.place {
            resources.push(written);
        }
    }
    let how = "take out the backends that are nobody, or write the service that they name";
    match place {
        Some(place) => Change::write(how, &place, &resources),
        None => Change::act(how),
    }
}
