//! `strait explore --topology`: what a user brings is the stage, what is found there is a file that breaks in the same way, and what cannot work is said before
//! anything is drawn.
#![allow(missing_docs, clippy::unwrap_used)]
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Arc, atomic::AtomicBool},
};
use strait_core::Seed;
use strait_scenarios::{
    explore::{Judged, OPS, OpClass, Outcome, Search, Source, drawn_names, explore_case, search},
    language::{Brings, Venue, bring, load},
    runner::{Options, Report, run},
    world::WorldKind,
};

const MODEL: Judged = Judged { world: WorldKind::Model, invariants: None, sabotage: None };
/// What the smallest topology file says.
const SMALL: &str = "topology: { global: {}, zones: { east: {}, west: {} } }\n";

fn shop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/examples/shop")
}

fn brought(topology: &Path, resources: Option<&Path>, never: Option<&Path>) -> Arc<Venue> {
    Arc::new(bring(&Brings { topology, resources, never, drawn: &drawn_names() }).unwrap_or_else(|why| panic!("{why}")))
}

/// The shop, with what must never hold there.
fn shop_with(never: &str) -> Arc<Venue> {
    let of = shop();
    brought(&of.join("topology.yaml"), Some(&of.join("resources")), Some(&of.join(never)))
}

fn on(venue: &Arc<Venue>, cases: u64, jobs: usize) -> Search {
    Search {
        guided: false,
        source: Source::Brought { venue: Arc::clone(venue), words: "--topology mine.yaml".to_owned() },
        seed: Seed(0x5eed),
        first: 0,
        cases: Some(cases),
        lasting: None,
        jobs,
        judged: MODEL,
        until_found: false,
        regressions: None,
        version: "test".to_owned(),
    }
}

fn searched(search_for: &Search) -> Outcome {
    search(search_for, &strait_sim::world, &AtomicBool::new(false), &|_| {})
}

/// Runs what was written, as a user would.
fn replayed(written: &str, name: &str, seed: Seed) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(format!("{name}.yaml"));
    fs::write(&file, written).unwrap();
    let scenario = load(&file).unwrap_or_else(|mistakes| panic!("{mistakes}\n{written}"));
    run(&scenario, WorldKind::Model, &Options::new(seed), &strait_sim::world)
}

fn strait(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_strait")).current_dir(folder).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The arguments by which the shop is explored.
fn of_shop(never: &str) -> Vec<String> {
    let path = |name: &str| shop().join(name).display().to_string();
    let words = ["--topology", &path("topology.yaml"), "--resources", &path("resources"), "--never", &path(never)];
    std::iter::once("explore").chain(words).map(str::to_owned).collect()
}

#[test]
fn what_holds_in_the_shop_is_not_broken_by_any_schedule() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = of_shop("holds.yaml");
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    arguments.extend(["--cases", "6"]);
    let output = strait(folder.path(), &arguments);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}{}", text(&output.stderr));
    assert!(shown.contains("no violation in 6 schedules"), "{shown}");
    assert!(!folder.path().join("found").exists(), "nothing was found, and there is a folder for it");
}

#[test]
fn what_is_promised_too_much_is_broken_and_the_shortest_schedule_breaks_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = of_shop("breaks.yaml");
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    arguments.extend(["--cases", "40", "--until-found"]);
    let output = strait(folder.path(), &arguments);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{shown}{}", text(&output.stderr));
    let file = "found/0001-never-payments-of-eu-unanswered.yaml";
    assert!(shown.contains("never payments-of-eu-unanswered, broken in 1; the shortest schedule: found/0001"), "{shown}");
    let written = fs::read_to_string(folder.path().join(file)).unwrap();
    let command = written.lines().find_map(|line| line.strip_prefix("# replay: strait ")).unwrap();
    let command: Vec<&str> = command.split(' ').collect();
    assert!(command.contains(&file), "{command:?}");
    let again = strait(folder.path(), &command);
    let broken = text(&again.stdout) + &text(&again.stderr);
    assert_eq!(again.status.code(), Some(1), "{broken}");
    assert!(broken.contains("FAILED never payments-of-eu-unanswered"), "{broken}");
    let how = "`payments-of-eu-unanswered` must never hold, and holds: us/web asked payments.svc.eu.mesh.local, and ";
    let said = |text: &str| text.lines().find_map(|line| Some(line.split_once(how)?.1.to_owned())).unwrap();
    assert_eq!(said(&shown), said(&broken));
    assert!(strait(folder.path(), &["scenario", "check", file]).status.success());
    // All of the shop is in it: what users of it wrote, and what they did first.
    for part in ["atlantic: { between: [eu, us], delay: 45ms }", "HostnameGenerator", "payments.shop", "called: payments-of-eu-unanswered"]
    {
        assert!(written.contains(part), "{part} is not in\n{written}");
    }
}

