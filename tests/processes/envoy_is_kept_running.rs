//! A launcher keeps Envoy running, lets connections end when it is stopped, and leaves nothing behind.
use crate::{
    cast::until,
    launched::{Admin, Answering, bootstrap, kill, runs, says, started},
};
use serde_json::json;

/// A control plane whose proxies cannot be told to drain.
fn control_plane(folder: &std::path::Path) -> Answering {
    Answering::start(folder, |_| (200, bootstrap(&json!({"node": {"id": "default.web-1"}}))))
}

#[test]
fn it_is_started_again_when_it_dies() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let control_plane = control_plane(folder);
    let mut launcher = control_plane.launches(folder, &[]);
    let (first, told) = started(folder, 1);
    kill(first);
    let line = launcher.hears("that it died", says("Envoy ended by itself"));
    assert_eq!((line["ended"].as_str(), line["again_in"].as_str()), (Some("signal: 9 (SIGKILL)"), Some("1s")));
    let (second, told_again) = started(folder, 2);
    assert_eq!(told_again, told);
    kill(second);
    launcher.hears("that the next pause is longer", |line| line["again_in"] == "2s");
    assert_eq!(launcher.stop(), Some(0), "it is also stopped while it waits");
    started(folder, 2);
}

#[test]
fn it_ends_with_its_launcher() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let control_plane = control_plane(folder);
    let mut launcher = control_plane.launches(folder, &[]);
    let (first, _) = started(folder, 1);
    launcher.hears("its start", |line| line["pid"] == first);
    assert_eq!(launcher.stop(), Some(0));
    assert!(!runs(first));
    // Also if nobody has told the launcher to stop.
    let launcher = control_plane.launches(folder, &[]);
    let (second, _) = started(folder, 2);
    assert!(runs(second));
    launcher.kill();
    until("Envoy is gone", || !runs(second));
}

#[test]
fn one_that_hangs_is_ended_by_a_second_signal() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let control_plane = control_plane(folder);
    let mut launcher = crate::cast::Running::spawned(control_plane.launcher(folder, &[]).env("FAKE_ENVOY_HANGS", "yes"));
    let (envoy, _) = started(folder, 1);
    until("it ignores SIGTERM", || ignores_sigterm(envoy));
    launcher.terminate();
    assert_eq!(launcher.hears("that it stops", says("stopping"))["signal"], "terminate");
    launcher.terminate();
    launcher.hears("that nobody waits", says("Envoy is ended at once"));
    assert_eq!(launcher.ended(), Some(0));
    assert!(!runs(envoy));
}

fn ignores_sigterm(process: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or_default();
    u64::from_str_radix(ignored.trim(), 16).is_ok_and(|ignored| ignored & (1 << 14) != 0)
}

#[test]
fn connections_may_end_first() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let Admin { told, config, .. } = Admin::start();
    let control_plane = Answering::start(folder, move |_| (200, bootstrap(&config)));
    let stop = |drain_time: &str, again: bool, times: usize| {
        let mut launcher = control_plane.launches(folder, &["--drain-time", drain_time]);
        let (envoy, _) = started(folder, times);
        launcher.terminate();
        launcher.hears("that it drains", says("connections may end"));
        assert!(runs(envoy));
        if again {
            launcher.terminate();
            launcher.hears("that nobody waits", says("Envoy is ended at once"));
        } else {
            let line = launcher.hears("its end", says("Envoy ended"));
            assert_eq!(line["ended"], "signal: 15 (SIGTERM)");
        }
        assert_eq!(launcher.ended(), Some(0));
        assert!(!runs(envoy));
        let told: Vec<String> = told.try_iter().collect();
        assert_eq!(told, ["POST /healthcheck/fail HTTP/1.1", "POST /drain_listeners?graceful&skip_exit HTTP/1.1"]);
    };
    stop("1s", false, 1);
    stop("1h", true, 2);
    // Nobody is to be waited for.
    let launcher = control_plane.launches(folder, &["--drain-time", "0s"]);
    let (_, arguments) = started(folder, 3);
    assert!(arguments.contains("--drain-time-s 0 "), "{arguments}");
    assert_eq!(launcher.stop(), Some(0));
    assert_eq!(told.try_iter().count(), 0);
}
