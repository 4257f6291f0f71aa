//! `trust`: which authorities of a zone's proxies are trusted in a zone, by the `MeshTrust`s that it holds.
use super::{Condition, ConditionFacts, Scene, condition};
use crate::language::{
    Shape,
    shape::{may, need},
};
use std::collections::BTreeSet;
use strait_core::resource::{MeshName, ZoneName};

const IS: &[&str] = &["given", "same", "both", "other"];

pub(super) const FACTS: ConditionFacts = ConditionFacts {
    name: "trust",
    does: "a zone holds which authorities vouch for the proxies of a zone, its own or another, in a mesh (`default` if left out): `given`: some, and these are kept in mind; then `same`: these, `both`: these and others, `other`: others only",
    shape: Shape::Fields(&[need("of", Shape::Zone), need("in", Shape::Zone), may("mesh", Shape::Text), need("is", Shape::Choice(IS))]),
    beside: &[],
    read: |node, _, check| {
        let fields = check.fields(node, "`trust`", &FACTS.shape.names())?;
        let of = fields.need(check, "of").and_then(|of| check.zone(of));
        let zone = fields.need(check, "in").and_then(|zone| check.zone(zone));
        let mesh = match fields.get("mesh") {
            Some(mesh) => check.mesh(mesh),
            None => MeshName::new("default").ok(),
        };
        let is = fields.need(check, "is").and_then(|is| check.choice(is, "is", IS));
        condition(Trust { of: of?, zone: zone?, mesh: mesh?, is: is? })
    },
};

#[derive(Debug)]
struct Trust {
    of: ZoneName,
    zone: ZoneName,
    mesh: MeshName,
    is: &'static str,
}

impl Trust {
    /// The certificates of the authorities.
    fn now(&self, scene: &Scene<'_>) -> Result<BTreeSet<String>, String> {
        let held = scene.zone(&self.zone)?.view.resources.values();
        let is_it = |resource: &&std::sync::Arc<strait_core::resource::Resource>| {
            resource.kind().as_str() == "MeshTrust" && resource.mesh() == Some(&self.mesh) && resource.zone().as_ref() == Some(&self.of)
        };
        let bundles = held.filter(is_it).filter_map(|trust| trust.spec.value()?.get("caBundles")?.as_array());
        let certificates = bundles.flatten().filter_map(|bundle| bundle.pointer("/pem/value")?.as_str());
        Ok(certificates.map(str::to_owned).collect())
    }

    fn remembered_as(&self) -> String {
        format!("authorities of {} in mesh {}", self.of, self.mesh)
    }
}

impl Condition for Trust {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        let now = self.now(scene)?;
        if now.is_empty() {
            return Err(format!("{} holds no authority of {}", self.zone, self.of));
        }
        if self.is == "given" {
            return Ok(());
        }
        let before = scene.ledger.remembered(&self.remembered_as()).and_then(|before| serde_json::from_str(before).ok());
        let before: BTreeSet<String> =
            before.ok_or_else(|| format!("no expectation before this one has seen authorities of {} (`is: given`)", self.of))?;
        let (kept, new) = (now.intersection(&before).count(), now.difference(&before).count());
        let is = match (kept == before.len(), kept, new) {
            (true, _, 0) => "same",
            (true, _, _) => "both",
            (false, 0, _) => "other",
            (false, _, _) => "some of them",
        };
        if is == self.is {
            return Ok(());
        }
        Err(format!(
            "{} trusts {kept} of the {} authorities of {} that were kept in mind, and {new} others",
            self.zone,
            before.len(),
            self.of
        ))
    }

    fn remembers(&self, scene: &Scene<'_>) -> Option<(String, String)> {
        let now = (self.is == "given").then(|| self.now(scene).ok()).flatten()?;
        Some((self.remembered_as(), serde_json::to_string(&now).ok()?))
    }
}
