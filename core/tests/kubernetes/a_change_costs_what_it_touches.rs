//! Work follows the change, at any number of objects: counted in objects that are looked at.
use crate::manifests::{Cluster, namespace, pod, service};
use serde_json::json;

/// A namespace with so many pods, ten to a service. All of them carry one label that all services want.
fn shop(pods: usize) -> Cluster {
    let mut cluster = Cluster::new();
    cluster.put(&namespace("shop", json!({"kuma.io/sidecar-injection": "enabled"})));
    for number in 0..pods {
        if number % 10 == 0 {
            cluster.put(&service(
                &format!("app-{}", number / 10),
                selector(number / 10),
                &format!("10.96.{}.{}", number / 2560, number / 10 % 256),
            ));
        }
        cluster.put(&one(number, true));
    }
    cluster
}

fn selector(app: usize) -> serde_json::Value {
    json!({"a-label-of-all": "shop", "app": format!("app-{app}")})
}

fn one(number: usize, is_ready: bool) -> serde_json::Value {
    let labels = json!({"a-label-of-all": "shop", "app": format!("app-{}", number / 10), "pod-template-hash": "5d4f", "version": "1"});
    let mut pod = pod(&format!("pod-{number}"), labels, &format!("10.1.{}.{}", number / 250, number % 250));
    pod["status"]["containerStatuses"][0]["ready"] = json!(is_ready);
    pod
}

/// How many objects are looked at for a change.
fn cost(cluster: &mut Cluster, change: &serde_json::Value) -> u64 {
    let before = cluster.conversion.looked();
    cluster.put(change);
    cluster.conversion.looked() - before
}

#[test]
fn a_change_of_one_pod_costs_the_same_at_any_number() {
    let costs = [20, 200, 1_000].map(|pods| {
        let mut cluster = shop(pods);
        let none = cost(&mut cluster, &one(7, false));
        let first_of_service = cost(&mut cluster, &one(pods, true));
        (none, first_of_service)
    });
    assert_eq!(costs, [costs[0]; 3]);
    // The pod, its namespace, its service.
    assert_eq!(costs[0].0, 3);
}

#[test]
fn a_change_of_a_service_looks_at_the_pods_that_it_selects() {
    let costs = [20, 200, 1_000].map(|pods| {
        let mut cluster = shop(pods);
        let mut changed = service("app-1", selector(1), "10.96.0.1");
        changed["spec"]["ports"][0]["port"] = json!(81);
        let ports = cost(&mut cluster, &changed);
        let moved = cost(&mut cluster, &service("app-1", selector(0), "10.96.0.1"));
        (ports, moved)
    });
    assert_eq!(costs, [costs[0]; 3]);
    assert!(costs[0].0 < 80 && costs[0].1 < 120, "{costs:?}");
}
