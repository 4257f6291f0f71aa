//! A kubelet that runs nothing: each pod becomes ready, but for those of a broken image, and ends when it is to.
use super::cluster::Cluster;
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};
use strait_core::time::Wall;
use strait_netns_testbed::kubernetes::{ADMIN_TOKEN, KubernetesApi};
use strait_scenarios::kubernetes::{Answer, Api, Request};

/// How often it looks whether it is to end.
const LOOKS: Duration = Duration::from_millis(50);

/// Runs pods while the test goes on.
pub(crate) fn meanwhile(cluster: &Cluster, test: impl FnOnce()) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                run_pods(&cluster.api);
            }
        });
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(test));
        over.store(true, Ordering::Relaxed);
        if let Err(panicked) = done {
            std::panic::resume_unwind(panicked);
        }
    });
}

fn run_pods(api: &KubernetesApi) {
    api.wait_for(LOOKS, |api, now| {
        let pods = ask(api, now, Request::get("/api/v1/pods"));
        let mut acted = None;
        for pod in pods["items"].as_array().into_iter().flatten() {
            acted = run_pod(api, now, pod).or(acted);
        }
        acted
    });
}

fn run_pod(api: &mut Api, now: Wall, pod: &Value) -> Option<()> {
    let (namespace, name) = (pod["metadata"]["namespace"].as_str()?, pod["metadata"]["name"].as_str()?);
    let path = format!("/api/v1/namespaces/{namespace}/pods/{name}");
    if pod["spec"]["nodeName"].is_null() {
        let binding = json!({"apiVersion": "v1", "kind": "Binding", "target": {"kind": "Node", "name": "node"}});
        ask(api, now, Request::with_body("POST", &format!("{path}/binding"), "application/json", &binding));
        return Some(());
    }
    if !pod["metadata"]["deletionTimestamp"].is_null() {
        ask(api, now, Request::with_body("DELETE", &path, "application/json", &json!({"gracePeriodSeconds": 0})));
        return Some(());
    }
    if pod["status"]["phase"] != "Pending" || pod["spec"]["containers"][0]["image"] == "broken" {
        return None;
    }
    let number = pod["metadata"]["resourceVersion"].as_str()?.parse::<u32>().ok()?;
    let at = Wall(now.0 / 1000 * 1000).rfc3339();
    let status = json!({"status": {
        "phase": "Running", "podIP": format!("10.0.{}.{}", number >> 8 & 255, number & 255), "hostIP": "192.0.2.1",
        "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": at}],
        "containerStatuses": [{
            "name": "web", "ready": true, "restartCount": 0, "image": "web", "imageID": "web", "state": {"running": {"startedAt": at}},
        }],
    }});
    ask(api, now, Request::with_body("PATCH", &format!("{path}/status"), "application/strategic-merge-patch+json", &status));
    Some(())
}

fn ask(api: &mut Api, now: Wall, request: Request) -> Value {
    match api.handle(now, &request.as_bearer(ADMIN_TOKEN)).answer {
        Answer::Whole(response) => serde_json::from_slice(&response.body).unwrap(),
        other => panic!("no whole answer: {other:?}"),
    }
}
