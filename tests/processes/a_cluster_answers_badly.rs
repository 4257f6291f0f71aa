//! An API that refuses lists and watches in every way there is is asked again, and in the end everything is known; meanwhile the reason is shown.
use crate::{
    cast::until,
    kube::{Cluster, both, status, until_each, until_held},
};
use serde_json::json;
use strait_scenarios::kubernetes::{Refusal, RefusedWith, Rule};

const WAYS: [RefusedWith; 5] = [
    RefusedWith::TooManyRequests { retry_after: 1 },
    RefusedWith::InternalError,
    RefusedWith::Garbage,
    RefusedWith::Nothing,
    RefusedWith::InternalError,
];

fn refuse(cluster: &Cluster, verb: &str) {
    let whom = |resource: &str| Rule { verb: verb.to_owned(), resource: resource.to_owned(), ..Rule::default() };
    // Another way for each kind.
    let kinds = ["pods", "services", "namespaces", "endpointslices.discovery.k8s.io", "configmaps"];
    let refuses = WAYS.into_iter().zip(kinds).map(|(with, kind)| Refusal { with, requests: 2, whom: whom(kind) }).collect();
    cluster.api.with(|api, _| api.faults_mut().refuses = refuses);
}

#[test]
fn and_is_asked_until_it_answers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cluster = Cluster::begin(folder);
    cluster.pod("web", "web-1", &json!({}));
    refuse(&cluster, "list");
    let (_global, zone) = both(folder);
    until_each(folder, &zone, "it is said what is refused", |kind| kind["failing"].is_string() || kind["lists"].as_u64() > Some(1));
    until_held(folder, "dataplanes", &zone, &["web-1"]);
    let lists = cluster.requests("list");
    assert_eq!(lists, [3; 5]);
    refuse(&cluster, "watch");
    cluster.api.with(|api, _| api.drop_watches());
    cluster.pod("web", "web-2", &json!({}));
    until_held(folder, "dataplanes", &zone, &["web-1", "web-2"]);
    until_each(folder, &zone, "all is well", |kind| kind["failing"].is_null());
    assert_eq!(cluster.requests("list"), lists, "watches alone were refused");
}

#[test]
fn and_what_a_zone_may_not_do_is_named_while_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cluster = Cluster::begin(folder);
    cluster.pod("web", "web-1", &json!({}));
    let whom = Rule { verb: "list".to_owned(), resource: "pods".to_owned(), ..Rule::default() };
    cluster.api.with(|api, _| api.forbid(vec![whom]));
    let (_global, zone) = both(folder);
    let about = |kind: &str| status(folder, &zone)["cluster"]["api"][kind].clone();
    until("it is said what is forbidden", || {
        about("Pod")["failing"].as_str().is_some_and(|why| why.contains("403 Forbidden") && why.contains("pods"))
            && about("Service")["watches"] == 1
    });
    cluster.api.with(|api, _| api.forbid(Vec::new()));
    until_held(folder, "dataplanes", &zone, &["web-1"]);
}