/// Two zones, a resource, and that a zone never loses it: which it does when a user deletes it.
fn with_a_promise() -> tempfile::TempDir {
    folder_of(&[
        ("mine.yaml", SMALL),
        (
            "resources/slow.yaml",
            "type: MeshTimeout\nmesh: default\nname: slow\nspec: { to: [{ targetRef: { kind: Mesh }, default: { connectionTimeout: 9s } }] }\n",
        ),
        ("never.yaml", "never:\n  - { called: slow-goes, lacks: { zone: west, kind: MeshTimeout, name: slow }, becomes: true }\n"),
    ])
}

#[test]
fn what_is_found_is_small_and_does_not_depend_on_how_many_run_side_by_side() {
    let folder = with_a_promise();
    let path = |name: &str| folder.path().join(name);
    let venue = brought(&path("mine.yaml"), Some(&path("resources")), Some(&path("never.yaml")));
    let found = |jobs| {
        let outcome = searched(&on(&venue, 12, jobs));
        let written: Vec<String> = outcome.findings.iter().map(|finding| finding.written.clone()).collect();
        assert!(outcome.findings.iter().all(|finding| finding.ops.1 <= 3), "{written:?}");
        (outcome.cases, outcome.broken, outcome.kept, outcome.coverage, outcome.simulated, written)
    };
    let alone = found(1);
    assert_eq!(alone.1.keys().collect::<Vec<_>>(), ["never slow-goes"]);
    assert_eq!(alone.2, [("slow-goes".to_owned(), 12)].into());
    assert_eq!(alone, found(3));
}

/// A search that would take long, until it is told to end.
#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_keeps_what_was_found() {
    let folder = with_a_promise();
    let arguments =
        ["explore", "--topology", "mine.yaml", "--resources", "resources", "--never", "never.yaml", "--for", "10m", "--jobs", "1"];
    let searching = Command::new(env!("CARGO_BIN_EXE_strait"))
        .current_dir(folder.path())
        .args(arguments)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let file = folder.path().join("found/0001-never-slow-goes.yaml");
    let begun = std::time::Instant::now();
    while !file.exists() {
        assert!(begun.elapsed().as_secs() < 120, "the search got nowhere");
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
    assert!(Command::new("kill").args(["-s", "INT", &searching.id().to_string()]).status().unwrap().success());
    let output = searching.wait_with_output().unwrap();
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{shown}{}", text(&output.stderr));
    assert!(shown.contains("then it was interrupted: never slow-goes broke in"), "{shown}");
    assert!(strait(folder.path(), &["scenario", "check", "found/0001-never-slow-goes.yaml"]).status.success());
}

#[test]
fn a_case_on_what_was_brought_is_written_and_does_the_same_event_by_event() {
    let venue = shop_with("holds.yaml");
    for number in 0..4 {
        let case = on(&venue, 1, 1).case(number);
        let explored = explore_case(&case, &MODEL, &strait_sim::world);
        let written = explored.written("case", "To be run again.");
        let again = replayed(&written, "case", case.seed);
        assert_eq!(again.trace, explored.report.trace, "case {number}:\n{written}");
    }
}

