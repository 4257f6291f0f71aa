//! A deployment replaces its pods step by step, says how far it is, and goes back when it is told to.
use super::{
    cluster::{Cluster, WEB, web, with_each},
    kubelet::meanwhile,
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
};
use strait_scenarios::kubernetes::Request;

const PODS: &str = "/api/v1/namespaces/default/pods";

fn images(cluster: &Cluster) -> BTreeSet<String> {
    let pods = cluster.ask(Request::get(PODS)).1;
    let image = |pod: &Value| pod["spec"]["containers"][0]["image"].as_str().map(str::to_owned);
    pods["items"].as_array().into_iter().flatten().filter_map(image).collect()
}

fn only(image: &str) -> BTreeSet<String> {
    BTreeSet::from([image.to_owned()])
}

#[test]
fn a_deployment_rolls_out() {
    with_each(|cluster| {
        cluster.apply(&web(3, "web:1"));
        let mut status = cluster.begin(&["rollout", "status", "deployment/web", "--timeout=20s"]);
        let mut lines = BufReader::new(status.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        assert!(first.starts_with("Waiting for deployment \"web\" rollout to finish: 0 "), "{first}");
        meanwhile(cluster, || {
            let last = lines.map_while(Result::ok).last().unwrap();
            assert_eq!(last, "deployment \"web\" successfully rolled out");
            assert!(status.wait().unwrap().success());

            cluster.kubectl(&["set", "image", "deployment/web", "web=web:2"]);
            cluster.kubectl(&["rollout", "status", "deployment/web", "--timeout=20s"]);
            cluster.wait_until(PODS, |pods| pods["items"].as_array().unwrap().len() == 3);
            assert_eq!(images(cluster), only("web:2"));
            cluster.kubectl(&["wait", "--for=condition=Available", "deployment/web", "--timeout=20s"]);

            let described = cluster.kubectl(&["describe", "deployment", "web"]);
            assert!(described.contains("ScalingReplicaSet") && described.contains("Scaled up replica set web-"), "{described}");
            let history = cluster.kubectl(&["rollout", "history", "deployment/web"]);
            assert!(history.contains("\n1 ") && history.contains("\n2 "), "{history}");
            cluster.kubectl(&["rollout", "undo", "deployment/web"]);
            cluster.kubectl(&["rollout", "status", "deployment/web", "--timeout=20s"]);
            cluster.wait_until(PODS, |pods| pods["items"].as_array().unwrap().len() == 3);
            assert_eq!(images(cluster), only("web:1"));

            cluster.kubectl(&["scale", "deployment/web", "--replicas=1"]);
            cluster.wait_until(PODS, |pods| pods["items"].as_array().unwrap().len() == 1);
        });
    });
}

#[test]
fn a_broken_image_takes_away_no_more_than_may_be_unavailable() {
    with_each(|cluster| {
        meanwhile(cluster, || {
            cluster.apply(&web(4, "web:1"));
            cluster.wait_until(WEB, |web| web["status"]["availableReplicas"] == 4);
            cluster.kubectl(&["set", "image", "deployment/web", "web=broken"]);
            let told = cluster.run(&["rollout", "status", "deployment/web", "--timeout=1s"]);
            assert!(!told.ok, "{told:?}");
            // A quarter of four may be unavailable, and a quarter may be more.
            cluster.wait_until(WEB, |web| web["status"]["replicas"] == 5 && web["status"]["availableReplicas"] == 3);
            assert_eq!(images(cluster), BTreeSet::from(["broken".to_owned(), "web:1".to_owned()]));
        });
    });
}
