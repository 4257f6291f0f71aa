//! A zone speaks for its domains with authority: what is there, what is not, and what it cannot know yet.
use crate::{
    alone::mesh,
    stage::{STRANGER, Zone, dataplane, generator, in_mesh, service},
};
use serde_json::json;
use std::{net::IpAddr, sync::Arc};
use strait_core::{
    Node as _,
    names::{ANSWER_TTL_SECONDS, Answer, Question, Resolver, Wanted},
    node::{Change, Observation, ObservationChange},
    vip::RELEASED_FOR,
};

/// The answer of a zone, as it would be had just now.
fn asked(zone: &Zone, name: &str, wanted: Wanted, from: IpAddr) -> Answer {
    let shown = zone.alone.node.observe();
    Resolver::of(shown).answer(&shown.view, &Question { name, wanted, from, mesh: &in_mesh("default") })
}

fn ipv4(zone: &Zone, name: &str) -> Answer {
    asked(zone, name, Wanted::Ipv4, STRANGER)
}

#[test]
fn an_address_lasts_for_less_than_a_released_one_rests() {
    assert!(RELEASED_FOR.as_secs() >= 2 * u64::from(ANSWER_TTL_SECONDS));
}

#[test]
fn of_names_in_its_domains() {
    let mut zone = Zone::new();
    zone.put("web");
    let address = zone.address("web").unwrap();
    assert_eq!(ipv4(&zone, "web.svc.mesh.local"), Answer::Address(address));
    assert_eq!(asked(&zone, "web.svc.mesh.local", Wanted::Anything, STRANGER), Answer::Address(address));
    for wanted in [Wanted::Ipv6, Wanted::Authority, Wanted::Other] {
        assert_eq!(asked(&zone, "web.svc.mesh.local", wanted, STRANGER), Answer::Nothing { domain: 2 }, "{wanted:?}");
    }
    assert_eq!(ipv4(&zone, "svc.mesh.local"), Answer::Nothing { domain: 2 }, "a name lies below it");
    assert_eq!(ipv4(&zone, "mesh.local"), Answer::Nothing { domain: 2 });
    assert_eq!(asked(&zone, "mesh.local", Wanted::Authority, STRANGER), Answer::Authority);
    for absent in ["api.svc.mesh.local", "vc.mesh.local", "x.web.svc.mesh.local", "eb.svc.mesh.local"] {
        assert_eq!(ipv4(&zone, absent), Answer::NoSuchName { domain: 2 }, "{absent}");
    }
    for elsewhere in ["", "local", "example.com", "notmesh.local", "mesh.local.example"] {
        assert_eq!(ipv4(&zone, elsewhere), Answer::Elsewhere, "{elsewhere}");
    }
    zone.delete("web");
    assert_eq!(ipv4(&zone, "web.svc.mesh.local"), Answer::NoSuchName { domain: 2 });
    assert_eq!(ipv4(&zone, "svc.mesh.local"), Answer::NoSuchName { domain: 2 }, "nothing lies below it any more");
}

#[test]
fn of_names_in_domains_that_generators_make() {
    let mut zone = Zone::new();
    zone.put("web");
    assert_eq!(ipv4(&zone, "web.east.corp"), Answer::Elsewhere);
    zone.edit(Change::Put(generator("corp", &json!({}), "{{ .DisplayName }}.{{ .Zone }}.corp")));
    zone.edit(Change::Put(generator("deep", &json!({}), "{{ .DisplayName }}-x.a.b.corp")));
    zone.edit(Change::Put(generator("bare", &json!({}), "{{ .DisplayName }}")));
    let address = Answer::Address(zone.address("web").unwrap());
    assert_eq!(ipv4(&zone, "web.east.corp"), address);
    assert_eq!(ipv4(&zone, "east.corp"), Answer::Nothing { domain: 1 });
    assert_eq!(ipv4(&zone, "api.east.corp"), Answer::NoSuchName { domain: 1 });
    assert_eq!(ipv4(&zone, "web-x.a.b.corp"), address);
    assert_eq!(ipv4(&zone, "api-x.a.b.corp"), Answer::NoSuchName { domain: 3 });
    assert_eq!(ipv4(&zone, "b.corp"), Answer::Nothing { domain: 1 }, "a domain lies below it");
    // A name that lies in no domain is one.
    assert_eq!(ipv4(&zone, "web"), address);
    assert_eq!(asked(&zone, "web", Wanted::Ipv6, STRANGER), Answer::Nothing { domain: 1 });
    assert_eq!(asked(&zone, "web", Wanted::Authority, STRANGER), Answer::Authority);
    assert_eq!(ipv4(&zone, "api"), Answer::Elsewhere);
    zone.edit(Change::Delete(generator("corp", &json!({}), "").key));
    assert_eq!(ipv4(&zone, "web.east.corp"), Answer::Elsewhere);
}

