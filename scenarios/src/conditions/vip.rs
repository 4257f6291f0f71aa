//! `vip`: the address that a zone has for a service.
use super::{Condition, ConditionFacts, Scene, condition};
use crate::{
    event::NodeId,
    language::{
        Shape,
        resources::mesh_or_default,
        shape::{may, need},
    },
    oracle::addresses::service_called,
};
use std::net::Ipv4Addr;
use strait_core::{
    node::VipState,
    resource::{MeshName, ZoneName},
};

const IS: &[&str] = &["given", "exhausted", "same"];

pub(super) const FACTS: ConditionFacts = ConditionFacts {
    name: "vip",
    does: "a zone has an address for a service (of several of that name: that of the zone `home`), or has none left for it; `same`: the one that it had at the last such expectation",
    shape: Shape::Fields(&[
        need("of", Shape::Text),
        may("mesh", Shape::Text),
        may("home", Shape::Zone),
        need("in", Shape::Zone),
        need("is", Shape::Choice(IS)),
    ]),
    beside: &[],
    read: |node, _, check| {
        let fields = check.fields(node, "`vip`", &FACTS.shape.names())?;
        let of = fields.need(check, "of").and_then(|of| check.text(of, "the name of a service").map(str::to_owned));
        let mesh = mesh_or_default(&fields, check);
        let home = match fields.get("home") {
            Some(home) => Some(check.zone(home)?),
            None => None,
        };
        let zone = fields.need(check, "in").and_then(|zone| check.zone(zone));
        let is = fields.need(check, "is").and_then(|is| check.choice(is, "is", IS));
        condition(Vip { of: of?, mesh: mesh?, home, zone: NodeId::Zone(zone?), is: is? })
    },
};

#[derive(Debug)]
struct Vip {
    of: String,
    mesh: MeshName,
    /// Of which zone the service is; `None`: there is one of that name.
    home: Option<ZoneName>,
    zone: NodeId,
    is: &'static str,
}

impl Vip {
    fn now(&self, scene: &Scene<'_>) -> Result<Option<Ipv4Addr>, String> {
        let view = &scene.observe(&self.zone)?.view;
        let service = service_called(view, &self.mesh, &self.of, self.home.as_ref())?;
        Ok(match view.vips.get(service) {
            Some(VipState::Given(address)) => Some(*address),
            Some(VipState::Exhausted) | None => None,
        })
    }

    fn remembered_as(&self) -> String {
        let home = self.home.as_ref().map_or_else(String::new, |home| format!(" of {home}"));
        format!("vip of {}/{}{home} in {}", self.mesh, self.of, self.zone)
    }
}

impl Condition for Vip {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        let (now, before) = (self.now(scene)?, scene.ledger.remembered(&self.remembered_as()));
        match (self.is, now) {
            ("exhausted", None) | ("given", Some(_)) => Ok(()),
            ("exhausted", Some(now)) => Err(format!("{} has {now} for {}", self.zone, self.of)),
            (_, None) => Err(format!("{} has no address for {}", self.zone, self.of)),
            (_, Some(now)) => match before {
                Some(before) if before == now.to_string() => Ok(()),
                Some(before) => Err(format!("{} has {now} for {}, and had {before}", self.zone, self.of)),
                None => Err(format!("no expectation before this one has seen an address of {}", self.of)),
            },
        }
    }

    fn about(&self) -> Option<&NodeId> {
        Some(&self.zone)
    }

    fn service(&self) -> Option<&str> {
        Some(&self.of)
    }

    fn remembers(&self, scene: &Scene<'_>) -> Option<(String, String)> {
        Some((self.remembered_as(), self.now(scene).ok()??.to_string()))
    }
}
