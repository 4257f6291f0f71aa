//! Kuma's own cases, as far as they are about kinds that are resolved here; what is not supported is listed by name, with the reason.
use crate::golden::{Case, cases, index_of};
use serde_json::{Map, Value, json};
use std::io::{self, Write as _};
use strait_core::{
    policy::{KINDS, PolicyIndex, PolicyKind, Resolved},
    resource::{Key, Kri, MeshName, Resource, ResourceName, from_json, model::GoDuration},
};

/// What is not supported, by a part of the name of cases, and why.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("rules-single/", "MeshTrace: a kind that is not resolved yet"),
    ("_policies/inbounds/multiple_inbound_policies", "MeshAccessLog and MeshRateLimit: kinds that are not resolved yet"),
    ("_policies/merged_policies", "MeshTrace: a kind that is not resolved yet"),
    ("/_layout/", "the layout of a proxy: not about policies"),
    ("invalid_outbound_kri", "what the inspect API answers to a KRI that is none: there is no inspect API"),
    ("proxyconfig_badrequest", "what the inspect API answers to a wrong query: there is no inspect API"),
    ("resource_rule_meshtimeout_index", "expects `toRules` too, rules by service tag, which Kuma 3.0 takes away"),
    ("gw_not_found", "gateways that the mesh configures, which Kuma 3.0 takes away"),
];

#[test]
fn all_that_are_supported() {
    let Some(cases) = cases() else { return };
    let (mut passed, mut left, mut failed) = (0, vec![0; UNSUPPORTED.len()], Vec::new());
    for case in &cases {
        if let Some(row) = UNSUPPORTED.iter().position(|(name, _)| case.id.contains(name)) {
            left[row] += 1;
            continue;
        }
        match difference(case) {
            None => passed += 1,
            Some(difference) => failed.push(format!("{}: {difference}", case.id)),
        }
    }
    let mut table = format!("Kuma's cases of policies: {passed} pass, {} are not supported:\n", left.iter().sum::<usize>());
    for ((name, why), count) in UNSUPPORTED.iter().zip(&left) {
        table += &format!("{count:>4}  {name}: {why}\n");
    }
    // Not `println!`, which the harness would keep to itself.
    io::stderr().write_all(table.as_bytes()).unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(left.iter().all(|count| *count > 0), "a row of the table is about no case:\n{table}");
    assert!(passed > 0);
}

#[test]
fn kinds_stand_in_kumas_order() {
    assert!(KINDS.is_sorted_by_key(|kind| kind.order));
}

/// How what comes out differs from what is expected.
fn difference(case: &Case) -> Option<String> {
    if case.set == "sort-to-entries" {
        return differs("order", &case.expected["order"], &order(case));
    }
    let index = case.index();
    if let Some(path) = &case.query.path {
        let found = inspected(case, &index, path);
        return differs(path, &case.expected["body"], &found);
    }
    let kind = PolicyKind::named(case.query.kind.as_ref().unwrap()).unwrap_or_else(|| panic!("{}: {:?}", case.id, case.query.kind));
    let found = json!(resolved(&index, "mesh-1", case.query.dataplane.as_ref().unwrap(), kind));
    case.expected.iter().find_map(|(field, expected)| differs(field, expected, &found[field]))
}

fn resolved(index: &PolicyIndex, mesh: &str, dataplane: &str, kind: &'static PolicyKind) -> Resolved {
    index.resolve(&MeshName::new(mesh).unwrap(), &ResourceName::new(dataplane).unwrap(), kind).unwrap()
}

/// Everything in it is the same, durations by their length.
fn differs(what: &str, expected: &Value, found: &Value) -> Option<String> {
    let found = without_ours(found);
    (!same(expected, &found)).then(|| format!("{what}:\n  expected {expected}\n  found    {found}"))
}

fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len() && one.iter().all(|(field, value)| other.get(field).is_some_and(|other| same(value, other)))
        }
        (Value::Array(one), Value::Array(other)) => one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other)),
        (Value::String(one), Value::String(other)) => {
            let nanoseconds = |text: &str| GoDuration::new(text).map(|duration| duration.nanoseconds());
            one == other || matches!((nanoseconds(one), nanoseconds(other)), (Ok(one), Ok(other)) if one == other)
        }
        _ => one == other,
    }
}

