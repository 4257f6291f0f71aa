//! Each misbehaviour is what it says, as long as it says, and nothing else changes.
use super::cluster::{Cluster, MAPS, TOKEN};
use serde_json::json;
use std::time::Duration;
use strait_scenarios::kubernetes::{Answer, Refusal, RefusedWith, Request};

#[test]
fn it_refuses_so_many_requests() {
    let mut cluster = Cluster::new();
    let mut refuse = |with, requests| cluster.api.faults_mut().refuses = Some(Refusal { with, requests });
    refuse(RefusedWith::TooManyRequests { retry_after: 7 }, 2);
    for _ in 0..2 {
        let response = cluster.response(Request::get(MAPS));
        assert_eq!((response.code, response.retry_after), (429, Some(7)));
    }
    assert_eq!(cluster.response(Request::get(MAPS)).code, 200);
    cluster.api.faults_mut().refuses = Some(Refusal { with: RefusedWith::InternalError, requests: 1 });
    let (code, status) = cluster.ask(Request::get(MAPS));
    assert_eq!((code, &status["reason"]), (500, &"InternalError".into()));
    cluster.api.faults_mut().refuses = Some(Refusal { with: RefusedWith::Garbage, requests: 1 });
    let garbage = cluster.response(Request::get(MAPS));
    assert!(garbage.code == 200 && serde_json::from_slice::<serde_json::Value>(&garbage.body).is_err());
    cluster.api.faults_mut().refuses = Some(Refusal { with: RefusedWith::Nothing, requests: 1 });
    assert!(matches!(cluster.answer(Request::get(MAPS)), Answer::Cut));
    assert_eq!(cluster.response(Request::get(MAPS)).code, 200);
}

#[test]
fn it_meets_writes_with_conflicts() {
    let mut cluster = Cluster::new();
    cluster.config_map("a", "one");
    cluster.api.faults_mut().conflicts = 1;
    let patch = Request::with_body("PATCH", &format!("{MAPS}/a"), "application/merge-patch+json", &json!({"data": {"value": "two"}}));
    let (code, status) = cluster.ask(patch.clone());
    assert_eq!((code, &status["reason"], &status["details"]["kind"]), (409, &"Conflict".into(), &"configmaps".into()));
    assert_eq!(cluster.ask(patch).0, 200);
}

#[test]
fn it_is_away_or_slow() {
    let mut cluster = Cluster::new();
    cluster.api.faults_mut().is_away = true;
    assert!(matches!(cluster.answer(Request::get(MAPS)), Answer::Cut));
    cluster.api.faults_mut().is_away = false;
    cluster.api.faults_mut().slow = Duration::from_secs(3);
    let reply = cluster.api.handle(cluster.now, &Request::get(MAPS).as_bearer(TOKEN));
    assert_eq!(reply.after, Duration::from_secs(3));
}

#[test]
fn its_watches_fall_silent() {
    let mut cluster = Cluster::new();
    let version = cluster.version();
    let mut watch = cluster.watch(&format!("resourceVersion={version}"));
    cluster.api.faults_mut().silent_watches = true;
    cluster.config_map("a", "one");
    assert_eq!(cluster.events(&mut watch), strait_scenarios::kubernetes::Events::default());
    cluster.api.faults_mut().silent_watches = false;
    assert_eq!(cluster.told(&mut watch), ["ADDED a"]);
}
