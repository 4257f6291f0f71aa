//! An authority is rotated with overlap: at no moment is there a valid certificate that somebody who is to believe it does not; whatever order proxies
//! answer in, and whoever is away for a while. At the end only the new authority is trusted.
use crate::{
    alone::{mesh, resource},
    pair::{Pair, zone},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{Node as _, node::*, plan::Part, resource::*};

/// As long as a certificate is valid, and as both authorities are trusted before the new one signs.
const LIFE_MS: u64 = 200_000;
pub(crate) const OVERLAP_S: u64 = 60;

pub(crate) fn identity(expiry: &str) -> Resource {
    let bundled = json!({"autogenerate": {"enabled": true}, "certificateParameters": {"expiry": expiry}});
    let spec = json!({
        "selector": {"dataplane": {"matchLabels": {}}},
        "spiffeID": {"path": "/{{ label \"app\" }}"},
        "provider": {"type": "Bundled", "bundled": bundled},
    });
    resource("MeshIdentity", Some("default"), "identity", spec)
}

fn dataplane(name: &str, last: u8) -> Resource {
    let networking = json!({"address": format!("10.0.0.{last}"), "inbound": [{"port": 80, "tags": {"kuma.io/service": name}}]});
    let mut proxy = resource("Dataplane", Some("default"), name, json!({ "networking": networking }));
    proxy.labels.insert("app".to_owned(), name.to_owned());
    proxy
}

pub(crate) fn opened(name: &str, last: u8) -> FromProxy {
    let (mesh, name, brought) = (MeshName::new("default").unwrap(), ResourceName::new(name).unwrap(), dataplane(name, last));
    FromProxy::Opened { mesh: Some(mesh), name, dataplane: Some(Box::new(brought)), version: ProxyVersion::default() }
}

/// One that looks like a certificate, another for each number.
pub(crate) fn authority(trust_domain: &str, number: u16) -> Authority {
    let inner = [&[0x30, 2, 4, 0, 0x30, 0, 0x03, 2][..], &number.to_be_bytes()].concat();
    let der = STANDARD.encode([&[0x30, u8::try_from(inner.len()).unwrap()][..], &inner].concat());
    let certificate = format!("-----BEGIN CERTIFICATE-----\n{der}\n-----END CERTIFICATE-----\n");
    Authority { trust_domain: trust_domain.to_owned(), certificate, sealed_key: format!("sealed-{number}.") }
}

pub(crate) fn rotate() -> Operation {
    Operation::Rotate { mesh: MeshName::new("default").unwrap(), identity: None, overlap_seconds: Some(OVERLAP_S) }
}

/// What is trusted, by trust domain.
type Trusted = BTreeMap<String, BTreeSet<String>>;

fn trusted(update: &PlanUpdate) -> Option<Trusted> {
    update.put.iter().find_map(|part| if let Part::Trust(trust) = part { Some(trust.domains.clone()) } else { None })
}

/// The authorities that a zone's own `MeshTrust` names.
pub(crate) fn said(view: &View, of: &ZoneName) -> BTreeSet<String> {
    let trusts = view.resources.values().filter(|held| held.kind().as_str() == "MeshTrust" && held.zone().as_ref() == Some(of));
    let bundles = trusts.flat_map(|trust| trust.spec.value().unwrap()["caBundles"].as_array().unwrap().clone());
    bundles.map(|bundle| bundle["pem"]["value"].as_str().unwrap().to_owned()).collect()
}

#[derive(Debug)]
struct Proxy {
    zone: &'static str,
    name: &'static str,
    last: u8,
    session: Option<u64>,
    taken: Trusted,
    /// Updates that it has not answered, and whom they say to trust.
    unanswered: Vec<(u64, Option<Trusted>)>,
    /// Who vouches for it, and until when.
    certificate: Option<(Authority, u64)>,
}

struct World {
    pair: Pair,
    proxies: Vec<Proxy>,
    issues: Vec<(ZoneName, Issue)>,
    sessions: u64,
    authorities: u16,
    tickets: u64,
}

#[derive(Clone, Debug)]
enum Act {
    /// Time passes; these of `west` do not answer meanwhile, and nothing is signed if that is said.
    Run {
        ms: u64,
        silent: [bool; 2],
        signs: bool,
    },
    /// The control plane of `west` is away.
    Kill {
        ms: u64,
    },
    /// Global is.
    StopGlobal {
        ms: u64,
    },
    /// Nobody reaches global.
    Cut {
        ms: u64,
    },
    Rotate,
}

fn act() -> impl Strategy<Value = Act> {
    let run = (1_u64..45_000, any::<[bool; 2]>(), any::<bool>()).prop_map(|(ms, silent, signs)| Act::Run { ms, silent, signs });
    prop_oneof![
        6 => run,
        1 => (0_u64..15_000).prop_map(|ms| Act::Kill { ms }),
        1 => (1_u64..12_000).prop_map(|ms| Act::StopGlobal { ms }),
        1 => (1_u64..12_000).prop_map(|ms| Act::Cut { ms }),
        2 => Just(Act::Rotate),
    ]
}

impl World {
    fn new() -> Self {
        let mut pair = Pair::new(&["east", "west"]);
        let mut held = mesh("default");
        held.spec = Spec::new(json!({"meshServices": {"mode": "Exclusive"}}));
        pair.edit(vec![Change::Put(held), Change::Put(identity("200s"))]).unwrap();
        pair.run_for(10_000);
        let (session, taken, unanswered) = (None, Trusted::new(), Vec::new());
        let proxy = |zone, name, last| Proxy {
            zone,
            name,
            last,
            session,
            taken: taken.clone(),
            unanswered: Vec::clone(&unanswered),
            certificate: None,
        };
        let proxies = vec![proxy("west", "a", 1), proxy("west", "b", 2), proxy("east", "c", 3)];
        let mut world = Self { pair, proxies, issues: Vec::new(), sessions: 0, authorities: 0, tickets: 1 << 32 };
        world.run(20_000, [false; 2], true);
        world
    }

    fn inject(&mut self, at: &str, input: ZoneInput) {
        self.pair.inject_zone(at, input);
    }

    /// Time passes, in small pieces, so that all is heard in its time.
    fn run(&mut self, ms: u64, silent: [bool; 2], signs: bool) {
        let until = self.pair.now + ms;
        while self.pair.now < until {
            self.pair.run_for((until - self.pair.now).min(500));
            self.connect();
            self.hear();
            for index in 0..self.proxies.len() {
                if !silent.get(index).copied().unwrap_or(false) {
                    self.answer(index);
                }
            }
            if signs {
                self.sign();
            }
            self.check();
        }
    }

    /// Whoever is not connected comes back.
    fn connect(&mut self) {
        for index in 0..self.proxies.len() {
            let Proxy { zone: at, name, last, session: None, .. } = self.proxies[index] else { continue };
            if self.pair.zones[&zone(at)].is_some() {
                self.sessions += 1;
                self.proxies[index].session = Some(self.sessions);
                self.inject(at, ZoneInput::Proxy(ProxySession(self.sessions), opened(name, last)));
            }
        }
    }

    fn hear(&mut self) {
        for (at, session, told) in std::mem::take(&mut self.pair.to_proxies) {
            let ToProxy::Plan(update) = told else { panic!("{told:?}") };
            let proxy = self.proxies.iter_mut().find(|proxy| proxy.zone == at.as_str() && proxy.session == Some(session.0));
            if let Some(proxy) = proxy {
                proxy.unanswered.push((update.number, trusted(&update)));
            }
        }
        self.issues.append(&mut self.pair.to_issue);
    }

    fn answer(&mut self, index: usize) {
        for (update, trusted) in std::mem::take(&mut self.proxies[index].unanswered) {
            let proxy = &mut self.proxies[index];
            proxy.taken = trusted.unwrap_or_else(|| std::mem::take(&mut proxy.taken));
            let (at, session) = (proxy.zone, ProxySession(proxy.session.unwrap()));
            self.inject(at, ZoneInput::Proxy(session, FromProxy::Took { update }));
        }
    }

    fn sign(&mut self) {
        for (at, issue) in std::mem::take(&mut self.issues) {
            let issued = match issue {
                Issue::Authority { request, trust_domain, .. } => {
                    self.authorities += 1;
                    Issued::Authority { request, made: Ok(authority(&trust_domain, self.authorities)) }
                }
                Issue::Certificate { request, session, authority, .. } => {
                    let until = self.pair.now + LIFE_MS;
                    let to = self.proxies.iter_mut().find(|proxy| proxy.zone == at.as_str() && proxy.session == Some(session.0));
                    to.into_iter().for_each(|proxy| proxy.certificate = Some((authority.clone(), until)));
                    Issued::Certificate { request, signed: Ok(()) }
                }
            };
            self.inject(at.as_str(), ZoneInput::Issued(issued));
        }
    }

    /// Nobody who trusts a domain at all, by what he may go by at this moment, does not believe a certificate of it that is in use.
    fn check(&self) {
        for shown in &self.proxies {
            let Some((authority, _)) = shown.certificate.as_ref().filter(|(_, until)| self.pair.now < *until) else { continue };
            for asked in &self.proxies {
                let said = asked.unanswered.iter().filter_map(|(_, trusted)| trusted.as_ref());
                for trusted in said.chain([&asked.taken]).filter_map(|trusted| trusted.get(&authority.trust_domain)) {
                    assert!(
                        trusted.contains(&authority.certificate),
                        "at {}: {} does not believe {}: {trusted:?}",
                        self.pair.now,
                        asked.name,
                        shown.name
                    );
                }
            }
        }
    }

    fn west_is_away(&mut self, ms: u64) {
        self.pair.stop_zone("west");
        self.issues.retain(|(at, _)| at.as_str() != "west");
        self.pair.to_issue.retain(|(at, _)| at.as_str() != "west");
        self.pair.to_proxies.retain(|(at, ..)| at.as_str() != "west");
        for proxy in self.proxies.iter_mut().filter(|proxy| proxy.zone == "west") {
            // It has read what it had been told.
            let told = std::mem::take(&mut proxy.unanswered);
            proxy.session = None;
            if let Some(last) = told.into_iter().filter_map(|(_, trusted)| trusted).next_back() {
                proxy.taken = last;
            }
        }
        self.run(ms, [false; 2], true);
        self.pair.start_zone("west");
    }

    fn take(&mut self, act: &Act) {
        match act {
            Act::Run { ms, silent, signs } => self.run(*ms, *silent, *signs),
            Act::Kill { ms } => self.west_is_away(*ms),
            Act::StopGlobal { ms } => {
                self.pair.stop_global();
                self.run(*ms, [false; 2], true);
                self.pair.start_global();
                self.run(25_000, [false; 2], true);
            }
            Act::Cut { ms } => {
                self.pair.cut = true;
                self.run(*ms, [false; 2], true);
                self.pair.heal();
                self.run(25_000, [false; 2], true);
            }
            Act::Rotate => match self.rotate() {
                Ok(_) => assert!(self.status().is_some()),
                Err(why) => assert!(self.status().is_some(), "{why}"),
            },
        }
    }

    fn rotate(&mut self) -> EditOutcome {
        self.tickets += 1;
        let ticket = self.tickets;
        self.inject("west", ZoneInput::Operate { ticket: Ticket(ticket), operation: rotate() });
        self.hear();
        self.pair.answers.remove(&ticket).unwrap()
    }

    fn status(&self) -> Option<RotationStatus> {
        self.pair.zone_node("west").observe().rotations.values().next().cloned()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whoever_is_slow_or_away_nobody_is_refused(acts in prop::collection::vec(act(), 1..25)) {
        let mut world = World::new();
        let first = said(world.pair.zone_node("west").view(), &zone("west"));
        prop_assert_eq!(first.len(), 1);
        for act in &acts {
            world.take(act);
        }
        // Once more, and then nothing goes wrong any more.
        let mut waited = 0;
        while world.rotate().is_err() {
            waited += 1;
            prop_assert!(waited < 200, "{:?}", world.status());
            world.run(5_000, [false; 2], true);
        }
        world.run(20_000 + OVERLAP_S * 1000 + LIFE_MS + 30_000, [false; 2], true);
        prop_assert_eq!(world.status(), None);
        let last = said(world.pair.zone_node("west").view(), &zone("west"));
        prop_assert_eq!(last.len(), 1);
        prop_assert!(last.is_disjoint(&first));
        prop_assert_eq!(&said(world.pair.zone_node("east").view(), &zone("west")), &last);
        for proxy in &world.proxies {
            prop_assert_eq!(&proxy.taken["default.west.mesh.local"], &last, "{}", proxy.name);
        }
        let disk = &world.pair.zones[&zone("west")].as_ref().unwrap().disk;
        let keys = disk.values().filter(|bytes| String::from_utf8_lossy(bytes).contains("sealed-")).count();
        prop_assert_eq!(keys, 1, "the key of the old one is gone");
    }
}

#[test]
fn what_cannot_be_rotated_is_refused_with_the_reason() {
    let mut world = World::new();
    let refused = |outcome: EditOutcome| outcome.unwrap_err().to_string();
    let asks = |world: &mut World, operation: Operation| {
        world.tickets += 1;
        let ticket = Ticket(world.tickets);
        world.inject("west", ZoneInput::Operate { ticket, operation });
        refused(world.pair.answers.remove(&ticket.0).unwrap())
    };
    let of = |mesh: &str, name: Option<&str>, overlap_seconds| {
        let identity = name.map(|name| ResourceName::new(name).unwrap());
        Operation::Rotate { mesh: MeshName::new(mesh).unwrap(), identity, overlap_seconds }
    };
    let none = asks(&mut world, of("other", None, None));
    assert_eq!(none, "zone west has no authority in mesh `other`: one is made when the first proxy needs it");
    let none = asks(&mut world, of("default", Some("else"), None));
    assert_eq!(none, "zone west has no authority in mesh `default` for MeshIdentity `else`: one is made when the first proxy needs it");
    let short = asks(&mut world, of("default", Some("identity"), Some(29)));
    assert_eq!(short, "overlap: must be at least 30 s, so that zones that are there hear in time");
    world.rotate().unwrap();
    let again = asks(&mut world, of("default", None, None));
    assert!(again.starts_with("a rotation of the authority of `default.west.mesh.local` is under way (making: "), "{again}");
}

#[test]
fn a_slow_proxy_or_a_cut_keeps_the_new_one_from_signing() {
    let mut world = World::new();
    world.pair.cut = true;
    world.rotate().unwrap();
    world.run(3 * OVERLAP_S * 1000, [false; 2], true);
    assert_eq!(world.status(), Some(RotationStatus { phase: RotationPhase::Spreading, waits_for: RotationWait::Global }));
    world.pair.heal();
    world.run(30_000, [false; 2], true);
    assert_eq!(world.status(), Some(RotationStatus { phase: RotationPhase::Spreading, waits_for: RotationWait::Overlap }));
    // What `b` was told last it has taken. Something new is touched that it does not answer.
    let trust = world.pair.zone_node("west").view().resources.values().find(|held| held.kind().as_str() == "MeshTrust").unwrap().clone();
    let mut more = Resource::clone(&trust);
    let mut spec = more.spec.value().unwrap().clone();
    let third = json!({"type": "Pem", "pem": {"value": authority("", 999).certificate}});
    spec["caBundles"].as_array_mut().unwrap().push(third);
    more.spec = Spec::new(spec);
    world.pair.edit_zone("west", vec![Change::Put(more)]).unwrap();
    world.run(2 * OVERLAP_S * 1000, [false, true], true);
    let Some(RotationStatus { phase: RotationPhase::Spreading, waits_for: RotationWait::Proxy(proxy) }) = world.status() else {
        panic!("{:?}", world.status())
    };
    assert_eq!(proxy.name.as_str(), "b");
    world.run(1_000, [false; 2], true);
    assert_eq!(world.status().unwrap().phase, RotationPhase::Reissuing);
}

#[test]
fn to_delete_a_mesh_trust_once_its_identity_is_gone_withdraws_it_everywhere() {
    let mut world = World::new();
    let west = zone("west");
    let trust = |world: &World, at: &str| said(world.pair.zone_node(at).view(), &west);
    let key = world
        .pair
        .zone_node("west")
        .view()
        .resources
        .values()
        .find(|held| held.kind().as_str() == "MeshTrust" && held.zone().as_ref() == Some(&west));
    let key = key.unwrap().key.clone();
    assert_eq!(trust(&world, "east").len(), 1);
    // While it is in use it is said again at once.
    world.pair.edit_zone("west", vec![Change::Delete(key.clone())]).unwrap();
    world.run(10_000, [false; 2], true);
    assert_eq!(trust(&world, "east").len(), 1);
    world.pair.edit(vec![Change::Delete(identity("200s").key)]).unwrap();
    world.run(10_000, [false; 2], true);
    assert_eq!(trust(&world, "east").len(), 1, "certificates may be in use");
    world.pair.edit_zone("west", vec![Change::Delete(key)]).unwrap();
    world.run(10_000, [false; 2], true);
    assert!(trust(&world, "west").is_empty() && trust(&world, "east").is_empty());
    let global = world.pair.global_node().view().resources.values().filter(|held| held.kind().as_str() == "MeshTrust").count();
    assert_eq!(global, 1, "that of east");
}

/// Global may be brought back to where it did not know of the new one, and other zones with it.
#[test]
fn the_new_one_signs_nothing_while_global_is_away_also_once_global_knew_it() {
    let mut world = World::new();
    world.rotate().unwrap();
    world.run(20_000, [false; 2], true);
    assert_eq!(world.status(), Some(RotationStatus { phase: RotationPhase::Spreading, waits_for: RotationWait::Overlap }));
    world.pair.cut = true;
    world.run(3 * OVERLAP_S * 1000, [false; 2], true);
    assert_eq!(world.status(), Some(RotationStatus { phase: RotationPhase::Spreading, waits_for: RotationWait::Global }));
    world.pair.heal();
    world.run(30_000, [false; 2], true);
    assert_eq!(world.status().unwrap().phase, RotationPhase::Reissuing);
}

#[test]
fn what_nobody_is_to_trust_any_more_is_not_rotated() {
    let mut world = World::new();
    let mut moved = identity("200s");
    let mut spec = moved.spec.value().unwrap().clone();
    spec["spiffeID"]["trustDomain"] = json!("other.{{ .Zone }}");
    moved.spec = Spec::new(spec);
    world.pair.edit(vec![Change::Put(moved)]).unwrap();
    // Longer than any certificate of before is valid.
    world.run(2 * LIFE_MS, [false; 2], true);
    let west = zone("west");
    let trusts = |world: &World| -> BTreeMap<String, Key> {
        let held = world.pair.zone_node("west").view().resources.values();
        let own = held.filter(|held| held.kind().as_str() == "MeshTrust" && held.zone().as_ref() == Some(&west));
        own.map(|held| (held.spec.value().unwrap()["trustDomain"].as_str().unwrap().to_owned(), held.key.clone())).collect()
    };
    let before = trusts(&world);
    assert_eq!(before.keys().collect::<Vec<_>>(), ["default.west.mesh.local", "other.west"]);
    world.pair.edit_zone("west", vec![Change::Delete(before["default.west.mesh.local"].clone())]).unwrap();
    world.run(10_000, [false; 2], true);
    world.rotate().unwrap();
    world.run(20_000, [false; 2], true);
    assert_eq!(trusts(&world).keys().collect::<Vec<_>>(), ["other.west"], "what was withdrawn stays so");
}
