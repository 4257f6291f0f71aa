//! Two zones and a mesh: what a proxy in one is told of a service in the other, and what the ingress there is told to let through.
use crate::{
    alone::resource,
    pair::{Pair, mesh, zone},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use std::collections::BTreeMap;
use strait_core::{
    Node as _,
    node::*,
    plan::{Access, Part, PartName},
    resource::*,
    time::Wall,
    why::{Ground, Question, Step, Verdict, Why, why},
};

/// Two zones, `east` and `west`, and what their proxies know.
struct World {
    pair: Pair,
    /// The plan of each proxy, as it was told.
    plans: BTreeMap<(ZoneName, u64), BTreeMap<PartName, Part>>,
}

fn identity(mesh: &str) -> Resource {
    let spec = json!({
        "selector": {"dataplane": {"matchLabels": {}}},
        "spiffeID": {"path": "/{{ label \"app\" }}"},
        "provider": {"type": "Bundled", "bundled": {"autogenerate": {"enabled": true}}},
    });
    resource("MeshIdentity", Some(mesh), "identity", spec)
}

fn proxy(mesh: &str, name: &str, last: u8) -> Resource {
    let networking = json!({
        "address": format!("10.0.0.{last}"),
        "inbound": [{"port": 80, "name": "main", "tags": {"kuma.io/service": name}}],
        "transparentProxying": {"redirectPortInbound": 15006, "redirectPortOutbound": 15001},
    });
    let mut proxy = resource("Dataplane", Some(mesh), name, json!({ "networking": networking }));
    proxy.labels.insert("app".to_owned(), name.to_owned());
    proxy
}

fn ingress(advertised: &str) -> Resource {
    let networking = json!({"address": "10.0.0.100", "port": 10001, "advertisedAddress": advertised, "advertisedPort": 443});
    resource("ZoneIngress", None, "ingress", json!({ "networking": networking }))
}

/// What looks like a certificate.
fn certificate(zone: &ZoneName) -> String {
    let signed = [0x30, 2, 4, 0];
    let how = [0x30, 0];
    let mut inner = [&signed[..], &how[..]].concat();
    let text = zone.as_str().as_bytes();
    inner.extend([0x03, u8::try_from(text.len()).unwrap()]);
    inner.extend(text);
    let der = [&[0x30, u8::try_from(inner.len()).unwrap()][..], &inner].concat();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der))
}

impl World {
    fn new(meshes: &[&str]) -> Self {
        let mut pair = Pair::new(&["east", "west"]);
        for name in meshes {
            let mut held = mesh(name);
            held.spec = Spec::new(json!({"meshServices": {"mode": "Exclusive"}}));
            pair.edit(vec![Change::Put(held), Change::Put(identity(name))]).unwrap();
        }
        pair.run_for(10_000);
        Self { pair, plans: BTreeMap::new() }
    }

    fn opens(&mut self, at: &str, session: u64, brought: Resource) {
        let opened = FromProxy::Opened {
            mesh: brought.mesh().cloned(),
            name: brought.key.name.clone(),
            dataplane: Some(Box::new(brought)),
            version: ProxyVersion::default(),
        };
        self.pair.inject_zone(at, ZoneInput::Proxy(ProxySession(session), opened));
        self.settle();
    }

    /// Until nobody has anything to say: proxies take what they are told, and what is to be signed is.
    fn settle(&mut self) {
        loop {
            let (said, issues) = (std::mem::take(&mut self.pair.to_proxies), std::mem::take(&mut self.pair.to_issue));
            if said.is_empty() && issues.is_empty() {
                break;
            }
            for (at, session, said) in said {
                let ToProxy::Plan(update) = said else { continue };
                let plan = self.plans.entry((at.clone(), session.0)).or_default();
                update.gone.iter().for_each(|gone| assert!(plan.remove(gone).is_some(), "{gone:?} was not there"));
                plan.extend(update.put.into_iter().map(|part| (part.name(), part)));
                self.pair.inject_zone(at.as_str(), ZoneInput::Proxy(session, FromProxy::Took { update: update.number }));
            }
            for (at, issue) in issues {
                let issued = match issue {
                    Issue::Authority { request, trust_domain, .. } => {
                        let made = Ok(Authority { trust_domain, certificate: certificate(&at), sealed_key: "sealed".to_owned() });
                        Issued::Authority { request, made }
                    }
                    Issue::Certificate { request, .. } => Issued::Certificate { request, signed: Ok(()) },
                };
                self.pair.inject_zone(at.as_str(), ZoneInput::Issued(issued));
            }
            self.pair.run_for(3_000);
        }
    }

    fn plan(&self, at: &str, session: u64) -> &BTreeMap<PartName, Part> {
        &self.plans[&(zone(at), session)]
    }

