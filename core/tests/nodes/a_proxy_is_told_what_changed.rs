//! A zone and the proxies beside its workloads: the whole plan at first, then what became different, one update at a time.
use crate::alone::{Alone, from_global, kuma_response, mesh, resource, zone};
use serde_json::json;
use strait_core::{
    Durable, Node as _, Step, StoreFailure, ZoneNode,
    node::*,
    plan::{Part, PartName},
    resource::*,
    sync::*,
};

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

    fn says(&mut self, session: u64, said: FromProxy) -> Vec<(u64, ToProxy)> {
        to_proxies(self.0.input(ZoneInput::Proxy(ProxySession(session), said)))
    }

    fn opens(&mut self, session: u64, name: &str, dataplane: Option<Resource>) -> Vec<(u64, ToProxy)> {
        let mesh = Some(MeshName::new("default").unwrap());
        let name = ResourceName::new(name).unwrap();
        self.says(session, FromProxy::Opened { mesh, name, dataplane: dataplane.map(Box::new), version: ProxyVersion::default() })
    }

    fn edit(&mut self, changes: Vec<Change>) -> Vec<(u64, ToProxy)> {
        to_proxies(self.0.input(ZoneInput::Edit { ticket: Ticket(1), changes }))
    }

    fn holds(&self, name: &str) -> bool {
        self.0.node.view().resources.contains_key(&proxy(name, 1).key)
    }

    fn status(&self, name: &str) -> Option<&ProxyStatus> {
        self.0.node.observe().proxies.get(&proxy(name, 1).key)
    }
}

fn to_proxies(effects: Vec<ZoneEffect>) -> Vec<(u64, ToProxy)> {
    let to = |effect| if let ZoneEffect::Proxy(session, said) = effect { Some((session.0, said)) } else { None };
    effects.into_iter().filter_map(to).collect()
}

/// The only thing that was said, which is a plan.
fn plan((session, said): (u64, ToProxy)) -> (u64, PlanUpdate) {
    match said {
        ToProxy::Plan(update) => (session, update),
        ToProxy::Close { why } => panic!("closed: {why}"),
    }
}

fn one(said: Vec<(u64, ToProxy)>) -> PlanUpdate {
    let [said] = <[_; 1]>::try_from(said).unwrap();
    plan(said).1
}

fn names(update: &PlanUpdate) -> Vec<String> {
    let name = |name: PartName| match name {
        PartName::Identity => "identity".to_owned(),
        PartName::Trust => "trust".to_owned(),
        PartName::Redirect => "redirect".to_owned(),
        PartName::Names => "names".to_owned(),
        PartName::Inbound(name) => format!("inbound {name}"),
        PartName::Outbound(to) => format!("outbound {}", to.service.name),
        PartName::Cluster(to) => format!("cluster {}", to.service.name),
        PartName::Endpoints(of) => format!("endpoints {}", of.service.name),
        PartName::Entrance => "entrance".to_owned(),
        PartName::Passage(to) => format!("passage {}", to.service.name),
    };
    update.put.iter().map(|part| name(part.name())).chain(update.gone.iter().cloned().map(|gone| format!("no {}", name(gone)))).collect()
}

fn proxy(name: &str, last: u8) -> Resource {
    let networking = json!({
        "address": format!("10.0.0.{last}"),
        "inbound": [{"port": 80, "tags": {"kuma.io/service": name}}],
        "transparentProxying": {"redirectPortInbound": 15006, "redirectPortOutbound": 15001}
    });
    resource("Dataplane", Some("default"), name, json!({ "networking": networking }))
}

fn service(name: &str) -> Resource {
    let spec = json!({"selector": {"dataplaneTags": {"kuma.io/service": name}}, "ports": [{"port": 80}]});
    resource("MeshService", Some("default"), name, spec)
}

