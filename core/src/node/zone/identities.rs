//! Who serves the zone's services: the SPIFFE IDs of their proxies stand in `spec.identities` of each `MeshService`, as Kuma writes them, so that
//! clients in other zones know that they speak with the right ones. What else stands there is left as it is.
use super::ZoneNode;
use crate::{
    machine::Out,
    names::ServiceId,
    node::{Change, ZoneEffect},
    plan::SPIFFE_ID,
    resource::{Resource, Spec},
    time::Mono,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

impl ZoneNode {
    /// Says of the services of which it may be different who serves them.
    pub(super) fn identify(&mut self, now: Mono, out: &mut Out<ZoneEffect>) {
        let services = self.proxies.take_own();
        let changes: Vec<Change> = services.iter().filter_map(|service| self.identified(service)).map(Change::Put).collect();
        if changes.is_empty() {
            return;
        }
        // All at once, or, if there is one that is refused, as of a mesh that was taken from the zone, one by one: it keeps back no other.
        if self.write(now, changes.clone(), out).is_err() {
            for change in changes {
                if let Err(refused) = self.write(now, vec![change], out) {
                    tracing::warn!(%refused, "who serves a service of the zone could not be said");
                }
            }
        }
        self.provide(now, false, out);
    }

    /// A service's resource as it is to be, if it is not.
    fn identified(&self, service: &ServiceId) -> Option<Resource> {
        let (key, ids) = self.proxies.known_by(service)?;
        let held = self.catalog.get(key)?;
        served_by(held, &ids)
    }
}

/// A service's resource that says that these serve it; `None`: it does.
pub(crate) fn served_by(service: &Resource, ids: &BTreeSet<String>) -> Option<Resource> {
    let mut spec = service.spec.value()?.clone();
    let identities = with_spiffe_ids(spec.get("identities"), ids);
    if spec.get("identities").and_then(Value::as_array).unwrap_or(&Vec::new()) == &identities {
        return None;
    }
    spec.as_object_mut()?.insert("identities".to_owned(), identities.into());
    Some(Resource { spec: Spec::new(spec), ..Resource::clone(service) })
}

/// What of these identities is no SPIFFE ID, and these.
fn with_spiffe_ids(identities: Option<&Value>, ids: &BTreeSet<String>) -> Vec<Value> {
    let others = identities.and_then(Value::as_array).into_iter().flatten().filter(|one| !is_spiffe_id(one)).cloned();
    others.chain(ids.iter().map(|id| json!({"type": SPIFFE_ID, "value": id}))).collect()
}

/// Whether an identity of a service is a SPIFFE ID.
pub(super) fn is_spiffe_id(identity: &Value) -> bool {
    identity.get("type").is_some_and(|of| of == SPIFFE_ID)
}
