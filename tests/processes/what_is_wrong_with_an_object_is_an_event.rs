//! What is wrong with an object of the cluster is said on it, as an Event, once; also where the API takes none at first.
use crate::{
    cast::until,
    kube::{Cluster, both},
};
use serde_json::{Value, json};
use strait_scenarios::kubernetes::{Refusal, RefusedWith, Rule};

#[test]
fn on_it_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cluster = Cluster::begin(folder);
    let whom = Rule { verb: "create".to_owned(), resource: "events".to_owned(), ..Rule::default() };
    let refusal = Refusal { with: RefusedWith::InternalError, requests: 2, whom };
    cluster.api.with(|api, _| api.faults_mut().refuses = vec![refusal]);
    cluster.pod("web", "web-1", &json!({"kuma.io/gateway": "perhaps"}));
    let (_global, _zone) = both(folder);

    let events = || -> Vec<Value> {
        let all = cluster.get("/api/v1/namespaces/shop/events");
        let about = |event: &Value| event["involvedObject"]["name"] == "web-1" && event["reason"] == "FailedToGenerateKumaDataplane";
        all["items"].as_array().unwrap().iter().filter(|event| about(event)).cloned().collect()
    };
    until("an Event is on the pod", || !events().is_empty());
    let [event] = &events()[..] else { panic!("{:?}", events()) };
    assert_eq!(event["type"], "Warning");
    assert_eq!(event["involvedObject"]["uid"], cluster.get("/api/v1/namespaces/shop/pods/web-1")["metadata"]["uid"]);
    assert!(event["message"].as_str().unwrap().contains("kuma.io/gateway"), "{event}");
    // The pod changes, and what is wrong with it does not.
    cluster.ask("PATCH", "/api/v1/namespaces/shop/pods/web-1", &json!({"metadata": {"labels": {"more": "yes"}}}));
    cluster.pod("web", "web-2", &json!({"kuma.io/gateway": "maybe"}));
    until("an Event is on the other pod", || {
        let all = cluster.get("/api/v1/namespaces/shop/events");
        all["items"].as_array().unwrap().iter().any(|event| event["involvedObject"]["name"] == "web-2")
    });
    assert_eq!(events().len(), 1);
}