#[test]
fn the_whole_plan_and_then_what_is_different() {
    let mut zone = Zone::new();
    zone.edit(vec![Change::Put(service("a"))]);
    let first = one(zone.opens(7, "a", Some(proxy("a", 1))));
    assert_eq!((first.number, names(&first).len()), (1, 6), "{:?}", names(&first));
    let serves = one(zone.says(7, FromProxy::Took { update: 1 }));
    assert_eq!(names(&serves), ["endpoints a"], "it serves from now on");
    assert!(zone.says(7, FromProxy::Took { update: 2 }).is_empty());
    let second = one(zone.edit(vec![Change::Put(proxy("b", 2)), Change::Put(service("b"))]));
    assert_eq!(names(&second), ["names", "outbound b", "cluster b", "endpoints b"]);
    let Part::Outbound(outbound) = &second.put[1] else { panic!("{second:?}") };
    assert_eq!(outbound.listens.iter().map(ToString::to_string).collect::<Vec<_>>(), ["241.0.0.1:80"]);
    zone.says(7, FromProxy::Took { update: 3 });
    assert!(zone.edit(vec![Change::Put(service("b"))]).is_empty(), "what says the same is not said");
    let third = one(zone.edit(vec![Change::Delete(service("b").key)]));
    assert_eq!(names(&third), ["names", "no outbound b", "no cluster b", "no endpoints b"]);
    assert_eq!((zone.status("a").unwrap().sent, zone.status("a").unwrap().took), (4, 3));
}

#[test]
fn what_changes_before_it_answered_is_said_at_once_afterwards() {
    let mut zone = Zone::new();
    zone.opens(7, "a", Some(proxy("a", 1)));
    for last in 2..50 {
        assert!(zone.edit(vec![Change::Put(service("b")), Change::Put(proxy("b", last))]).is_empty());
    }
    let second = one(zone.says(7, FromProxy::Took { update: 1 }));
    let [.., Part::Endpoints(endpoints)] = &second.put[..] else { panic!("{second:?}") };
    assert_eq!(endpoints.endpoints.iter().map(|one| one.address.to_string()).collect::<Vec<_>>(), ["10.0.0.49"]);
    assert!(zone.says(7, FromProxy::Took { update: 1 }).is_empty(), "an answer counts once");
}

#[test]
fn what_it_refuses_is_shown_and_stops_nothing() {
    let mut zone = Zone::new();
    zone.opens(7, "a", Some(proxy("a", 1)));
    zone.opens(8, "b", Some(proxy("b", 2)));
    zone.says(8, FromProxy::Took { update: 1 });
    assert!(zone.says(7, FromProxy::Refused { update: 1, why: "listener a: no".to_owned(), parts: Default::default() }).is_empty());
    assert_eq!(zone.status("a").unwrap().refused.as_deref(), Some("listener a: no"));
    let said = zone.edit(vec![Change::Put(service("b"))]);
    assert_eq!(said.into_iter().map(plan).map(|(session, _)| session).collect::<Vec<_>>(), [7, 8]);
    zone.says(7, FromProxy::Took { update: 2 });
    assert_eq!(zone.status("a").unwrap().refused, None);
}

#[test]
fn the_newest_connection_counts() {
    let mut zone = Zone::new();
    zone.opens(7, "a", Some(proxy("a", 1)));
    let said = zone.opens(8, "a", Some(proxy("a", 1)));
    assert!(matches!(&said[..], [(7, ToProxy::Close { why: ProxyRefused::Superseded }), (8, ToProxy::Plan(_))]), "{said:?}");
    assert!(zone.says(7, FromProxy::Took { update: 1 }).is_empty());
    assert_eq!(zone.status("a").unwrap().session, ProxySession(8));
}

#[test]
fn one_that_brought_its_dataplane_along_goes_some_time_after_it_left() {
    let mut zone = Zone::new();
    zone.edit(vec![Change::Put(proxy("kept", 3))]);
    zone.opens(7, "a", Some(proxy("a", 1)));
    zone.opens(8, "kept", None);
    zone.says(7, FromProxy::Closed);
    zone.says(8, FromProxy::Closed);
    zone.0.run_for(9_999);
    assert!(zone.holds("a"));
    zone.opens(9, "a", Some(proxy("a", 1)));
    zone.0.run_for(30_000);
    assert!(zone.holds("a"), "it came back");
    zone.says(9, FromProxy::Closed);
    zone.0.run_for(10_000);
    assert!(!zone.holds("a") && zone.holds("kept"));
    assert_eq!(zone.status("a"), None);
}

