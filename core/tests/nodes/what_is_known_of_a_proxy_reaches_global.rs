//! A zone writes what it knows of each proxy into a `DataplaneInsight`, not too often; global holds it, and shows who is connected.
use crate::{
    alone::resource,
    pair::{Pair, mesh, zone},
};
use serde_json::{Value, json};
use strait_core::{Node as _, node::*, resource::*};

fn key(kind: &str, name: &str) -> Key {
    Key { kind: Kind::new(kind).unwrap(), mesh: Some(MeshName::new("default").unwrap()), name: ResourceName::new(name).unwrap() }
}

fn proxy(name: &str) -> Resource {
    let networking = json!({"address": "10.0.0.1", "inbound": [{"port": 80, "tags": {"kuma.io/service": name}}]});
    resource("Dataplane", Some("default"), name, json!({ "networking": networking }))
}

struct Zone(Pair);

impl Zone {
    fn new() -> Self {
        let mut pair = Pair::new(&["east"]);
        pair.edit(vec![Change::Put(mesh("default"))]).unwrap();
        pair.run_for(10_000);
        pair.edit_zone("east", vec![Change::Put(proxy("a"))]).unwrap();
        Self(pair)
    }

    fn says(&mut self, session: u64, said: FromProxy) {
        self.0.inject_zone("east", ZoneInput::Proxy(ProxySession(session), said));
    }

    fn opens(&mut self, session: u64) {
        let key = key("Dataplane", "a");
        let version = ProxyVersion { launcher: "0.1.0".to_owned(), envoy: "1.40.0".to_owned(), envoy_build: String::new() };
        self.says(session, FromProxy::Opened { mesh: key.mesh, name: key.name, dataplane: None, version });
    }

    fn observation(&self) -> &Observation {
        self.0.zones[&zone("east")].as_ref().unwrap().node.observe()
    }

    fn held(&self) -> Option<Value> {
        self.observation().view.resources.get(&key("DataplaneInsight", "a")).map(|insight| insight.spec.value().unwrap().clone())
    }

    /// What global holds of it.
    fn on_global(&self) -> Option<Value> {
        let held = &self.0.global.as_ref().unwrap().node.observe().view.resources;
        let of_proxy = |held: &&std::sync::Arc<Resource>| held.kind().as_str() == "DataplaneInsight" && held.display_name() == "a";
        held.values().find(of_proxy).map(|insight| insight.spec.value().unwrap().clone())
    }

    /// How often it was written.
    fn writes(&self) -> usize {
        let observed = &self.0.zones[&zone("east")].as_ref().unwrap().observed;
        let is_it =
            |change: &&ObservationChange| matches!(change, ObservationChange::Holds(held) if held.key == key("DataplaneInsight", "a"));
        observed.iter().filter(is_it).count()
    }
}

#[test]
fn while_it_is_connected_and_when_it_leaves() {
    let mut zone = Zone::new();
    zone.opens(7);
    zone.says(7, FromProxy::Took { update: 1 });
    zone.0.run_for(3_000);
    let insight = zone.held().unwrap();
    let [subscription] = &insight["subscriptions"].as_array().unwrap()[..] else { panic!("{insight:#}") };
    assert!(subscription["controlPlaneInstanceId"].as_str().unwrap().starts_with("east-"), "{insight:#}");
    assert_eq!(subscription["connectTime"], "1970-01-01T00:00:10Z");
    assert_eq!(subscription.get("disconnectTime"), None);
    assert_eq!(subscription["version"], json!({"kumaDp": {"version": "0.1.0"}, "envoy": {"version": "1.40.0"}}));
    assert_eq!(subscription["status"]["total"], json!({"responsesSent": "1", "responsesAcknowledged": "1"}));
    assert_eq!(zone.on_global(), Some(insight));
    zone.says(7, FromProxy::Closed);
    zone.0.run_for(13_000);
    let insight = zone.on_global().unwrap();
    assert_eq!(insight["subscriptions"][0]["disconnectTime"], "1970-01-01T00:00:13Z", "{insight:#}");
}

#[test]
fn what_it_refused_is_counted() {
    let mut zone = Zone::new();
    zone.opens(7);
    zone.says(7, FromProxy::Refused { update: 1, why: "listener a: no".to_owned(), parts: Default::default() });
    zone.0.run_for(3_000);
    let insight = zone.on_global().unwrap();
    assert_eq!(insight["subscriptions"][0]["status"]["total"], json!({"responsesSent": "1", "responsesRejected": "1"}), "{insight:#}");
}

#[test]
fn however_much_it_is_told_it_is_written_once_in_ten_seconds() {
    let mut zone = Zone::new();
    zone.opens(7);
    for update in 1..=500 {
        zone.says(7, FromProxy::Took { update });
        let other = json!({"address": format!("10.0.{}.{}", update / 200, 1 + update % 200), "inbound": [{"port": 80}]});
        let changed = resource("Dataplane", Some("default"), "a", json!({ "networking": other }));
        zone.0.edit_zone("east", vec![Change::Put(changed)]).unwrap();
        zone.0.run_for(80);
    }
    let insight = zone.held().unwrap();
    let sent: u64 = insight["subscriptions"][0]["status"]["total"]["responsesSent"].as_str().unwrap().parse().unwrap();
    assert!(sent > 100, "{insight:#}");
    // Forty seconds: the first second, and then every ten.
    assert!((4..=5).contains(&zone.writes()), "{}", zone.writes());
    zone.0.run_for(20_000);
    let writes = zone.writes();
    zone.0.run_for(600_000);
    assert_eq!(zone.writes(), writes, "nothing happens, and nothing is written");
}

