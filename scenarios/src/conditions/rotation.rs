//! `rotation`: how far the rotation of an authority is, as its zone control plane lets know.
use super::{Condition, ConditionFacts, Scene, condition};
use crate::language::{
    Shape,
    shape::{may, need},
};
use strait_core::{
    node::{RotationPhase, RotationStatus},
    resource::{MeshName, ZoneName},
};

const IS: &[&str] = &["making", "spreading", "reissuing", "over"];

pub(super) const FACTS: ConditionFacts = ConditionFacts {
    name: "rotation",
    does: "the rotation of a zone's authority in a mesh (`default` if left out) is at this phase; `over`: none is under way; with `waits_for` it waits for something with these words",
    shape: Shape::Zone,
    beside: &[need("is", Shape::Choice(IS)), may("mesh", Shape::Text), may("waits_for", Shape::Text)],
    read: |node, beside, check| {
        let zone = check.zone(node);
        let mesh = match beside.get("mesh") {
            Some(mesh) => check.mesh(mesh),
            None => MeshName::new("default").ok(),
        };
        let is = beside.need(check, "is").and_then(|is| check.choice(is, "phase of a rotation", IS));
        let waits_for = match beside.get("waits_for") {
            Some(words) => Some(check.text(words, "`waits_for`")?.to_owned()),
            None => None,
        };
        condition(Rotation { zone: zone?, mesh: mesh?, is: is?, waits_for })
    },
};

#[derive(Debug)]
struct Rotation {
    zone: ZoneName,
    mesh: MeshName,
    is: &'static str,
    waits_for: Option<String>,
}

impl Rotation {
    fn is_so(&self, status: Option<&RotationStatus>) -> bool {
        let is = match status.map(|status| status.phase) {
            None => "over",
            Some(RotationPhase::Making) => "making",
            Some(RotationPhase::Spreading) => "spreading",
            Some(RotationPhase::Reissuing) => "reissuing",
        };
        let waits_for = |words: &String| status.is_some_and(|status| status.waits_for.to_string().contains(words));
        is == self.is && self.waits_for.as_ref().is_none_or(waits_for)
    }
}

impl Condition for Rotation {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        let here = scene.zone(&self.zone)?;
        let mut of_mesh = here.rotations.iter().filter(|((identity, _), _)| identity.mesh.as_ref() == Some(&self.mesh));
        let status = of_mesh.next().map(|(_, status)| status);
        if self.is_so(status) {
            return Ok(());
        }
        Err(status.map_or_else(|| "no rotation is under way".to_owned(), |status| format!("the rotation is {status}")))
    }
}
