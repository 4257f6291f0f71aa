//! `ingress` of a zone: the proxy through which workloads of other zones reach its own.
use super::{Check, Node, tree::Key};
use crate::{ingress::NAME, workload::ProxyId};
use std::collections::BTreeSet;
use strait_core::{
    resource::{ResourceName, ZoneName},
    sync::Dialect,
};

/// So many ingresses a zone may have: each is a host with an Envoy in `netns`.
const MOST: u64 = 4;

/// Reads those of all zones. Proxies and forwarders are known by now.
pub(super) fn read(zones: Vec<(&Key, &Node)>, check: &mut Check) -> BTreeSet<ProxyId> {
    for (key, value) in zones {
        let (Some(ingress), Ok(zone)) = (value.field("ingress"), ZoneName::new(&key.text)) else {
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
        let Some(names) = names(ingress, check) else { continue };
        for name in names {
            let id = ProxyId { zone: zone.clone(), name };
            let is_taken = check.proxies.contains(&id) || check.forwarders.iter().any(|forwarder| forwarder.to_string() == id.to_string());
            if is_taken {
                check.mistake(
                    ingress.place,
                    format!("there is a `{id}` already"),
                    "every proxy and forwarder of a zone has a name of its own",
                );
                continue;
            }
            check.ingresses.insert(id);
        }
    }
    check.ingresses.clone()
}

/// What those of a zone are called: with a `count` they are numbered, as zones are. `None`: a mistake was noted.
fn names(ingress: &Node, check: &mut Check) -> Option<Vec<ResourceName>> {
    let named = |name: String| ResourceName::new(&name).ok();
    if ingress.is_empty() {
        return named(NAME.to_owned()).map(|name| vec![name]);
    }
    let fields = check.fields(ingress, "an ingress", &["count"])?;
    let Some(count) = fields.get("count") else { return named(NAME.to_owned()).map(|name| vec![name]) };
    let many = check.number(count, "`count`")?;
    if !(1..=MOST).contains(&many) {
        check.mistake(count.place, format!("a zone has between 1 and {MOST} ingresses"), "`ingress: {}` is one, without a number");
        return None;
    }
    Some((1..=many).filter_map(|nth| named(format!("{NAME}-{nth}"))).collect())
}
