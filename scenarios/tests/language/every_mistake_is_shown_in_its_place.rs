//! Every mistake is shown in its place, with what is allowed, and all of a file at once.
use super::written::{TOPOLOGY, load};
use std::fmt::Write;

/// Steps that are wrong, after the topology.
const STEPS: &[(&str, &str)] = &[
    ("an unknown verb", "steps:\n  - explode: east\n"),
    ("a verb with a typo", "steps:\n  - restrat: east\n"),
    ("an unknown field of a verb", "steps:\n  - cut: { between: [global, east], hwo: stall }\n"),
    ("an unknown word", "steps:\n  - cut: { between: [global, east], how: slowly }\n"),
    ("an unknown node", "steps:\n  - kill: esat\n"),
    ("a link that cannot be", "steps:\n  - cut: { between: [east, east] }\n"),
    ("a way that cannot be", "steps:\n  - cut_oneway: { from: east, to: west }\n"),
    ("a way without its end", "steps:\n  - cut_oneway: { from: east, how: slowly }\n"),
    ("a link that loses everything", "steps:\n  - link: { between: [global, east], loss: 100% }\n"),
    ("a link that carries nothing", "steps:\n  - link: { between: [global, east], rate: 0kB/s }\n"),
    ("a link that carries too little", "steps:\n  - link: { between: [global, east], rate: 10B/s }\n"),
    ("a rate that is none", "steps:\n  - link: { between: [global, east], rate: 10kB }\n"),
    ("a share that is none", "steps:\n  - link: { between: [global, east], duplicate: 2 }\n"),
    ("jitter without as much delay", "steps:\n  - link: { between: [global, east], delay: 10ms, jitter: 20ms }\n"),
    ("bursts of nothing", "steps:\n  - link: { between: [global, east], burst: 5 }\n"),
    ("a burst that never ends", "steps:\n  - link: { between: [global, east], loss: 1%, burst: 0 }\n"),
    ("order that cannot change", "steps:\n  - link: { between: [global, east], delay: 0s, jitter: 0s, reorder: 10% }\n"),
    ("a link without a name", "steps:\n  - heal: { between: oversea }\n"),
    ("an unknown kind", "steps:\n  - delete: { at: global, kind: MeshTimeuot, name: x }\n"),
    ("a negative duration", "steps:\n  - wait: -5s\n"),
    ("a duration without a unit", "steps:\n  - wait: 5\n"),
    ("a mesh that does not exist", "steps:\n  - delete: { at: global, kind: MeshTimeout, mesh: paymnets, name: x }\n"),
    ("a mesh for a kind without one", "steps:\n  - delete: { at: global, kind: Mesh, mesh: payments, name: x }\n"),
    ("a name that is none", "steps:\n  - delete: { at: global, kind: MeshTimeout, name: Not_A_Name }\n"),
    ("a field that is missing", "steps:\n  - delete: { at: global, kind: MeshTimeout }\n"),
    ("two things in one step", "steps:\n  - kill: east\n    restart: east\n"),
    ("no steps", "steps: []\n"),
    ("an unknown condition", "steps:\n  - expect: { convergd: all, within: 1s }\n"),
    ("no condition", "steps:\n  - expect: { within: 1s }\n"),
    ("two conditions", "steps:\n  - expect: { converged: all, frozen: east }\n"),
    ("a field beside a condition", "steps:\n  - expect: { frozen: east, becuase: forked }\n"),
    ("a reason that is none", "steps:\n  - expect: { frozen: east, because: tired }\n"),
    ("a bound that is missing", "steps:\n  - expect: { stale: east }\n"),
    ("a size that is none", "steps:\n  - expect: { bytes: { to: east, at_most: 5 apples } }\n"),
    ("a backup that nobody makes", "steps:\n  - restore: { who: global, called: nightly }\n"),
    ("a zone that needs no admission", "steps:\n  - admit: east\n"),
    ("specs that cannot be drawn", "steps:\n  - churn: { at: east, kinds: [MeshTimeout], edits: 3, over: 1s }\n"),
    ("a file that is missing", "steps:\n  - apply: { at: global, file: nothing.yaml }\n"),
    ("a file that does not parse", "steps:\n  - apply: { at: global, file: broken.yaml }\n"),
    ("a resource of an unknown kind", "steps:\n  - apply:\n      at: global\n      inline: { type: MeshTimeot, name: x, spec: {} }\n"),
    ("a resource that does not parse", "steps:\n  - apply:\n      at: global\n      inline: { type: MeshTimeout, name: x, spec: 5 }\n"),
    (
        "a resource that is wrong, in a block",
        "steps:\n  - apply:\n      at: global\n      inline: |\n        type: MeshTimeout\n        name: x\n        sepc: {}\n",
    ),
    (
        "a resource that its model refuses",
        "steps:\n  - apply:\n      at: global\n      inline:\n        type: MeshTimeout\n        name: x\n        spec: { targetRef: { kind: Mesh }, to: [{ targetRef: { kind: Mesh } }] }\n",
    ),
    (
        "a resource in a mesh that does not exist",
        "steps:\n  - apply:\n      at: global\n      inline: { type: MeshRetry, mesh: nowhere, name: x, spec: { targetRef: { kind: Mesh } } }\n",
    ),
    ("nothing that is left", "steps:\n  - wait: 1s\nleft: {}\n"),
    ("left down, without a global", "steps:\n  - wait: 1s\nleft: { down: [global] }\n"),
    ("left down, with a typo", "steps:\n  - wait: 1s\nleft: { down: [esat], cut: [[global, wset]] }\n"),
    ("left somehow else", "steps:\n  - wait: 1s\nleft: { frozen: [east] }\n"),
    ("left down, and not a list", "steps:\n  - wait: 1s\nleft: { down: east }\n"),
    ("left down, though it joined", "steps:\n  - join: { zone: east, as: east-2 }\nleft: { down: [east-2] }\n"),
    ("a disk of a model", "steps:\n  - disk: { who: plain, is: full }\n"),
    ("a disk that is something else", "steps:\n  - disk: { who: east, is: ful }\n"),
    ("a slow disk without its time", "steps:\n  - disk: { who: east, is: slow }\n"),
    ("a disk that is too slow", "steps:\n  - disk: { who: east, is: slow, takes: 1m }\n"),
    ("a time for a disk that is not slow", "steps:\n  - disk: { who: east, is: full, takes: 1s }\n"),
    ("a wait past all bounds", "steps:\n  - wait: 99999h\n"),
    ("a churn of a size that is none", "steps:\n  - churn: { at: global, kinds: [MeshRetry], edits: 1, over: 1s, size: 2 x changed }\n"),
    ("a churn of what is too large", "steps:\n  - churn: { at: global, kinds: [MeshRetry], edits: 1, over: 1s, size: 1MB }\n"),
    ("a churn of too much", "steps:\n  - churn: { at: global, kinds: [MeshRetry], edits: 1000, over: 1s, size: 100kB }\n"),
    ("too many edits", "steps:\n  - churn: { at: global, kinds: [MeshRetry], edits: 18446744073709551615, deletes: 1, over: 1s }\n"),
    ("nobody converges", "steps:\n  - expect: { converged: [] }\n"),
    ("crash points without an outcome", "steps:\n  - expect: { converged: all }\n  - wait: 1s\ncrash_points: { of: east, disk: [] }\n"),
    ("crash points where nothing happens", "steps:\n  - expect: { converged: all }\ncrash_points: { of: east }\n"),
    ("crash points of a model", "steps:\n  - wait: 1s\ncrash_points: { of: plain }\n"),
    ("an unknown field of the file", "setps:\n  - wait: 1s\n"),
    (
        "several mistakes",
        "resources:\n  - { at: nrth, file: nothing.yaml }\nsteps:\n  - kil: east\n  - cut: { between: [global, nowhere], how: never }\n",
    ),
];