    /// Where the proxy in `east` sends what is for a service of `west`, whom it expects there, and whom it asks for.
    fn leads(&self, session: u64, service: &str) -> (Vec<String>, Vec<String>, String) {
        let plan = self.plan("east", session);
        let endpoints = plan.values().find_map(|part| match part {
            Part::Endpoints(endpoints) if endpoints.destination.service.name == service => Some(endpoints),
            _ => None,
        });
        let endpoints = endpoints.unwrap_or_else(|| panic!("{plan:#?}"));
        let Some(Part::Cluster(cluster)) = plan.get(&PartName::Cluster(endpoints.destination.clone())) else { panic!("{plan:#?}") };
        let tls = cluster.tls.as_ref();
        (
            endpoints.endpoints.iter().map(|one| format!("{}:{}", one.address, one.port)).collect(),
            tls.map(|tls| tls.servers.iter().cloned().collect()).unwrap_or_default(),
            tls.map(|tls| tls.sni.clone()).unwrap_or_default(),
        )
    }

    /// What the ingress of `west` lets through by our names, and to whom. Of the two by which Kuma asks beside each, one is a digest and one ends in a number.
    fn lets_through(&self, session: u64) -> Vec<(String, Vec<String>)> {
        let plan = self.plan("west", session);
        let passages = plan.values().filter_map(|part| if let Part::Passage(passage) = part { Some(passage) } else { None });
        let one = |passage: &strait_core::plan::Passage| {
            let names = passage.server_names.iter().map(String::as_str);
            let ours: Vec<&str> = names.filter(|name| name.starts_with("sni.") && name.ends_with(".main")).collect();
            (ours.join(" "), passage.to.endpoints.iter().map(|one| format!("{}:{}", one.address, one.port)).collect())
        };
        passages.map(one).collect()
    }

    fn kinds_held(&self, at: &str, of: &str) -> Vec<String> {
        let held = &self.pair.zones[&zone(at)].as_ref().unwrap().node.observe().view.resources;
        held.values()
            .filter(|held| held.kind().as_str() == of)
            .map(|held| format!("{}/{}", held.mesh().unwrap(), held.display_name()))
            .collect()
    }
}

#[test]
fn through_its_ingress_by_name_and_encrypted_from_end_to_end() {
    let mut world = World::new(&["default"]);
    world.opens("east", 1, proxy("default", "cart", 1));
    world.opens("west", 2, proxy("default", "stock", 2));
    world.opens("west", 3, ingress("203.0.113.7"));
    let id = "spiffe://default.west.mesh.local/stock".to_owned();
    let sni = "sni.msvc.default.west.stock.main".to_owned();
    assert_eq!(world.leads(1, "stock"), (vec!["203.0.113.7:443".to_owned()], vec![id], sni.clone()));
    assert_eq!(world.lets_through(3), [(sni, vec!["10.0.0.2:80".to_owned()])]);
    let entrance = world.plan("west", 3).get(&PartName::Entrance);
    assert!(matches!(entrance, Some(Part::Entrance(entrance)) if entrance.listens.to_string() == "10.0.0.100:10001"), "{entrance:?}");
    let Some(Part::Trust(trust)) = world.plan("east", 1).get(&PartName::Trust) else { panic!("it trusts nobody") };
    assert_eq!(trust.domains.keys().collect::<Vec<_>>(), ["default.east.mesh.local", "default.west.mesh.local"]);
}

#[test]
fn every_mesh_comes_in_by_the_same_ingress_and_sees_its_own_only() {
    let mut world = World::new(&["a", "b"]);
    world.opens("east", 1, proxy("a", "cart", 1));
    world.opens("west", 2, proxy("a", "stock", 2));
    world.opens("west", 3, proxy("b", "stock", 3));
    world.opens("west", 4, ingress("203.0.113.7"));
    let through = world.lets_through(4);
    let names: Vec<&str> = through.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["sni.msvc.a.west.stock.main", "sni.msvc.b.west.stock.main"]);
    assert_eq!(world.leads(1, "stock").1, ["spiffe://a.west.mesh.local/stock"]);
    assert_eq!(world.kinds_held("east", "MeshZoneAddress"), ["a/ingress", "b/ingress"]);
}

#[test]
fn an_ingress_that_moves_is_followed_and_one_that_goes_leads_nowhere() {
    let mut world = World::new(&["default"]);
    world.opens("east", 1, proxy("default", "cart", 1));
    world.opens("west", 2, proxy("default", "stock", 2));
    world.opens("west", 3, ingress("203.0.113.7"));
    world.opens("west", 4, ingress("203.0.113.8"));
    assert_eq!(world.leads(1, "stock").0, ["203.0.113.8:443"]);
    world.pair.inject_zone("west", ZoneInput::Proxy(ProxySession(4), FromProxy::Closed));
    world.pair.run_for(15_000);
    world.settle();
    assert_eq!(world.leads(1, "stock").0, Vec::<String>::new());
    assert!(world.kinds_held("west", "MeshZoneAddress").is_empty());
}

