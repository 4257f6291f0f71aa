//! What only a control plane that runs knows: who is connected and took what, addresses, and how old what it knows may be.
use crate::stage::{World, question, verdict};
use std::{net::Ipv4Addr, sync::Arc};
use strait_core::{
    names::{NameChange, Names, ServiceId},
    node::{LaneStatus, Observation, ObservationChange, ProxySession, ProxyStatus, SessionStatus, VipState},
    resource::{Key, Kind, MeshName, Resource, ResourceName, ZoneName, labels},
    sync::{Dialect, Lane, Session},
    time::Wall,
    why::{Ground, Step, Unknown, Verdict, Why, why},
};

const NOON: Wall = Wall(1_790_000_000_000);

fn east() -> ZoneName {
    ZoneName::new("east").unwrap()
}

fn cart() -> Key {
    Key { kind: Kind::dataplane(), mesh: Some(MeshName::new("shop").unwrap()), name: ResourceName::new("cart-1").unwrap() }
}

/// What zone east shows that holds its own part of the world.
struct Zone(Observation);

impl Zone {
    fn new() -> Self {
        let mut zone = Self(Observation::new());
        let held: Vec<Arc<Resource>> =
            World::new().0.into_iter().filter(|held| held.zone().is_none()).map(labelled).map(Arc::new).collect();
        let mut names = Names::new(east());
        let named = names.apply(held.iter().map(|held| (&held.key, Some(held))));
        held.iter().for_each(|held| zone.shows(&ObservationChange::Holds(Arc::clone(held))));
        let mut last = 0;
        for change in named {
            match change {
                NameChange::Named { mesh, name, service } => zone.shows(&ObservationChange::Named { mesh, name, service }),
                NameChange::Arrived(service) => {
                    zone.shows(&ObservationChange::Vip { service, vip: Some(VipState::Given(Ipv4Addr::new(241, 0, 0, last))) });
                    last += 1;
                }
                NameChange::Left(_) => unreachable!("nobody leaves"),
            }
        }
        zone.proxy(Some(ProxyStatus { session: ProxySession(1), sent: 3, took: 3, refused: None, is_deaf: false, turned_away: None }));
        zone
    }

    fn shows(&mut self, change: &ObservationChange) {
        self.0.apply(change, Lane::Up);
    }

    fn proxy(&mut self, status: Option<ProxyStatus>) {
        self.shows(&ObservationChange::Proxy { proxy: cart(), status });
    }

    fn answers(&self, from: &str, to: &str) -> Result<Why, Unknown> {
        why(&Ground::of_zone(&east(), &self.0, NOON), &question(from, to))
    }

    fn cart(&self, to: &str) -> Why {
        self.answers("cart-1", to).unwrap()
    }
}

fn labelled(mut held: Resource) -> Resource {
    let own = matches!(held.kind().as_str(), "Dataplane" | "MeshService");
    held.labels.insert(labels::ORIGIN.to_owned(), if own { "zone" } else { "global" }.to_owned());
    if own {
        held.labels.insert(labels::ZONE.to_owned(), "east".to_owned());
        held.labels.insert(labels::ENV.to_owned(), "universal".to_owned());
    }
    held
}

#[test]
fn an_address_is_known_and_leads_to_its_service() {
    let zone = Zone::new();
    let why = zone.cart("bread.svc.mesh.local");
    assert_eq!((verdict(&why, Step::Proxy), verdict(&why, Step::Vip)), (Verdict::Ok, Verdict::Ok), "{why:#?}");
    let why = zone.cart("241.0.0.0:80");
    assert_eq!(verdict(&why, Step::Outbound), Verdict::Ok, "{why:#?}");
    assert!(zone.answers("cart-1", "241.0.0.7").unwrap_err().to_string().contains("there is 241.0.0.0"));
}

#[test]
fn without_an_address_nothing_arrives() {
    let mut zone = Zone::new();
    let service: ServiceId = zone.0.view.vips.keys().next().unwrap().clone();
    zone.shows(&ObservationChange::Vip { service, vip: Some(VipState::Exhausted) });
    let why = zone.cart("bread");
    assert_eq!(why.broken().map(|hop| hop.hop), Some(Step::Vip), "{why:#?}");
    assert!(why.change.unwrap().what.contains("ipam.meshService.cidr"));
}

