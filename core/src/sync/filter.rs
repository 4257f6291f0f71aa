//! What global sends to which zone (Kuma 2.14's rules, first match wins).
use crate::resource::{Across, Labels, Origin, PolicyRole, Resource, ZoneName, labels, policy_role, signing_key};
use std::collections::BTreeSet;

/// Who receives a lane.
#[derive(Clone, Debug)]
pub(crate) enum Audience {
    /// The one global.
    Global,
    /// One zone.
    Zone(Receiver),
}

/// A zone, as far as the rules ask.
#[derive(Clone, Debug)]
pub(crate) struct Receiver {
    pub(crate) zone: ZoneName,
    pub(crate) features: BTreeSet<String>,
}

impl Audience {
    /// Whether this resource is for the audience.
    pub(crate) fn takes(&self, resource: &Resource) -> bool {
        match self {
            Self::Global => goes_up(resource),
            Self::Zone(receiver) => goes_down(resource, receiver),
        }
    }

    /// Whether the audience may hold a copy of what went, or of what is no longer for it. `home` is the zone that made it.
    pub(crate) fn may_hold(&self, home: Option<&ZoneName>) -> bool {
        match self {
            Self::Global => true,
            Self::Zone(receiver) => home != Some(&receiver.zone),
        }
    }
}

impl Receiver {
    fn has(&self, feature: &str) -> bool {
        self.features.contains(feature)
    }
}

/// Whether there can be a zone to which global sends this resource.
pub(crate) fn is_for_some_zone(resource: &Resource) -> bool {
    resource.origin() != Some(Origin::Zone)
        || match resource.kind().facts().map_or(Across::No, |facts| facts.across) {
            Across::No => false,
            Across::Yes | Across::Reissued => true,
            Across::Producer => resource.labels.get(labels::POLICY_ROLE).is_some_and(|role| role == "producer"),
        }
}

/// Whether global sends this resource to that zone.
fn goes_down(resource: &Resource, to: &Receiver) -> bool {
    if is_kept_local(&resource.labels) || !resource.kind().travels_down() || !is_exported_by_name(resource) || !is_understood(resource, to)
    {
        return false;
    }
    match resource.origin() {
        Some(Origin::Zone) => goes_across(resource, to),
        Some(Origin::Global) | None => resource.kind().facts().is_none_or(|facts| facts.down),
    }
}

/// Whether a zone sends this resource of its own to global.
fn goes_up(resource: &Resource) -> bool {
    !is_kept_local(&resource.labels) && resource.kind().travels_up() && resource.origin() != Some(Origin::Global)
}

fn is_kept_local(labels: &Labels) -> bool {
    labels.get(labels::KDS_SYNC).is_some_and(|sync| sync == "disabled")
}

/// Global's own secrets and settings stay at home.
fn is_exported_by_name(resource: &Resource) -> bool {
    const AT_HOME: [&str; 4] = ["envoy-admin-ca", "admin-user-token", "inter-cp-ca", "user-token-revocations"];
    let name = resource.key.name.as_str();
    match resource.kind().as_str() {
        "Config" => name == "kuma-cluster-id",
        // A key that signs zone tokens leaves as its public half. What only has the name of one stays.
        "GlobalSecret" if signing_key::is_one(resource) => signing_key::public_half(resource).is_some(),
        "GlobalSecret" => !AT_HOME.contains(&name) && !name.starts_with("user-token-signing-key"),
        _ => true,
    }
}

fn is_understood(resource: &Resource, to: &Receiver) -> bool {
    let spec = |field: &str| resource.spec.value().and_then(|spec| spec.get(field));
    let is_policy = resource.kind().facts().is_some_and(|facts| facts.across == Across::Producer);
    if is_policy && spec("targetRef").is_none() && !to.has("optional-top-level-target-ref") {
        return false;
    }
    let multi_zone = resource.kind().as_str() == "HostnameGenerator"
        && spec("selector").is_some_and(|selector| selector.get("meshMultiZoneService").is_some());
    !multi_zone || to.has("hg-mz-selector")
}

fn goes_across(resource: &Resource, to: &Receiver) -> bool {
    let home = resource.labels.get(labels::ZONE).map(String::as_str);
    let home = home.or_else(|| resource.key.name.as_str().split_once('.').map(|(zone, _)| zone));
    if home == Some(to.zone.as_str()) {
        return false;
    }
    match resource.kind().facts().map_or(Across::No, |facts| facts.across) {
        Across::No => false,
        Across::Yes | Across::Reissued => true,
        Across::Producer => {
            to.has("producer-policy-flow")
                && resource.labels.get(labels::POLICY_ROLE).is_some_and(|role| role == "producer")
                && policy_role(resource) == Ok(PolicyRole::Producer)
                && !is_for_another_zone(resource, to)
        }
    }
}

/// A policy for the proxies of one zone goes to that zone only.
fn is_for_another_zone(resource: &Resource, to: &Receiver) -> bool {
    let target = resource.spec.value().and_then(|spec| spec.get("targetRef"));
    target.is_some_and(|target| {
        target.get("kind").is_some_and(|kind| kind == "MeshSubset")
            && target.get("tags").and_then(|tags| tags.get(labels::ZONE)).is_some_and(|zone| zone != to.zone.as_str())
    })
}
