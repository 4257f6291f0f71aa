//! How many an ingress turned away is known of it while it is connected; said again it is no news, and a proxy beside a workload has no such thing
//! to say.
use crate::alone::{Alone, from_global, kuma_response, mesh, resource, zone};
use serde_json::json;
use strait_core::{Durable, Node as _, ZoneNode, node::*, resource::*, sync::*};

struct Zone(Alone<ZoneNode>);

impl Zone {
    fn new() -> Self {
        let mut zone = Self(Alone::start(ZoneConfig::new(zone("east")), 1, Durable::new()).0);
        zone.0.run_for(1000);
        zone.0.input(ZoneInput::Dialed(Ok((Session(1), Dialect::Kuma))));
        let response = kuma_response("Mesh", "m", vec![from_global(mesh("default"))], Vec::new());
        zone.0.input(ZoneInput::Response(Session(1), response));
        zone
    }

    fn says(&mut self, session: u64, said: FromProxy) {
        self.0.input(ZoneInput::Proxy(ProxySession(session), said));
    }

    fn opens(&mut self, session: u64, brought: Resource) {
        let Key { mesh, name, .. } = brought.key.clone();
        self.says(session, FromProxy::Opened { mesh, name, dataplane: Some(Box::new(brought)), version: ProxyVersion::default() });
    }

    /// What is known of it, and how often it was news.
    fn known(&self, of: &Resource) -> (Option<TurnedAway>, usize) {
        let is_about = |change: &&ObservationChange| matches!(change, ObservationChange::Proxy { proxy, .. } if *proxy == of.key);
        (self.0.node.observe().proxies[&of.key].turned_away, self.0.observed.iter().filter(is_about).count())
    }
}

const SOME: TurnedAway = TurnedAway { unknown_name: 3, plain: 1, silent: 0, too_many: 0 };

#[test]
fn while_it_is_connected_and_said_once() {
    let mut zone = Zone::new();
    let ingress = resource("ZoneIngress", None, "ingress", json!({"networking": {"address": "10.0.0.100", "port": 10001}}));
    zone.opens(1, ingress.clone());
    let (unknown, before) = zone.known(&ingress);
    assert_eq!(unknown, None);
    let turned_away = |connections| FromProxy::TurnedAway { connections };
    zone.says(1, turned_away(SOME));
    assert_eq!(zone.known(&ingress), (Some(SOME), before + 1));
    zone.says(1, turned_away(SOME));
    assert_eq!(zone.known(&ingress), (Some(SOME), before + 1));
    zone.says(1, turned_away(TurnedAway { silent: 1, ..SOME }));
    assert_eq!(zone.known(&ingress), (Some(TurnedAway { silent: 1, ..SOME }), before + 2));
    // Of a connection that is no more nothing is known.
    zone.opens(2, ingress.clone());
    zone.says(1, turned_away(SOME));
    assert_eq!(zone.known(&ingress).0, None);
}

#[test]
fn and_a_proxy_beside_a_workload_turns_nobody_away() {
    let mut zone = Zone::new();
    let networking = json!({"address": "10.0.0.1", "inbound": [{"port": 8080, "tags": {"kuma.io/service": "cart"}}]});
    let cart = resource("Dataplane", Some("default"), "cart", json!({ "networking": networking }));
    zone.opens(1, cart.clone());
    zone.says(1, FromProxy::TurnedAway { connections: SOME });
    assert_eq!(zone.known(&cart).0, None);
}