#[test]
fn a_proxy_that_is_not_there_or_does_not_take_what_it_is_told() {
    let mut zone = Zone::new();
    zone.proxy(None);
    let why = zone.cart("bread");
    assert_eq!(why.broken().map(|hop| hop.hop), Some(Step::Proxy), "{why:#?}");
    let status = |took, refused: Option<&str>| ProxyStatus {
        session: ProxySession(1),
        sent: 3,
        took,
        refused: refused.map(str::to_owned),
        is_deaf: false,
        turned_away: None,
    };
    for (status, expected) in [
        (status(2, None), Verdict::Unknown),
        (status(3, Some("Listener inbound: too long")), Verdict::Unknown),
        (status(3, Some("Cluster kri_msvc_shop_east__bread_web: too long")), Verdict::Broken),
        (status(3, None), Verdict::Ok),
    ] {
        zone.proxy(Some(status.clone()));
        assert_eq!(verdict(&zone.cart("bread"), Step::Proxy), expected, "{status:?}");
    }
}

#[test]
fn who_was_here_before_may_go_on() {
    let mut zone = Zone::new();
    zone.proxy(None);
    let mut insight = labelled(World::new().one("Dataplane", "cart-1").clone());
    insight.key.kind = Kind::new("DataplaneInsight").unwrap();
    let times = serde_json::json!({"id": "1", "connectTime": "2026-09-01T00:00:00Z", "disconnectTime": "2026-09-02T00:00:00Z"});
    insight.spec = strait_core::resource::Spec::new(serde_json::json!({"subscriptions": [times]}));
    zone.shows(&ObservationChange::Holds(Arc::new(insight)));
    assert_eq!(verdict(&zone.cart("bread"), Step::Proxy), Verdict::Unknown);
}

/// A service of west, as global passes it on.
const STOCK: &str = "
type: MeshService
mesh: shop
name: stock-x4b54zw6b25dfz5
labels: {kuma.io/zone: west, kuma.io/origin: global, kuma.io/env: universal, kuma.io/display-name: stock}
spec:
  ports: [{name: web, port: 80, appProtocol: http}]
  identities: [{type: SpiffeID, value: 'spiffe://shop.west.mesh.local/stock'}]
";

#[test]
fn of_another_zone_only_what_it_said_is_known() {
    let mut zone = Zone::new();
    let stock = strait_core::resource::from_yaml(STOCK).unwrap().remove(0);
    zone.shows(&ObservationChange::Holds(Arc::new(stock)));
    let why = zone.cart("stock");
    let of = |step| verdict(&why, step);
    assert_eq!((of(Step::Endpoint), of(Step::Permission), of(Step::Link)), (Verdict::Unknown, Verdict::Unknown, Verdict::Unknown));
    assert_eq!(why.broken().map(|hop| hop.hop), Some(Step::Trust), "{why:#?}");
    assert_eq!(of(Step::Ingress), Verdict::Broken);
    let link = |zone: &Zone| zone.cart("stock").hops.into_iter().find(|hop| hop.hop == Step::Link).unwrap().what;
    assert!(link(&zone).contains("have never spoken"), "{}", link(&zone));
    let status = SessionStatus { session: Session(1), dialect: Dialect::Strait };
    zone.shows(&ObservationChange::Opened { zone: east(), status });
    assert!(!link(&zone).contains("may be old"), "{}", link(&zone));
    zone.shows(&ObservationChange::Ended { zone: east(), why: "silent".to_owned() });
    assert!(link(&zone).contains("not connected to global (silent)"), "{}", link(&zone));
    let frozen = LaneStatus { frozen: Some(strait_core::node::FreezeReason::Forked), ..LaneStatus::default() };
    zone.shows(&ObservationChange::Lane { zone: east(), lane: Lane::Down, status: frozen });
    assert!(link(&zone).contains("until an operator decides (forked)"), "{}", link(&zone));
    let answer = zone.answers("west/stock-1", "bread").unwrap_err().to_string();
    assert!(answer.contains("this is zone east, which does not know the proxies of zone west"), "{answer}");
}