#[test]
fn what_was_brought_along_goes_also_if_the_zone_was_away_when_its_proxy_left() {
    let mut zone = Zone::new();
    zone.opens(7, "a", Some(proxy("a", 1)));
    zone.opens(8, "b", Some(proxy("b", 2)));
    let disk = zone.0.disk.clone();
    let mut zone = Zone(Alone::start(ZoneConfig::new(zone_name()), 2, disk).0);
    zone.0.run_for(60_000);
    assert!(zone.holds("a") && zone.holds("b"), "both have time to come back");
    zone.opens(1, "b", Some(proxy("b", 2)));
    zone.0.run_for(120_000);
    assert!(!zone.holds("a") && zone.holds("b"));
}

#[test]
fn what_an_operator_writes_since_stays() {
    let mut zone = Zone::new();
    zone.opens(7, "a", Some(proxy("a", 1)));
    zone.says(7, FromProxy::Closed);
    zone.edit(vec![Change::Put(proxy("a", 9))]);
    zone.0.run_for(60_000);
    assert!(zone.holds("a"));
}

#[test]
fn a_newcomer_serves_once_it_has_taken_its_plan() {
    let mut zone = Zone::new();
    zone.edit(vec![Change::Put(service("b")), Change::Put(proxy("kept", 9))]);
    zone.opens(7, "a", Some(proxy("a", 1)));
    zone.says(7, FromProxy::Took { update: 1 });
    let said = zone.opens(8, "b", Some(proxy("b", 2)));
    assert!(said.iter().all(|(session, _)| *session == 8), "nobody is told of it yet: {said:?}");
    let said = zone.says(8, FromProxy::Took { update: 1 });
    assert_eq!(
        said.into_iter().map(plan).map(|(session, update)| (session, names(&update))).collect::<Vec<_>>(),
        [(7, vec!["endpoints b".to_owned()]), (8, vec!["endpoints b".to_owned()]),]
    );
}

fn zone_name() -> ZoneName {
    zone("east")
}

#[test]
fn who_is_not_known_or_cannot_be_is_refused() {
    let mut zone = Zone::new();
    let said = zone.opens(7, "nobody", None);
    assert!(matches!(&said[..], [(7, ToProxy::Close { why: ProxyRefused::Unknown(_) })]), "{said:?}");
    let mut elsewhere = proxy("a", 1);
    elsewhere.labels.insert("kuma.io/zone".to_owned(), "west".to_owned());
    let said = zone.opens(8, "a", Some(elsewhere));
    let [(8, ToProxy::Close { why: ProxyRefused::Invalid(why) })] = &said[..] else { panic!("{said:?}") };
    assert!(why.contains("kuma.io/zone") && why.contains("east"), "{why}");
    assert!(!zone.holds("a"));
}

#[test]
fn one_whose_dataplane_is_deleted_is_told_so() {
    let mut zone = Zone::new();
    zone.opens(7, "a", Some(proxy("a", 1)));
    let said = zone.edit(vec![Change::Delete(proxy("a", 1).key)]);
    assert!(matches!(&said[..], [(7, ToProxy::Close { why: ProxyRefused::Deleted })]), "{said:?}");
    assert_eq!(zone.status("a"), None);
}

#[test]
fn nobody_is_told_what_is_not_durable() {
    let mut zone = Zone::new();
    zone.opens(7, "a", Some(proxy("a", 1)));
    zone.says(7, FromProxy::Took { update: 1 });
    let mut out = strait_core::Out::new();
    let edit = ZoneInput::Edit { ticket: Ticket(2), changes: vec![Change::Put(service("b"))] };
    zone.0.node.handle(strait_core::time::Now::default(), Step::Input(edit), &mut out);
    let emits = out.take();
    assert!(emits.iter().all(|emit| !matches!(emit, strait_core::Emit::Effect(ZoneEffect::Proxy(..)))), "{emits:?}");
    let lsn = emits.iter().find_map(|emit| if let strait_core::Emit::Store(batch) = emit { Some(batch.lsn) } else { None }).unwrap();
    let said = to_proxies(zone.0.step(Step::Stored { upto: lsn }));
    assert_eq!(names(&one(said)), ["names", "outbound b", "cluster b", "endpoints b"]);
}

#[test]
fn who_comes_while_the_store_fails_is_told_so() {
    let mut zone = Zone::new();
    zone.0.step(Step::StoreFailed { from: strait_core::Lsn(9), why: StoreFailure::Full });
    let said = zone.opens(7, "a", Some(proxy("a", 1)));
    assert!(matches!(&said[..], [(7, ToProxy::Close { why: ProxyRefused::Store(_) })]), "{said:?}");
}