#[test]
fn of_its_connections_the_newest_two() {
    let mut zone = Zone::new();
    for session in 1..20 {
        zone.opens(session);
        zone.0.run_for(700);
        zone.says(session, FromProxy::Closed);
    }
    zone.opens(20);
    zone.0.run_for(20_000);
    let insight = zone.on_global().unwrap();
    let ended: Vec<bool> =
        insight["subscriptions"].as_array().unwrap().iter().map(|subscription| subscription.get("disconnectTime").is_some()).collect();
    assert_eq!(ended, [true, false], "{insight:#}");
    assert!(zone.writes() <= 5, "{}", zone.writes());
}

#[test]
fn after_a_restart_of_the_zone_the_connections_of_before_have_ended() {
    let mut zone = Zone::new();
    zone.opens(7);
    zone.0.run_for(3_000);
    assert_eq!(zone.on_global().unwrap()["subscriptions"][0].get("disconnectTime"), None);
    zone.0.stop_zone("east");
    zone.0.start_zone("east");
    zone.0.run_for(20_000);
    let insight = zone.on_global().unwrap();
    assert_eq!(insight["subscriptions"][0]["disconnectTime"], "1970-01-01T00:00:13Z", "{insight:#}");
    zone.opens(1);
    zone.0.run_for(20_000);
    let insight = zone.on_global().unwrap();
    let subscriptions = insight["subscriptions"].as_array().unwrap();
    assert_eq!(subscriptions.len(), 2, "{insight:#}");
    assert_ne!(subscriptions[0]["controlPlaneInstanceId"], subscriptions[1]["controlPlaneInstanceId"]);
    assert_eq!(subscriptions[1].get("disconnectTime"), None);
}

#[test]
fn it_goes_with_its_dataplane() {
    let mut zone = Zone::new();
    zone.opens(7);
    zone.0.run_for(3_000);
    assert!(zone.on_global().is_some());
    zone.0.edit_zone("east", vec![Change::Delete(key("Dataplane", "a"))]).unwrap();
    zone.0.run_for(5_000);
    assert_eq!((zone.held(), zone.on_global()), (None, None));
}

#[test]
fn what_a_user_wrote_is_left_alone() {
    let mut zone = Zone::new();
    let written = json!({"subscriptions": [{"id": "x", "connectTime": "2026-01-01T00:00:00Z"}]});
    let insight = resource("DataplaneInsight", Some("default"), "a", written.clone());
    zone.0.edit_zone("east", vec![Change::Put(insight)]).unwrap();
    zone.0.stop_zone("east");
    zone.0.start_zone("east");
    zone.0.run_for(20_000);
    assert_eq!(zone.held(), Some(written));
    zone.0.edit_zone("east", vec![Change::Delete(key("Dataplane", "a"))]).unwrap();
    assert!(zone.held().is_some());
}

/// What happens while a zone lacks the mesh cannot be written; it is once the mesh is back.
#[test]
fn what_could_not_be_written_is_written_when_its_mesh_comes_back() {
    let mut zone = Zone::new();
    zone.opens(7);
    zone.0.run_for(13_000);
    assert_eq!(zone.held().unwrap()["subscriptions"][0].get("disconnectTime"), None);
    let nobody = resource("MeshZones", Some("default"), "nobody", json!({"zones": []}));
    zone.0.edit(vec![Change::Put(nobody.clone())]).unwrap();
    zone.0.run_for(100);
    zone.says(7, FromProxy::Closed);
    // As long as that lasts, nothing is tried again and again.
    zone.0.run_for(60_000);
    let before = zone.held().unwrap();
    assert_eq!(before["subscriptions"][0].get("disconnectTime"), None, "{before:#}");
    zone.0.edit(vec![Change::Delete(nobody.key)]).unwrap();
    zone.0.run_for(13_000);
    let insight = zone.held().unwrap();
    assert_eq!(insight["subscriptions"].as_array().unwrap().len(), 1, "{insight:#}");
    assert_eq!(insight["subscriptions"][0]["disconnectTime"], "1970-01-01T00:00:23.100Z", "{insight:#}");
    assert_eq!(zone.on_global(), Some(insight));
}

/// Nor is one forgotten that a process did not live to close.
#[test]
fn also_after_a_restart_without_the_mesh() {
    let mut zone = Zone::new();
    zone.opens(7);
    zone.0.run_for(13_000);
    let nobody = resource("MeshZones", Some("default"), "nobody", json!({"zones": []}));
    zone.0.edit(vec![Change::Put(nobody.clone())]).unwrap();
    zone.0.run_for(100);
    zone.0.stop_zone("east");
    zone.0.start_zone("east");
    zone.0.run_for(60_000);
    zone.0.edit(vec![Change::Delete(nobody.key)]).unwrap();
    zone.0.run_for(13_000);
    let insight = zone.on_global().unwrap();
    assert!(insight["subscriptions"][0].get("disconnectTime").is_some(), "{insight:#}");
}
