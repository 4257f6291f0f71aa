//! Writes random resources, out of few names and few values, so that they meet.
use serde_json::{Map, Value, json};
use strait_core::resource::{Key, Resource, from_json, key_from_json};

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

    fn is_one_in(&mut self, sides: usize) -> bool {
        self.throw(sides) + 1 == sides
    }
}

/// What is done.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    Put(Resource),
    Delete(Key),
}

pub(crate) fn edit(dice: &mut Dice<'_>) -> Edit {
    let kind = dice.of(&[
        "MeshTimeout",
        "Dataplane",
        "MeshTimeout",
        "MeshService",
        "MeshTrafficPermission",
        "MeshHTTPRoute",
        "MeshExternalService",
        "MeshMultiZoneService",
        "Mesh",
        "MeshTrafficPermission",
        "MeshHTTPRoute",
        "Dataplane",
        "MeshRetry",
        "MeshHealthCheck",
    ]);
    let mesh = dice.of(&["default", "default", "default", "other"]);
    let mut written = json!({"type": kind});
    if kind == "Mesh" {
        written["name"] = mesh.into();
    } else {
        written["mesh"] = mesh.into();
        written["name"] = dice.of(&["a", "b", "c", "d"]).into();
    }
    if dice.is_one_in(5) {
        return Edit::Delete(key_from_json(&written).unwrap());
    }
    written["labels"] = labels(dice);
    match kind {
        "Mesh" => {}
        "Dataplane" => written["networking"] = networking(dice),
        "MeshService" | "MeshMultiZoneService" => written["spec"] = json!({"ports": ports(dice)}),
        "MeshExternalService" => written["spec"] = json!({"match": {"port": 443}}),
        _ => {
            policy_labels(dice, &mut written["labels"]);
            written["spec"] = policy(kind, dice);
        }
    }
    Edit::Put(from_json(&written).unwrap())
}

fn labels(dice: &mut Dice<'_>) -> Value {
    let mut labels = Map::new();
    let mut set = |label: &str, value: &str| {
        if !value.is_empty() {
            labels.insert(label.to_owned(), value.into());
        }
    };
    set("app", dice.of(&["", "web", "api"]));
    set("tier", dice.of(&["", "", "one", "two"]));
    set("kuma.io/origin", dice.of(&["", "zone", "global", "nobody"]));
    set("kuma.io/zone", dice.of(&["", "east", "west"]));
    set("k8s.kuma.io/namespace", dice.of(&["", "shop", "ops"]));
    set("kuma.io/display-name", dice.of(&["", "", "a", "b", "web"]));
    Value::Object(labels)
}

fn policy_labels(dice: &mut Dice<'_>, labels: &mut Value) {
    let role = dice.of(&["", "", "system", "producer", "consumer", "workload-owner"]);
    if !role.is_empty() {
        labels["kuma.io/policy-role"] = role.into();
    }
    if dice.is_one_in(12) {
        labels["kuma.io/effect"] = "shadow".into();
    }
}

fn tags(dice: &mut Dice<'_>) -> Value {
    let mut tags = json!({});
    tags["kuma.io/service"] = dice.of(&["web", "api", "web"]).into();
    if dice.is_one_in(2) {
        tags["version"] = dice.of(&["1", "2"]).into();
    }
    if dice.is_one_in(4) {
        tags["team"] = "shop".into();
    }
    tags
}

fn networking(dice: &mut Dice<'_>) -> Value {
    let mut networking = json!({"address": "10.0.0.1"});
    let inbound = |dice: &mut Dice<'_>, port: u16| {
        let mut inbound = json!({"port": port, "tags": tags(dice)});
        let name = dice.of(&["", "http", "admin"]);
        if !name.is_empty() {
            inbound["name"] = name.into();
        }
        if dice.is_one_in(4) {
            inbound["address"] = "10.0.0.2".into();
        }
        inbound
    };
    let sort = dice.throw(6);
    if sort == 4 {
        networking["gateway"] = json!({"tags": tags(dice)});
        return networking;
    }
    if sort == 5 {
        networking["gateway"] = json!({"tags": tags(dice), "type": "BUILTIN"});
        return networking;
    }
    let count = dice.of(&[1, 2, 1, 0]);
    networking["inbound"] = (0..count).map(|number| inbound(dice, 8080 + number)).collect();
    if dice.is_one_in(5) {
        networking["listeners"] = json!([{"type": "ZoneEgress", "address": "10.0.0.9", "port": 10002, "name": dice.of(&["ze", "http"])}]);
    }
    networking
}

fn ports(dice: &mut Dice<'_>) -> Value {
    let count = dice.throw(3);
    (0..count)
        .map(|number| {
            let name = dice.of(&["", "http", "admin"]);
            if name.is_empty() { json!({"port": 80 + number}) } else { json!({"port": 80 + number, "name": name}) }
        })
        .collect()
}

