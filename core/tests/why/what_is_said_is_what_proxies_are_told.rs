//! What is said agrees with the plans of both ends, whatever stands in the files.
use crate::stage::{BREAD, World};
use proptest::prelude::*;
use serde_json::json;
use strait_core::{
    plan::{Access, Caller, Destination, Part, PartName, Plans, SpiffeMatch},
    resource::{Key, Kind, MeshName, Resource, ResourceName, ZoneName, labels},
    why::{Step, Verdict, Why},
};

/// A world out of few choices, of which some break something.
fn world(choices: &[u8]) -> World {
    let mut world = World::new();
    let mut choices = choices.iter().copied();
    let mut choose = |count: u8| choices.next().unwrap_or_default() % count;
    match choose(5) {
        1 => world.set("MeshService", "bread", "/selector", Some(json!({"dataplaneTags": {"kuma.io/service": "bread"}}))),
        2 => world.set("MeshService", "bread", "/selector", Some(json!({"dataplaneLabels": {"matchLabels": {"app": "bred"}}}))),
        3 => world.set("MeshService", "bread", "/selector", None),
        4 => {
            world.set("MeshService", "bread", "/ports", Some(json!([{"name": "web", "port": 80, "targetPort": 9, "appProtocol": "http"}])))
        }
        _ => {}
    }
    let inbound = json!({"port": 8080, "name": "main", "protocol": "http", "state": "NotReady", "tags": {"kuma.io/service": "bread"}});
    match choose(4) {
        1 => world.set("Dataplane", "bread-1", "/networking/inbound", Some(json!([inbound]))),
        2 => _ = world.one("Dataplane", "bread-1").labels.insert("app".to_owned(), String::new()),
        3 => _ = world.one("Dataplane", "cart-1").labels.remove("app"),
        _ => {}
    }
    match choose(4) {
        1 => world.drop("identity"),
        2 => world.set("MeshIdentity", "identity", "/selector", Some(json!({"dataplane": {"matchLabels": {"app": "bread"}}}))),
        3 => world.set("MeshIdentity", "identity", "/selector", Some(json!({"dataplane": {"matchLabels": {"app": "cart"}}}))),
        _ => {}
    }
    match choose(4) {
        1 => world.drop("cart"),
        2 => world.put("type: MeshTrafficPermission\nmesh: shop\nname: not\nspec: {rules: [{default: {deny: [{spiffeID: {type: Exact, value: 'spiffe://shop.east.mesh.local/cart'}}]}}]}\n"),
        3 => world.put("type: MeshTrafficPermission\nmesh: shop\nname: not\nspec: {rules: [{default: {deny: [{spiffeID: {type: Exact, value: 'spiffe://elsewhere/cart'}}]}}]}\n"),
        _ => {}
    }
    match choose(3) {
        1 => world.set("Dataplane", "cart-1", "/networking/transparentProxying", None),
        2 => {
            let refs = json!([{"kind": "MeshService", "name": "bread"}]);
            let transparent = json!({"redirectPortInbound": 15006, "redirectPortOutbound": 15001, "reachableBackends": {"refs": refs}});
            world.set("Dataplane", "cart-1", "/networking/transparentProxying", Some(transparent));
        }
        _ => {}
    }
    world
}

fn key(proxy: &str) -> Key {
    Key { kind: Kind::dataplane(), mesh: Some(MeshName::new("shop").unwrap()), name: ResourceName::new(proxy).unwrap() }
}

/// The plans of east by themselves: what the zone holds, as it labels that.
fn plans(world: &World) -> Plans {
    let is_east = |zone: &ZoneName| zone.as_str() == "east";
    let of_east = world.0.iter().filter(|held| held.zone().as_ref().is_none_or(is_east));
    let held: Vec<std::sync::Arc<Resource>> = of_east
        .map(|held| {
            let mut held = held.clone();
            if matches!(held.kind().as_str(), "Dataplane" | "MeshService") || held.zone().is_some() {
                held.labels.insert(labels::ZONE.to_owned(), "east".to_owned());
                held.labels.insert(labels::ORIGIN.to_owned(), "zone".to_owned());
            }
            std::sync::Arc::new(held)
        })
        .collect();
    let mut plans = Plans::new(ZoneName::new("east").unwrap());
    plans.apply(held.iter().map(|held| (&held.key, Some(held))), []);
    plans
}

/// Whether a request arrives, by the plans alone.
fn arrives(plans: &Plans) -> bool {
    let (asker, server) = (plans.plan(&key("cart-1")), plans.plan(&key("bread-1")));
    let is_it = |of: &Destination| of.service.name == "bread";
    let Some(PartName::Outbound(to)) = asker.keys().find(|name| matches!(name, PartName::Outbound(of) if is_it(of))) else { return false };
    let Some(Part::Endpoints(endpoints)) = asker.get(&PartName::Endpoints(to.clone())) else { return false };
    if endpoints.endpoints.is_empty() {
        return false;
    }
    let Some(Part::Cluster(cluster)) = asker.get(&PartName::Cluster(to.clone())) else { return false };
    let Some(Part::Inbound(inbound)) = server.get(&PartName::Inbound("main".to_owned())) else { return false };
    match (&inbound.access, &cluster.tls, asker.get(&PartName::Identity)) {
        (Access::Anybody, None, _) => true,
        (Access::Known { deny, allow }, Some(tls), Some(Part::Identity(identity))) => {
            let meets = |one: &Caller| {
                let id = one.spiffe_id.as_ref().is_none_or(|id| match id {
                    SpiffeMatch::Exact(id) => *id == identity.spiffe_id,
                    SpiffeMatch::Prefix(prefix) => identity.spiffe_id.starts_with(prefix),
                });
                id && one.sni.as_ref().is_none_or(|sni| *sni == tls.sni)
            };
            !deny.iter().any(meets) && allow.iter().any(meets)
        }
        _ => false,
    }
}

/// Takes each change that is a resource, until nothing is broken or nothing can be written.
fn mended(world: &mut World) -> Why {
    let mut turned = Vec::new();
    loop {
        let why = world.cart(BREAD);
        let Some(hop) = why.broken() else { return why };
        if why.change.as_ref().unwrap().resources.is_empty() {
            return why;
        }
        // A hop may be broken again, by something that was not seen before; not twice by the same.
        let seen = (hop.hop, hop.what.clone());
        assert!(!turned.contains(&seen), "{seen:?} was turned: {why:#?}");
        turned.push(seen);
        world.apply(&why);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_breaks_it_if_and_only_if_it_arrives(choices in prop::collection::vec(any::<u8>(), 5)) {
        let world = world(&choices);
        let why = world.cart(BREAD);
        prop_assert_eq!(why.verdict == Verdict::Ok, arrives(&plans(&world)), "{:#?}", why);
    }

    #[test]
    fn change_after_change_turns_it(choices in prop::collection::vec(any::<u8>(), 5)) {
        let mut world = world(&choices);
        let why = mended(&mut world);
        prop_assert_eq!(why.verdict == Verdict::Ok, arrives(&plans(&world)), "{:#?}", why);
        if let Some(hop) = why.broken() {
            prop_assert_eq!(hop.hop, Step::Endpoint, "the change of a policy or a Dataplane turns everything else: {:#?}", why);
        }
    }
}
