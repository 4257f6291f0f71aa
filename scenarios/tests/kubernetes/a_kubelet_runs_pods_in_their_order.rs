//! What is there for the beginning runs first and to its end; sidecars begin before the others and end after them; a pod is ready when its containers are.
use super::node::{Node, container};
use serde_json::json;
use strait_scenarios::kubernetes::kubelet::Became;

#[test]
fn first_containers_come_first_and_sidecars_end_last() {
    let mut node = Node::with(2);
    let mut sidecar = container("sidecar");
    sidecar["restartPolicy"] = json!("Always");
    node.create("web", &json!({"initContainers": [container("first"), sidecar], "containers": [container("main")]}));
    assert_eq!(node.orders(), ["run first of web"]);
    node.report("web", "first", Became::Running);
    assert_eq!(node.orders(), [""; 0], "it has not ended");
    node.report("web", "first", Became::Exited { code: 0 });
    assert_eq!(node.orders(), ["run sidecar of web"]);
    node.report("web", "sidecar", Became::Running);
    assert_eq!(node.orders(), ["run main of web"]);
    assert!(!node.is_ready("web"));
    node.report("web", "main", Became::Running);
    let pod = node.pod("web");
    assert_eq!((&pod["status"]["phase"], &pod["status"]["podIP"]), (&json!("Running"), &json!("10.1.0.1")));
    assert!(node.is_ready("web"));
    node.delete("web", 30);
    assert_eq!(node.orders(), ["stop main of web"]);
    node.report("web", "main", Became::Exited { code: 143 });
    assert_eq!(node.orders(), ["stop sidecar of web"]);
    node.report("web", "sidecar", Became::Exited { code: 0 });
    assert_eq!(node.orders(), ["gone web"]);
    assert_eq!(node.pod("web")["code"], 404);
}

#[test]
fn a_pod_sleeps_before_it_ends_and_is_killed_when_its_time_is_over() {
    let mut node = Node::with(1);
    let mut main = container("main");
    main["lifecycle"] = json!({"preStop": {"sleep": {"seconds": 5}}});
    node.create("web", &json!({"containers": [main]}));
    node.settle();
    node.report("web", "main", Became::Running);
    node.orders();
    node.delete("web", 20);
    assert_eq!(node.orders(), [""; 0]);
    assert_eq!(node.kubelet.wake_at().map(|at| at.0), Some(node.cluster.now.0 + 5000));
    node.cluster.pass(5);
    assert_eq!(node.orders(), ["stop main of web"]);
    node.cluster.pass(14);
    assert_eq!(node.orders(), [""; 0]);
    node.cluster.pass(1);
    assert_eq!(node.orders(), ["kill main of web"]);
    node.report("web", "main", Became::Exited { code: 137 });
    assert_eq!(node.orders(), ["gone web"]);
}

#[test]
fn what_ends_begins_again_at_once_and_then_later_each_time() {
    let mut node = Node::with(1);
    node.create("web", &json!({"containers": [container("main")]}));
    let mut rests = Vec::new();
    for _ in 0..4 {
        assert_eq!(node.orders(), ["run main of web"]);
        node.report("web", "main", Became::Running);
        node.report("web", "main", Became::Exited { code: 1 });
        let wakes = node.kubelet.wake_at().map_or(0, |at| at.0.saturating_sub(node.cluster.now.0) / 1000);
        rests.push(wakes);
        if wakes > 0 {
            let pod = node.pod("web");
            assert_eq!(pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"], "CrashLoopBackOff");
            node.cluster.pass(wakes);
        }
    }
    assert_eq!(rests, [0, 10, 20, 40]);
    assert_eq!(node.orders(), ["run main of web"]);
    assert_eq!(node.pod("web")["status"]["containerStatuses"][0]["restartCount"], 4);
}

#[test]
fn a_job_that_has_run_leaves_its_object_and_gives_its_address_back() {
    let mut node = Node::with(1);
    node.create("job", &json!({"restartPolicy": "Never", "containers": [container("main")]}));
    node.create("next", &json!({"containers": [container("main")]}));
    assert_eq!(node.orders(), ["run main of job"], "there is one address, so that the other waits");
    node.report("job", "main", Became::Running);
    node.report("job", "main", Became::Exited { code: 0 });
    assert_eq!(node.orders(), ["gone job", "run main of next"]);
    assert_eq!(node.pod("job")["status"]["phase"], "Succeeded");
    assert_eq!(node.pod("next")["status"]["podIP"], "10.1.0.1");
}

#[test]
fn a_container_waits_for_its_volumes_and_is_told_who_it_is() {
    let mut node = Node::with(1);
    let mut main = container("main");
    main["args"] = json!(["--name=$(POD)", "$$(POD)", "$(NOBODY)"]);
    main["env"] = json!([{"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]);
    main["volumeMounts"] = json!([{"name": "all", "mountPath": "/all"}]);
    let volumes = json!([{"name": "all", "projected": {"sources": [
        {"serviceAccountToken": {"path": "token"}}, {"configMap": {"name": "settings"}},
    ]}}]);
    node.create("web", &json!({"containers": [main], "volumes": volumes}));
    assert_eq!(node.orders(), [""; 0]);
    let waiting = node.pod("web")["status"]["containerStatuses"][0]["state"]["waiting"].clone();
    assert_eq!(waiting, json!({"reason": "ContainerCreating", "message": "configmaps \"settings\" not found"}));
    node.cluster.config_map("settings", "blue");
    assert_eq!(node.orders(), ["run main of web"]);
    let (_, _, ran) = node.ran.last().unwrap();
    assert_eq!(ran.args, ["--name=web", "$(POD)", "$(NOBODY)"]);
    let files: Vec<&str> = ran.files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(files, ["/all/token", "/all/value"]);
    assert_eq!(ran.files[1].1, b"blue");
    // The token says whose it is, as long as the pod is there.
    let token = String::from_utf8(ran.files[0].1.clone()).unwrap();
    let review = json!({"spec": {"token": token}});
    let path = "/apis/authentication.k8s.io/v1/tokenreviews";
    let mut reviewed = || node.cluster.create(path, &review)["status"].clone();
    let said = reviewed();
    assert_eq!(said["user"]["username"], "system:serviceaccount:default:default");
    assert_eq!(said["user"]["extra"]["authentication.kubernetes.io/pod-name"], json!(["web"]));
    node.cluster.delete(&format!("{}/web?gracePeriodSeconds=0", super::cluster::PODS));
    node.settle();
    let said = node.cluster.create(path, &review)["status"].clone();
    assert_eq!(said["authenticated"], json!(null));
}

#[test]
fn while_nobody_reaches_the_api_what_runs_goes_on() {
    let mut node = Node::with(2);
    node.create("web", &json!({"containers": [container("main")]}));
    node.settle();
    node.report("web", "main", Became::Running);
    assert!(node.is_ready("web"));
    node.orders();
    node.cluster.api.faults_mut().is_away = true;
    node.report("web", "main", Became::Exited { code: 1 });
    assert_eq!(node.orders(), ["run main of web"]);
    node.report("web", "main", Became::Running);
    node.settle();
    node.cluster.api.faults_mut().is_away = false;
    assert_eq!(node.pod("web")["status"]["containerStatuses"][0]["restartCount"], 1);
    assert!(node.is_ready("web"));
}
