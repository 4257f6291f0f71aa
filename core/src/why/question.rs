//! Who asks for what.
use super::{
    answer::{Change, Line, Step},
    change,
    ground::{Ground, Place, Source},
    side::{Side, of_zone},
};
use crate::{
    names::ServiceId,
    node::VipState,
    resource::{
        Key, Kind, MeshName, Resource, ResourceName, Spec, ZoneName,
        model::{self, Model, SERVICE_TAG},
    },
};
use serde_json::json;
use std::{collections::BTreeSet, fmt, net::Ipv4Addr};

/// A name is no longer (RFC 1035), with a dot at its end and a port behind it, in bytes.
const LONGEST: usize = 253 + ".:65535".len();
/// So many of those that are close are named.
const NAMED: usize = 5;

/// Who asks for what.
#[derive(Clone, Debug)]
pub struct Question {
    /// In which mesh.
    pub mesh: MeshName,
    /// The zone of the proxy; `None`: that of the control plane which is asked, or the only one with such a proxy.
    pub zone: Option<ZoneName>,
    /// The `Dataplane`.
    pub from: ResourceName,
    /// A name as an application uses it, a virtual IP, or what a service is called, each with `:PORT` or without.
    pub to: String,
}

/// There is no such thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// What there is not.
    pub what: String,
    /// Which there are instead, the closest first.
    pub near: Vec<String>,
}

/// What is asked for.
pub(super) struct Target {
    pub(super) service: ServiceId,
    pub(super) port: Option<u16>,
    pub(super) by: By,
}

/// What was said of it.
pub(super) enum By {
    Name(String),
    Vip(Ipv4Addr),
    Service,
}

impl Question {
    /// Reads what is said on a command line: `NAME` or `ZONE/NAME`.
    ///
    /// # Errors
    /// Says what is allowed.
    pub fn read(mesh: MeshName, from: &str, to: &str) -> Result<Self, String> {
        let (zone, name) = match from.split_once('/') {
            Some((zone, name)) => (Some(ZoneName::new(zone).map_err(|error| format!("FROM: {error}"))?), name),
            None => (None, from),
        };
        let from = ResourceName::new(name).map_err(|error| format!("FROM: {error}"))?;
        if to.trim().is_empty() {
            return Err("TO: must be a name, a service or an address".to_owned());
        }
        if to.trim().len() > LONGEST {
            return Err(format!("TO: must be at most {LONGEST} bytes long, it has {}", to.trim().len()));
        }
        Ok(Self { mesh, zone, from, to: to.trim().to_owned() })
    }

    /// The zone of whoever asks, and its proxy.
    pub(super) fn asker(&self, ground: &Ground) -> Result<(Side, Key), Unknown> {
        let key = Key { kind: Kind::dataplane(), mesh: Some(self.mesh.clone()), name: self.from.clone() };
        let zone = self.zone_of_asker(ground)?;
        let Some(side) = Side::of(ground, &zone) else {
            if let Source::Zone(own) = &ground.source {
                let what = format!("this is zone {own}, which does not know the proxies of zone {zone}: ask that zone, or global");
                return Err(Unknown { what, near: Vec::new() });
            }
            return Err(unknown(format!("there is no Dataplane in zone {zone}"), zone.as_str(), ground.zones().map(ToString::to_string)));
        };
        if !side.has_mesh(&self.mesh) {
            let what = format!("zone {zone} holds no mesh {}", self.mesh);
            return Err(unknown(what, self.mesh.as_str(), side.meshes().map(str::to_owned)));
        }
        if side.held.contains_key(&key) {
            return Ok((side, key));
        }
        let there = side.of_kind(&self.mesh, "Dataplane").map(|held| held.resource.key.name.to_string());
        Err(unknown(format!("there is no Dataplane {} in the mesh {} of zone {zone}", self.from, self.mesh), self.from.as_str(), there))
    }

    fn zone_of_asker(&self, ground: &Ground) -> Result<ZoneName, Unknown> {
        if let Some(zone) = &self.zone {
            return Ok(zone.clone());
        }
        match &ground.source {
            Source::Files(zone) | Source::Zone(zone) => return Ok(zone.clone()),
            Source::Global => {}
        }
        let of_mesh = ground.held.iter().filter(|(_, held)| *held.kind() == Kind::dataplane() && held.mesh() == Some(&self.mesh));
        let all: BTreeSet<(&ZoneName, &str)> = of_mesh
            .filter_map(|(place, held)| if let Place::Zone(zone) = place { Some((zone, held.display_name())) } else { None })
            .collect();
        let found: Vec<&ZoneName> = all.iter().filter(|(_, name)| *name == self.from.as_str()).map(|(zone, _)| *zone).collect();
        match found.as_slice() {
            [one] => Ok((*one).clone()),
            [] => {
                let what = format!("no zone has a Dataplane {} in the mesh {}", self.from, self.mesh);
                Err(unknown(what, self.from.as_str(), all.iter().map(|(zone, name)| format!("{zone}/{name}"))))
            }
            several => {
                let near = several.iter().map(|zone| format!("{zone}/{}", self.from)).collect();
                Err(Unknown { what: format!("several zones have a Dataplane {}: say which, as ZONE/NAME", self.from), near })
            }
        }
    }