/// Without whose each value is, which Kuma does not say.
fn without_ours(found: &Value) -> Value {
    match found {
        Value::Object(fields) => Value::Object(
            fields.iter().filter(|(field, _)| *field != "values").map(|(field, value)| (field.clone(), without_ours(value))).collect(),
        ),
        Value::Array(items) => items.iter().map(without_ours).collect(),
        other => other.clone(),
    }
}

/// The order of items, which here can be seen in the origins of a rule: the case has no proxy and no destination, and names the same policy
/// twice. So each is called otherwise, keeps its name as what its author called it, and is in the proxy's namespace.
fn order(case: &Case) -> Value {
    let labelled = |mut resource: Value, display_name: &Value| {
        resource["labels"]["k8s.kuma.io/namespace"] = "shop".into();
        resource["labels"]["kuma.io/display-name"] = display_name.clone();
        resource
    };
    let policies = case.resources.iter().enumerate().map(|(number, policy)| {
        let mut policy = labelled(policy.clone(), &policy["name"]);
        policy["name"] = format!("policy-{number}").into();
        policy
    });
    let others = [
        json!({"type": "Mesh", "name": "mesh-1"}),
        labelled(json!({"type": "MeshService", "mesh": "mesh-1", "name": "backend"}), &"backend".into()),
        labelled(json!({"type": "Dataplane", "mesh": "mesh-1", "name": "dp", "networking": {"inbound": [{"port": 80}]}}), &"dp".into()),
    ];
    let resources: Vec<Resource> = policies.chain(others).map(|resource| from_json(&resource).unwrap()).collect();
    let called = |key: &Key| resources.iter().find(|resource| resource.key == *key).unwrap().display_name().to_owned();
    let found = resolved(&index_of(resources.clone()), "mesh-1", "dp", PolicyKind::named("MeshTimeout").unwrap());
    let rules = found.to.unwrap();
    assert_eq!(rules.len(), 1);
    rules[0].origins.iter().map(|origin| json!({"name": called(&origin.policy), "ruleIndex": origin.rule})).collect()
}

/// What Kuma's inspect API would say.
fn inspected(case: &Case, index: &PolicyIndex, path: &str) -> Value {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let mesh = parts[1];
    let all = |dataplane: &str| -> Vec<Resolved> {
        ["MeshTimeout", "MeshTrafficPermission", "MeshRetry"]
            .map(|kind| resolved(index, mesh, dataplane, PolicyKind::named(kind).unwrap()))
            .into()
    };
    match parts[2..] {
        ["dataplanes", dataplane, "_inbounds", inbound, "_policies"] => inbound_policies(case, &all(dataplane), inbound),
        ["dataplanes", dataplane, "_outbounds", outbound, "_policies"] => outbound_policies(case, &all(dataplane), &[outbound]),
        ["dataplanes", dataplane, "_outbounds", outbound, "_routes", route, "_policies"] => {
            outbound_policies(case, &all(dataplane), &[route, outbound])
        }
        ["dataplanes", dataplane, "_rules"] => rules(case, &all(dataplane), mesh, dataplane),
        [policies, policy, "_resources", "dataplanes"] => selected(case, index, policies, policy),
        _ => panic!("{}: nobody knows {path}", case.id),
    }
}

fn resource(case: &Case, is_it: impl Fn(&Resource) -> bool) -> Resource {
    case.resources.iter().map(|resource| from_json(resource).unwrap()).find(is_it).unwrap()
}

fn kri(case: &Case, policy: &Key) -> String {
    Kri::of(&resource(case, |resource| resource.key == *policy)).to_string()
}

/// Where the proxy of a case takes this traffic.
fn inbounds(case: &Case) -> Vec<Value> {
    let proxy = case.resources.iter().find(|resource| resource["type"] == "Dataplane").unwrap();
    let list = |field: &str| proxy["networking"][field].as_array().cloned().unwrap_or_default();
    [list("inbound"), list("listeners")].concat()
}

fn inbound_policies(case: &Case, all: &[Resolved], inbound: &str) -> Value {
    let port = inbounds(case).iter().find(|one| inbound.ends_with(&format!("_{}", one["name"].as_str().unwrap()))).unwrap()["port"].clone();
    let of_kind = |resolved: &Resolved| {
        let inbounds = resolved.inbounds.as_ref()?;
        let rules = &inbounds.iter().find(|((_, at), _)| json!(at) == port)?.1.rules;
        let mut origins: Vec<Value> = rules.iter().map(|rule| json!({"kri": kri(case, &rule.origin.policy)})).collect();
        origins.dedup();
        let shown = |rule: &strait_core::policy::InboundRule| {
            assert!(rule.matching.is_none());
            json!({"kri": kri(case, &rule.origin.policy), "conf": rule.conf})
        };
        Some(json!({"kind": resolved.kind, "origins": origins, "rules": rules.iter().map(shown).collect::<Value>()}))
    };
    json!({"policies": all.iter().filter_map(of_kind).collect::<Value>()})
}

