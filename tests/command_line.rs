//! The command line as a user meets it: what is printed where, and exit codes.
#![allow(missing_docs, clippy::unwrap_used)]
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

const RIGHT: &str = "
scenario: right
why: To be run.
topology: { zones: { east: {} } }
steps: [{ expect: { converged: all, within: 10s } }]
";
const NEVER: &str = "
scenario: never
why: To fail.
topology: { zones: { east: {} } }
steps: [{ expect: { lacks: { zone: east, kind: Mesh, name: default }, within: 1s } }, { wait: 5s }]
never: [{ holds: { zone: east, kind: Mesh, name: default } }]
";

fn strait(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_strait")).current_dir(folder).args(arguments).output().unwrap()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("right.yaml"), RIGHT.trim_start()).unwrap();
    fs::write(folder.path().join("never.yaml"), NEVER.trim_start()).unwrap();
    fs::write(folder.path().join("older.yaml"), format!("# strait regression, format 0\n{}", RIGHT.trim_start())).unwrap();
    fs::write(folder.path().join("wrong.yaml"), RIGHT.trim_start().replace("east: {}", "east: { dialetc: kuma }")).unwrap();
    folder
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn what_passes_ends_with_0_and_a_table() {
    let folder = folder();
    let output = strait(folder.path(), &["scenario", "run", "right.yaml", "--verify-determinism"]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(shown.contains("2 passed, 0 failed, 0 skipped"), "{shown}");
    assert!(shown.contains("a second process did the same, event by event"), "{shown}");
    assert!(output.stderr.is_empty());
}

#[test]
fn a_run_is_told_step_by_step_in_the_words_of_its_file() {
    let folder = folder();
    let commented = RIGHT.trim_start().replace("steps: [{", "steps: [\n  # It comes\n  # to agree.\n  {");
    fs::write(folder.path().join("right.yaml"), commented).unwrap();
    let output = strait(folder.path(), &["scenario", "run", "right.yaml", "--on", "model", "--tell"]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(shown.contains("0.0 s  It comes to agree.\n"), "{shown}");
}

#[test]
fn a_run_is_drawn_in_the_form_that_a_name_asks_for() {
    let folder = folder();
    let drawn = |file: &str| {
        let output = strait(folder.path(), &["scenario", "run", "never.yaml", "--on", "model", "--timeline", file]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        fs::read_to_string(folder.path().join(file)).unwrap()
    };
    let page = drawn("a.html");
    assert!(page.starts_with("<!doctype html>") && page.contains("id=\"violation\"") && page.ends_with("</html>\n"));
    assert!(drawn("a.svg").starts_with("<svg xmlns="));
    assert!(drawn("a.txt").contains("!! never holds BROKEN at the scenario, during step 2"));
}

#[test]
fn a_violation_ends_with_1_and_its_replay_line_runs_it_again() {
    let folder = folder();
    let output = strait(folder.path(), &["scenario", "run", "never.yaml", "--on", "model", "--seed", "7"]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(shown.contains("FAILED never holds  scenario=never  world=model  seed=0x7"), "{shown}");
    let replay = shown.lines().find_map(|line| line.trim().strip_prefix("replay: strait ")).unwrap();
    let again = strait(folder.path(), &replay.split(' ').collect::<Vec<_>>());
    let trace = |shown: &str| shown.split("trace=").nth(1).unwrap()[..8].to_owned();
    assert_eq!(trace(&text(&again.stdout)), trace(&shown));
}

#[test]
fn bad_input_ends_with_2_and_runs_nothing() {
    let folder = folder();
    for (arguments, says) in [
        (vec!["scenario", "run", "wrong.yaml", "right.yaml"], "did you mean `dialect`?"),
        (vec!["scenario", "check", "wrong.yaml"], "wrong.yaml:3:"),
        (vec!["scenario", "run", "nowhere.yaml"], "there is no file or folder nowhere.yaml"),
        (vec!["scenario", "run", "right.yaml", "--on", "mars"], "allowed are `model`, `turmoil` and `netns`"),
        (vec!["scenario", "run", "right.yaml", "--on", "netns", "--nodes", "nowhere"], "--nodes: there is no program nowhere"),
        (vec!["scenario", "run", "right.yaml", "--tell"], "--tell is for one scenario in one world"),
        (vec!["scenario", "run", "right.yaml", "--timeline", "a.html"], "--timeline is for one scenario in one world"),
        (vec!["scenario", "run", "right.yaml", "--on", "model", "--timeline", "a.pdf"], "names that end with `.html`, `.svg` or `.txt`"),
        (vec!["scenario", "run", "right.yaml", "--on", "model", "--timeline", "none/a.svg"], "--timeline: there is no folder none"),
        (vec!["demo", "across-zones", "--stay"], "`--stay` is for the demo without `across-zones`"),
        (vec!["scenario", "run", "right.yaml", "--seed", "yes"], "a seed is a whole number"),
        (vec!["scenario", "run", "right.yaml", "--filter", "left"], "no scenario has `left` in its name"),
        (vec!["scenario", "run", "right.yaml", "--crash", "3:kept"], "`--crash` needs to say whose, such as `east:17:torn`"),
        (vec!["scenario", "run", "right.yaml", "--crash", "nobody:3:kept"], "there is no control plane `nobody` in right"),
        (vec!["scenario", "run", "right.yaml", "--crash", "global:3:kept", "--crash-points"], "cannot be used with"),
        (vec!["scenario", "run", "right.yaml", "--crash-points=0"], "number would be zero"),
        (vec!["scenario", "run", "right.yaml", "--crash", "x"], "is not a crash point"),
        (vec!["scenario", "run", "right.yaml", "--sabotage", "x"], "there is no sabotage `x`"),
        (vec!["scenario", "explode"], "unrecognized subcommand"),
        (vec!["scenario", "run", "older.yaml"], "this regression has format 0, this program runs format 1"),
        (vec!["explore", "--cases", "0"], "a search needs at least one case"),
        (vec!["explore", "--for", "0s"], "a search needs some time"),
        (vec!["explore", "--for", "10"], "a search needs some time, with its unit"),
        (vec!["explore", "--jobs", "0"], "number would be zero"),
        (vec!["explore", "--invariants", "S3,S99"], "there is no invariant `S99`"),
        (vec!["explore", "--sabotage", "x"], "there is no sabotage `x`"),
    ] {
        let output = strait(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(says), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

/// A search that would take long, until it is told to end.
#[cfg(target_os = "linux")]
fn interrupted(folder: &Path, further: &[&str], is_due: impl Fn(&std::process::Child) -> bool) -> Output {
    let searching = Command::new(env!("CARGO_BIN_EXE_strait"))
        .current_dir(folder)
        .args(["explore", "--for", "10m", "--jobs", "1", "--regressions", "found"])
        .args(further)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let begun = std::time::Instant::now();
    while !is_due(&searching) {
        assert!(begun.elapsed().as_secs() < 120, "the search got nowhere");
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
    let told = Command::new("kill").args(["-s", "INT", &searching.id().to_string()]).status().unwrap();
    assert!(told.success());
    searching.wait_with_output().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_ends_a_search_in_order_and_what_was_found_stands_in_its_file() {
    let folder = folder();
    let found = folder.path().join("found");
    let files = || found.read_dir().map(|entries| entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()).unwrap_or_default();
    let output = interrupted(folder.path(), &["--sabotage", "keep-deleted"], |_| !files().is_empty());
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{shown}\n{}", text(&output.stderr));
    assert!(shown.contains("then it was interrupted: ") && shown.contains(" broke in "), "{shown}");
    assert!(text(&output.stderr).contains("ending the search; once more to end at once"));
    let (scenarios, others): (Vec<_>, Vec<_>) =
        files().into_iter().partition(|file| file.extension().is_some_and(|ending| ending == "yaml"));
    assert!(shown.contains(" BROKEN at ") && shown.contains("all of it, drawn: found/"), "{shown}");
    let drawn: Vec<_> = scenarios.iter().map(|file| file.with_extension("html")).collect();
    assert!(drawn.iter().all(|page| others.contains(page)), "{others:?}");
    for file in scenarios {
        let output = strait(folder.path(), &["scenario", "check", file.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_before_anything_was_found_ends_with_130_and_a_summary() {
    /// Whether a process has a handler for the signal 2, as its kernel says it.
    fn hears_interrupts(process: &std::process::Child) -> bool {
        let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        u64::from_str_radix(caught.trim(), 16).unwrap() & 2 != 0
    }
    let folder = folder();
    let output = interrupted(folder.path(), &[], hears_interrupts);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(130), "{shown}\n{}", text(&output.stderr));
    assert!(shown.contains("then it was interrupted: nothing was found"), "{shown}");
    assert!(!folder.path().join("found").exists());
}

#[test]
fn machines_read_json_and_build_servers_junit() {
    let folder = folder();
    let run = |form: &str| strait(folder.path(), &["scenario", "run", "right.yaml", "never.yaml", "--on", "model", "--output", form]);
    let json: serde_json::Value = serde_json::from_slice(&run("json").stdout).unwrap();
    assert_eq!((json["runs"][0]["verdict"].as_str(), json["runs"][1]["verdict"].as_str()), (Some("passed"), Some("failed")));
    assert_eq!(json["runs"][1]["why"]["id"], "never");
    let junit = text(&run("junit").stdout);
    assert!(junit.contains("tests=\"2\" failures=\"1\" skipped=\"0\""), "{junit}");
    assert!(junit.contains("<failure type=\"never holds\""), "{junit}");
}

#[test]
fn a_trace_has_a_line_for_each_event() {
    let folder = folder();
    let output = strait(folder.path(), &["scenario", "run", "right.yaml", "--on", "model", "--trace", "traces", "--output", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let trace = fs::read_to_string(folder.path().join("traces/right.model.0x5eed.jsonl")).unwrap();
    assert_eq!(Some(trace.lines().count() as u64), json["runs"][0]["events"].as_u64());
    trace.lines().for_each(|line| drop(serde_json::from_str::<serde_json::Value>(line).unwrap()));
}

#[test]
fn the_schema_is_json() {
    let output = strait(folder().path(), &["scenario", "schema"]);
    assert_eq!(output.status.code(), Some(0));
    drop(serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap());
}
