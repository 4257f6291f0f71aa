//! `resolves`: where a name leads, in a zone and a mesh, or as a workload is told when it asks.
use super::{Condition, ConditionFacts, Scene, condition};
use crate::{
    event::NodeId,
    language::{
        Content, Node, Shape, Who,
        resources::mesh_or_default,
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
    does: "a name leads to the address of this service, in a zone and a mesh, or as a workload is told; `to: nothing`: nowhere; of several of that name: that of the zone `home`",
    shape: Shape::Fields(&[
        need("from", Shape::ControlPlaneOrProxy),
        may("mesh", Shape::Text),
        need("name", Shape::Text),
        need("to", Shape::Text),
        may("home", Shape::Zone),
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
            (None, Some(Who::Proxy(_))) => MeshName::new("default").ok(),
            _ => mesh_or_default(&fields, check),
        };
        let name = fields.need(check, "name").and_then(|name| check.text(name, "a name").map(str::to_owned));
        let to = fields.need(check, "to").and_then(|to| check.text(to, "a service, or `nothing`").map(str::to_owned));
        let home = match fields.get("home") {
            Some(home) => Some(check.zone(home)?),
            None => None,
        };
        let (from, mesh, name, to) = (from?, mesh?, name?, to?);
        if let Some(set) = fields.get("home").filter(|_| to == NOTHING) {
            check.mistake(set.place, "nothing is of no zone", "leave `home` out");
            return None;
        }
        let to = To { called: to, home };
        match from {
            Who::ControlPlane(zone) => condition(Resolves { from: zone, mesh, name, to }),
            Who::Proxy(proxy) => condition(Told { ask: Ask::address(proxy, name.to_lowercase()), to }),
        }
    },
};

#[derive(Debug)]
struct Resolves {
    from: NodeId,
    mesh: MeshName,
    name: String,
    to: To,
}

/// A service, or nothing.
#[derive(Debug)]
struct To {
    /// What its author calls it.
    called: String,
    /// In which zone it is; `None`: there is one such only.
    home: Option<ZoneName>,
}

impl To {
    fn is_nothing(&self) -> bool {
        self.called == NOTHING
    }

    fn service(&self) -> Option<&str> {
        (!self.is_nothing()).then_some(&self.called)
    }

    /// Whether an address is of this service, and of no other.
    ///
    /// # Errors
    /// Of whom it is; or there is no such service.
    fn has(&self, view: &View, address: Ipv4Addr, mesh: &MeshName) -> Result<(), String> {
        let service = service_called(view, mesh, &self.called, self.home.as_ref())?;
        let is_given = |vip: &VipState| matches!(vip, VipState::Given(given) if *given == address);
        let owners: Vec<String> = view.vips.iter().filter(|(_, vip)| is_given(vip)).map(|(owner, _)| owner.to_string()).collect();
        if owners == [service.to_string()] { Ok(()) } else { Err(format!("{owners:?}")) }
    }
}

impl Condition for Resolves {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        let view = &scene.observe(&self.from)?.view;
        let found = view.resolve(&self.mesh, &self.name);
        if self.to.is_nothing() {
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
        self.to.has(view, found, &self.mesh).map_err(|owners| format!("{} leads to {found}, which is of {owners}", self.name))
    }

    fn about(&self) -> Option<&NodeId> {
        Some(&self.from)
    }

    fn service(&self) -> Option<&str> {
        self.to.service()
    }
}

/// As a workload is told when it asks.
#[derive(Debug)]
struct Told {
    ask: Ask,
    to: To,
}

impl Condition for Told {
    fn asks(&self) -> Option<&Ask> {
        Some(&self.ask)
    }

    fn service(&self) -> Option<&str> {
        self.to.service()
    }

    fn judges(&self, answer: &Answer, scene: &Scene<'_>) -> Result<(), String> {
        match answer {
            Answer::NoSuchName if self.to.is_nothing() => Ok(()),
            Answer::Leads(found) if !self.to.is_nothing() => {
                let Some(mesh) = scene.scenario.mesh_of(&self.ask.from) else {
                    return Err(format!("there is no {}", self.ask.from));
                };
                let view = &scene.zone(&self.ask.from.zone)?.view;
                self.to.has(view, *found, &mesh).map_err(|owners| format!("{} leads to {found}, which is of {owners}", self.ask.name))
            }
            _ => Err(answer.to_string()),
        }
    }
}

fn has_slash(node: &Node) -> bool {
    matches!(&node.content, Content::Scalar { text, .. } if text.contains('/'))
}