#[test]
fn who_serves_is_known_elsewhere_before_he_serves_and_is_forgotten_when_he_is_gone() {
    let mut world = World::new(&["default"]);
    world.opens("east", 1, proxy("default", "cart", 1));
    world.opens("west", 2, proxy("default", "stock", 2));
    world.opens("west", 3, ingress("203.0.113.7"));
    let mut other = proxy("default", "stock-2", 4);
    other.spec = Spec::new(json!({"networking": {
        "address": "10.0.0.4", "inbound": [{"port": 80, "name": "main", "tags": {"kuma.io/service": "stock"}}],
    }}));
    world.opens("west", 4, other);
    assert_eq!(world.leads(1, "stock").1, ["spiffe://default.west.mesh.local/stock", "spiffe://default.west.mesh.local/stock-2"]);
    world.pair.inject_zone("west", ZoneInput::Proxy(ProxySession(4), FromProxy::Closed));
    world.pair.run_for(15_000);
    world.settle();
    assert_eq!(world.leads(1, "stock").1, ["spiffe://default.west.mesh.local/stock"]);
    // What a user writes about it takes nothing away.
    let held = world.pair.zones[&zone("west")].as_ref().unwrap().node.view().resources.values();
    let mut service =
        Resource::clone(held.into_iter().find(|held| held.key.name.as_str() == "stock" && held.kind().as_str() == "MeshService").unwrap());
    let mut spec = service.spec.value().unwrap().clone();
    spec.as_object_mut().unwrap().remove("identities");
    service.spec = Spec::new(spec);
    service.labels.clear();
    world.pair.edit_zone("west", vec![Change::Put(service)]).unwrap();
    world.pair.run_for(3_000);
    world.settle();
    assert_eq!(world.leads(1, "stock").1, ["spiffe://default.west.mesh.local/stock"]);
}

#[test]
fn without_an_identity_nothing_leads_elsewhere() {
    let mut world = World::new(&["default"]);
    world.opens("east", 1, proxy("default", "cart", 1));
    world.opens("west", 2, proxy("default", "stock", 2));
    world.opens("west", 3, ingress("203.0.113.7"));
    world.pair.edit(vec![Change::Delete(identity("default").key)]).unwrap();
    world.pair.run_for(3_000);
    world.settle();
    assert_eq!(world.leads(1, "stock"), (Vec::new(), Vec::new(), String::new()));
    assert!(world.lets_through(3).is_empty(), "what is not encrypted is not let in");
}

/// A union of all services that are called so.
fn union(name: &str) -> Resource {
    let spec = json!({
        "selector": {"meshService": {"matchLabels": {"kuma.io/display-name": name}}},
        "ports": [{"port": 8000, "name": "main"}],
    });
    resource("MeshMultiZoneService", Some("default"), name, spec)
}

/// Who serves the union in `east`: with its priority.
fn serves_union(world: &World) -> Vec<(u8, String)> {
    let endpoints = world.plan("east", 1).values().find_map(|part| match part {
        Part::Endpoints(endpoints) if endpoints.destination.service.zone.is_none() => Some(endpoints),
        _ => None,
    });
    endpoints.unwrap().endpoints.iter().map(|one| (one.priority, format!("{}:{}", one.address, one.port))).collect()
}

#[test]
fn those_who_serve_the_same_here_come_first_and_others_follow() {
    let mut world = World::new(&["default"]);
    world.opens("east", 1, proxy("default", "cart", 1));
    world.opens("west", 2, proxy("default", "stock", 2));
    world.opens("west", 3, ingress("203.0.113.7"));
    world.pair.edit(vec![Change::Put(union("stock"))]).unwrap();
    world.pair.run_for(3_000);
    world.settle();
    assert_eq!(serves_union(&world), [(1, "203.0.113.7:443".to_owned())]);
    let names: Vec<String> = world.lets_through(3).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["sni.mzsvc.default.stock.main", "sni.msvc.default.west.stock.main"]);
    // It has a name and an address of its own.
    let Some(Part::Names(names)) = world.plan("east", 1).get(&PartName::Names) else { panic!("no names") };
    assert_eq!(names.addresses.get("stock.mzsvc.mesh.local").map(ToString::to_string).as_deref(), Some("243.0.0.0"));
    world.opens("east", 4, proxy("default", "stock", 4));
    assert_eq!(serves_union(&world), [(0, "10.0.0.4:80".to_owned()), (1, "203.0.113.7:443".to_owned())]);
    let cluster = world.plan("east", 1).values().find_map(|part| match part {
        Part::Cluster(cluster) if cluster.destination.service.zone.is_none() => cluster.tls.clone(),
        _ => None,
    });
    let servers: Vec<String> = cluster.unwrap().servers.into_iter().collect();
    assert_eq!(servers, ["spiffe://default.east.mesh.local/stock", "spiffe://default.west.mesh.local/stock"]);
    world.pair.inject_zone("east", ZoneInput::Proxy(ProxySession(4), FromProxy::Closed));
    world.pair.run_for(15_000);
    world.settle();
    assert_eq!(serves_union(&world), [(1, "203.0.113.7:443".to_owned())]);
    world.pair.edit(vec![Change::Delete(union("stock").key)]).unwrap();
    world.pair.run_for(3_000);
    world.settle();
    assert_eq!(world.lets_through(3).len(), 1);
}

