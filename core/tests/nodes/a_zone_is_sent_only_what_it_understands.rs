//! What a zone says in its first request decides what it is sent. What it would not understand is left out; the rest comes.
use super::moves::*;
use crate::alone::{Alone, hello, kind, mesh, resource, retry, zone};
use serde_json::json;
use std::collections::BTreeSet;
use strait_core::{Durable, node::*, resource::*, sync::*};

/// What global sends of these kinds to a plain Kuma zone that has all features but this.
fn sent_without(feature: &str) -> BTreeSet<String> {
    let mut g = global();
    let generator = |name: &str, selects: &str| {
        resource(
            "HostnameGenerator",
            None,
            name,
            json!({"selector": {selects: {"matchLabels": {"a": "b"}}}, "template": "{{ .DisplayName }}.mesh"}),
        )
    };
    let mut without_target = retry("without-target", 1);
    without_target.spec = Spec::new(json!({"to": [{"targetRef": {"kind": "Mesh"}, "default": {"http": {"numRetries": 1}}}]}));
    let changes = [
        mesh("default"),
        generator("old", "meshService"),
        generator("new", "meshMultiZoneService"),
        retry("with-target", 1),
        without_target,
    ];
    g.input(edit(changes.into_iter().map(Change::Put).collect()));
    g.input(operate(Operation::Admit(zone("plain"))));
    g.input(GlobalInput::Opened { session: Session(1), zone: zone("plain"), dialect: Dialect::Kuma });
    let mut said = hello("plain", None);
    assert!(said.features.remove(feature) || feature.is_empty());
    let mut sent = BTreeSet::new();
    for name in ["HostnameGenerator", "MeshRetry"] {
        for effect in g.input(down(1, RequestBody::Subscribe { kind: kind(name), hello: said.clone() })) {
            if let GlobalEffect::Response(_, Response { body: ResponseBody::Resources { put, .. }, .. }) = effect {
                sent.extend(put.iter().map(|resource| resource.display_name().to_owned()));
            }
        }
    }
    sent
}

fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

#[test]
fn one_resource_that_it_does_not_know_takes_no_other_with_it() {
    assert_eq!(sent_without(""), names(["old", "new", "with-target", "without-target"]));
    assert_eq!(sent_without("hg-mz-selector"), names(["old", "with-target", "without-target"]));
    assert_eq!(sent_without("optional-top-level-target-ref"), names(["old", "new", "with-target"]));
}

/// A Strait zone whose process may be another one at each session, and keeps what it holds.
struct Zone {
    lineage: Lineage,
    held: Option<Position>,
    holds: BTreeSet<String>,
    session: u64,
    /// What it says on taking something does not arrive.
    answers_are_lost: bool,
}

impl Zone {
    fn new() -> Self {
        Self { lineage: lineage(7, 0), held: None, holds: BTreeSet::new(), session: 0, answers_are_lost: false }
    }

    /// A new session of a process that lacks a feature. Says whether everything was sent.
    fn comes(&mut self, g: &mut Alone<GlobalNode>, lacks: &str, answers: bool) -> bool {
        let before = self.session;
        self.session += 1;
        g.input(GlobalInput::Closed { session: Session(before) });
        g.input(GlobalInput::Opened { session: Session(self.session), zone: zone("east"), dialect: Dialect::Strait });
        let mut said = hello("east", Some(self.lineage.clone()));
        said.features.remove(lacks);
        let ask = RequestBody::SubscribeAll { hello: said, held: self.held, staged: None, rejected: vec![] };
        let effects = g.input(down(self.session, ask));
        self.takes(g, effects, answers)
    }

    fn takes(&mut self, g: &mut Alone<GlobalNode>, effects: Vec<GlobalEffect>, answers: bool) -> bool {
        let (mut whole, mut listed) = (false, BTreeSet::new());
        let mut effects = std::collections::VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            let GlobalEffect::Response(_, Response { body, .. }) = effect else { continue };
            let ResponseBody::Resources { kind, nonce, put, gone, transfer: Some(transfer) } = body else { continue };
            whole |= transfer.from.is_none();
            listed.extend(put.iter().map(|resource| resource.display_name().to_owned()));
            for key in gone {
                self.holds.remove(key.name.as_str());
            }
            if !answers {
                continue;
            }
            if transfer.last {
                self.held = Some(transfer.upto);
                if transfer.from.is_none() {
                    self.holds.clear();
                }
                self.holds.append(&mut listed);
            }
            if !self.answers_are_lost {
                effects.extend(g.input(down(self.session, RequestBody::Ack { kind, nonce })));
            }
        }
        whole
    }
}

fn restarted(g: Alone<GlobalNode>, seed: u64) -> Alone<GlobalNode> {
    Alone::<GlobalNode>::start(GlobalConfig::new(), seed, g.disk).0
}

const FEATURE: &str = "optional-top-level-target-ref";