#[test]
fn a_service_without_an_address_is_there() {
    let mut zone = Zone::with_range("241.1.0.0/30");
    ["a", "b", "c", "d", "e"].into_iter().for_each(|name| zone.put(name));
    assert_eq!(ipv4(&zone, "e.svc.mesh.local"), Answer::Nothing { domain: 2 });
}

#[test]
fn whoever_asks_is_answered_for_the_mesh_of_its_proxy() {
    let mut zone = Zone::new();
    zone.put("web");
    zone.edit(Change::Put(service("other", "web")));
    let of = |zone: &Zone, mesh: &str| Answer::Address(zone.resolve(mesh, "web.svc.mesh.local").unwrap().unwrap());
    let (ours, others) = (of(&zone, "default"), of(&zone, "other"));
    assert_ne!(ours, others);
    let at: IpAddr = "10.0.0.7".parse().unwrap();
    let answer = |zone: &Zone| asked(zone, "web.svc.mesh.local", Wanted::Ipv4, at);
    assert_eq!(answer(&zone), ours);
    zone.edit(Change::Put(dataplane("other", "one", "10.0.0.7")));
    assert_eq!(answer(&zone), others);
    assert_eq!(
        asked(&zone, "web.svc.mesh.local", Wanted::Ipv4, "::ffff:10.0.0.7".parse().unwrap()),
        others,
        "as a socket for both shows it"
    );
    zone.edit(Change::Put(dataplane("other", "two", "10.0.0.7")));
    assert_eq!(answer(&zone), others, "several proxies of one mesh");
    zone.edit(Change::Put(dataplane("default", "three", "10.0.0.7")));
    assert_eq!(answer(&zone), ours, "of several meshes: the address says nothing");
    zone.edit(Change::Delete(dataplane("default", "three", "").key));
    assert_eq!(answer(&zone), others);
    zone.edit(Change::Put(dataplane("other", "one", "10.0.0.8")));
    zone.edit(Change::Put(dataplane("other", "two", "host.example")));
    assert_eq!(answer(&zone), ours);
}

#[test]
fn nothing_is_said_of_what_is_not_known_yet_or_not_held() {
    let zone = Zone::new();
    let shown = zone.alone.node.observe();
    let ask = |resolver: &Resolver, shown: &Observation, mesh: &str| {
        resolver.answer(&shown.view, &Question { name: "web.svc.mesh.local", wanted: Wanted::Ipv4, from: STRANGER, mesh: &in_mesh(mesh) })
    };
    assert_eq!(ask(&Resolver::of(shown), shown, "default"), Answer::NoSuchName { domain: 2 });
    assert_eq!(ask(&Resolver::of(shown), shown, "unheard-of"), Answer::Unknown);
    // What was stored is being read: the names come after the resources, and the head of the history last.
    let reading = Observation { head: None, ..shown.clone() };
    let mut resolver = Resolver::of(&reading);
    assert_eq!(ask(&resolver, &reading, "default"), Answer::Unknown);
    resolver.apply(&ObservationChange::Head(shown.head.unwrap()));
    assert_eq!(ask(&resolver, &reading, "default"), Answer::NoSuchName { domain: 2 });
    // A resource has come, whose names follow.
    resolver.apply(&ObservationChange::Holds(Arc::new(service("default", "web"))));
    assert_eq!(ask(&resolver, &reading, "default"), Answer::Unknown);
    resolver.published();
    assert_eq!(ask(&resolver, &reading, "default"), Answer::NoSuchName { domain: 2 });
    resolver.apply(&ObservationChange::Dropped(mesh("default").key));
    resolver.published();
    assert_eq!(ask(&resolver, &reading, "default"), Answer::Unknown, "a mesh that was taken from this zone");
}
