//! What a Kuma sends to whom.
use std::collections::BTreeSet;
use strait_core::resource::{Across, Origin, PolicyRole, Resource, ZoneName, labels, policy_role};

const SECRETS_OF_GLOBAL: [&str; 4] = ["envoy-admin-ca", "admin-user-token", "inter-cp-ca", "user-token-revocations"];
/// The second would travel as its public half; there are no keys in the model.
const KEYS_OF_GLOBAL: [&str; 2] = ["user-token-signing-key", "zone-token-signing-key"];

/// Whether a zone announces this to global: what it made itself.
pub(super) fn zone_sends(resource: &Resource) -> bool {
    !stays(resource) && resource.kind().facts().is_some_and(|facts| facts.up) && resource.origin() != Some(Origin::Global)
}

/// Whether global sends this to a zone that understands these features.
pub(super) fn global_sends(resource: &Resource, zone: &ZoneName, features: &BTreeSet<String>) -> bool {
    let Some(facts) = resource.kind().facts() else {
        return false;
    };
    let name = resource.key.name.as_str();
    let withheld = match facts.name {
        "Config" => name != "kuma-cluster-id",
        "GlobalSecret" => SECRETS_OF_GLOBAL.contains(&name) || KEYS_OF_GLOBAL.iter().any(|key| name.starts_with(key)),
        "HostnameGenerator" => spec_has(resource, "/selector/meshMultiZoneService") && !features.contains("hg-mz-selector"),
        _ => false,
    };
    let is_policy = facts.across == Across::Producer;
    let no_target = is_policy && !spec_has(resource, "/targetRef") && !features.contains("optional-top-level-target-ref");
    if stays(resource) || withheld || no_target {
        return false;
    }
    if resource.origin() != Some(Origin::Zone) {
        return facts.down;
    }
    match facts.across {
        Across::No | Across::Reissued => false,
        Across::Yes => !is_of(resource, zone),
        Across::Producer => {
            !is_of(resource, zone)
                && features.contains("producer-policy-flow")
                && is_producer(resource)
                && !names_other_zone(resource, zone)
        }
    }
}

fn stays(resource: &Resource) -> bool {
    resource.labels.get(labels::KDS_SYNC).map(String::as_str) == Some("disabled")
}

fn spec_has(resource: &Resource, pointer: &str) -> bool {
    resource.spec.value().is_some_and(|spec| spec.pointer(pointer).is_some())
}

fn is_of(resource: &Resource, zone: &ZoneName) -> bool {
    match resource.labels.get(labels::ZONE) {
        Some(home) => home == zone.as_str(),
        None => resource.key.name.as_str().split('.').next() == Some(zone.as_str()),
    }
}

fn is_producer(resource: &Resource) -> bool {
    resource.labels.get(labels::POLICY_ROLE).map(String::as_str) == Some("producer") && policy_role(resource) == Ok(PolicyRole::Producer)
}

fn names_other_zone(resource: &Resource, zone: &ZoneName) -> bool {
    let Some(target) = resource.spec.value().and_then(|spec| spec.get("targetRef")) else {
        return false;
    };
    let named = target.get("tags").and_then(|tags| tags.get(labels::ZONE)).and_then(|named| named.as_str());
    target.get("kind").and_then(|kind| kind.as_str()) == Some("MeshSubset") && named.is_some_and(|named| named != zone.as_str())
}
