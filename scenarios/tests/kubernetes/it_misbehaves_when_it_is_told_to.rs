//! Each misbehaviour is what it says, as long as it says, and nothing else changes.
use super::cluster::{Cluster, MAPS, PODS, TOKEN};
use serde_json::json;
use std::time::Duration;
use strait_scenarios::kubernetes::{Answer, Refusal, RefusedWith, Request, Rule};

fn refuse(cluster: &mut Cluster, with: RefusedWith, requests: u32, whom: Rule) {
    cluster.api.faults_mut().refuses = vec![Refusal { with, requests, whom }];
}

#[test]
fn it_refuses_those_whom_it_is_told_to() {
    let mut cluster = Cluster::new();
    let whom = Rule { user: "tester".to_owned(), verb: "list".to_owned(), resource: "configmaps".to_owned() };
    refuse(&mut cluster, RefusedWith::InternalError, 1, whom.clone());
    assert_eq!(cluster.response(Request::get(PODS)).code, 200);
    cluster.config_map("a", "one");
    assert_eq!(cluster.response(Request::get(MAPS)).code, 500);
    refuse(&mut cluster, RefusedWith::InternalError, 1, Rule { user: "somebody".to_owned(), ..whom });
    assert_eq!(cluster.response(Request::get(MAPS)).code, 200);
}

#[test]
fn it_refuses_so_many_requests() {
    let mut cluster = Cluster::new();
    refuse(&mut cluster, RefusedWith::TooManyRequests { retry_after: 7 }, 2, Rule::default());
    for _ in 0..2 {
        let response = cluster.response(Request::get(MAPS));
        assert_eq!((response.code, response.retry_after), (429, Some(7)));
    }
    assert_eq!(cluster.response(Request::get(MAPS)).code, 200);
    refuse(&mut cluster, RefusedWith::InternalError, 1, Rule::default());
    let (code, status) = cluster.ask(Request::get(MAPS));
    assert_eq!((code, &status["reason"]), (500, &"InternalError".into()));
    refuse(&mut cluster, RefusedWith::Garbage, 1, Rule::default());
    let garbage = cluster.response(Request::get(MAPS));
    assert!(garbage.code == 200 && serde_json::from_slice::<serde_json::Value>(&garbage.body).is_err());
    refuse(&mut cluster, RefusedWith::Nothing, 1, Rule::default());
    assert!(matches!(cluster.answer(Request::get(MAPS)), Answer::Cut));
    assert_eq!(cluster.response(Request::get(MAPS)).code, 200);
}

#[test]
fn it_meets_writes_with_conflicts() {
    let mut cluster = Cluster::new();
    cluster.config_map("a", "one");
    refuse(&mut cluster, RefusedWith::Conflict, 1, Rule::default());
    assert_eq!(cluster.response(Request::get(MAPS)).code, 200, "what reads meets no conflicts");
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
