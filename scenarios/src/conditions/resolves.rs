//! `resolves`: where a name leads, in a zone and a mesh.
use super::{Condition, ConditionFacts, Scene, condition};
use crate::{
    language::{
        Shape,
        shape::{may, need},
    },
    oracle::addresses::service_called,
};
use strait_core::resource::{MeshName, ZoneName};

pub(super) const FACTS: ConditionFacts = ConditionFacts {
    name: "resolves",
    does: "in a zone and a mesh a name leads to the address of this service; `to: nothing`: nowhere",
    shape: Shape::Fields(&[need("from", Shape::Zone), may("mesh", Shape::Text), need("name", Shape::Text), need("to", Shape::Text)]),
    beside: &[],
    read: |node, _, check| {
        let fields = check.fields(node, "`resolves`", &FACTS.shape.names())?;
        let from = fields.need(check, "from").and_then(|from| check.zone(from));
        let mesh = match fields.get("mesh") {
            Some(mesh) => check.mesh(mesh),
            None => MeshName::new("default").ok(),
        };
        let name = fields.need(check, "name").and_then(|name| check.text(name, "a name").map(str::to_owned));
        let to = fields.need(check, "to").and_then(|to| check.text(to, "a service, or `nothing`").map(str::to_owned));
        condition(Resolves { from: from?, mesh: mesh?, name: name?, to: to? })
    },
};

#[derive(Debug)]
struct Resolves {
    from: ZoneName,
    mesh: MeshName,
    name: String,
    to: String,
}

impl Condition for Resolves {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        let view = &scene.zone(&self.from)?.view;
        let found = view.resolve(&self.mesh, &self.name);
        if self.to == "nothing" {
            return match found {
                None => Ok(()),
                Some(found) => Err(format!("{} leads to {found:?}", self.name)),
            };
        }
        let Some(found) = found else {
            return Err(format!("{} leads nowhere", self.name));
        };
        let Some(found) = found else {
            return Err(format!("{} leads to a service without an address", self.name));
        };
        let service = service_called(view, &self.mesh, &self.to)?;
        let owners: Vec<String> = view
            .vips
            .iter()
            .filter(|(_, vip)| matches!(vip, strait_core::node::VipState::Given(address) if *address == found))
            .map(|(owner, _)| owner.to_string())
            .collect();
        if owners == [service.to_string()] { Ok(()) } else { Err(format!("{} leads to {found}, which is of {owners:?}", self.name)) }
    }
}