/// Whole files that are wrong.
const FILES: &[(&str, &str)] = &[
    ("empty", ""),
    ("not a map", "- 1\n"),
    ("not YAML", "scenario: [case\nwhy: x\n"),
    ("an alias", "scenario: &a case\nwhy: *a\n"),
    ("another name", "scenario: other\nwhy: x\ntopology: { zones: { east: {} } }\nsteps: [{ wait: 1s }]\n"),
    ("no zones", "scenario: case\nwhy: x\ntopology: { zones: {} }\nsteps: [{ wait: 1s }]\n"),
    ("a zone twice", "scenario: case\nwhy: x\ntopology:\n  zones:\n    east: {}\n    east: {}\nsteps: [{ wait: 1s }]\n"),
    ("a zone called global", "scenario: case\nwhy: x\ntopology: { zones: { global: {} } }\nsteps: [{ wait: 1s }]\n"),
    ("no zones of many", "scenario: case\nwhy: x\ntopology: { zones: { many: { count: 0 } } }\nsteps: [{ wait: 1s }]\n"),
    ("too many zones", "scenario: case\nwhy: x\ntopology: { zones: { many: { count: 10000 }, east: {} } }\nsteps: [{ wait: 1s }]\n"),
    (
        "a zone that is one of many already",
        "scenario: case\nwhy: x\ntopology: { zones: { many-2: {}, many: { count: 3 } } }\nsteps: [{ wait: 1s }]\n",
    ),
    ("a zone that is no name", "scenario: case\nwhy: x\ntopology: { zones: { East!: {} } }\nsteps: [{ wait: 1s }]\n"),
    ("a kind of zone", "scenario: case\nwhy: x\ntopology: { zones: { east: { kind: mainframe } } }\nsteps: [{ wait: 1s }]\n"),
    (
        "nothing that is remembered",
        "scenario: case\nwhy: x\ntopology: { global: { remembered_removals: 0 }, zones: { east: {} } }\nsteps: [{ wait: 1s }]\n",
    ),
    ("a zone that sends everything", "scenario: case\nwhy: x\ntopology: { zones: { east: { snapshots: 2 } } }\nsteps: [{ wait: 1s }]\n"),
    (
        "limits of a model",
        "scenario: case\nwhy: x\ntopology: { global: { dialect: kuma, snapshots: 2 }, zones: { east: {} } }\nsteps: [{ wait: 1s }]\n",
    ),
    (
        "a store of a model",
        "scenario: case\nwhy: x\ntopology: { zones: { east: { dialect: kuma, store: redb } } }\nsteps: [{ wait: 1s }]\n",
    ),
    ("a store that is none", "scenario: case\nwhy: x\ntopology: { zones: { east: { store: rebd } } }\nsteps: [{ wait: 1s }]\n"),
    (
        "more than a delay of a link between zones",
        "scenario: case\nwhy: x\ntopology:\n  zones: { east: {}, west: {} }\n  links: { l: { between: [east, west], delay: 20ms, jitter: 2ms } }\nsteps: [{ wait: 1s }]\n",
    ),
    (
        "two links for one zone",
        "scenario: case\nwhy: x\ntopology:\n  zones: { east: {} }\n  links: { a: { between: [global, east] }, b: { between: [global, east] } }\nsteps: [{ wait: 1s }]\n",
    ),
    (
        "a delay that is too long",
        "scenario: case\nwhy: x\ntopology:\n  zones: { east: {} }\n  links: { default: { delay: 1h } }\nsteps: [{ wait: 1s }]\n",
    ),
    ("a mesh twice", "scenario: case\nwhy: x\ntopology: { zones: { east: {} }, meshes: [a, a] }\nsteps: [{ wait: 1s }]\n"),
    (
        "a resource twice",
        "scenario: case\nwhy: x\ntopology: { zones: { east: {} } }\nresources:\n  - inline: { type: MeshRetry, name: a, spec: { targetRef: { kind: Mesh } } }\n  - inline: { type: MeshRetry, name: a, spec: { targetRef: { kind: Mesh } } }\nsteps: [{ wait: 1s }]\n",
    ),
    (
        "a field of a resource twice",
        "scenario: case\nwhy: x\ntopology: { zones: { east: {} } }\nresources:\n  - inline: { type: MeshRetry, name: a, name: b, spec: {} }\nsteps: [{ wait: 1s }]\n",
    ),
    ("two documents", "scenario: case\n---\nscenario: case\n"),
];