fn global_with_one_for_newer_zones() -> Alone<GlobalNode> {
    let mut g = Alone::<GlobalNode>::start(GlobalConfig::new(), 1, Durable::new()).0;
    let mut without_target = retry("new", 1);
    without_target.spec = Spec::new(json!({"to": [{"targetRef": {"kind": "Mesh"}, "default": {"http": {"numRetries": 1}}}]}));
    g.input(edit(vec![Change::Put(mesh("default")), Change::Put(retry("old", 1)), Change::Put(without_target)]));
    g
}

#[test]
fn a_process_that_understands_more_is_sent_what_was_withheld() {
    let (mut g, mut east) = (global_with_one_for_newer_zones(), Zone::new());
    assert!(east.comes(&mut g, FEATURE, true), "held nothing");
    assert_eq!(east.holds, names(["default", "old"]));
    assert!(!east.comes(&mut g, FEATURE, true), "nothing is different");
    assert!(east.comes(&mut g, "", true));
    assert_eq!(east.holds, names(["default", "new", "old"]));
    assert!(!east.comes(&mut g, "", true), "it is sent once");
    let effects = g.input(edit(vec![Change::Put(retry("later", 1))]));
    assert!(!east.takes(&mut g, effects, true), "and then changes only");
    assert_eq!(east.holds, names(["default", "later", "new", "old"]));
}

#[test]
fn a_process_that_understands_less_gives_up_what_it_does_not() {
    let (mut g, mut east) = (global_with_one_for_newer_zones(), Zone::new());
    east.comes(&mut g, "", true);
    assert_eq!(east.holds, names(["default", "new", "old"]));
    assert!(east.comes(&mut g, FEATURE, true));
    assert_eq!(east.holds, names(["default", "old"]));
}

#[test]
fn a_restart_of_global_forgets_neither_what_a_zone_understood_nor_what_it_is_owed() {
    let (mut g, mut east) = (global_with_one_for_newer_zones(), Zone::new());
    east.comes(&mut g, FEATURE, true);
    let mut g = restarted(g, 2);
    assert!(east.comes(&mut g, "", false), "understood less before the restart");
    let mut g = restarted(g, 3);
    assert!(east.comes(&mut g, "", false), "did not answer before the restart");
    assert!(east.comes(&mut g, "", true), "nor on the session before");
    assert_eq!(east.holds, names(["default", "new", "old"]));
    let mut g = restarted(g, 4);
    assert!(!east.comes(&mut g, "", true), "owed nothing any more");
}

#[test]
fn a_backup_from_when_a_zone_understood_less_is_sent_everything() {
    let (mut g, mut east) = (global_with_one_for_newer_zones(), Zone::new());
    east.comes(&mut g, FEATURE, true);
    let backup = (east.held, east.holds.clone());
    let effects = g.input(edit(vec![Change::Put(retry("later", 1))]));
    east.takes(&mut g, effects, true);
    east.comes(&mut g, "", true);
    (east.held, east.holds) = backup;
    assert!(east.comes(&mut g, "", true));
    assert_eq!(east.holds, names(["default", "later", "new", "old"]));
}

/// Nothing was edited between, so that only the change of what it understands tells the two copies apart.
#[test]
fn nor_does_a_backup_of_before_pass_for_what_came_after() {
    let (mut g, mut east) = (global_with_one_for_newer_zones(), Zone::new());
    east.comes(&mut g, FEATURE, true);
    let backup = (east.held, east.holds.clone());
    east.comes(&mut g, "", true);
    (east.held, east.holds) = backup;
    assert!(east.comes(&mut g, "", true));
    assert_eq!(east.holds, names(["default", "new", "old"]));
}

#[test]
fn a_zone_whose_answer_was_lost_is_not_sent_everything_again() {
    let (mut g, mut east) = (global_with_one_for_newer_zones(), Zone::new());
    east.comes(&mut g, FEATURE, true);
    east.answers_are_lost = true;
    assert!(east.comes(&mut g, "", true));
    east.answers_are_lost = false;
    assert_eq!(east.holds, names(["default", "new", "old"]));
    g.input(edit(vec![Change::Put(retry("later", 1))]));
    assert!(!east.comes(&mut g, "", true), "it holds that");
    assert_eq!(east.holds, names(["default", "later", "new", "old"]));
}

/// While it was not known, nobody noted that its mesh was taken from it.
#[test]
fn a_zone_of_which_a_backup_of_global_has_not_heard_is_sent_everything() {
    let mut g = global_with_one_for_newer_zones();
    let backup = g.disk.clone();
    let mut east = Zone::new();
    east.comes(&mut g, "", true);
    assert_eq!(east.holds, names(["default", "new", "old"]));
    let (mut g, _) = Alone::<GlobalNode>::start(GlobalConfig::new(), 2, backup);
    let nobody = resource("MeshZones", Some("default"), "nobody", json!({"zones": []}));
    g.input(edit(vec![Change::Put(nobody)]));
    assert!(east.comes(&mut g, "", true));
    assert_eq!(east.holds, names([]));
    assert!(!east.comes(&mut g, "", true), "once");
}
