//! Ports that nobody can ask for, or only together with another: their server names are too long, or the same.
use super::{
    answer::Change,
    change,
    side::{Held, Side},
};
use crate::{
    names::ServiceId,
    plan::{AskedPort, Destination, asked_alike, asked_ports},
};

/// Why no proxy is told of a port of a service, and what mends it; `None`: another reason, if any. `is_meant`: which port it is about.
pub(super) fn too_long(side: &Side, service: &ServiceId, is_meant: impl Fn(&AskedPort) -> bool) -> Option<(String, Change)> {
    let held = held(side, service)?;
    let port = asked_ports(&held.resource).into_iter().find(|port| port.too_long().is_some() && is_meant(port))?;
    let what = format!("port {} of {service}: {}", port.number, port.too_long()?);
    Some((what, renamed(side, held, &port)))
}

/// Why no ingress of a zone lets anybody through to a destination, as it is asked for like another one; and what mends it.
pub(super) fn alike(side: &Side, to: &Destination) -> Option<(String, Change)> {
    let others = others(side, to);
    let held = held(side, &to.service).filter(|_| !others.is_empty())?;
    let port = asked_ports(&held.resource).into_iter().find(|port| port.of == *to)?;
    Some((asked_alike(&to.sni(), others.iter()), renamed(side, held, &port)))
}

fn held<'a>(side: &'a Side, service: &ServiceId) -> Option<&'a Held> {
    side.held.get(&side.plans.seen(service)?.key)
}

/// The other destinations that are asked for as this one is.
fn others(side: &Side, to: &Destination) -> Vec<Destination> {
    let name = to.sni();
    let kinds = ["MeshService", "MeshMultiZoneService"];
    let services = kinds.into_iter().flat_map(|kind| side.of_kind(&to.service.mesh, kind));
    let all = services.flat_map(|held| asked_ports(&held.resource)).map(|port| port.of);
    all.filter(|of| of != to && of.sni() == name).collect()
}

/// The service with another name for the port, where that is enough.
fn renamed(side: &Side, held: &Held, port: &AskedPort) -> Change {
    let number = port.number.to_string();
    // Without a name it is called by its number.
    let names = [("", number.clone()), (&*format!("port-{number}"), format!("port-{number}"))].map(|(name, section)| {
        let of = Destination { port: section, ..port.of.clone() };
        (name.to_owned(), AskedPort { of, ..*port })
    });
    let is_taken = |of: &Destination| asked_ports(&held.resource).iter().any(|other| other.of == *of);
    let fits = |port: &AskedPort| port.too_long().is_none() && !is_taken(&port.of) && others(side, &port.of).is_empty();
    match names.into_iter().find(|(_, port)| fits(port)).filter(|_| !held.is_made()) {
        Some((name, renamed)) => {
            let written = change::port_named(held, port.index, &name);
            change::rewrite(format!("call the port {}", renamed.of.port), &held.place, written)
        }
        None => Change::act("give the service, its namespace or its port another name: a short one, without dots"),
    }
}
