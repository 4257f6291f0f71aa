//! Other zones are told of an ingress once it has taken its listener, and no more of one that refuses it: neither by a `MeshZoneAddress` nor by the
//! `ZoneIngress` itself.
use crate::{
    alone::resource,
    pair::{Pair, mesh, zone},
};
use serde_json::json;
use std::collections::BTreeSet;
use strait_core::{Node as _, node::*, plan::PartName, resource::*};

fn ingress(advertised: &str) -> Resource {
    let networking = json!({"address": "10.0.0.100", "port": 10001, "advertisedAddress": advertised, "advertisedPort": 443});
    resource("ZoneIngress", None, "ingress", json!({ "networking": networking }))
}

struct World(Pair);

impl World {
    fn new() -> Self {
        let mut pair = Pair::new(&["east", "west"]);
        pair.edit(vec![Change::Put(mesh("default"))]).unwrap();
        pair.run_for(10_000);
        Self(pair)
    }

    fn says(&mut self, session: u64, said: FromProxy) {
        self.0.inject_zone("west", ZoneInput::Proxy(ProxySession(session), said));
        self.0.run_for(3_000);
    }

    fn opens(&mut self, session: u64, brought: Option<Resource>) {
        let name = ResourceName::new("ingress").unwrap();
        self.says(session, FromProxy::Opened { mesh: None, name, dataplane: brought.map(Box::new), version: ProxyVersion::default() });
    }

    /// It does not take its listener.
    fn refuses(&mut self, session: u64, update: u64) {
        let (why, parts) = ("listener self_zoneingress: cannot bind".to_owned(), BTreeSet::from([PartName::Entrance]));
        self.says(session, FromProxy::Refused { update, why, parts });
    }

    /// What a zone holds of this kind: the addresses there.
    fn held(&self, at: &str, kind: &str) -> Vec<String> {
        let held = &self.0.zones[&zone(at)].as_ref().unwrap().node.observe().view.resources;
        let says = |held: &Resource| {
            let spec = held.spec.value().unwrap();
            let address = [&spec["address"], &spec["networking"]["advertisedAddress"]].into_iter().find_map(|address| address.as_str());
            address.unwrap_or_default().to_owned()
        };
        held.values().filter(|held| held.kind().as_str() == kind).map(|held| says(held)).collect()
    }

    /// Where the zone of the ingress says that one comes in; and what the other zone knows of that.
    fn told(&self) -> (Vec<String>, Vec<String>) {
        (self.held("west", "MeshZoneAddress"), self.held("east", "MeshZoneAddress"))
    }

    fn status(&self) -> ProxyStatus {
        let key = ingress("203.0.113.7").key;
        self.0.zones[&zone("west")].as_ref().unwrap().node.observe().proxies[&key].clone()
    }
}

fn one(address: &str) -> (Vec<String>, Vec<String>) {
    (vec![address.to_owned()], vec![address.to_owned()])
}

const NOBODY: (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());

#[test]
fn one_that_refuses_its_listener_is_not_told_of_and_status_says_so() {
    let mut world = World::new();
    world.opens(1, Some(ingress("203.0.113.7")));
    assert_eq!(world.told(), NOBODY, "it has taken nothing yet");
    world.refuses(1, 1);
    assert_eq!(world.told(), NOBODY);
    assert_eq!((world.held("west", "ZoneIngress").len(), world.held("east", "ZoneIngress")), (1, Vec::new()));
    assert!(world.status().is_deaf && world.status().refused.is_some(), "{:?}", world.status());
    // Something else that changes does not let it be told of: a mesh comes.
    world.0.edit(vec![Change::Put(mesh("other"))]).unwrap();
    world.0.run_for(3_000);
    assert_eq!(world.told(), NOBODY);
    // It leaves, and comes again with a port that it can have.
    world.says(1, FromProxy::Closed);
    world.opens(2, Some(ingress("203.0.113.8")));
    assert_eq!(world.told(), NOBODY);
    world.says(2, FromProxy::Took { update: 1 });
    let both = vec!["203.0.113.8".to_owned(); 2];
    assert_eq!(world.told(), (both.clone(), both));
    assert_eq!(world.held("east", "ZoneIngress"), ["203.0.113.8"]);
    assert!(!world.status().is_deaf, "{:?}", world.status());
}