/// The first of these that has a rule.
fn outbound_policies(case: &Case, all: &[Resolved], towards: &[&str]) -> Value {
    let destination = |text: &str| {
        let kri = Kri::of(&resource(case, |resource| text.starts_with(&Kri::of(resource).to_string())));
        let section = text.trim_start_matches(&kri.to_string()).to_owned();
        (kri, section)
    };
    let of_kind = |resolved: &Resolved| {
        let rule = towards.iter().find_map(|text| {
            let (kri, section) = destination(text);
            resolved.towards(&kri, &section)
        })?;
        let confs: Vec<_> = rule.confs.iter().map(|merged| &merged.conf).collect();
        let origins: Vec<_> = rule.origins.iter().map(|origin| json!({"kri": kri(case, &origin.policy)})).collect();
        Some(json!({"kind": resolved.kind, "conf": confs, "origins": origins}))
    };
    json!({"policies": all.iter().filter_map(of_kind).collect::<Value>()})
}

fn meta(case: &Case, key: &Key) -> Value {
    let resource = resource(case, |resource| resource.key == *key);
    json!({"type": key.kind, "mesh": key.mesh, "name": key.name, "labels": resource.labels})
}

/// Only of cases where nothing is said by service tag.
fn rules(case: &Case, all: &[Resolved], mesh: &str, dataplane: &str) -> Value {
    let of_kind = |resolved: &Resolved| {
        if resolved.matched.is_empty() {
            return None;
        }
        assert_eq!(resolved.to.as_deref(), Some(&[][..]));
        let of_inbound = |((_, port), inbound): (&(String, u32), &strait_core::policy::InboundRules)| {
            let written = inbounds(case).into_iter().find(|one| one["port"] == json!(port)).unwrap();
            // Of listeners Kuma shows the port alone.
            let mut shown = Map::from_iter([("port".to_owned(), json!(port)), ("tags".to_owned(), written["tags"].clone())]);
            if written["tags"].is_object() {
                shown.insert("name".to_owned(), written["name"].clone());
            }
            let merged = inbound.effective.as_ref().unwrap();
            let origin =
                |origin: &strait_core::policy::Origin| json!({"resourceMeta": meta(case, &origin.policy), "ruleIndex": origin.rule});
            let rule = json!({"conf": [merged.conf], "origin": merged.origins.iter().map(origin).collect::<Value>()});
            json!({"inbound": shown, "rules": [rule]})
        };
        let inbound_rules: Value = resolved.inbounds.as_ref().unwrap().iter().map(of_inbound).collect();
        let none = json!([]);
        Some(json!({
            "type": resolved.kind, "inboundRules": inbound_rules, "warnings": resolved.warnings,
            "fromRules": none, "toResourceRules": none, "toRules": none
        }))
    };
    let proxy = resource(case, |resource| resource.kind().as_str() == "Dataplane" && resource.key.name.as_str() == dataplane);
    assert_eq!(proxy.mesh().unwrap().as_str(), mesh);
    json!({"httpMatches": [], "resource": meta(case, &proxy.key), "rules": all.iter().filter_map(of_kind).collect::<Value>()})
}

/// The proxies that a policy is for.
fn selected(case: &Case, index: &PolicyIndex, policies: &str, policy: &str) -> Value {
    let is_it =
        |resource: &Resource| format!("{}s", resource.kind().as_str().to_lowercase()) == policies && resource.key.name.as_str() == policy;
    let policy = resource(case, is_it).key;
    let proxies =
        case.resources.iter().map(|resource| from_json(resource).unwrap()).filter(|resource| resource.kind().as_str() == "Dataplane");
    let is_for = |proxy: &Key| {
        let kind = PolicyKind::named(policy.kind.as_str()).unwrap();
        index.resolve(policy.mesh.as_ref().unwrap(), &proxy.name, kind).unwrap().matched.contains(&policy)
    };
    let items: Vec<Value> = proxies.filter(|proxy| is_for(&proxy.key)).map(|proxy| meta(case, &proxy.key)).collect();
    json!({"total": items.len(), "items": items})
}
