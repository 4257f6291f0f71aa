//! A busy mesh: 10 zones and 200 proxies, of which each changes its `Dataplane` and its insight once in 10 s, and 10 changes of policies
//! per second.
use super::stage::{pass, put, world, zone};
use std::time::Duration;
use strait_core::node::Ticket;
use strait_scenarios::{
    event::NodeId,
    world::{World, WorldKind},
};

const ZONES: u32 = 10;
const PROXIES: u64 = 200;
/// Each proxy changes once in this time.
const ROUND_MS: u64 = 10_000;
const POLICY_EVERY_MS: u64 = 100;
const POLICIES: u64 = 100;

pub(crate) struct Load {
    world: Box<dyn World>,
    /// Counts the changes of proxies and of policies.
    proxy: u64,
    policy: u64,
}

impl Load {
    pub(crate) fn begin() -> Self {
        let mut world = world(WorldKind::Model, ZONES);
        world.edit(&NodeId::Global, Ticket(0), vec![put("Mesh", None, "default", serde_json::json!({}))]);
        pass(world.as_mut(), 1000);
        let mut load = Self { world, proxy: 0, policy: 0 };
        // Everything is there before anything is measured.
        load.run(ROUND_MS);
        load
    }

    /// Lets the world go on for so many milliseconds. Returns how much happened.
    pub(crate) fn run(&mut self, ms: u64) -> u64 {
        let end = self.world.now().after(Duration::from_millis(ms));
        let mut events = 0;
        while self.world.now() < end {
            if self.world.now().0.is_multiple_of(ROUND_MS / PROXIES) {
                self.change_proxy();
            }
            if self.world.now().0.is_multiple_of(POLICY_EVERY_MS) {
                self.change_policy();
            }
            events += pass(self.world.as_mut(), ROUND_MS / PROXIES) as u64;
        }
        events
    }

    fn change_proxy(&mut self) {
        self.proxy += 1;
        let (number, turn) = (self.proxy % PROXIES, self.proxy / PROXIES);
        let at = NodeId::Zone(zone(u32::try_from(number).unwrap() % ZONES));
        let name = format!("proxy-{number}");
        let dataplane = serde_json::json!({"networking": {
            "address": format!("10.0.{}.{}", number % 100, turn % 200 + 1),
            "inbound": [{"port": 8080, "servicePort": 80, "tags": {"kuma.io/service": "backend", "kuma.io/protocol": "http"}}],
            "outbound": [{"port": 10001, "tags": {"kuma.io/service": "frontend"}}],
        }});
        let insight = serde_json::json!({"subscriptions": [{
            "id": format!("session-{number}"),
            "controlPlaneInstanceId": "zone-cp-1",
            "connectTime": "2026-01-01T00:00:00Z",
            "generation": turn,
            "status": {"lastUpdateTime": "2026-01-01T00:00:01Z", "total": {"responsesSent": turn.to_string(), "responsesAcknowledged": turn.to_string()}},
        }]});
        let changes = vec![put("Dataplane", Some("default"), &name, dataplane), put("DataplaneInsight", Some("default"), &name, insight)];
        self.world.edit(&at, Ticket(self.proxy), changes);
    }

    fn change_policy(&mut self) {
        self.policy += 1;
        let (number, turn) = (self.policy % POLICIES, self.policy / POLICIES);
        let timeout = serde_json::json!({"connectionTimeout": format!("{}s", turn % 100 + 1)});
        let spec = serde_json::json!({"targetRef": {"kind": "Mesh"}, "to": [{"targetRef": {"kind": "Mesh"}, "default": timeout}]});
        let change = put("MeshTimeout", Some("default"), &format!("policy-{number}"), spec);
        self.world.edit(&NodeId::Global, Ticket(self.policy), vec![change]);
    }
}
