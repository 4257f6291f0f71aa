//! What users apply in a cluster of the mesh itself is in the mesh, and what the mesh has is in the cluster: with the definitions that are printed.
use crate::{
    cast::{says, strait, until},
    kube::{Cluster, both, status, until_held},
};
use serde_json::{Value, json};
use std::fs;
use strait_scenarios::kubernetes::{Refusal, RefusedWith, Rule};

const TIMEOUTS: &str = "/apis/kuma.io/v1alpha1/namespaces/kuma-system/meshtimeouts";

fn timeout(name: &str, labels: &Value, seconds: u32) -> Value {
    let to = json!([{"targetRef": {"kind": "Mesh"}, "default": {"http": {"requestTimeout": format!("{seconds}s")}}}]);
    let metadata = json!({"name": name, "labels": labels});
    json!({"apiVersion": "kuma.io/v1alpha1", "kind": "MeshTimeout", "metadata": metadata, "spec": {"targetRef": {"kind": "Mesh"}, "to": to}})
}

#[test]
fn both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cluster = Cluster::with_kinds(folder);
    cluster.service("web");
    cluster.pod("web", "web-1", &json!({}));
    let (global, zone) = both(folder);

    // From the cluster to the mesh.
    cluster.ask("POST", TIMEOUTS, &timeout("slow", &json!({}), 20));
    for at in [&zone, &global] {
        until_held(folder, "meshtimeouts", at, &["slow"]);
    }
    let held: Value =
        serde_json::from_str(&says(folder, &["get", "meshtimeout", "slow.kuma-system", "--api", &zone.api, "-o", "json"])).unwrap();
    assert_eq!(held["labels"]["k8s.kuma.io/namespace"], "kuma-system", "{held}");
    assert_eq!(held["labels"]["kuma.io/policy-role"], "system");
    // It is changed where it was written.
    fs::write(folder.join("held.json"), held.to_string()).unwrap();
    let refused = strait(folder, &["apply", "-f", "held.json", "--api", &zone.api]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("is written in Kubernetes, by MeshTimeout kuma-system/slow, not here"), "{said}");
    cluster.ask("DELETE", &format!("{TIMEOUTS}/slow"), &json!({}));
    for at in [&zone, &global] {
        until_held(folder, "meshtimeouts", at, &[]);
    }

    // What is wrong is said where it was applied.
    let mut wrong = timeout("wrong", &json!({"kuma.io/mesh": "nowhere"}), 1);
    wrong["spec"]["to"][0]["default"]["http"]["requestTimeout"] = json!("soon");
    cluster.ask("POST", TIMEOUTS, &wrong);
    until("an Event is on it", || {
        let all = cluster.get("/api/v1/namespaces/kuma-system/events");
        let about = |event: &Value| event["involvedObject"]["name"] == "wrong" && event["reason"] == "Refused";
        all["items"].as_array().unwrap().iter().any(about)
    });
    let problems = status(folder, &zone)["cluster"]["problems"].to_string();
    assert!(problems.contains("nowhere") && problems.contains("requestTimeout"), "{problems}");

    // From the mesh to the cluster.
    until("what is made of pods and services is there", || {
        cluster.names_of("dataplanes") == ["shop/web-1"] && cluster.names_of("meshservices") == ["shop/web"]
    });
    assert_eq!(cluster.names_of("meshes"), ["/default"]);
    let policy = "type: MeshTimeout\nname: fast\nmesh: default\nspec: {targetRef: {kind: Mesh}, to: [{targetRef: {kind: Mesh}, default: {http: {requestTimeout: 1s}}}]}\n";
    fs::write(folder.join("fast.yaml"), policy).unwrap();
    says(folder, &["apply", "-f", "fast.yaml", "--api", &global.api]);
    until("the policy is there", || cluster.names_of("meshtimeouts").len() == 2);
    let copies = || -> Vec<String> { cluster.names_of("meshtimeouts").into_iter().filter(|name| name.contains("/fast")).collect() };
    let path = format!("{TIMEOUTS}/{}", copies()[0].rsplit('/').next().unwrap());
    let copy = cluster.get(&path);
    assert_eq!(copy["metadata"]["labels"]["kuma.io/origin"], "global", "{copy}");
    assert_eq!(copy["spec"]["to"][0]["default"]["http"]["requestTimeout"], "1s");
    // It is the zone's to write.
    let mut edited = copy.clone();
    edited["spec"]["to"][0]["default"]["http"]["requestTimeout"] = json!("9s");
    cluster.ask("PUT", &path, &edited);
    until("it is put back", || cluster.get(&path)["spec"]["to"][0]["default"]["http"]["requestTimeout"] == "1s");
    cluster.ask("DELETE", &path, &json!({}));
    until("it is there again", || copies().len() == 1);
    says(folder, &["delete", "meshtimeout", "fast", "--api", &global.api]);
    until("it is gone", || copies().is_empty());
    // Each kind was listed once, and each change was one write: a copy was made, put back, made again, and taken away.
    let about = status(folder, &zone)["cluster"]["custom"]["api"]["MeshTimeout"].clone();
    assert_eq!([&about["lists"], &about["watches"]], [1, 1], "{about}");
    let requests = |verb| cluster.api.with(|api, _| api.requests(verb, "dataplanes"));
    assert_eq!([requests("create"), requests("update"), requests("delete")], [1, 0, 0]);
}

