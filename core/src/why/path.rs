//! Proxy, name, address and outbound of whoever asks.
use super::{
    Case,
    answer::{Change, Line, Step},
    change,
    ground::{Ground, Place, Source},
    question::By,
    server_name,
    side::Side,
};
use crate::{
    names::ServiceId,
    node::VipState,
    plan::{AskedPort, Destination, Part, PartName, Reaching},
    resource::{Key, Kind, model::DataplaneInsight},
};
use serde::Deserialize as _;

/// What is known of a proxy that is to be connected.
pub(super) enum Connected {
    /// It is.
    Yes,
    /// It was, and may go on with what it was told.
    Was,
    /// It never was.
    Never,
}

/// Whether a proxy is connected; `None`: nobody here knows.
pub(super) fn connected(ground: &Ground, side: &Side, proxy: &Key) -> Option<Connected> {
    let running = ground.running.as_ref()?;
    let insight = insight(side, proxy);
    let is_there = match &ground.source {
        Source::Zone(_) => running.proxies.contains_key(proxy),
        _ => insight.as_ref().is_some_and(DataplaneInsight::is_online),
    };
    let was = || if insight.is_some_and(|insight| !insight.subscriptions.is_empty()) { Connected::Was } else { Connected::Never };
    Some(if is_there { Connected::Yes } else { was() })
}

/// What a zone has written of a proxy.
pub(super) fn insight(side: &Side, proxy: &Key) -> Option<DataplaneInsight> {
    let key = Key { kind: Kind::new("DataplaneInsight").ok()?, ..proxy.clone() };
    DataplaneInsight::deserialize(side.held.get(&key)?.resource.spec.value()?).ok()
}

/// The proxy beside whoever asks.
pub(super) fn proxy(ground: &Ground, side: &Side, asker: &Key, service: Option<&ServiceId>) -> Line {
    let (step, name) = (Step::Proxy, &asker.name);
    let status = ground.running.as_ref().and_then(|running| running.proxies.get(asker));
    let start = || Change::act(format!("start it: `strait proxy run`, with the Dataplane {name}"));
    match (connected(ground, side, asker), status) {
        (None, _) => Line::unknown(step, format!("whether the proxy {name} runs, and has taken what it is told, only its zone knows")),
        (Some(Connected::Never), _) => Line::broken(step, format!("the proxy {name} has never connected to its control plane"), start()),
        (Some(Connected::Was), _) => {
            Line::unknown(step, format!("the proxy {name} is not connected: if it runs, it goes on with what it was told last"))
        }
        (Some(Connected::Yes), None) => Line::ok(step, format!("the proxy {name} is connected to its zone")),
        (Some(Connected::Yes), Some(status)) => match &status.refused {
            Some(why) if service.is_some_and(|service| why.contains(&service.kri().to_string())) => {
                let what = format!("the proxy {name} refused what it was told of this: {why}");
                Line::broken(step, what, Change::act("mend what it names: it keeps what it had before"))
            }
            Some(why) => Line::unknown(step, format!("the proxy {name} refused something, and keeps what it had of that: {why}")),
            None if status.took < status.sent => Line::unknown(
                step,
                format!("the proxy {name} was told something ({}) that it has not taken yet ({})", status.sent, status.took),
            ),
            None => Line::ok(step, format!("the proxy {name} is connected, and took all that it was told ({})", status.took)),
        },
    }
}

/// The name that leads to the service.
pub(super) fn name(case: &Case<'_>) -> Line {
    let service = &case.target.service;
    let names = || {
        let all = case.side.names.get(&service.mesh).into_iter().flatten();
        let names: Vec<&str> = all.filter(|(_, of)| *of == service).map(|(name, _)| name.as_str()).collect();
        if names.is_empty() { "no name leads to it".to_owned() } else { format!("it is called {}", names.join(", ")) }
    };
    Line::ok(
        Step::Name,
        match &case.target.by {
            By::Name(name) => format!("{name} leads to {service}"),
            By::Vip(address) => format!("{address} is {service}; {}", names()),
            By::Service => format!("{service} is meant; {}", names()),
        },
    )
}

