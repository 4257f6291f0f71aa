//! A zone whose proxies are pods, and one on machines: what global and the other zone know of a cluster's services, and what a pod is told.
use crate::{
    alone::{resource, zone},
    pair::Pair,
};
use serde_json::{Value, json};
use std::net::SocketAddr;
use strait_core::{
    Node as _,
    kubernetes::{News, ObjectKind, read},
    node::*,
    plan::Part,
    resource::*,
};

fn pod(name: &str, app: &str, address: &str) -> Value {
    json!({
        "kind": "Pod",
        "metadata": {
            "name": name, "namespace": "shop", "labels": {"app": app, "statefulset.kubernetes.io/pod-name": name},
            "annotations": {
                "kuma.io/sidecar-injected": "true", "kuma.io/transparent-proxying": "enabled",
                "kuma.io/transparent-proxying-inbound-port": "15006", "kuma.io/transparent-proxying-outbound-port": "15001",
            },
        },
        "spec": {"containers": [{"name": "app", "ports": [{"name": "http", "containerPort": 8080}]}, {"name": "kuma-sidecar"}]},
        "status": {"phase": "Running", "podIP": address},
    })
}

fn service(name: &str, app: &str, cluster_ip: &str, protocol: &str) -> Value {
    let ports = json!([{"name": "http", "port": 80, "targetPort": "http", "appProtocol": protocol}]);
    json!({
        "kind": "Service", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"selector": {"app": app}, "clusterIP": cluster_ip, "ports": ports},
    })
}

fn hybrid() -> Pair {
    let mut pair = Pair::new(&["east", "west"]);
    let mesh = resource("Mesh", None, "default", json!({"meshServices": {"mode": "Exclusive"}}));
    pair.edit(vec![Change::Put(mesh)]).unwrap();
    pair.run_for(10_000);
    let namespace = json!({"kind": "Namespace", "metadata": {"name": "shop", "labels": {"kuma.io/sidecar-injection": "enabled"}}});
    let slice = json!({
        "kind": "EndpointSlice",
        "metadata": {"name": "db-x", "namespace": "shop", "labels": {"kubernetes.io/service-name": "db"}},
        "endpoints": [{"addresses": ["10.1.0.3"], "targetRef": {"kind": "Pod", "name": "db-0"}}],
    });
    let services =
        [service("web", "web", "10.96.0.1", "http"), service("web-too", "web", "10.96.0.2", "tcp"), service("db", "db", "None", "tcp")];
    let pods = [pod("web-0", "web", "10.1.0.1"), pod("web-1", "web", "10.1.0.2"), pod("db-0", "db", "10.1.0.3")];
    let lists = [
        (ObjectKind::Namespace, vec![namespace]),
        (ObjectKind::Service, services.to_vec()),
        (ObjectKind::EndpointSlice, vec![slice]),
        (ObjectKind::Pod, pods.to_vec()),
    ];
    for (kind, values) in lists {
        let objects = values.iter().map(|value| read(value, None).unwrap()).collect();
        pair.inject_zone("east", ZoneInput::Kubernetes(News::Listed { kind, version: 1, objects }));
    }
    pair.run_for(10_000);
    pair
}

#[test]
fn global_holds_what_the_cluster_has_with_its_addresses() {
    let pair = hybrid();
    let held = pair.global_node().view().resources.values();
    let services = held.filter(|held| *held.kind() == Kind::mesh_service() && held.display_name() == "web");
    let [web] = services.collect::<Vec<_>>()[..] else { panic!("there is one") };
    assert_eq!(web.status.as_ref().and_then(Spec::value), Some(&json!({"vips": [{"ip": "10.96.0.1"}]})));
    assert_eq!(
        (&*web.labels["kuma.io/env"], &*web.labels["kuma.io/zone"], &*web.labels["k8s.kuma.io/namespace"]),
        ("kubernetes", "east", "shop")
    );
}

#[test]
fn another_zone_has_kumas_names_for_them_and_addresses_of_its_own() {
    let pair = hybrid();
    let view = pair.zone_node("west").view();
    let mesh = MeshName::new("default").unwrap();
    for name in ["web.shop.svc.east.mesh.local", "db-0.db.shop.svc.east.mesh.local"] {
        let address = view.resolve(&mesh, name).unwrap().unwrap();
        assert_eq!(address.octets()[0], 241, "{name}");
    }
    // In its own zone it has the name that the cluster gives.
    let own = pair.zone_node("east").view();
    assert!(own.names.is_empty());
    assert_eq!(own.vips.len(), 3);
}

#[test]
fn a_pod_is_told_of_services_at_their_cluster_ips_and_of_one_listener_a_port() {
    let mut pair = hybrid();
    let opened = FromProxy::Opened {
        mesh: Some(MeshName::new("default").unwrap()),
        name: ResourceName::new("web-0.shop").unwrap(),
        dataplane: None,
        version: ProxyVersion::default(),
    };
    pair.inject_zone("east", ZoneInput::Proxy(ProxySession(1), opened));
    let said = std::mem::take(&mut pair.to_proxies);
    let update = said.into_iter().find_map(|(at, _, said)| match said {
        ToProxy::Plan(update) if at == zone("east") => Some(update),
        _ => None,
    });
    let parts = update.unwrap().put;
    let at = |service: &str| -> Vec<SocketAddr> {
        let outbounds = parts.iter().filter_map(|part| if let Part::Outbound(outbound) = part { Some(outbound) } else { None });
        outbounds.filter(|outbound| outbound.destination.service.name == service).flat_map(|outbound| outbound.listens.clone()).collect()
    };
    assert_eq!((at("web"), at("web-too")), (vec!["10.96.0.1:80".parse().unwrap()], vec!["10.96.0.2:80".parse().unwrap()]));
    let endpoints = parts.iter().find_map(|part| match part {
        Part::Endpoints(endpoints) if endpoints.destination.service.name == "web" => Some(endpoints.endpoints.len()),
        _ => None,
    });
    assert_eq!(endpoints, Some(2));
    // Two services mean one port of the pod: a proxy cannot listen twice, and requests are told apart only by one of them.
    let inbounds: Vec<_> = parts.iter().filter_map(|part| if let Part::Inbound(inbound) = part { Some(inbound) } else { None }).collect();
    let [inbound] = inbounds[..] else { panic!("{inbounds:?}") };
    assert_eq!((inbound.listens, inbound.protocol.has_requests()), ("10.1.0.1:8080".parse().unwrap(), true));
}
