//! S17, through ingresses: what a proxy is told leads to proxies of its own zone and mesh, or into another zone to where that zone says that one comes in; and
//! an ingress is told to let through to proxies of its own zone only, of the mesh whose service is asked for. And a zone says by itself that one comes in
//! only where an ingress of it is.
use super::{Broken, Invariant};
use crate::{
    event::{Emits, Event, NodeId, Stepped, What},
    oracle::truth::{Happened, Truth},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use strait_core::{
    Emit,
    node::{ObservationChange, ToProxy, ZoneEffect},
    plan::{Endpoint, Endpoints, Part},
    resource::{Kind, MeshName, Resource, ZoneName, labels},
};

/// An address with its port.
type Place = (String, u64);

/// Who says by itself where one comes in.
const BY: &str = "strait-zone-ingress";

fn place(address: &serde_json::Value, port: &serde_json::Value) -> Option<Place> {
    Some((address.as_str()?.to_owned(), port.as_u64()?))
}

/// S17.
#[derive(Debug, Default)]
pub(super) struct ThroughIngresses {
    zones: BTreeMap<NodeId, Places>,
    /// Where the ingresses of each zone ever were, as it shows.
    ingresses: BTreeMap<ZoneName, BTreeSet<Place>>,
}

/// Where a zone has ever shown that somebody is. What is gone may still be told of for a moment.
#[derive(Debug, Default)]
struct Places {
    proxies: BTreeSet<(MeshName, Place)>,
    entrances: BTreeSet<(MeshName, ZoneName, Place)>,
    /// For all meshes: a zone that has said no more than where an ingress of it is, is entered there.
    ingresses: BTreeSet<(ZoneName, Place)>,
}

impl Places {
    fn hold(&mut self, resource: &Arc<Resource>) {
        if *resource.kind() == Kind::zone_ingress()
            && let (Some(zone), Some(spec)) = (resource.zone(), resource.spec.value())
        {
            let networking = &spec["networking"];
            let at = place(&networking["advertisedAddress"], &networking["advertisedPort"]);
            self.ingresses.extend(at.map(|place| (zone, place)));
        }
        let (Some(mesh), Some(spec)) = (resource.mesh(), resource.spec.value()) else {
            return;
        };
        if *resource.kind() == Kind::dataplane() {
            let networking = &spec["networking"];
            for inbound in networking["inbound"].as_array().into_iter().flatten() {
                let address = if inbound["address"].is_null() { &networking["address"] } else { &inbound["address"] };
                self.proxies.extend(place(address, &inbound["port"]).map(|place| (mesh.clone(), place)));
            }
        } else if resource.kind().as_str() == "MeshZoneAddress"
            && let Some(zone) = resource.zone()
        {
            self.entrances.extend(place(&spec["address"], &spec["port"]).map(|place| (mesh.clone(), zone, place)));
        }
    }

    /// The first of these that leads where it must not.
    fn astray<'a>(&self, here: &ZoneName, endpoints: &'a Endpoints, is_ingress: bool) -> Option<&'a Endpoint> {
        let service = &endpoints.destination.service;
        let is_proxy = |place: &Place| self.proxies.contains(&(service.mesh.clone(), place.clone()));
        let is_entrance = |place: &Place| {
            let of_mesh = self.entrances.iter().filter(|(mesh, ..)| *mesh == service.mesh).map(|(_, zone, at)| (zone, at));
            let of_all = self.ingresses.iter().map(|(zone, at)| (zone, at));
            let mut entrances = of_mesh.chain(of_all).filter(|(zone, at)| *zone != here && *at == place);
            entrances.any(|(zone, _)| service.zone.as_ref().is_none_or(|home| home == zone))
        };
        let leads_right = |place: &Place| match &service.zone {
            _ if is_ingress => is_proxy(place),
            Some(zone) if zone == here => is_proxy(place),
            Some(_) => is_entrance(place),
            None => is_proxy(place) || is_entrance(place),
        };
        endpoints.endpoints.iter().find(|one| !leads_right(&(one.address.to_string(), one.port.into())))
    }
}

impl ThroughIngresses {
    /// A zone shows that it holds this.
    fn show(&mut self, node: &NodeId, resource: &Arc<Resource>) -> Result<(), String> {
        self.zones.entry(node.clone()).or_default().hold(resource);
        let (Some(of), Some(spec)) = (resource.zone().or_else(|| node.zone().cloned()), resource.spec.value()) else { return Ok(()) };
        let ingresses = self.ingresses.entry(of.clone()).or_default();
        if *resource.kind() == Kind::zone_ingress() {
            let networking = &spec["networking"];
            ingresses.extend(place(&networking["advertisedAddress"], &networking["advertisedPort"]));
        } else if resource.kind().as_str() == "MeshZoneAddress" && resource.labels.get(labels::MANAGED_BY).is_some_and(|by| by == BY) {
            let said = place(&spec["address"], &spec["port"]);
            if said.as_ref().is_none_or(|said| !ingresses.contains(said)) {
                return Err(format!(
                    "it holds {}, by which one comes into {of} at {said:?}, where no ingress of that was ever",
                    resource.key
                ));
            }
        }
        Ok(())
    }

    fn follow(&mut self, event: &Event) -> Result<(), String> {
        let emits = match &event.what {
            What::Started { observation, emits: Emits::Zone(emits), .. } => {
                let held = observation.view.resources.values();
                // Where ingresses are comes before where one comes in.
                let (ingresses, others): (Vec<_>, Vec<_>) = held.partition(|held| *held.kind() == Kind::zone_ingress());
                ingresses.into_iter().chain(others).try_for_each(|resource| self.show(&event.node, resource))?;
                emits
            }
            What::Stepped(Stepped::Zone { emits, .. }) => emits,
            _ => return Ok(()),
        };
        let Some(here) = event.node.zone() else { return Ok(()) };
        for emit in emits {
            match emit {
                Emit::Observed(ObservationChange::Holds(resource)) => self.show(&event.node, resource)?,
                Emit::Effect(ZoneEffect::Proxy(session, ToProxy::Plan(update))) => {
                    let told = update.put.iter().filter_map(|part| match part {
                        Part::Endpoints(endpoints) => Some((endpoints, false)),
                        Part::Passage(passage) => Some((&passage.to, true)),
                        _ => None,
                    });
                    let places = self.zones.entry(event.node.clone()).or_default();
                    for (endpoints, is_ingress) in told {
                        if let Some(one) = places.astray(here, endpoints, is_ingress) {
                            let (of, what) = (&endpoints.destination, if is_ingress { "ingress" } else { "proxy" });
                            return Err(format!(
                                "{what} {session} is led to {}:{} for {of}, where nobody of that is",
                                one.address, one.port
                            ));
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Invariant for ThroughIngresses {
    fn id(&self) -> &'static str {
        "S17"
    }

    fn slug(&self) -> &'static str {
        "through-ingresses"
    }

    fn see(&mut self, truth: &Truth, Happened { event, .. }: &Happened<'_>) -> Result<(), Broken> {
        if !truth.disks.is_ours(&event.node) {
            return Ok(());
        }
        self.follow(event).map_err(|what| Broken::at(event, what))
    }
}
