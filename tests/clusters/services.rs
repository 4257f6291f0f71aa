//! Services lead to the pods that are ready, in the cluster and from other sites, and have names.
use crate::{
    cases::Case,
    town::{SOON, Town, is_ready, pod},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, TcpStream, UdpSocket},
    time::Duration,
};
use strait_netns_testbed::HostId;

pub(crate) const CASES: &[Case] =
    &[("a_service_leads_to_its_ready_pods", a_service_leads_to_its_ready_pods), ("a_service_has_a_name", a_service_has_a_name)];

const PORT: u16 = 80;

fn deployment(replicas: u32, probe: &Value) -> Value {
    let container = json!({
        "name": "web", "image": "strait-workload", "args": ["--port", "8080", "--protocol", "tcp"],
        "ports": [{"name": "main", "containerPort": 8080}], "readinessProbe": probe,
    });
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"terminationGracePeriodSeconds": 1, "containers": [container]}},
    }})
}

fn service(kind: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}, "spec": {
        "type": kind, "selector": {"app": "web"}, "ports": [{"port": PORT, "targetPort": "main"}],
    }})
}

fn listens() -> Value {
    json!({"tcpSocket": {"port": 8080}, "periodSeconds": 1})
}

/// The names of the pods that are ready, as they call themselves.
fn ready(town: &Town) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    town.cluster.look(&mut |api| {
        let ready = api.all_held("pods").filter(|pod| is_ready(pod) && pod["metadata"]["deletionTimestamp"].is_null());
        names = ready.map(|pod| format!("east/{}.shop", pod["metadata"]["name"].as_str().unwrap())).collect();
    });
    names
}

fn address(town: &Town, pointer: &str) -> Option<Ipv4Addr> {
    town.held("services", "web").pointer(pointer)?.as_str()?.parse().ok()
}

fn a_service_leads_to_its_ready_pods() {
    let mut town = Town::with(&[deployment(2, &listens()), service("LoadBalancer")]);
    town.until("it has an address for others", |town| address(town, "/status/loadBalancer/ingress/0/ip").is_some());
    let inside = address(&town, "/spec/clusterIP").unwrap();
    let outside = address(&town, "/status/loadBalancer/ingress/0/ip").unwrap();
    town.until("two are ready", |town| ready(town).len() == 2);
    let both = ready(&town);
    for (from, to) in [(town.beside, inside), (town.beside, outside), (town.elsewhere, outside)] {
        let mut heard = BTreeSet::new();
        town.until("each of them answers", |town| {
            let by = town.ask(from, to, PORT);
            assert!(both.contains(&by), "{by}");
            heard.insert(by);
            heard == both
        });
    }
    town.scale("web", 1);
    town.until("one is left", |town| ready(town).len() == 1);
    let one = ready(&town);
    town.until("it alone answers", |town| (0..8).all(|_| one.contains(&town.ask(town.beside, inside, PORT))));
    town.scale("web", 0);
    town.until("nobody answers", |town| town.ask(town.beside, inside, PORT) == "connection refused");
    for (from, to) in [(town.beside, inside), (town.elsewhere, outside), (town.beside, Ipv4Addr::new(10, 96, 99, 99))] {
        assert_eq!(town.ask(from, to, PORT), "connection refused");
    }
    // Who answers no probe is asked by nobody.
    town.apply(&deployment(1, &json!({"tcpSocket": {"port": 9}, "periodSeconds": 1})));
    town.until("it runs", |town| {
        let mut running = false;
        town.cluster.look(&mut |api| running = api.all_held("pods").any(|pod| pod["status"]["phase"] == "Running"));
        running
    });
    assert_eq!(town.ask(town.beside, inside, PORT), "connection refused");
}

fn a_service_has_a_name() {
    // The resolver of the control plane, which speaks for one name.
    let mut town = Town::with(&[service("ClusterIP"), pod("asks", "exec sleep 1000", &json!({}))]);
    let meshes = town.network.namespace(town.beside).run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 5653)).unwrap());
    std::thread::spawn(move || {
        let mut bytes = [0; 512];
        while let Ok((length, from)) = meshes.recv_from(&mut bytes) {
            bytes[2] |= 0x80;
            // REFUSED, or NXDOMAIN.
            bytes[3] = if bytes[12..length].starts_with(b"\x03web") { 3 } else { 5 };
            meshes.send_to(&bytes[..length], from).unwrap();
        }
    });
    town.until_ready("asks");
    let at = address(&town, "/spec/clusterIP").unwrap();
    let asked = |town: &Town, name: &str| lookup(town, town.beside, name);
    assert_eq!(asked(&town, "web.shop.svc.cluster.local"), (0, Some(at)));
    assert_eq!(asked(&town, "none.shop.svc.cluster.local"), (3, None));
    assert_eq!(asked(&town, "web.svc.mesh.local"), (3, None), "as the control plane says");
    assert_eq!(asked(&town, "example.com"), (3, None), "nobody speaks for it");
    // The API of the cluster has an address, as everywhere.
    let (code, api) = asked(&town, "kubernetes.default.svc.cluster.local");
    assert_eq!(code, 0);
    let connects = town.network.namespace(town.beside).run(move || TcpStream::connect_timeout(&(api.unwrap(), 443).into(), SOON).is_ok());
    assert!(connects);
}

/// The code of an answer, and where the name leads.
fn lookup(town: &Town, from: HostId, name: &str) -> (u8, Option<Ipv4Addr>) {
    let mut question = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        question.push(u8::try_from(label.len()).unwrap());
        question.extend(label.bytes());
    }
    question.extend([0, 0, 1, 0, 1]);
    town.network.namespace(from).run(move || {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        socket.connect((Ipv4Addr::new(10, 96, 0, 10), 53)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        socket.send(&question).unwrap();
        let mut bytes = [0; 512];
        let length = socket.recv(&mut bytes).unwrap();
        let found = (bytes[7] > 0).then(|| <[u8; 4]>::try_from(&bytes[length - 4..length]).unwrap().into());
        (bytes[3] & 15, found)
    })
}
