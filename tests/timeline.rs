//! Timelines of real runs: what is drawn is what happened, and drawing changes nothing of it.
#![allow(missing_docs, clippy::unwrap_used)]
use std::{fs, path::Path};
use strait_core::Seed;
use strait_scenarios::{
    language,
    runner::{Options, Report, run},
    scenario::Scenario,
    timeline::{BarKind, MarkKind, Recorder, Timeline, svg, text},
    world::WorldKind,
};

const SMALL: &str = "\
scenario: small
why: Little happens, and what must not be comes at last.
topology: { zones: { east: {} } }
steps:
  - expect: { converged: all, within: 10s }
  # What is said from here on is lost.
  - cut: { between: [global, east], how: sever }
  - apply:
      at: global
      inline: { type: MeshTimeout, mesh: default, name: checkout, spec: { targetRef: { kind: Mesh }, to: [{ targetRef: { kind: Mesh }, default: { connectionTimeout: 2s } }] } }
  - disk: { who: east, is: full }
  - wait: 8s
  - heal: { between: [global, east] }
  - disk: { who: east, is: ok }
  - expect: { holds: { zone: east, kind: MeshTimeout, mesh: default, name: checkout }, within: 20s }
never:
  - holds: { zone: east, kind: MeshTimeout, mesh: default, name: checkout }
";

fn loaded(folder: &Path, name: &str, written: &str) -> Scenario {
    let file = folder.join(format!("{name}.yaml"));
    fs::write(&file, written).unwrap();
    language::load(&file).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn recorded(scenario: &Scenario, text: Option<&str>, sabotage: Option<&str>) -> (Report, Timeline) {
    let recorder = Recorder::new(text.map(str::to_owned));
    let sabotage = sabotage.map(str::to_owned);
    let options = Options { recorder: Some(recorder.clone()), sabotage, ..Options::new(Seed(0x5eed)) };
    let report = run(scenario, WorldKind::Model, &options, &strait_sim::world);
    (report, recorder.timeline())
}

fn small() -> Timeline {
    let folder = tempfile::tempdir().unwrap();
    let mut scenario = loaded(folder.path(), "small", SMALL);
    scenario.file = "small.yaml".into();
    recorded(&scenario, Some(SMALL), None).1
}

fn suite(name: &str) -> Scenario {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/suites/{name}.yaml"));
    language::load(&file).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn a_small_run_as_text() {
    insta::assert_snapshot!(text(&small()));
}

#[test]
fn a_small_run_as_a_picture() {
    insta::assert_snapshot!(svg(&small()));
}

#[test]
fn whoever_records_changes_nothing() {
    for name in ["one-way-down", "hybrid-four-directions"] {
        let scenario = suite(name);
        let alone = run(&scenario, WorldKind::Model, &Options::new(Seed(0x5eed)), &strait_sim::world);
        let (report, timeline) = recorded(&scenario, None, None);
        assert_eq!(report.trace, alone.trace, "{name}");
        assert!(timeline.arrows.len() > 50, "{name}: {}", timeline.arrows.len());
    }
}

#[test]
fn messages_arrive_where_links_are_whole_and_nowhere_else() {
    let (report, timeline) = recorded(&suite("one-way-down"), None, None);
    assert!(report.failure().is_none());
    let lane = |name: &str| timeline.lanes.iter().position(|lane| lane.node.to_string() == name).unwrap();
    let cut = timeline.bars.iter().find(|bar| bar.lane == lane("west") && bar.kind == BarKind::CutDown).unwrap();
    let until = cut.until.unwrap();
    let within = |arrow: &&strait_scenarios::timeline::Arrow| cut.from < arrow.left && arrow.left < until;
    let to_west: Vec<_> = timeline.arrows.iter().filter(|arrow| arrow.to == lane("west")).filter(within).collect();
    assert!(!to_west.is_empty() && to_west.iter().all(|arrow| arrow.came.is_none_or(|came| came > until)), "{to_west:?}");
    let from_west: Vec<_> = timeline.arrows.iter().filter(|arrow| arrow.from == lane("west")).filter(within).collect();
    assert!(!from_west.is_empty() && from_west.iter().all(|arrow| arrow.came.is_some_and(|came| came < until)), "{from_west:?}");
    let before = timeline.arrows.iter().filter(|arrow| arrow.left < cut.from);
    assert!(before.clone().count() > 20);
    for arrow in before {
        assert!(arrow.came.is_some_and(|came| came >= arrow.left) && !arrow.is_stray, "{arrow:?}");
    }
}

#[test]
fn what_broke_is_drawn_where_it_did() {
    let (report, timeline) = recorded(&suite("global-restored-from-backup"), None, Some("delete-on-forked-history"));
    let (failure, violation) = (report.failure().unwrap(), timeline.violation.as_ref().unwrap());
    assert_eq!((violation.at, &violation.what), (failure.at, &failure.what));
    assert_eq!(timeline.lanes[violation.lane.unwrap()].node.to_string(), failure.node);
    assert!(text(&timeline).contains("!! S5 no-phantom-delete BROKEN at west"));
}

#[test]
fn faults_are_bars_until_they_are_healed() {
    let kinds = |name: &str| -> Vec<(BarKind, bool)> {
        let (report, timeline) = recorded(&suite(name), None, None);
        assert!(report.failure().is_none(), "{name}");
        timeline.bars.iter().filter(|bar| bar.kind != BarKind::Session).map(|bar| (bar.kind, bar.until.is_some())).collect()
    };
    assert!(kinds("zone-control-plane-offline").contains(&(BarKind::Down, true)));
    assert!(kinds("edits-during-cut").contains(&(BarKind::Cut, true)));
    assert!(kinds("paused-zone-returns").contains(&(BarKind::Paused, true)));
    assert!(kinds("disk-full-and-fsync-error").contains(&(BarKind::Disk, true)));
    assert!(kinds("hybrid-api-away").contains(&(BarKind::Api, true)));
    assert!(kinds("global-restored-from-backup").contains(&(BarKind::Frozen, true)));
    assert!(kinds("ingress-killed-and-replaced").contains(&(BarKind::Beside, true)));
}

#[test]
fn a_question_is_marked_when_its_outcome_is_another_one() {
    let (_, timeline) = recorded(&suite("hybrid-four-directions"), None, None);
    let answers: Vec<&str> = timeline.marks.iter().filter(|mark| mark.kind == MarkKind::Answer).map(|mark| mark.text.as_str()).collect();
    assert!(answers.iter().any(|text| text.ends_with("denied")), "{answers:?}");
    assert!(answers.iter().any(|text| text.ends_with("answered from kube")), "{answers:?}");
}