    /// What is asked for; or that it is not there, where it is known what would make it.
    pub(super) fn target(&self, ground: &Ground, side: &Side) -> Result<Result<Target, Line>, Unknown> {
        let said = self.to.strip_suffix('.').unwrap_or(&self.to).to_ascii_lowercase();
        let (name, port) = match said.rsplit_once(':') {
            None => (said.as_str(), None),
            Some((name, port)) => match port.parse() {
                Ok(port) if port != 0 => (name.strip_suffix('.').unwrap_or(name), Some(port)),
                _ => return Err(Unknown { what: format!("`{port}` is not a port: a port is a number from 1 to 65535"), near: Vec::new() }),
            },
        };
        let names = side.names.get(&self.mesh);
        let target = |service: &ServiceId, by| Ok(Ok(Target { service: service.clone(), port, by }));
        if let Ok(address) = name.parse::<Ipv4Addr>() {
            let given = side.vips.iter().filter(|(service, _)| service.mesh == self.mesh);
            let mut has = given.clone().filter(|(_, vip)| **vip == VipState::Given(address));
            return match has.next() {
                Some((service, _)) => target(service, By::Vip(address)),
                None => {
                    let there = given.filter_map(|(_, vip)| if let VipState::Given(vip) = vip { Some(vip.to_string()) } else { None });
                    Err(unknown(format!("no service of the mesh {} is known to have the address {address}", self.mesh), name, there))
                }
            };
        }
        if let Some(service) = names.and_then(|names| names.get(name)) {
            return target(service, By::Name(name.to_owned()));
        }
        let called: Vec<&ServiceId> = side.plans.services(&self.mesh).filter(|service| service.name == name).collect();
        let at_home = called.iter().find(|service| service.zone.as_ref() == Some(&side.zone));
        let of_all = called.iter().find(|service| service.zone.is_none());
        match (at_home.or(of_all), called.as_slice()) {
            (Some(service), _) | (None, [service]) => return target(service, By::Service),
            (None, []) => {}
            (None, several) => {
                let near = names.into_iter().flatten().filter(|(_, service)| several.contains(service)).map(|(name, _)| name.clone());
                return Err(Unknown { what: format!("several zones have a service {name}: say which by its name"), near: near.collect() });
            }
        }
        if let Some(missing) = self.missing(name, ground, side) {
            return Ok(Err(missing));
        }
        let known = names.into_iter().flat_map(|names| names.keys().cloned());
        let all = known.chain(side.plans.services(&self.mesh).map(|service| service.name.clone()));
        Err(unknown(format!("no service of the mesh {} is called `{name}` in zone {}", self.mesh, side.zone), name, all))
    }

    /// Whether a name is missing only because what proxies say they serve is no service: then what would make it one.
    fn missing(&self, name: &str, ground: &Ground, side: &Side) -> Option<Line> {
        let tag = name.split('.').next()?;
        let proxies = ground.held.iter().filter(|(_, held)| *held.kind() == Kind::dataplane() && held.mesh() == Some(&self.mesh));
        // Of each zone one is looked into: what it comes to is worked out anew.
        let mut tried = BTreeSet::new();
        for (place, proxy) in proxies {
            let Place::Zone(zone) = place else { continue };
            let Some(service) = self.service_of(tag, zone, proxy).filter(|_| tried.insert(zone)) else { continue };
            let held = Side::of(&ground.with(zone, service.clone()), &side.zone)?;
            let is_it = |id: &ServiceId| id.name == tag && id.zone.as_ref() == Some(zone);
            let leads = held.names.get(&self.mesh).and_then(|names| names.get(name)).is_some_and(is_it);
            if leads || (name == tag && zone == &side.zone) {
                let what = format!(
                    "`{name}` leads nowhere: {} of {place} says that it serves `{tag}`, and no MeshService is made of that",
                    proxy.display_name()
                );
                let change = Change::write(
                    format!("write a MeshService {tag}, or set `meshServices.mode: Exclusive` in the Mesh"),
                    place,
                    &[service],
                );
                return Some(Line::broken(Step::Name, what, change));
            }
        }
        None
    }

    /// The service that a proxy says it serves.
    fn service_of(&self, tag: &str, zone: &ZoneName, proxy: &Resource) -> Option<Resource> {
        let Ok(Some(Model::Dataplane(spec))) = model::parse(proxy.kind(), proxy.spec.value()?) else { return None };
        let inbounds = spec.networking.map(|networking| networking.inbound).unwrap_or_default();
        let inbound = inbounds.iter().find(|inbound| !inbound.is_ignored() && inbound.tags.get(SERVICE_TAG).is_some_and(|of| of == tag))?;
        let port = json!({"name": inbound.section_name(), "port": inbound.port, "appProtocol": inbound.spoken().unwrap_or("tcp")});
        let spec = json!({"selector": {"dataplaneTags": {SERVICE_TAG: tag}}, "ports": [port]});
        let key = Key { kind: Kind::mesh_service(), mesh: Some(self.mesh.clone()), name: ResourceName::new(tag).ok()? };
        Some(change::plain(Resource { key, labels: of_zone(zone), spec: Spec::new(spec), status: None }))
    }
}

/// Those that are close to what was wanted; else the first.
fn unknown(what: String, wanted: &str, there: impl Iterator<Item = String>) -> Unknown {
    let there: BTreeSet<String> = there.collect();
    let mut all: Vec<(usize, String)> = there.into_iter().map(|one| (strsim::damerau_levenshtein(&one, wanted), one)).collect();
    all.sort();
    let close = all.iter().filter(|(distance, _)| *distance <= 2.max(wanted.len() / 3)).count();
    let named = if close == 0 { NAMED } else { close.min(NAMED) };
    Unknown { what, near: all.into_iter().take(named).map(|(_, one)| one).collect() }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if !self.near.is_empty() {
            write!(f, "; there is {}", self.near.join(", "))?;
        }
        Ok(())
    }
}