/// The address of the service.
pub(super) fn vip(case: &Case<'_>) -> Line {
    let (step, service) = (Step::Vip, &case.target.service);
    if case.side.plans.reaching(&case.asker) == Some(Reaching::Ports) {
        return Line::ok(step, "not needed: its workload connects to a port of its proxy");
    }
    match (case.side.vips.get(service), &case.ground.source) {
        (Some(VipState::Given(address)), _) => Line::ok(step, format!("it has the address {address} in zone {}", case.side.zone)),
        (Some(VipState::Exhausted), _) => {
            let kind = if service.zone.is_some() { "meshService" } else { "meshMultiZoneService" };
            let what = format!("it has no address: zone {} has given all of its range, or they rest after they were given", case.side.zone);
            Line::broken(step, what, Change::act(format!("give the zone a wider range (`ipam.{kind}.cidr`), or delete services")))
        }
        (None, Source::Zone(_)) => Line::unknown(step, "it has no address yet: the zone is about to give it one"),
        (None, Source::Files(_) | Source::Global) => Line::unknown(step, format!("zone {} gives it an address", case.side.zone)),
    }
}

/// The port that is meant, if there is one, and where the proxy takes what is sent there.
pub(super) fn outbound(case: &Case<'_>) -> (Option<Destination>, Line) {
    let (step, service) = (Step::Outbound, &case.target.service);
    let ports = case.side.plans.seen(service).map(|seen| seen.ports).unwrap_or_default();
    let all = || ports.iter().map(|(name, number)| if *name == number.to_string() { name.clone() } else { format!("{number} ({name})") });
    let meant = case.target.port.map_or_else(|| ports.first(), |wanted| ports.iter().find(|(_, number)| *number == wanted));
    let Some((section, number)) = meant else {
        let is_meant = |port: &AskedPort| case.target.port.is_none_or(|wanted| port.number == wanted);
        if let Some((what, change)) = server_name::too_long(case.side, service, is_meant) {
            return (None, Line::broken(step, what, change));
        }
        let line = match (case.target.port, ports.is_empty()) {
            (Some(port), false) => {
                let there = all().collect::<Vec<_>>().join(", ");
                Line::broken(step, format!("{service} has no port {port}"), Change::act(format!("use a port that it has: {there}")))
            }
            _ => Line::broken(step, format!("{service} has no port"), Change::act(format!("give {service} a port (`spec.ports`)"))),
        };
        return (None, line);
    };
    let to = Destination { service: service.clone(), port: section.clone() };
    let more = ports.len() - 1;
    let others = if case.target.port.is_none() && more > 0 {
        format!("; it has other ports, too: {}", all().collect::<Vec<_>>().join(", "))
    } else {
        String::new()
    };
    if let Some(Part::Outbound(outbound)) = case.plan.get(&PartName::Outbound(to.clone())) {
        let at: Vec<String> = outbound.listens.iter().map(ToString::to_string).collect();
        let at = if at.is_empty() { format!("its address, port {number}") } else { at.join(", ") };
        return (Some(to), Line::ok(step, format!("its proxy takes what is sent to {at}{others}")));
    }
    let by_port = case.side.plans.reaching(&case.asker) == Some(Reaching::Ports);
    let field = if by_port { "networking.outbound" } else { "networking.transparentProxying.reachableBackends" };
    let what = format!("nothing in `{field}` of the Dataplane {} leads to port {number} of {service}", case.asker.name);
    let change = match case.side.held.get(&case.asker) {
        Some(held) => {
            let how = format!(
                "say in the Dataplane {} that it reaches {}; one that its proxy brings along is changed in the proxy's file",
                case.asker.name, service.name
            );
            let place = Place::Zone(case.side.zone.clone());
            change::rewrite(how, &place, change::reaching(held, service, *number, &case.side.zone, by_port))
        }
        None => Change::act(format!("say in `{field}` that it reaches it")),
    };
    (Some(to), Line::broken(step, what, change))
}
