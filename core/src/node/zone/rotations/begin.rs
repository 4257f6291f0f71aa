//! An operator wants another authority: of which trust domains, and whether that is to be had now.
use super::{
    super::{
        ZoneNode,
        certificates::{Domain, trust_key},
    },
    record::Rotation,
};
use crate::{
    machine::Out,
    node::{EditOutcome, EditRefused, SHORTEST_OVERLAP, ZoneEffect},
    resource::{Key, MeshName, ResourceName},
    time::Mono,
};
use serde_json::Value;
use std::{collections::BTreeSet, time::Duration};

impl ZoneNode {
    /// An operator wants another authority.
    pub(in crate::node::zone) fn begin_rotation(
        &mut self,
        now: Mono,
        mesh: &MeshName,
        called: Option<&ResourceName>,
        overlap_seconds: Option<u64>,
        out: &mut Out<ZoneEffect>,
    ) -> EditOutcome {
        let refused = |why: String| Err(EditRefused::Operation(why));
        let asked_for = overlap_seconds.map(Duration::from_secs);
        if asked_for.is_some_and(|overlap| overlap < SHORTEST_OVERLAP) {
            return refused(format!(
                "overlap: must be at least {} s, so that zones that are there hear in time",
                SHORTEST_OVERLAP.as_secs()
            ));
        }
        // One of a trust domain that nobody has any more, and that nobody is to trust, stays so.
        let is_it = |domain: &&Domain| self.is_called(&domain.0, mesh, called) && self.is_in_use(domain);
        let domains: Vec<Domain> = self.certificates.domains().filter(is_it).cloned().collect();
        let identities: BTreeSet<&Key> = domains.iter().map(|(identity, _)| identity).collect();
        if identities.is_empty() {
            let of = called.map(|called| format!(" for MeshIdentity `{called}`")).unwrap_or_default();
            return refused(format!("zone {} has no authority in mesh `{mesh}`{of}: one is made when the first proxy needs it", self.zone));
        }
        if identities.len() > 1 {
            let names: Vec<String> = identities.iter().map(|identity| format!("`{}`", self.called(identity))).collect();
            return refused(format!("name: must be one of {}: mesh `{mesh}` has authorities for each", names.join(", ")));
        }
        if let Some((domain, rotation)) = domains.iter().find_map(|domain| Some((domain, self.certificates.rotations.get(domain)?))) {
            let phase = rotation.shown.as_ref().map_or_else(|| "it has just begun".to_owned(), ToString::to_string);
            return refused(format!("a rotation of the authority of `{}` is under way ({phase}): it has to end before the next", domain.1));
        }
        for domain in domains {
            let overlap = asked_for.unwrap_or_else(|| self.certificates.life(&domain)).max(SHORTEST_OVERLAP);
            tracing::info!(identity = %domain.0, trust_domain = domain.1, overlap_s = overlap.as_secs(), "rotating an authority");
            self.certificates.rotations.insert(domain.clone(), Rotation::begin(domain, overlap, now));
        }
        self.rotate(now, out);
        self.issue(now, out);
        Ok(self.catalog.head())
    }

    /// Whether proxies have certificates of it, or others are told to trust it.
    fn is_in_use(&self, domain: &Domain) -> bool {
        let Some(signs) = self.certificates.authorities.get(domain) else { return false };
        let trust = trust_key(&domain.0, &domain.1).and_then(|key| self.catalog.get(&key)?.spec.value());
        let is_it = |bundle: &Value| bundle["pem"]["value"] == signs.authority.certificate.as_str();
        let is_said = trust.and_then(|spec| spec["caBundles"].as_array()).is_some_and(|bundles| bundles.iter().any(is_it));
        is_said || self.certificates.is_wanted(domain)
    }

    fn called(&self, identity: &Key) -> String {
        let held = self.catalog.get(identity).or_else(|| self.replica.get(identity));
        held.map_or_else(|| identity.name.to_string(), |held| held.display_name().to_owned())
    }

    fn is_called(&self, identity: &Key, mesh: &MeshName, called: Option<&ResourceName>) -> bool {
        let is_it = |called: &ResourceName| identity.name == *called || self.called(identity) == called.as_str();
        identity.mesh.as_ref() == Some(mesh) && called.is_none_or(is_it)
    }
}