#[test]
fn every_mistake_is_shown_in_its_place() {
    let mut shown = String::new();
    let steps = STEPS.iter().map(|(what, steps)| (what, format!("{}{steps}", TOPOLOGY.trim_start())));
    let files = FILES.iter().map(|(what, file)| (what, (*file).to_owned()));
    for (what, text) in files.chain(steps) {
        let mistakes = load(&text).expect_err(what);
        write!(shown, "=== {what}\n{mistakes}\n").unwrap();
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn what_is_right_is_read() {
    let scenario = load(&format!("{}steps: [{{ expect: {{ converged: all, within: 10s }} }}]\n", TOPOLOGY.trim_start())).unwrap();
    assert_eq!((scenario.name.as_str(), scenario.zones.len(), scenario.steps.len()), ("case", 3, 1));
}

#[test]
fn what_is_nested_too_deeply_is_refused() {
    let deep = format!("scenario: {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(load(&deep).unwrap_err().contains("error: "));
}

#[test]
fn of_a_very_long_line_what_is_around_the_mistake_is_shown() {
    let long = format!("{}steps: [{{ wait: 1s }}, {}{{ kil: east }}]\n", TOPOLOGY.trim_start(), " ".repeat(70_000));
    let shown = load(&long).unwrap_err();
    assert!(shown.contains("kil: east") && shown.contains("^^^") && shown.len() < 1500, "{shown}");
}

#[test]
fn what_is_too_large_is_refused() {
    assert!(load(&"#".repeat(5 << 20)).unwrap_err().contains("allowed are"));
}