fn policy(kind: &str, dice: &mut Dice<'_>) -> Value {
    let mut spec = json!({});
    match dice.throw(14) {
        12 => return json!({"to": 5}),
        13 => return json!({"targetRef": {"kind": "Nonsense"}}),
        _ => {}
    }
    if dice.throw(4) > 0 {
        spec["targetRef"] = top(dice);
    }
    let count = dice.of(&[1, 2, 3, 0]);
    match kind {
        "MeshHTTPRoute" => spec["to"] = (0..count).map(|_| route_item(dice)).collect(),
        "MeshTrafficPermission" => {
            let is_older = dice.is_one_in(2);
            if is_older {
                spec["from"] =
                    (0..count).map(|_| json!({"targetRef": source(dice), "default": {"action": dice.of(&["Allow", "Deny"])}})).collect();
            } else {
                spec["rules"] = (0..count).map(|_| permission(dice)).collect();
            }
        }
        "MeshHealthCheck" => {
            spec["to"] = (0..count).map(|_| json!({"targetRef": destination(dice), "default": health_checks(dice)})).collect();
        }
        "MeshRetry" => spec["to"] = (0..count).map(|_| json!({"targetRef": destination(dice), "default": retries(dice)})).collect(),
        _ => match dice.throw(4) {
            0 | 1 => spec["to"] = (0..count).map(|_| json!({"targetRef": destination(dice), "default": timeouts(dice)})).collect(),
            2 => spec["rules"] = (0..count).map(|_| timeout_rule(dice)).collect(),
            _ => {
                spec["from"] = (0..count).map(|_| json!({"targetRef": {"kind": "Mesh"}, "default": timeouts(dice)})).collect();
                spec["to"] = json!([{"targetRef": destination(dice), "default": timeouts(dice)}]);
            }
        },
    }
    spec
}

fn top(dice: &mut Dice<'_>) -> Value {
    let kind =
        dice.of(&["Mesh", "Dataplane", "Dataplane", "MeshSubset", "MeshService", "MeshServiceSubset", "MeshHTTPRoute", "MeshGateway"]);
    let mut target = json!({"kind": kind});
    match kind {
        "Dataplane" => {
            match dice.throw(4) {
                0 => target["labels"] = selector(dice),
                1 => target["name"] = dice.of(&["a", "b", "web"]).into(),
                2 => {}
                _ => target["namespace"] = "shop".into(),
            }
            if dice.is_one_in(3) {
                target["sectionName"] = dice.of(&["http", "8080", "ze"]).into();
            }
        }
        "MeshSubset" => {
            target["tags"] =
                dice.of(&[json!({}), json!({"version": "1"}), json!({"version": "*"}), json!({"kuma.io/service": "web", "team": "shop"})])
        }
        "MeshService" => target["name"] = dice.of(&["web", "api"]).into(),
        "MeshServiceSubset" => (target["name"], target["tags"]) = ("web".into(), json!({"version": dice.of(&["1", "*"])})),
        "MeshHTTPRoute" | "MeshGateway" => target["name"] = dice.of(&["a", "b", "web"]).into(),
        _ => {}
    }
    if matches!(kind, "Mesh" | "MeshSubset") && dice.is_one_in(4) {
        target["proxyTypes"] = dice.of(&[json!(["Sidecar"]), json!(["Gateway"]), json!(["Sidecar", "Gateway"]), json!([])]);
    }
    target
}

fn selector(dice: &mut Dice<'_>) -> Value {
    dice.of(&[
        json!({"app": "web"}),
        json!({"app": "api", "tier": "one"}),
        json!({"kuma.io/display-name": "a"}),
        json!({"kuma.io/zone": "east", "app": "web"}),
        json!({}),
    ])
}

fn destination(dice: &mut Dice<'_>) -> Value {
    let kind = dice.of(&["Mesh", "MeshService", "MeshService", "MeshHTTPRoute", "MeshMultiZoneService", "MeshExternalService"]);
    let mut target = json!({"kind": kind});
    if kind == "Mesh" {
        return target;
    }
    if dice.is_one_in(2) {
        target["labels"] = selector(dice);
    }
    if target["labels"].as_object().is_none_or(Map::is_empty) {
        target["name"] = dice.of(&["a", "b", "web", "a_shop_svc_80", "a_shop_svc", "a_shop_svc_x"]).into();
        if dice.is_one_in(4) {
            target["namespace"] = "ops".into();
        }
    }
    if dice.is_one_in(3) {
        target["sectionName"] = dice.of(&["http", "80", "admin"]).into();
    }
    target
}

fn source(dice: &mut Dice<'_>) -> Value {
    dice.of(&[
        json!({"kind": "Mesh"}),
        json!({"kind": "MeshService", "name": "web"}),
        json!({"kind": "MeshSubset", "tags": {"version": "1"}}),
        json!({"kind": "MeshSubset", "tags": {"version": "2", "team": "shop"}}),
        json!({"kind": "MeshServiceSubset", "name": "api", "tags": {"version": "1"}}),
        json!({"kind": "MeshSubset", "tags": {"zone": "east"}}),
        json!({"kind": "MeshSubset"}),
    ])
}