#[test]
fn why_it_is_or_is_not_is_said_by_whoever_is_asked_as_far_as_he_knows() {
    let question = |from: &str| Question::read(MeshName::new("default").unwrap(), from, "stock.svc.west.mesh.local").unwrap();
    let in_east = |world: &World| {
        let ground = Ground::of_zone(&zone("east"), world.pair.zone_node("east").observe(), Wall(0));
        why(&ground, &question("cart")).unwrap()
    };
    let on_global =
        |world: &World, from: &str| why(&Ground::of_global(world.pair.global_node().observe(), Wall(0)), &question(from)).unwrap();
    let verdict = |why: &Why, step| why.hops.iter().find(|hop| hop.hop == step).unwrap_or_else(|| panic!("{why:#?}")).verdict;
    let broken = |why: &Why| why.broken().map(|hop| hop.hop);
    let mut world = World::new(&["default"]);
    world.opens("east", 1, proxy("default", "cart", 1));
    world.opens("west", 2, proxy("default", "stock", 2));
    world.pair.run_for(15_000);
    assert_eq!(broken(&in_east(&world)), Some(Step::Ingress), "{:#?}", in_east(&world));
    assert_eq!(broken(&on_global(&world, "cart")), Some(Step::Ingress), "{:#?}", on_global(&world, "cart"));
    world.opens("west", 3, ingress("203.0.113.7"));
    let said = in_east(&world);
    let known = [Step::Proxy, Step::Name, Step::Vip, Step::Outbound, Step::Identity, Step::Ingress];
    assert!(known.iter().all(|step| verdict(&said, *step) == Verdict::Ok), "{said:#?}");
    assert_eq!((broken(&said), verdict(&said, Step::Permission)), (None, Verdict::Unknown), "{said:#?}");
    // Global sees the other end, too: there nobody is let in.
    let said = on_global(&world, "east/cart");
    assert_eq!((broken(&said), verdict(&said, Step::Trust)), (Some(Step::Permission), Verdict::Ok), "{said:#?}");
    let allowed = from_json(&said.change.unwrap().resources[0]).unwrap();
    world.pair.edit(vec![Change::Put(allowed)]).unwrap();
    world.settle();
    let said = on_global(&world, "cart");
    assert_eq!(said.verdict, Verdict::Ok, "{said:#?}");
    // So proxies are told.
    assert_eq!(world.leads(1, "stock").0, ["203.0.113.7:443"]);
    let let_in = world.plan("west", 2).values().any(|part| match part {
        Part::Inbound(inbound) => matches!(&inbound.access, Access::Known { allow, .. } if !allow.is_empty()),
        _ => false,
    });
    assert!(let_in, "{:#?}", world.plan("west", 2));
    // Files of the same say the same, as far as only what runs does not know it.
    let written = [proxy("default", "cart", 1), proxy("default", "stock", 2), ingress("203.0.113.7")];
    let mut all: Vec<Resource> = written.into_iter().collect();
    all[1..].iter_mut().for_each(|of_west| _ = of_west.labels.insert(labels::ZONE.to_owned(), "west".to_owned()));
    let held = &world.pair.global_node().observe().view.resources;
    all.extend(held.values().filter(|held| held.zone().is_none()).map(|held| Resource::clone(held)));
    let of_files = why(&Ground::of_files(&zone("east"), all.into_iter().map(std::sync::Arc::new)), &question("cart")).unwrap();
    for (one, other) in of_files.hops.iter().zip(&said.hops) {
        assert!(one.hop == other.hop && (one.verdict == other.verdict || one.verdict == Verdict::Unknown), "{one:#?}\n{other:#?}");
    }
    assert_eq!(of_files.hops.len(), said.hops.len());
}
