//! `MeshHTTPRoute`: where requests go. Routes of several policies to one service are joined rule by rule.
//!
//! Within a route the first rule with given matches counts, while merging lets the last one win: so the rules of each item are turned
//! round before merging, and the outcome back. Rules with equal matches become one. What names other hosts is merged by itself (Kuma 2.14).
use crate::{
    policy::{
        PolicyKind,
        kind::ToItems,
        merge::{Contribution, Merged, merge_by_key, merge_with_list, origins},
    },
    resource::model,
};
use serde_json::{Map, Value, json};

pub(super) static KIND: PolicyKind = PolicyKind {
    name: "MeshHTTPRoute",
    order: 100,
    to: Some(ToItems { conf, at: "", merge }),
    inbound: None,
    write_defaults,
    check: model::check_routes,
};

/// Hosts and rules stand beside the reference, not below `default`.
fn conf(item: &Map<String, Value>) -> Value {
    let kept = ["hostnames", "rules"].into_iter().filter_map(|field| Some((field.to_owned(), item.get(field)?.clone())));
    Value::Object(kept.collect())
}

/// One conf for each host that is named, in the order in which they first are; of those that name none, one.
fn merge(confs: &[Contribution<'_>]) -> Vec<Merged> {
    let mut hosts: Vec<Option<&str>> = Vec::new();
    for host in confs.iter().flat_map(|contribution| hosts_of(contribution.conf)) {
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts.into_iter().map(|host| of_host(host, confs)).collect()
}

fn of_host(host: Option<&str>, confs: &[Contribution<'_>]) -> Merged {
    let confs: Vec<_> = confs.iter().filter(|contribution| hosts_of(contribution.conf).contains(&host)).collect();
    let rules = |of: &Value| of.get("rules").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().len();
    let entries: Vec<Contribution<'_>> = confs
        .iter()
        .flat_map(|contribution| {
            let rules = (0..rules(contribution.conf)).rev();
            rules.map(|index| Contribution { conf: &contribution.conf["rules"][index], origin: contribution.origin })
        })
        .collect();
    let mut rules = merge_by_key(&entries, "matches");
    rules.reverse();
    let hostnames = host.map(|host| json!({"hostnames": [host]}));
    let named = hostnames.iter().zip(confs.last()).map(|(conf, last)| Contribution { conf, origin: last.origin });
    let all: Vec<Contribution<'_>> = confs.iter().map(|contribution| **contribution).collect();
    merge_with_list(&named.collect::<Vec<_>>(), "rules", rules, origins(&all))
}

fn hosts_of(conf: &Value) -> Vec<Option<&str>> {
    let named: Vec<_> = conf.get("hostnames").and_then(Value::as_array).into_iter().flatten().map(Value::as_str).collect();
    if named.is_empty() { vec![None] } else { named }
}

/// `type: Exact` of headers, `weight: 1` of backends, `statusCode: 302` of redirects.
fn write_defaults(conf: &mut Value) {
    for rule in items(conf.get_mut("rules")) {
        for matches in items(rule.get_mut("matches")) {
            items(matches.get_mut("headers")).iter_mut().for_each(|header| set(Some(header), "type", &json!("Exact")));
        }
        let Some(default) = rule.get_mut("default") else { continue };
        items(default.get_mut("backendRefs")).iter_mut().for_each(|backend| set(Some(backend), "weight", &json!(1)));
        for filter in items(default.get_mut("filters")) {
            set(filter.get_mut("requestRedirect"), "statusCode", &json!(302));
            set(filter.get_mut("requestMirror").and_then(|mirror| mirror.get_mut("backendRef")), "weight", &json!(1));
        }
    }
}

fn items(list: Option<&mut Value>) -> &mut [Value] {
    list.and_then(Value::as_array_mut).map(Vec::as_mut_slice).unwrap_or_default()
}

fn set(map: Option<&mut Value>, field: &str, default: &Value) {
    if let Some(map) = map.and_then(Value::as_object_mut) {
        map.entry(field).or_insert_with(|| default.clone());
    }
}
