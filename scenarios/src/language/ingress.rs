//! `ingress` of a zone: the proxy through which workloads of other zones reach its own.
use super::{
    Check, Node,
    tree::{Content, Key},
};
use crate::{ingress::NAME, workload::ProxyId};
use std::collections::BTreeSet;
use strait_core::{
    resource::{ResourceName, ZoneName},
    sync::Dialect,
};

/// Reads those of all zones. Proxies and forwarders are known by now.
pub(super) fn read(zones: Vec<(&Key, &Node)>, check: &mut Check) -> BTreeSet<ProxyId> {
    for (key, value) in zones {
        let (Some(ingress), Ok(zone), Ok(name)) = (value.field("ingress"), ZoneName::new(&key.text), ResourceName::new(NAME)) else {
            continue;
        };
        if check.zones.get(&zone) != Some(&Dialect::Strait) {
            check.mistake(
                ingress.place,
                format!("{zone} runs no ingress here"),
                "leave `ingress` out: that is for one zone that is a Strait",
            );
            continue;
        }
        match &ingress.content {
            _ if ingress.is_empty() => {}
            Content::Map(fields) if fields.is_empty() => {}
            _ => {
                check.mistake(ingress.place, "an ingress is `{}`: nothing can be said of it yet", "`ingress: {}`");
                continue;
            }
        }
        let id = ProxyId { zone, name };
        let is_taken = check.proxies.contains(&id) || check.forwarders.iter().any(|forwarder| forwarder.to_string() == id.to_string());
        if is_taken {
            check.mistake(ingress.place, format!("there is a `{id}` already"), "every proxy and forwarder of a zone has a name of its own");
            continue;
        }
        check.ingresses.insert(id);
    }
    check.ingresses.clone()
}
