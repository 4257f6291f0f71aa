//! A service has an address of its own, and its EndpointSlices hold its pods: ready, or not.
use super::{
    cluster::{web, with_each},
    kubelet::meanwhile,
};
use serde_json::Value;
use strait_scenarios::kubernetes::Request;

const SLICES: &str = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name=web";

fn ready(slices: &Value) -> usize {
    let endpoints = slices["items"].as_array().unwrap().iter().flat_map(|slice| slice["endpoints"].as_array().unwrap());
    endpoints.filter(|endpoint| endpoint["conditions"]["ready"] == true).count()
}

#[test]
fn a_service_leads_to_its_ready_pods() {
    with_each(|cluster| {
        cluster.apply(&web(2, "web:1"));
        cluster.wait_until(SLICES, |slices| slices["items"].as_array().unwrap().len() == 1 && ready(slices) == 0);
        meanwhile(cluster, || {
            cluster.wait_until(SLICES, |slices| ready(slices) == 2);
            let slices = cluster.ask(Request::get(SLICES)).1;
            // The named port of the containers has become a number.
            let ports = serde_json::json!([{"name": "http", "port": 8080, "protocol": "TCP", "appProtocol": "http"}]);
            assert_eq!(slices["items"][0]["ports"], ports);
            let service = cluster.ask(Request::get("/api/v1/namespaces/default/services/web")).1;
            assert!(service["spec"]["clusterIP"].as_str().unwrap().starts_with("10.96."), "{service}");
            cluster.kubectl(&["scale", "deployment/web", "--replicas=1"]);
            cluster.wait_until(SLICES, |slices| ready(slices) == 1);
        });
        let moved = cluster.run(&["patch", "service", "web", "-p", r#"{"spec": {"clusterIP": "10.96.0.77"}}"#]);
        assert!(moved.err.contains("spec.clusterIPs[0]: Invalid value: [\"10.96.0.77\"]: may not change once set"), "{moved:?}");
        cluster.kubectl(&["delete", "service", "web"]);
        cluster.wait_until(SLICES, |slices| slices["items"].as_array().unwrap().is_empty());
    });
}
