//! Who serves.
use super::{
    Case,
    answer::{Change, Line, Step},
    change,
    ground::Place,
    path::{Connected, connected},
    server_name,
    side::Side,
};
use crate::{
    names::ServiceId,
    plan::{Candidate, Destination, ServedBy, Serving, WhoIs},
    resource::ZoneName,
};
use std::collections::BTreeSet;

/// So many other zones are looked into: all that one holds is worked out for that.
const LOOKED_INTO: usize = 8;

/// Where a destination is served.
#[derive(Default)]
pub(super) struct Ends {
    /// In the zone of whoever asks.
    pub(super) here: Vec<Destination>,
    /// In other zones.
    pub(super) away: Vec<Away>,
}

/// A part of a destination that is in another zone.
pub(super) struct Away {
    pub(super) zone: ZoneName,
    pub(super) to: Destination,
    /// That zone, as far as it can be seen from here.
    pub(super) side: Option<Side>,
    /// The SPIFFE IDs by which those who serve it are known.
    pub(super) servers: BTreeSet<String>,
}

/// Who serves a destination: the service, and its endpoints.
pub(super) fn by(case: &Case<'_>, to: &Destination) -> (Ends, Vec<Line>) {
    let (step, service, plans) = (Step::Service, &to.service, &case.side.plans);
    let Some(seen) = plans.seen(service) else {
        let line = Line::broken(step, format!("there is no {service}"), Change::act(format!("write {service}")));
        return (Ends::default(), vec![line]);
    };
    match &seen.served {
        ServedBy::Here(_) => {
            let ends = Ends { here: vec![to.clone()], away: Vec::new() };
            (ends, vec![Line::ok(step, format!("{service}: this zone serves it itself")), here(case, case.side, to)])
        }
        ServedBy::Away(servers) => {
            let Some(part) = away(case, to, servers) else { return (Ends::default(), Vec::new()) };
            let lines = vec![Line::ok(step, format!("{service}: another zone serves it")), there(case, &part)];
            (Ends { here: Vec::new(), away: vec![part] }, lines)
        }
        ServedBy::Services(parts) if parts.is_empty() => {
            let change = case
                .side
                .held
                .get(&seen.key)
                .map(|held| change::rewrite("select the services that it is made of", &held.place, change::union_of(held, service)));
            let what = format!("{service}: no MeshService carries the labels that it selects");
            let otherwise = || Change::act("select labels that MeshServices carry (`spec.selector.meshService.matchLabels`)");
            (Ends::default(), vec![Line::broken(step, what, change.unwrap_or_else(otherwise))])
        }
        ServedBy::Services(parts) => union(case, to, parts),
        ServedBy::Nobody => {
            let line = Line::broken(step, format!("{service}: it selects no proxies"), selected(case.side, to));
            (Ends::default(), vec![line])
        }
    }
}

/// Of a union those of this zone, and others only while there is nobody here.
fn union(case: &Case<'_>, to: &Destination, parts: &BTreeSet<ServiceId>) -> (Ends, Vec<Line>) {
    let plans = &case.side.plans;
    let all = parts.iter().map(|part| Destination { service: part.clone(), port: to.port.clone() });
    let all: Vec<Destination> = all.filter(|part| plans.served(part).is_some()).collect();
    let serves = |part: &Destination| plans.served(part).is_some_and(|found| !found.endpoints.is_empty());
    let is_here = |part: &Destination| part.service.zone.as_ref() == Some(&case.side.zone);
    let names = parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut lines = vec![Line::ok(Step::Service, format!("{}: it is made of {names}", to.service))];
    let too_long = || parts.iter().find_map(|part| server_name::too_long(case.side, part, |port| port.of.port == to.port));
    if let Some((what, change)) = all.is_empty().then(too_long).flatten() {
        lines.push(Line::broken(Step::Endpoint, what, change));
        return (Ends::default(), lines);
    }
    if all.is_empty() {
        let what = format!("none of them has a port {}", to.port);
        lines.push(Line::broken(
            Step::Endpoint,
            what,
            Change::act(format!("call a port of theirs {}: ports are put together by their names", to.port)),
        ));
        return (Ends::default(), lines);
    }
    let mut ends = Ends { here: all.iter().filter(|part| is_here(part) && serves(part)).cloned().collect(), away: Vec::new() };
    for part in &ends.here {
        lines.push(here(case, case.side, part));
    }
    if ends.here.is_empty() {
        // One way is enough: requests take those that there are.
        let (led_to, others): (Vec<&Destination>, Vec<&Destination>) =
            all.iter().filter(|part| !is_here(part)).partition(|part| serves(part));
        for part in if led_to.is_empty() { others } else { led_to } {
            let Some(ServedBy::Away(servers)) = plans.seen(&part.service).map(|seen| seen.served) else { continue };
            ends.away.extend(away(case, part, &servers));
            if ends.away.len() == LOOKED_INTO {
                break;
            }
        }
        lines.extend(ends.away.iter().map(|part| there(case, part)));
        if ends.away.is_empty()
            && let Some(part) = all.first()
        {
            lines.push(here(case, case.side, part));
            ends.here = vec![part.clone()];
        }
    }
    (ends, lines)
}

