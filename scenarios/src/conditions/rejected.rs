//! `rejected`: a receiver refuses a resource, and the other end knows why.
use super::{Condition, ConditionFacts, Scene, condition, optional_text};
use crate::{
    event::NodeId,
    language::{
        Shape, resources,
        shape::{may, need},
    },
};
use strait_core::resource::{Key, ZoneName};

pub(super) const FACTS: ConditionFacts = ConditionFacts {
    name: "rejected",
    does: "the receiver of a resource refuses it, and global shows that, with these words in the reason",
    shape: Shape::Fields(&[need("zone", Shape::Zone), need("kind", Shape::Kind), may("mesh", Shape::Text), need("name", Shape::Text)]),
    beside: &[may("because", Shape::Text)],
    read: |node, beside, check| {
        let fields = check.fields(node, "`rejected`", &FACTS.shape.names())?;
        let zone = fields.need(check, "zone").and_then(|zone| check.zone(zone));
        let key = resources::key(&fields, check);
        let because = optional_text(beside, "because", check);
        condition(Rejected { zone: zone?, key: key?, because: because? })
    },
};

#[derive(Debug)]
struct Rejected {
    zone: ZoneName,
    key: Key,
    because: Option<String>,
}

impl Condition for Rejected {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        let rejected = scene.observe(&NodeId::Global)?.peers.get(&self.zone).map(|peer| &peer.rejected);
        let found = rejected.into_iter().flatten().find(|(key, _)| self.is_meant(key));
        match found {
            None => Err(format!("nothing shows that {} is rejected", self.key)),
            Some((_, rejection)) if self.because.as_ref().is_some_and(|words| !rejection.why.contains(words.as_str())) => {
                Err(format!("{} is rejected because: {}", self.key, rejection.why))
            }
            Some(_) => Ok(()),
        }
    }
}

impl Rejected {
    /// On the wire a name has a hash behind it.
    fn is_meant(&self, key: &Key) -> bool {
        let named = key.name.as_str().strip_prefix(self.key.name.as_str());
        key.kind == self.key.kind && key.mesh == self.key.mesh && named.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}