#[test]
fn workloads_ingresses_links_between_zones_and_users_resources_are_drawn_upon() {
    let of = shop();
    let venue = brought(&of.join("topology.yaml"), Some(&of.join("resources")), None);
    // Those of the first cases that have an operation that none before has.
    let special = |name: &&str| ["kill_process", "cut_between", "delete_theirs", "alter", "put_back", "move"].contains(name);
    let (mut names, mut written) = (BTreeSet::new(), String::new());
    for number in 0..60 {
        let case = on(&venue, 1, 1).case(number);
        let drawn: BTreeSet<&str> = case.ops.iter().map(|op| op.facts.name).collect();
        if drawn.difference(&names).any(special) {
            written += &explore_case(&case, &MODEL, &strait_sim::world).written("case", "To be looked at.");
        }
        names.extend(drawn);
    }
    let all: BTreeSet<&str> =
        OPS.iter().filter(|facts| !matches!(facts.class, OpClass::Heavy | OpClass::Addresses)).map(|facts| facts.name).collect();
    assert_eq!(all.difference(&names).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert!(
        written.lines().any(|line| line.starts_with("  - kill: ") && line.contains('/')),
        "no workload, ingress or forwarder was ended"
    );
    for part in ["- cut: { between: [eu, us]", "- delete: { at: global, kind: ", "- move: "] {
        assert!(written.contains(part), "{part} never came about");
    }
}

#[test]
fn to_whom_nothing_may_be_done_nothing_is_done() {
    let venue = shop_with("holds.yaml");
    for number in 0..6 {
        let case = on(&venue, 1, 1).case(number);
        assert!(case.ops.iter().all(|op| !["put", "delete", "put_back", "adopt", "remove"].contains(&op.facts.name)), "{:?}", case.ops);
        let written = explore_case(&case, &MODEL, &strait_sim::world).written("case", "To be looked at.");
        let steps = written.split("\nsteps:").nth(1).unwrap().split("\nnever:").next().unwrap();
        let done = steps.lines().filter(|line| {
            ["kill", "cut", "pause", "power_loss", "link", "move", "disk"].iter().any(|verb| line.starts_with(&format!("  - {verb}:")))
        });
        for line in done {
            assert!(!line.contains("us/") && !line.contains("us]") && !line.ends_with(": us"), "{line}");
        }
    }
}

/// A folder with these files.
fn folder_of(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

const OF_WORKLOADS: &str = "topology: { global: {}, zones: { east: { proxies: { web: {}, api: {} } }, west: {} } }\n";

#[test]
fn what_cannot_work_is_said_before_anything_is_drawn() {
    let mut many = String::from("topology:\n  global: {}\n  zones: { many: { count: 65 } }\n");
    let folder = folder_of(&[
        ("small.yaml", SMALL),
        ("workloads.yaml", OF_WORKLOADS),
        ("many.yaml", &many),
        ("cluster.yaml", "topology: { global: {}, zones: { east: { kind: kubernetes } } }\n"),
        ("nothing.yaml", "resources: []\n"),
        ("empty.yaml", ""),
        ("older.yaml", "# strait regression, format 0\nscenario: older\n"),
        (
            "fails.yaml",
            "topology: { global: {}, zones: { east: {} } }\nsteps:\n  - expect: { holds: { zone: east, kind: Mesh, name: default, spec: { mtls: {} } }, within: 1s }\n",
        ),
        (
            "foreign.yaml",
            "topology: { global: {}, zones: { east: {} } }\nresources:\n  - inline: { type: Dataplane, mesh: default, name: one, labels: { kuma.io/origin: zone, kuma.io/zone: east }, networking: { address: 10.0.0.1, inbound: [{ port: 80, tags: { kuma.io/service: a } }] } }\n",
        ),
        (
            "wrong/timeout.yaml",
            "type: MeshTimeout\nmesh: default\nname: slow\nspec:\n  to:\n    - targetRef: { kind: Mesh }\n      default: { connectionTimeout: soon }\n",
        ),
        ("unread/half.yaml", "type: MeshTimeout\nmesh: [\n"),
        ("nowhere/timeout.yaml", "type: MeshTimeout\nmesh: shop\nname: slow\nspec: { to: [] }\n"),
        ("none/readme.txt", "nothing"),
        ("blank/one.yaml", "\n"),
        ("twice/a.yaml", "type: Mesh\nname: shop\n"),
        ("twice/b.yaml", "type: Mesh\nname: shop\n"),
        ("zone.yaml", "never:\n  - holds: { zone: north, kind: Mesh, name: default }\n"),
        ("proxy.yaml", "never:\n  - fails: { from: east/shop, name: api.svc.mesh.local }\n"),
        ("mesh.yaml", "never:\n  - resolves: { from: east, mesh: shop, name: api.svc.mesh.local, to: api }\n"),
        ("service.yaml", "never:\n  - endpoints: { of: ap, in: east, at_most: 0 }\n"),
        ("bound.yaml", "never:\n  - endpoints: { of: api, in: east }\n"),
        ("counted.yaml", "never:\n  - traffic: all\n    failed: { at_least: 1 }\n"),
        (
            "namesakes.yaml",
            "never:\n  - { called: one, holds: { zone: east, kind: Mesh, name: a } }\n  - { called: one, holds: { zone: east, kind: Mesh, name: b } }\n",
        ),
        ("every.yaml", "never:\n  - { every: 1s, holds: { zone: east, kind: Mesh, name: a } }\n"),
        ("once.yaml", "never:\n  - { once: { reaches: { from: east/web, name: a } }, holds: { zone: east, kind: Mesh, name: a } }\n"),
        ("becomes.yaml", "never:\n  - { becomes: sometimes, holds: { zone: east, kind: Mesh, name: a } }\n"),
        ("nothing-never.yaml", "never: []\n"),
        ("spare.yaml", "never:\n  - holds: { zone: east, kind: Mesh, name: a }\nspare: [north]\n"),
        ("without.yaml", "never:\n  - holds: { zone: east, kind: Mesh, name: a }\nwithout: [kills]\n"),
    ]);
    many.clear();
    let with = |arguments: &[&'static str]| [&["explore", "--topology"], arguments].concat();
    for (arguments, says) in [
        (with(&["nowhere.yaml"]), "nowhere.yaml cannot be read"),
        (with(&["empty.yaml"]), "the file is empty"),
        (with(&["nothing.yaml"]), "a topology file needs the field `topology`"),
        (with(&["cluster.yaml"]), "zone east is a cluster, and nothing is drawn for clusters yet"),
        (with(&["many.yaml"]), "it has 65 zones; in `model` at most 64 are explored"),
        (with(&["many.yaml", "--on", "turmoil"]), "it has 65 zones; in `turmoil` at most 32 are explored"),
        (with(&["small.yaml", "--on", "netns"]), "exploration needs a simulated world: `model` or `turmoil`"),
        (with(&["older.yaml"]), "this regression has format 0, this program runs format 1"),
        (with(&["fails.yaml"]), "it fails before anything is drawn: step 1: expect holds"),
        (with(&["foreign.yaml"]), "it fails before anything is drawn: step answer"),
        (with(&["small.yaml", "--cases", "0"]), "a search needs at least one case"),
        (with(&["small.yaml", "--for", "0s"]), "a search needs some time"),
        (with(&["small.yaml", "--for", "1ms"]), "which is all the time there is"),
        (with(&["small.yaml", "--first", "18446744073709551615", "--cases", "2"]), "there are no 2 cases from there on"),
        (with(&["small.yaml", "--resources", "nowhere-at-all"]), "nowhere-at-all: this folder cannot be read"),
        (with(&["small.yaml", "--resources", "none"]), "none: there is no file with resources in it"),
        (with(&["small.yaml", "--resources", "blank"]), "blank: its files hold no resource"),
        (
            with(&["small.yaml", "--resources", "wrong"]),
            "wrong/timeout.yaml: MeshTimeout default/slow: spec.to[0].default.connectionTimeout: ",
        ),
        (with(&["small.yaml", "--resources", "unread"]), "unread/half.yaml: "),
        (with(&["small.yaml", "--resources", "nowhere"]), "nowhere/timeout.yaml: MeshTimeout shop/slow: mesh `shop` does not exist"),
        (with(&["small.yaml", "--resources", "twice"]), "twice/b.yaml: Mesh shop stands in twice/a.yaml, too"),
        (with(&["small.yaml", "--never", "zone.yaml"]), "there is no control plane `north` in the topology"),
        (with(&["workloads.yaml", "--never", "proxy.yaml"]), "there is no proxy `east/shop` in the topology"),
        (with(&["workloads.yaml", "--never", "mesh.yaml"]), "mesh `shop` does not exist"),
        (
            with(&["workloads.yaml", "--never", "service.yaml"]),
            "there is no service `ap` in the topology and its resources, so that this can never hold",
        ),
        (with(&["workloads.yaml", "--never", "bound.yaml"]), "`endpoints` has no bound"),
        (with(&["workloads.yaml", "--never", "counted.yaml"]), "no step before has begun traffic called `all`"),
        (with(&["small.yaml", "--never", "namesakes.yaml"]), "something else that must never hold is called so"),
        (with(&["small.yaml", "--never", "every.yaml"]), "`holds` is judged after everything that happens"),
        (with(&["workloads.yaml", "--never", "once.yaml"]), "`reaches` has to be asked, or counted"),
        (with(&["small.yaml", "--never", "becomes.yaml"]), "`becomes` is `true`, or is left out"),
        (with(&["small.yaml", "--never", "nothing-never.yaml"]), "nothing is named here that must never hold"),
        (with(&["small.yaml", "--never", "spare.yaml"]), "there is no control plane `north` in the topology"),
        (with(&["small.yaml", "--never", "without.yaml"]), "`kills` is not a thing that is drawn"),
        (vec!["explore", "--never", "zone.yaml"], "--topology <FILE>"),
    ] {
        let output = strait(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
        assert!(text(&output.stderr).contains(says), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    assert!(!folder.path().join("found").exists());
}

/// What the guide shows is what lies in the example.
#[test]
fn the_guide_shows_the_example() {
    let guide = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/exploring-your-topology.md")).unwrap();
    let files = ["topology.yaml", "holds.yaml", "breaks.yaml"].map(|file| fs::read_to_string(shop().join(file)).unwrap());
    let blocks = guide.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let whole: Vec<&str> = blocks.filter(|block| block.starts_with("topology:") || block.starts_with("never:")).collect();
    assert_eq!(whole.len(), 3);
    for block in whole {
        assert!(files.iter().any(|file| file.contains(block)), "no file of the example says:\n{block}");
    }
}

/// What has to be asked may stand under `never` in any scenario, and is judged by each answer.
#[test]
fn what_must_never_be_answered_so_is_asked_all_the_time() {
    let scenario = |never: &str| {
        format!(
            "scenario: asked\nwhy: A test.\ntopology: {{ global: {{}}, zones: {{ east: {{ proxies: {{ web: {{}}, api: {{}} }} }} }} }}\n\
             steps:\n  - expect: {{ reaches: {{ from: east/web, name: api.svc.mesh.local }}, within: 30s }}\n  - wait: 5s\n  - kill: east/api\n  - wait: 15s\nnever:\n  - {never}\n"
        )
    };
    let ends = |never: &str| {
        replayed(&scenario(never), "asked", Seed(7))
            .failure()
            .map(|failure| (failure.id.clone(), failure.slug.clone(), failure.step.unwrap().0))
    };
    let fails = "fails: { from: east/web, name: api.svc.mesh.local }";
    // It fails in the beginning, when nobody is there yet; and again once the one who answers is gone.
    assert_eq!(ends(&format!("{{ {fails} }}")), Some(("never".to_owned(), "fails".to_owned(), 1)));
    assert_eq!(ends(&format!("{{ {fails}, becomes: true, called: unanswered }}")), Some(("never".to_owned(), "unanswered".to_owned(), 4)));
    assert_eq!(ends("{ denied: { from: east/web, name: api.svc.mesh.local } }"), None);
    assert_eq!(
        ends("{ endpoints: { of: api, in: east, at_most: 0 }, once: { endpoints: { of: api, in: east, at_least: 1 } } }")
            .map(|(id, ..)| id),
        Some("never".to_owned())
    );
    assert_eq!(
        ends("{ reaches: { from: east/web, name: api.svc.mesh.local }, becomes: true, every: 200ms }").map(|(id, ..)| id),
        Some("never".to_owned())
    );
}
