//! Ingress and link, into another zone.
use super::{
    Case,
    answer::{Change, Line, Step},
    change,
    ends::wrong,
    ground::{Place, Source},
    served::Away,
    server_name,
};
use crate::{
    node::PeerStatus,
    plan::Destination,
    resource::{Kind, ZoneName},
};

/// The way into another zone.
pub(super) fn ingress(case: &Case<'_>, to: &Destination, part: &Away) -> Line {
    let (step, zone, mesh) = (Step::Ingress, &part.zone, &to.service.mesh);
    let ways = case.side.plans.ways(mesh, zone);
    if ways.is_empty() {
        return none(case, to, part);
    }
    let at: Vec<String> =
        ways.iter().map(|(key, at)| format!("{}:{} ({} {})", at.address, at.port, key.kind, case.side.called(key))).collect();
    let what = format!("zone {zone} is entered at {}", at.join(", "));
    if let Some((why, change)) = server_name::alike(part.side.as_ref().unwrap_or(case.side), to) {
        return Line::broken(step, format!("{what}; {why}"), change);
    }
    let Some(side) = &part.side else { return Line::ok(step, what) };
    let mut entrances = side.plans.entrances().peekable();
    if entrances.peek().is_none() {
        return Line::unknown(step, format!("{what}; nothing is known of an ingress there that listens behind it"));
    }
    if entrances.any(|entrance| side.plans.lets_through(&entrance, to)) {
        return Line::ok(step, format!("{what}, and lets {} through", to.sni()));
    }
    let how = format!("see that {} is served in zone {zone} by proxies with an identity", part.to.service);
    Line::broken(step, format!("{what}, and nobody there is behind {}", to.sni()), Change::act(how))
}

/// No way is known.
fn none(case: &Case<'_>, to: &Destination, part: &Away) -> Line {
    let (step, zone, mesh) = (Step::Ingress, &part.zone, &to.service.mesh);
    let is_its = |held: &&super::side::Held| held.resource.zone().as_ref() == Some(zone);
    let unreadable = case.side.of_kind(mesh, "MeshZoneAddress").filter(is_its).find_map(|held| Some((held, wrong(held)?)));
    if let Some((held, (field, why))) = unreadable {
        let name = held.resource.display_name();
        let what = format!("the MeshZoneAddress {name} of zone {zone} leads nowhere: {field} {why}");
        return Line::broken(
            step,
            what,
            Change::act(format!("let the ingress of zone {zone} advertise an IP address (`--advertised-address`)")),
        );
    }
    let what = format!("nobody knows where zone {zone} is entered: it has no MeshZoneAddress in the mesh {mesh}");
    let ingress = part.side.as_ref().and_then(|side| {
        side.held.values().find(|held| *held.resource.kind() == Kind::zone_ingress() && held.place == Place::Zone(zone.clone()))
    });
    let change = match ingress {
        Some(held) => {
            change::rewrite("say where others reach its ingress, if it is not where it listens", &held.place, change::advertising(held))
        }
        None => Change::act(format!(
            "start an ingress in zone {zone}: `strait zone token {zone} --scope ingress` on global, then `strait ingress run --advertised-address …` there"
        )),
    };
    Line::broken(step, what, change)
}

/// What lies between zones.
pub(super) fn link(case: &Case<'_>, part: &Away) -> Line {
    let ways = case.side.plans.ways(&part.to.service.mesh, &part.zone);
    let at: Vec<String> = ways.iter().map(|(_, at)| format!("{}:{}", at.address, at.port)).collect();
    let at = if at.is_empty() { format!("zone {}", part.zone) } else { at.join(", ") };
    let mut what = vec![format!("whether the network leads from zone {} to {at}, only its proxies see", case.side.zone)];
    if let Some(running) = &case.ground.running {
        let zones: Vec<&ZoneName> = match &case.ground.source {
            Source::Zone(own) => {
                what.push(format!("whether zone {} is connected to global, only global knows", part.zone));
                vec![own]
            }
            _ => vec![&case.side.zone, &part.zone],
        };
        what.extend(zones.into_iter().filter_map(|zone| behind(zone, running.peers.get(zone))));
    }
    Line::unknown(Step::Link, what.join("; "))
}

/// Why what a zone and global know of each other may be old; `None`: nothing says that it is.
fn behind(zone: &ZoneName, peer: Option<&PeerStatus>) -> Option<String> {
    let old = "what they know of each other may be old";
    let Some(peer) = peer else { return Some(format!("zone {zone} and global have never spoken: {old}")) };
    let frozen = [&peer.consumed, &peer.provided].into_iter().find_map(|lane| lane.frozen);
    match (frozen, peer.waiting, &peer.session) {
        (Some(why), ..) => Some(format!("between zone {zone} and global nothing is taken until an operator decides ({why}): {old}")),
        (None, Some(why), _) => Some(format!("between zone {zone} and global nothing moves ({why}): {old}")),
        (None, None, None) => {
            let why = peer.last_end.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
            Some(format!("zone {zone} is not connected to global{why}: {old}"))
        }
        (None, None, Some(_)) => None,
    }
}
