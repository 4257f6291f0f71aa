//! `forwarders` of a zone: hosts through which its proxies reach its control plane.
use super::{
    Check, Node,
    tree::{Content, Key},
};
use crate::{
    forwarder::{Forwarder, ForwarderId},
    workload::ProxyId,
};
use std::{collections::BTreeMap, time::Duration};
use strait_core::{
    resource::{ResourceName, ZoneName},
    sync::Dialect,
};

/// What stands for a forwarder.
const FIELDS: &[&str] = &["delay"];
/// As links have.
const LONGEST: Duration = Duration::from_secs(1);

/// Reads those of all zones. Proxies are known by now.
pub(super) fn read(zones: Vec<(&Key, &Node)>, check: &mut Check) -> BTreeMap<ForwarderId, Forwarder> {
    let mut forwarders = BTreeMap::new();
    for (key, value) in zones {
        let (Some(listed), Ok(zone)) = (value.field("forwarders"), ZoneName::new(&key.text)) else {
            continue;
        };
        if check.zones.get(&zone) != Some(&Dialect::Strait) || !check.proxies.iter().any(|proxy| proxy.zone == zone) {
            check.mistake(
                listed.place,
                format!("{zone} has no proxies that could be forwarded"),
                "leave `forwarders` out, or give it `proxies`",
            );
            continue;
        }
        for (key, value) in check.entries(listed, "`forwarders`") {
            let Some((name, forwarder)) = one(key, value, check) else { continue };
            let (forwarder_id, namesake) = (ForwarderId { zone: zone.clone(), name: name.clone() }, ProxyId { zone: zone.clone(), name });
            if check.proxies.contains(&namesake) || forwarders.insert(forwarder_id.clone(), forwarder).is_some() {
                check.mistake(
                    key.place,
                    format!("there is a `{forwarder_id}` already"),
                    "every proxy and forwarder of a zone has a name of its own",
                );
            }
            check.forwarders.insert(forwarder_id);
        }
    }
    forwarders
}

fn one(key: &Key, value: &Node, check: &mut Check) -> Option<(ResourceName, Forwarder)> {
    let name = match ResourceName::new(&key.text) {
        Ok(name) => name,
        Err(error) => {
            check.mistake(key.place, error.to_string(), "");
            return None;
        }
    };
    let fields = match &value.content {
        _ if value.is_empty() => return Some((name, Forwarder::default())),
        Content::Map(_) => check.fields(value, "a forwarder", FIELDS)?,
        _ => {
            check.mistake(value.place, format!("a forwarder is a map, not {}", value.what()), "such as `{ delay: 20ms }`");
            return None;
        }
    };
    let delay = match fields.get("delay") {
        Some(node) => check.duration(node, "`delay`").map(|delay| (node.place, delay))?,
        None => return Some((name, Forwarder::default())),
    };
    match delay {
        (place, delay) if delay > LONGEST => {
            check.mistake(place, "`delay` is too long", format!("at most {}s", LONGEST.as_secs()));
            None
        }
        (_, delay) => Some((name, Forwarder { delay })),
    }
}
