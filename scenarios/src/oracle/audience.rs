//! Who may be sent what, by Kuma's rules (2.14), taking every feature of a peer for granted.
use super::public_half::public_half;
use serde_json::Value;
use strait_core::resource::{Across, Origin, Resource, ZoneName, labels};

const KEPT_BY_GLOBAL: [&str; 4] = ["envoy-admin-ca", "admin-user-token", "inter-cp-ca", "user-token-revocations"];
const KEYS_KEPT_BY_GLOBAL: [&str; 2] = ["user-token-signing-key", "zone-token-signing-key"];

/// Whether what global holds may be sent to a zone.
pub(crate) fn is_for(resource: &Resource, zone: &ZoneName) -> bool {
    if is_zone_made(resource) { crosses(resource, zone) } else { is_for_zones(resource) }
}

/// Whether there can be a zone to which what global holds is sent.
pub(crate) fn is_for_some_zone(resource: &Resource) -> bool {
    let across = resource.kind().facts().map_or(Across::No, |facts| facts.across);
    !is_zone_made(resource) || matches!(across, Across::Yes | Across::Reissued) || (across == Across::Producer && is_producer(resource))
}

/// Whether a zone made what global holds.
pub(crate) fn is_zone_made(resource: &Resource) -> bool {
    resource.origin() == Some(Origin::Zone)
}

/// Whether what was written on global is for zones.
fn is_for_zones(resource: &Resource) -> bool {
    let name = resource.key.name.as_str();
    let kept = match resource.kind().as_str() {
        "Config" => name != "kuma-cluster-id",
        "GlobalSecret" if public_half(resource).is_some() => false,
        "GlobalSecret" => KEPT_BY_GLOBAL.contains(&name) || KEYS_KEPT_BY_GLOBAL.iter().any(|key| name.starts_with(key)),
        _ => false,
    };
    // What nobody knows is relayed.
    !kept && !stays_home(resource) && resource.kind().facts().is_none_or(|facts| facts.down)
}

/// Whether what another zone made is passed on to this one.
fn crosses(resource: &Resource, to: &ZoneName) -> bool {
    let across = resource.kind().facts().map_or(Across::No, |facts| facts.across);
    !stays_home(resource)
        && home(resource) != Some(to.as_str())
        && match across {
            Across::No => false,
            Across::Yes | Across::Reissued => true,
            Across::Producer => is_producer(resource) && !is_for_proxies_elsewhere(resource, to),
        }
}

/// Whether a zone may send what it made to global.
pub(crate) fn leaves(resource: &Resource) -> bool {
    !stays_home(resource) && resource.kind().facts().is_none_or(|facts| facts.up)
}

/// Whether its author keeps it where it is.
pub(crate) fn stays_home(resource: &Resource) -> bool {
    resource.labels.get(labels::KDS_SYNC).is_some_and(|sync| sync == "disabled")
}

/// The zone that made what global holds.
pub(crate) fn home(resource: &Resource) -> Option<&str> {
    let before_dot = || resource.key.name.as_str().split_once('.').map(|(zone, _)| zone);
    resource.labels.get(labels::ZONE).map(String::as_str).or_else(before_dot)
}

/// It says that it is a producer's policy, and is: it configures how clients reach services of its own namespace only.
fn is_producer(resource: &Resource) -> bool {
    let Some(namespace) = resource.labels.get(labels::NAMESPACE).filter(|namespace| !namespace.is_empty()) else {
        return false;
    };
    let list =
        |field: &str| resource.spec.value().and_then(|spec| spec.get(field)).and_then(Value::as_array).filter(|list| !list.is_empty());
    let is_own_service = |item: &Value| {
        let text = |field: &str| item.pointer(&format!("/targetRef/{field}")).and_then(Value::as_str);
        ["MeshService", "MeshHTTPRoute"].contains(&text("kind").unwrap_or_default())
            && text("name").is_some()
            && text("namespace").unwrap_or(namespace) == namespace
    };
    resource.labels.get(labels::POLICY_ROLE).is_some_and(|role| role == "producer")
        && list("from").is_none()
        && list("to").is_some_and(|to| to.iter().all(is_own_service))
}

fn is_for_proxies_elsewhere(resource: &Resource, to: &ZoneName) -> bool {
    let target = resource.spec.value().and_then(|spec| spec.get("targetRef"));
    let zone = target.and_then(|target| target.get("tags")).and_then(|tags| tags.get(labels::ZONE));
    target.and_then(|target| target.get("kind")).is_some_and(|kind| kind == "MeshSubset") && zone.is_some_and(|zone| zone != to.as_str())
}
