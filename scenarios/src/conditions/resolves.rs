//! `resolves`: where a name leads, in a zone and a mesh, or as a workload is told when it asks.
use super::{Condition, ConditionFacts, Scene, condition};
use crate::{
    event::NodeId,
    language::{
        Content, Node, Shape, Who,
        shape::{may, need},
    },
    oracle::addresses::service_called,
    workload::{Answer, Ask},
};
use std::net::Ipv4Addr;
use strait_core::{
    node::{View, VipState},
    resource::{MeshName, ZoneName},
};

/// What stands for no service.
const NOTHING: &str = "nothing";

pub(super) const FACTS: ConditionFacts = ConditionFacts {
    name: "resolves",
    does: "a name leads to the address of this service, in a zone and a mesh, or as a workload is told; `to: nothing`: nowhere",
    shape: Shape::Fields(&[
        need("from", Shape::ControlPlaneOrProxy),
        may("mesh", Shape::Text),
        need("name", Shape::Text),
        need("to", Shape::Text),
    ]),
    beside: &[],
    read: |node, _, check| {
        let fields = check.fields(node, "`resolves`", &FACTS.shape.names())?;
        let from = fields.need(check, "from").and_then(|from| {
            if has_slash(from) {
                check.proxy(from).map(Who::Proxy)
            } else {
                check.zone(from).map(|zone| Who::ControlPlane(NodeId::Zone(zone)))
            }
        });
        let mesh = match (fields.get("mesh"), &from) {
            (Some(mesh), Some(Who::Proxy(proxy))) => {
                check.mistake(mesh.place, format!("{proxy} is in one mesh"), "leave `mesh` out");
                None
            }
            (Some(mesh), _) => check.mesh(mesh),
            (None, _) => MeshName::new("default").ok(),
        };
        let name = fields.need(check, "name").and_then(|name| check.text(name, "a name").map(str::to_owned));
        let to = fields.need(check, "to").and_then(|to| check.text(to, "a service, or `nothing`").map(str::to_owned));
        let (from, mesh, name, to) = (from?, mesh?, name?, to?);
        match from {
            Who::ControlPlane(zone) => condition(Resolves { from: zone.zone()?.clone(), mesh, name, to }),
            Who::Proxy(proxy) => condition(Told { ask: Ask::address(proxy, name.to_lowercase()), to }),
        }
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
        if self.to == NOTHING {
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
        is_of(view, found, &self.mesh, &self.to).map_err(|owners| format!("{} leads to {found}, which is of {owners}", self.name))
    }
}

/// As a workload is told when it asks.
#[derive(Debug)]
struct Told {
    ask: Ask,
    to: String,
}

impl Condition for Told {
    fn asks(&self) -> Option<&Ask> {
        Some(&self.ask)
    }

    fn judges(&self, answer: &Answer, scene: &Scene<'_>) -> Result<(), String> {
        match answer {
            Answer::NoSuchName if self.to == NOTHING => Ok(()),
            Answer::Leads(found) if self.to != NOTHING => {
                let Some(mesh) = scene.scenario.mesh_of(&self.ask.from) else {
                    return Err(format!("there is no {}", self.ask.from));
                };
                let view = &scene.zone(&self.ask.from.zone)?.view;
                is_of(view, *found, &mesh, &self.to).map_err(|owners| format!("{} leads to {found}, which is of {owners}", self.ask.name))
            }
            _ => Err(answer.to_string()),
        }
    }
}

/// Whether an address is of the service that its author calls so, and of no other.
///
/// # Errors
/// Of whom it is; or there is no such service.
fn is_of(view: &View, address: Ipv4Addr, mesh: &MeshName, called: &str) -> Result<(), String> {
    let service = service_called(view, mesh, called, None)?;
    let is_it = |vip: &VipState| matches!(vip, VipState::Given(given) if *given == address);
    let owners: Vec<String> = view.vips.iter().filter(|(_, vip)| is_it(vip)).map(|(owner, _)| owner.to_string()).collect();
    if owners == [service.to_string()] { Ok(()) } else { Err(format!("{owners:?}")) }
}

fn has_slash(node: &Node) -> bool {
    matches!(&node.content, Content::Scalar { text, .. } if text.contains('/'))
}