#[test]
fn where_kinds_are_not_defined_that_is_said_and_they_are_taken_up_when_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cluster = Cluster::begin(folder);
    cluster.pod("web", "web-1", &json!({}));
    let (_global, zone) = both(folder);
    until_held(folder, "dataplanes", &zone, &["web-1"]);
    until("it is said which are missing", || {
        let missing = status(folder, &zone)["cluster"]["custom"]["missing"].as_array().map(Vec::len);
        missing == Some(strait_core::kubernetes::CustomKind::all().count())
    });
    let shown = says(folder, &["status", "--api", &zone.api]);
    assert!(shown.contains("strait kubernetes crds | kubectl apply -f -"), "{shown}");
    let requests = |verb| cluster.api.with(|api, _| api.requests(verb, "dataplanes"));
    assert_eq!(requests("list") + requests("watch"), 0);
    cluster.define(folder, &["Dataplane"]);
    until("the copy is there", || cluster.names_of("dataplanes") == ["shop/web-1"]);
    // The kind goes, and comes again.
    cluster.ask("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/dataplanes.kuma.io", &json!({}));
    until("it is said that it is missing again", || {
        status(folder, &zone)["cluster"]["custom"]["missing"].as_array().unwrap().contains(&json!("Dataplane"))
    });
    until_held(folder, "dataplanes", &zone, &["web-1"]);
    cluster.define(folder, &["Dataplane"]);
    until("the copy is there again", || cluster.names_of("dataplanes") == ["shop/web-1"]);
}

#[test]
fn an_api_that_takes_nothing_is_asked_again_until_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cluster = Cluster::with_kinds(folder);
    let whom = Rule { verb: "create".to_owned(), resource: "dataplanes.kuma.io".to_owned(), ..Rule::default() };
    let ways = [RefusedWith::TooManyRequests { retry_after: 1 }, RefusedWith::InternalError, RefusedWith::Garbage, RefusedWith::Nothing];
    let refuses = ways.into_iter().map(|with| Refusal { with, requests: 1, whom: whom.clone() }).collect();
    cluster.api.with(|api, _| api.faults_mut().refuses = refuses);
    let (_global, zone) = both(folder);
    cluster.pod("web", "web-1", &json!({}));
    until("it is said that nothing is taken", || status(folder, &zone)["cluster"]["writes"]["failing"].is_string());
    until("the copy is there", || cluster.names_of("dataplanes") == ["shop/web-1"]);
    // What it may not do is said on the object that it would write, and tried again.
    cluster.api.with(|api, _| api.forbid(vec![whom]));
    cluster.pod("web", "web-2", &json!({}));
    until("it is said what is forbidden", || {
        let problems = status(folder, &zone)["cluster"]["problems"].to_string();
        problems.contains("Dataplane shop/web-2") && problems.contains("403 Forbidden")
    });
    cluster.api.with(|api, _| api.forbid(Vec::new()));
    until("that copy is there, too", || cluster.names_of("dataplanes") == ["shop/web-1", "shop/web-2"]);
    // Somebody is faster, once.
    let update = Rule { verb: "update".to_owned(), resource: "dataplanes.kuma.io".to_owned(), ..Rule::default() };
    let refusal = Refusal { with: RefusedWith::Conflict, requests: 1, whom: update };
    cluster.api.with(|api, _| api.faults_mut().refuses = vec![refusal]);
    let path = "/api/v1/namespaces/shop/pods/web-1";
    cluster.ask("PATCH", path, &json!({"metadata": {"labels": {"version": "2"}}}));
    until("the copy follows", || {
        let copy = cluster.get("/apis/kuma.io/v1alpha1/namespaces/shop/dataplanes/web-1");
        copy["spec"].to_string().contains("\"version\":\"2\"") || copy["metadata"]["labels"]["version"] == "2"
    });
}
