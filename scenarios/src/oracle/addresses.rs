//! What zones show of the addresses of services, and which services they hold.
use crate::event::{Event, Stepped, What};
use std::{collections::BTreeMap, net::Ipv4Addr, sync::Arc};
use strait_core::{
    Emit,
    names::ServiceId,
    node::{ObservationChange, View, VipState},
    resource::{Key, MeshName, Resource, ZoneName},
};

/// What one zone control plane shows.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    pub(crate) given: BTreeMap<ServiceId, Ipv4Addr>,
    /// The resources that describe a service.
    held: BTreeMap<Key, ServiceId>,
}

/// An address came to a service, or went from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    Given,
    Taken,
}

impl Addresses {
    /// Takes over what a process shows when it starts, or what became different in a step. Returns the addresses that moved, in order.
    pub(crate) fn follow(&mut self, zone: &ZoneName, event: &Event) -> Vec<(ServiceId, Ipv4Addr, Moved)> {
        let mut moved = Vec::new();
        match &event.what {
            What::Started { observation, .. } => {
                let view = &observation.view;
                self.held = view.resources.values().filter_map(|held| Some((held.key.clone(), ServiceId::of(held, zone)?))).collect();
                // What it goes on with it shows once its start is durable. What it no longer holds, it does not.
                let gone: Vec<ServiceId> = self.given.keys().filter(|service| !self.is_held(service)).cloned().collect();
                gone.iter().for_each(|service| self.turn(service, None, &mut moved));
                view.vips.iter().for_each(|(service, vip)| self.turn(service, Some(*vip), &mut moved));
            }
            What::Stepped(Stepped::Zone { emits, .. }) => {
                for emit in emits {
                    match emit {
                        Emit::Observed(ObservationChange::Vip { service, vip }) => self.turn(service, *vip, &mut moved),
                        Emit::Observed(ObservationChange::Holds(resource)) => self.holds(zone, resource),
                        Emit::Observed(ObservationChange::Dropped(key)) => _ = self.held.remove(key),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        moved
    }

    /// Whether a resource is held that describes this service.
    pub(crate) fn is_held(&self, service: &ServiceId) -> bool {
        self.held.values().any(|held| held == service)
    }

    fn holds(&mut self, zone: &ZoneName, resource: &Arc<Resource>) {
        if let Some(service) = ServiceId::of(resource, zone) {
            self.held.insert(resource.key.clone(), service);
        }
    }

    fn turn(&mut self, service: &ServiceId, vip: Option<VipState>, moved: &mut Vec<(ServiceId, Ipv4Addr, Moved)>) {
        let now = if let Some(VipState::Given(address)) = vip { Some(address) } else { None };
        let before = self.given.get(service).copied();
        if before == now {
            return;
        }
        if let Some(before) = before {
            self.given.remove(service);
            moved.push((service.clone(), before, Moved::Taken));
        }
        if let Some(now) = now {
            self.given.insert(service.clone(), now);
            moved.push((service.clone(), now, Moved::Given));
        }
    }
}

/// The service that its author calls so, of this zone if one is named.
///
/// # Errors
/// There is none, or more than one: of several zones.
pub(crate) fn service_called<'a>(view: &'a View, mesh: &MeshName, name: &str, home: Option<&ZoneName>) -> Result<&'a ServiceId, String> {
    let is_at_home = |service: &ServiceId| home.is_none() || service.zone.as_ref() == home;
    let mut such = view.vips.keys().filter(|service| service.mesh == *mesh && service.name == name && is_at_home(service));
    match (such.next(), such.next()) {
        (Some(service), None) => Ok(service),
        (None, _) => Err(format!("no service {mesh}/{name} is known")),
        (Some(one), Some(other)) => Err(format!("{one} and {other} are called {mesh}/{name}")),
    }
}
