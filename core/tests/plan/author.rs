//! Writes random resources of one small mesh, out of few names and few values, so that they meet.
use crate::stage::service_id;
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use strait_core::{
    names::ServiceId,
    resource::{Key, Resource, from_json, key_from_json},
};

/// Throws that are given; beyond them, always the first side, so that less is simpler.
pub(crate) struct Dice<'a>(pub(crate) &'a [u8]);

impl Dice<'_> {
    fn throw(&mut self, sides: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first) % sides
    }

    fn of<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.throw(list.len())].clone()
    }
}

/// What is done.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    Put(Box<Resource>),
    Delete(Key),
    Vip(ServiceId, Option<Ipv4Addr>),
    Name(&'static str, Option<ServiceId>),
}

pub(crate) fn edit(dice: &mut Dice<'_>) -> Edit {
    let kind = dice.of(&[
        "Dataplane",
        "MeshService",
        "Vip",
        "Mesh",
        "MeshHTTPRoute",
        "MeshTimeout",
        "MeshService",
        "Dataplane",
        "Name",
        "MeshRetry",
        "MeshHealthCheck",
    ]);
    let name = dice.of(&["a", "b", "c"]);
    if kind == "Vip" {
        let address = dice.of(&[None, Some(1), Some(2)]).map(|last| Ipv4Addr::new(241, 0, 0, last));
        return Edit::Vip(service_id(name), address);
    }
    if kind == "Name" {
        return Edit::Name(dice.of(&["first.example", "second.example"]), dice.of(&[None, Some(service_id(name))]));
    }
    let mut written =
        if kind == "Mesh" { json!({"type": kind, "name": "shop"}) } else { json!({"type": kind, "mesh": "shop", "name": name}) };
    if dice.throw(6) == 5 {
        return Edit::Delete(key_from_json(&written).unwrap());
    }
    match kind {
        "Mesh" => written["networking"] = json!({"outbound": {"passthrough": dice.of(&[true, false])}}),
        "Dataplane" => {
            written["labels"] = json!({"app": dice.of(&["a", "b"])});
            written["networking"] = networking(dice);
        }
        "MeshService" => {
            // Two resources may describe one service.
            written["labels"] =
                json!({"kuma.io/zone": dice.of(&["east", "east", "west"]), "kuma.io/display-name": dice.of(&["a", "b", name])});
            written["spec"] = json!({"selector": selector(dice), "ports": ports(dice)});
        }
        _ => {
            written["labels"] = json!({"kuma.io/zone": "east", "kuma.io/origin": "zone"});
            written["spec"] = policy(kind, dice);
        }
    }
    Edit::Put(Box::new(from_json(&written).unwrap()))
}

fn networking(dice: &mut Dice<'_>) -> Value {
    let mut inbounds = Vec::new();
    for _ in 0..dice.throw(3) {
        inbounds.push(json!({
            "port": dice.of(&[80, 81]), "name": dice.of(&["", "main"]), "state": dice.of(&["Ready", "NotReady", "Ignored"]),
            "tags": {"kuma.io/service": dice.of(&["a", "b"]), "kuma.io/protocol": dice.of(&["http", "tcp"])}
        }));
    }
    let backend = json!({"kind": "MeshService", "name": dice.of(&["a", "b", "c"])});
    let mut networking = json!({"address": dice.of(&["10.0.0.1", "10.0.0.2", "a.example"]), "inbound": inbounds});
    match dice.throw(3) {
        0 => networking["transparentProxying"] = json!({"redirectPortInbound": 15006, "redirectPortOutbound": 15001}),
        1 => {
            let refs = json!({"refs": [backend]});
            networking["transparentProxying"] =
                json!({"redirectPortInbound": 15006, "redirectPortOutbound": 15001, "reachableBackends": refs});
        }
        _ => networking["outbound"] = json!([{"port": 9000, "backendRef": backend}, {"port": 9001, "backendRef": backend}]),
    }
    networking
}

fn selector(dice: &mut Dice<'_>) -> Value {
    match dice.throw(4) {
        0 => json!({"dataplaneLabels": {"matchLabels": {"app": dice.of(&["a", "b"])}}}),
        1 => json!({"dataplaneTags": {"kuma.io/service": dice.of(&["a", "b"])}}),
        2 => json!({"dataplaneRef": {"name": dice.of(&["a", "b"])}}),
        _ => json!({"dataplaneLabels": {}}),
    }
}

fn ports(dice: &mut Dice<'_>) -> Value {
    let mut ports = Vec::new();
    for _ in 0..dice.throw(3) {
        let mut port = json!({"port": dice.of(&[80, 81]), "appProtocol": dice.of(&["http", "tcp"])});
        if let Some(name) = dice.of(&[None, Some("web")]) {
            port["name"] = name.into();
        }
        if let Some(target) = dice.of(&[None, Some(json!("main")), Some(json!(81))]) {
            port["targetPort"] = target;
        }
        ports.push(port);
    }
    json!(ports)
}

fn policy(kind: &str, dice: &mut Dice<'_>) -> Value {
    let target = dice.of(&[json!({"kind": "Mesh"}), json!({"kind": "Dataplane", "labels": {"app": "a"}})]);
    let to = dice.of(&[json!({"kind": "MeshService", "name": "a"}), json!({"kind": "MeshService", "name": "b", "sectionName": "web"})]);
    if kind == "MeshTimeout" {
        let seconds = format!("{}s", dice.throw(4));
        let which = dice.throw(3);
        if which == 2 {
            let route = json!({"kind": "MeshHTTPRoute", "name": dice.of(&["a", "b"])});
            return json!({"targetRef": target, "to": [{"targetRef": route, "default": {"http": {"requestTimeout": seconds}}}]});
        }
        if which == 0 {
            return json!({"targetRef": target, "to": [{"targetRef": to, "default": {"connectionTimeout": seconds}}]});
        }
        return json!({"targetRef": target, "rules": [{"default": {"idleTimeout": seconds}}]});
    }
    if kind == "MeshHealthCheck" {
        let conf = json!({"unhealthyThreshold": dice.throw(3) + 1, "tcp": {}, "http": {"disabled": dice.of(&[true, false])}});
        return json!({"targetRef": target, "to": [{"targetRef": to, "default": conf}]});
    }
    if kind == "MeshRetry" {
        let route = json!({"kind": "MeshHTTPRoute", "name": dice.of(&["a", "b"])});
        let conf = json!({"tcp": {"maxConnectAttempt": dice.throw(3) + 1}, "http": {"numRetries": dice.throw(3)}});
        return json!({"targetRef": target, "to": [{"targetRef": dice.of(&[to, route]), "default": conf}]});
    }
    let backend = json!({"kind": "MeshService", "name": dice.of(&["a", "b", "c"]), "port": dice.of(&[80, 81])});
    let rule =
        json!({"matches": [{"path": {"type": "PathPrefix", "value": dice.of(&["/", "/a"])}}], "default": {"backendRefs": [backend]}});
    json!({"targetRef": target, "to": [{"targetRef": to, "rules": [rule]}]})
}