/// Its port is free again: of the same update it says now that it has taken all.
#[test]
fn one_that_listens_after_all_is_told_of() {
    let mut world = World::new();
    world.opens(1, Some(ingress("203.0.113.7")));
    world.refuses(1, 1);
    world.refuses(1, 1);
    assert_eq!(world.told(), NOBODY);
    world.says(1, FromProxy::Took { update: 1 });
    assert_eq!(world.told(), one("203.0.113.7"));
    assert!(!world.status().is_deaf && world.status().refused.is_none(), "{:?}", world.status());
}

#[test]
fn one_that_refuses_something_else_lets_others_in() {
    let mut world = World::new();
    world.opens(1, Some(ingress("203.0.113.7")));
    let (why, parts) = ("cluster: no".to_owned(), BTreeSet::from([PartName::Trust]));
    world.says(1, FromProxy::Refused { update: 1, why, parts });
    assert_eq!(world.told(), one("203.0.113.7"));
    assert!(!world.status().is_deaf);
}

#[test]
fn where_one_was_others_are_told_no_more_before_it_listens_elsewhere() {
    let mut world = World::new();
    world.opens(1, Some(ingress("203.0.113.7")));
    world.says(1, FromProxy::Took { update: 1 });
    assert_eq!(world.told(), one("203.0.113.7"));
    // The same again: it is told of all the time.
    world.says(1, FromProxy::Closed);
    world.opens(2, Some(ingress("203.0.113.7")));
    assert_eq!(world.told(), one("203.0.113.7"));
    world.says(2, FromProxy::Took { update: 1 });
    world.says(2, FromProxy::Closed);
    world.opens(3, Some(ingress("203.0.113.8")));
    assert_eq!(world.told(), NOBODY);
    world.says(3, FromProxy::Took { update: 1 });
    assert_eq!(world.told(), one("203.0.113.8"));
}

#[test]
fn a_zone_that_starts_again_knows_who_does_not_listen() {
    let mut world = World::new();
    world.opens(1, Some(ingress("203.0.113.7")));
    world.refuses(1, 1);
    world.0.stop_zone("west");
    world.0.start_zone("west");
    world.0.run_for(10_000);
    assert_eq!(world.told(), NOBODY);
    world.opens(1, Some(ingress("203.0.113.7")));
    assert_eq!(world.told(), NOBODY);
    world.says(1, FromProxy::Took { update: 1 });
    assert_eq!(world.told(), one("203.0.113.7"));
}

#[test]
fn one_that_somebody_else_wrote_is_left_as_it_is() {
    let mut world = World::new();
    world.0.edit_zone("west", vec![Change::Put(ingress("203.0.113.7"))]).unwrap();
    world.0.run_for(3_000);
    assert_eq!(world.told(), one("203.0.113.7"), "as in Kuma, whoever writes it vouches for it");
    world.opens(1, None);
    world.refuses(1, 1);
    assert_eq!(world.told(), NOBODY);
    assert_eq!(world.held("east", "ZoneIngress"), ["203.0.113.7"]);
    assert!(world.status().is_deaf);
}

#[test]
fn one_that_comes_where_it_had_listened_and_refuses_is_told_of_no_more() {
    let mut world = World::new();
    world.opens(1, Some(ingress("203.0.113.7")));
    world.says(1, FromProxy::Took { update: 1 });
    assert_eq!(world.held("east", "ZoneIngress"), ["203.0.113.7"]);
    world.says(1, FromProxy::Closed);
    world.opens(2, Some(ingress("203.0.113.7")));
    world.refuses(2, 1);
    assert_eq!((world.told(), world.held("east", "ZoneIngress")), (NOBODY, Vec::new()));
    world.0.stop_zone("west");
    world.0.start_zone("west");
    world.0.edit(vec![Change::Put(mesh("other"))]).unwrap();
    world.0.run_for(10_000);
    assert_eq!((world.told(), world.held("east", "ZoneIngress")), (NOBODY, Vec::new()));
    world.opens(1, Some(ingress("203.0.113.7")));
    world.says(1, FromProxy::Took { update: 1 });
    assert_eq!(world.held("east", "ZoneIngress"), ["203.0.113.7"]);
}

#[test]
fn what_a_user_writes_of_one_that_does_not_listen_stays() {
    let mut world = World::new();
    world.opens(1, Some(ingress("203.0.113.7")));
    world.refuses(1, 1);
    world.0.edit_zone("west", vec![Change::Put(ingress("203.0.113.9"))]).unwrap();
    world.says(1, FromProxy::Took { update: 2 });
    world.says(1, FromProxy::Took { update: 3 });
    assert_eq!(world.held("west", "ZoneIngress"), ["203.0.113.9"]);
}
