//! `kubectl get --watch` prints what changes, as it changes, and ends when the API drops it.
use super::cluster::{SOON, with_each};
use std::{
    io::{BufRead as _, BufReader},
    sync::mpsc,
    thread,
};

fn config_map(value: &str) -> String {
    format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: watched, labels: {{a: {value}}}}}, data: {{a: {value}}}}}")
}

#[test]
fn a_watch_tells_what_changes() {
    with_each(|cluster| {
        cluster.apply(&config_map("one"));
        let watch = ["get", "configmaps", "--watch", "-o", "jsonpath={.metadata.name} {.data.a} {.metadata.deletionTimestamp}{\"\\n\"}"];
        let mut child = cluster.begin(&[&watch[..], &["-l", "a"]].concat());
        let (said, heard) = mpsc::channel();
        let out = child.stdout.take().unwrap();
        let reader = thread::spawn(move || BufReader::new(out).lines().map_while(Result::ok).for_each(|line| drop(said.send(line))));
        let next = || heard.recv_timeout(SOON).unwrap();
        assert_eq!(next().trim(), "watched one");
        cluster.apply(&config_map("two"));
        assert_eq!(next().trim(), "watched two");
        // What is no longer selected is told as gone.
        cluster.kubectl(&["label", "configmap", "watched", "a-"]);
        assert_eq!(next().trim(), "watched two");
        cluster.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: unselected}}");
        cluster.apply(&config_map("three"));
        assert_eq!(next().trim(), "watched three");
        cluster.api.with(|api, _| api.drop_watches());
        child.wait().unwrap();
        reader.join().unwrap();
    });
}

#[test]
fn a_table_is_watched_too() {
    with_each(|cluster| {
        let mut child = cluster.begin(&["get", "configmaps", "--watch"]);
        let (said, heard) = mpsc::channel();
        let out = child.stdout.take().unwrap();
        let reader = thread::spawn(move || BufReader::new(out).lines().map_while(Result::ok).for_each(|line| drop(said.send(line))));
        let until = |text: &str| while !heard.recv_timeout(SOON).unwrap().contains(text) {};
        until("kube-root-ca.crt");
        cluster.apply(&config_map("one"));
        until("watched");
        cluster.api.with(|api, _| api.drop_watches());
        child.wait().unwrap();
        reader.join().unwrap();
    });
}