fn timeouts(dice: &mut Dice<'_>) -> Value {
    dice.of(&[
        json!({"connectionTimeout": "1s"}),
        json!({"connectionTimeout": "2s", "idleTimeout": "1h"}),
        json!({"http": {"requestTimeout": "3s"}}),
        json!({"http": {"requestTimeout": "4s", "streamIdleTimeout": null}}),
        json!({"http": {}}),
        json!({"idleTimeout": null, "http": {"streamIdleTimeout": "5s"}, "newer": [1, {"than": null}]}),
        json!({}),
        Value::Null,
    ])
}

fn retries(dice: &mut Dice<'_>) -> Value {
    dice.of(&[
        json!({"tcp": {"maxConnectAttempt": 2}}),
        json!({"http": {"numRetries": 3, "retryOn": ["5xx", 503]}}),
        json!({"http": {"retryOn": [], "hostSelection": [{"predicate": "OmitPreviousPriorities"}]}}),
        json!({"http": {"hostSelection": [{"predicate": "OmitPreviousHosts", "updateFrequency": 7}, {}, {"updateFrequency": null}]}}),
        json!({"http": {"numRetries": null}, "grpc": {"numRetries": 0}}),
        json!({"http": null, "newer": {"a": null, "b": [1]}}),
        Value::Null,
    ])
}

fn health_checks(dice: &mut Dice<'_>) -> Value {
    dice.of(&[
        json!({"interval": "1s", "tcp": {}}),
        json!({"http": {"path": "/ready", "expectedStatuses": [200, 204]}, "healthyPanicThreshold": "12.5"}),
        json!({"http": {"disabled": true, "path": null}, "timeout": "2s"}),
        json!({"grpc": {"serviceName": "a"}, "unhealthyThreshold": 2}),
        json!({"tcp": {"receive": []}, "newer": {"a": null}}),
        Value::Null,
    ])
}

fn client(dice: &mut Dice<'_>) -> Value {
    dice.of(&[
        json!({"spiffeID": {"type": "Exact", "value": "spiffe://east/a"}}),
        json!({"spiffeID": {"type": "Prefix", "value": "spiffe://east/"}}),
        json!({"sni": {"type": "Exact", "value": "web.mesh"}}),
        json!({"spiffeID": {"type": "Prefix", "value": "spiffe://"}, "sni": {"type": "Exact", "value": "api.mesh"}}),
        json!({"spiffeID": {"type": "Exact", "value": "spiffe://west/b"}, "sni": {"type": "Exact", "value": "api.mesh"}}),
    ])
}

fn timeout_rule(dice: &mut Dice<'_>) -> Value {
    let count = dice.throw(3);
    let mut rule = json!({"default": timeouts(dice)});
    if count > 0 {
        rule["matches"] = (0..count).map(|_| client(dice)).collect();
    }
    rule
}

fn permission(dice: &mut Dice<'_>) -> Value {
    let mut conf = json!({});
    for list in ["allow", "deny", "allowWithShadowDeny"] {
        if dice.is_one_in(2) {
            conf[list] = json!([client(dice)]);
        }
    }
    json!({"default": conf})
}

fn route_item(dice: &mut Dice<'_>) -> Value {
    let count = dice.throw(4);
    let mut item = json!({"targetRef": destination(dice), "rules": (0..count).map(|_| route_rule(dice)).collect::<Value>()});
    if dice.is_one_in(4) {
        item["hostnames"] = dice.of(&[json!(["one.mesh"]), json!(["one.mesh", "two.mesh"]), json!([])]);
    }
    item
}

fn route_rule(dice: &mut Dice<'_>) -> Value {
    let matches = dice.of(&[
        json!([{"path": {"type": "PathPrefix", "value": "/"}}]),
        json!([{"path": {"type": "Exact", "value": "/v1"}}]),
        json!([{"headers": [{"name": "x", "value": "1"}]}]),
        json!([{"headers": [{"name": "x", "value": "1", "type": "Exact"}]}]),
    ]);
    let default = dice.of(&[
        json!({"backendRefs": [{"kind": "MeshService", "name": "a"}]}),
        json!({"backendRefs": [{"kind": "MeshService", "name": "b", "weight": 3}], "filters": []}),
        json!({"filters": [{"type": "URLRewrite", "urlRewrite": {"hostname": "x"}}]}),
        json!({}),
    ]);
    json!({"matches": matches, "default": default})
}

/// Puts something else in the place of a random part.
pub(crate) fn mangle(value: &mut Value, dice: &mut Dice<'_>) {
    let count = match value {
        Value::Array(items) => items.len(),
        Value::Object(fields) => fields.len(),
        _ => 0,
    };
    if count == 0 || dice.is_one_in(4) {
        *value = dice.of(&[
            json!(null),
            json!([]),
            json!({}),
            json!(-5),
            json!("x"),
            json!([[]]),
            json!([null]),
            json!([{}]),
            json!({"kind": {}}),
            json!({"kind": "Mesh"}),
            json!({"kind": "MeshService", "name": ""}),
            json!({"rules": [[], 1, {"matches": {}}]}),
            json!(["", "a"]),
        ]);
        return;
    }
    let part = dice.throw(count);
    match value {
        Value::Array(items) => mangle(&mut items[part], dice),
        Value::Object(fields) => mangle(fields.values_mut().nth(part).unwrap(), dice),
        _ => {}
    }
}