fn away(case: &Case<'_>, to: &Destination, servers: &BTreeSet<String>) -> Option<Away> {
    let zone = to.service.zone.clone()?;
    Some(Away { side: Side::of(case.ground, &zone), to: to.clone(), servers: servers.clone(), zone })
}

/// Who serves a destination of a zone that can be seen.
fn here(case: &Case<'_>, side: &Side, to: &Destination) -> Line {
    let (step, candidates) = (Step::Endpoint, side.plans.candidates(to));
    let endpoints = side.plans.served(to).map(|found| found.endpoints.clone()).unwrap_or_default();
    if !endpoints.is_empty() {
        let serving: Vec<&Candidate> = candidates.iter().filter(|one| endpoints.contains(&one.endpoint)).collect();
        let names: Vec<String> =
            serving.iter().map(|one| format!("{}:{} ({})", one.endpoint.address, one.endpoint.port, one.proxy.name)).collect();
        let what = format!("served by {}", names.join(", "));
        let is_there = |one: &&Candidate| connected(case.ground, side, &one.proxy).is_none_or(|found| matches!(found, Connected::Yes));
        if !serving.iter().any(is_there) {
            return Line::unknown(step, format!("{what}; but none of these proxies is connected to its control plane"));
        }
        return Line::ok(step, what);
    }
    let place = Place::Zone(side.zone.clone());
    let held = |one: &Candidate| side.held.get(&one.proxy);
    // What would serve if it could say who it is.
    if let Some((one, by, lacks)) =
        candidates.iter().filter(|one| one.serving == Serving::Yes).find_map(|one| match side.plans.who_is(&one.proxy) {
            WhoIs::Nobody(by, lacks) => Some((one, by, lacks)),
            _ => None,
        })
    {
        let what =
            format!("{} would serve it, and cannot have the identity that MeshIdentity {} is to give it", one.proxy.name, side.called(&by));
        return Line::broken(step, what, super::ends::cure(side, &one.proxy, &by, &lacks));
    }
    if let Some(one) = candidates.iter().find(|one| one.serving == Serving::NotReady) {
        let what = format!("{} would serve it, and is not ready (`state`, `health` of inbound {})", one.proxy.name, one.section);
        let change =
            held(one).map(|held| change::rewrite("say that it is ready, once its workload is", &place, change::ready(held, &candidates)));
        return Line::broken(step, what, change.unwrap_or_else(|| Change::act("make its workload ready")));
    }
    if let Some(one) = candidates.first() {
        let all = candidates.iter().map(|one| format!("{} of {}", one.section, one.proxy.name)).collect::<Vec<_>>().join(", ");
        let what = format!("no inbound is what port {} means (`targetPort`): it selects {all}", to.port);
        let service = side.plans.seen(&to.service).and_then(|seen| side.held.get(&seen.key));
        let change = service.filter(|held| !held.is_made()).map(|held| {
            change::rewrite(format!("let the port lead to inbound {}", one.section), &held.place, change::targeting(held, &to.port, one))
        });
        return Line::broken(step, what, change.unwrap_or_else(|| Change::act("give a proxy that it selects such an inbound")));
    }
    Line::broken(step, format!("no Dataplane of zone {} is what {} selects", side.zone, to.service), selected(side, to))
}

/// Lets a service select somebody.
fn selected(side: &Side, to: &Destination) -> Change {
    let held = side.plans.seen(&to.service).and_then(|seen| side.held.get(&seen.key)).filter(|held| !held.is_made());
    let change = held.and_then(|held| {
        let written = change::selecting(held, &to.service, side)?;
        Some(change::rewrite("select the proxies that say they serve it", &held.place, written))
    });
    change.unwrap_or_else(|| {
        Change::act(format!("start a proxy that {} selects (`spec.selector`), or let it select one that is there", to.service))
    })
}

/// Who serves a destination of another zone.
fn there(case: &Case<'_>, part: &Away) -> Line {
    let (step, zone) = (Step::Endpoint, &part.zone);
    if let Some(side) = &part.side {
        let line = here(case, side, &part.to);
        // Who serves there, and can show nothing to whoever comes from elsewhere, serves nobody here.
        if side.plans.served(&part.to).is_some_and(|found| !found.endpoints.is_empty()) && part.servers.is_empty() {
            let anonymous = side.plans.candidates(&part.to).into_iter().find(|one| one.serving == Serving::Yes);
            let proxy = anonymous.as_ref().map(|one| &one.proxy);
            let what =
                format!("those who serve it in zone {zone} cannot prove who they are, and from other zones nothing is sent unencrypted");
            return Line::broken(step, what, super::ends::identified(side, proxy, &part.to.service.mesh));
        }
        return line;
    }
    if part.servers.is_empty() {
        let what = format!("zone {zone} names nobody who serves it and can prove who he is (`spec.identities` of its MeshService)");
        let how = format!(
            "in zone {zone}: proxies that serve it, are connected, and have an identity by a MeshIdentity of the mesh; ask `strait why` there, or on global"
        );
        return Line::broken(step, what, Change::act(how));
    }
    let ids: Vec<&str> = part.servers.iter().map(String::as_str).collect();
    Line::unknown(step, format!("how many serve it only zone {zone} knows; they are {}", ids.join(", ")))
}
