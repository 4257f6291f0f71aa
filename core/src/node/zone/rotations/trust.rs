//! What the `MeshTrust` says while an authority is rotated: both, then the new one only.
use super::super::{
    ZoneNode,
    certificates::{Attempt, Domain, trust_key},
};
use crate::{
    machine::Out,
    node::{Change, ZoneEffect},
    resource::{Labels, Resource, Spec},
    time::Mono,
};
use serde_json::{Value, json};

impl ZoneNode {
    /// Global holds what is to be trusted, as it is said now.
    pub(super) fn is_acknowledged(&self, domain: &Domain) -> bool {
        trust_key(&domain.0, &domain.1).is_some_and(|key| self.peer.has_taken(&self.catalog, &key))
    }

    pub(super) fn say_trust(&mut self, now: Mono, domain: &Domain, out: &mut Out<ZoneEffect>) -> bool {
        let said = self.make_trusted(now, domain, out);
        let Some(rotation) = self.certificates.rotations.get_mut(domain) else { return false };
        match said {
            Ok(()) => {
                (rotation.attempt, rotation.unsaid) = (Attempt::At(now, 0), None);
                true
            }
            Err(why) => {
                self.unsaid(now, domain, why);
                false
            }
        }
    }

    pub(super) fn unsaid(&mut self, now: Mono, domain: &Domain, why: String) {
        if let Some(rotation) = self.certificates.rotations.get_mut(domain) {
            rotation.attempt = rotation.attempt.failed(now);
            rotation.unsaid = Some(why);
        }
    }

    /// Takes an authority out of the `MeshTrust`.
    pub(super) fn distrust(&mut self, now: Mono, domain: &Domain, certificate: &str, out: &mut Out<ZoneEffect>) -> Result<(), String> {
        let key = trust_key(&domain.0, &domain.1).ok_or("its MeshTrust cannot be named")?;
        let Some(spec) = self.catalog.get(&key).and_then(|held| held.spec.value()) else { return Ok(()) };
        let bundles = spec["caBundles"].as_array().cloned().unwrap_or_default();
        let left: Vec<Value> = bundles.iter().filter(|bundle| bundle["pem"]["value"] != certificate).cloned().collect();
        if left.len() == bundles.len() {
            return Ok(());
        }
        let spec = Spec::new(json!({"trustDomain": spec["trustDomain"], "caBundles": left}));
        // It must not be taken for missing: it is trusted no more from here on.
        let rotation = self.certificates.rotations.remove(domain);
        let trust = Resource { key, labels: Labels::new(), spec, status: None };
        let written = self.write(now, vec![Change::Put(trust)], out).map(drop).map_err(|refused| format!("its MeshTrust: {refused}"));
        self.certificates.rotations.extend(rotation.map(|rotation| (domain.clone(), rotation)));
        self.provide(now, false, out);
        written
    }
}
