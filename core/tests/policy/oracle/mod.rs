//! What policies come to, worked out naively from the resources as they are written: every policy is compared with the proxy, every item with
//! every destination, each time anew. It shares no code with the index, only the shape of what comes out.
mod matching;
mod merge;
mod order;
mod sources;

use matching::Selection;
use merge::{Piece, merged};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use strait_core::resource::{Key, Resource, to_json};

/// A resource as written, with what is asked of it.
#[derive(Clone, Debug)]
pub(crate) struct Written(pub(crate) Value);

impl Written {
    pub(crate) fn of(resource: &Resource) -> Self {
        Self(to_json(resource))
    }

    pub(crate) fn name(&self) -> &str {
        self.0["name"].as_str().unwrap()
    }

    pub(crate) fn label(&self, label: &str) -> &str {
        self.0["labels"][label].as_str().unwrap_or("")
    }

    pub(crate) fn display_name(&self) -> &str {
        Some(self.label("kuma.io/display-name")).filter(|name| !name.is_empty()).unwrap_or(self.name())
    }

    pub(crate) fn zone(&self) -> &str {
        self.label("kuma.io/zone")
    }

    pub(crate) fn namespace(&self) -> &str {
        self.label("k8s.kuma.io/namespace")
    }

    /// The list of items of this name.
    pub(crate) fn items(&self, field: &str) -> Vec<Value> {
        self.0["spec"][field].as_array().cloned().unwrap_or_default()
    }

    pub(crate) fn top(&self) -> Value {
        if self.0["spec"]["targetRef"].is_null() { json!({"kind": "Mesh"}) } else { self.0["spec"]["targetRef"].clone() }
    }

    fn is_readable(&self) -> bool {
        let kinds = ["Mesh", "Dataplane", "MeshSubset", "MeshService", "MeshServiceSubset", "MeshGateway", "MeshHTTPRoute"];
        (self.0["spec"]["to"].is_null() || self.0["spec"]["to"].is_array()) && kinds.contains(&self.top()["kind"].as_str().unwrap())
    }

    fn kri(&self, section: &str) -> String {
        let short = match self.0["type"].as_str().unwrap() {
            "Mesh" => "m",
            "MeshService" => "msvc",
            "MeshMultiZoneService" => "mzsvc",
            "MeshExternalService" => "extsvc",
            "MeshHTTPRoute" => "mhttpr",
            other => panic!("{other} is no destination"),
        };
        let mesh = self.0["mesh"].as_str().unwrap_or("");
        format!("kri_{short}_{mesh}_{}_{}_{}_{section}", self.zone(), self.namespace(), self.display_name())
    }
}

/// What policies of a kind come to for a proxy, in the shape that is printed.
pub(crate) fn resolve(all: &BTreeMap<Key, std::sync::Arc<Resource>>, proxy: &Key, kind: &str) -> Option<Value> {
    let mesh = proxy.mesh.as_ref().unwrap();
    let is_of_mesh = |key: &Key| key.mesh.as_ref() == Some(mesh) || (key.kind.as_str() == "Mesh" && key.name.as_str() == mesh.as_str());
    let all: Vec<Written> = all.iter().filter(|(key, _)| is_of_mesh(key)).map(|(_, resource)| Written::of(resource)).collect();
    let of = |kind: &str| -> Vec<Written> { all.iter().filter(|written| written.0["type"] == kind).cloned().collect() };
    let proxy = of("Dataplane").into_iter().find(|written| written.name() == proxy.name.as_str())?;
    let routes: Vec<Written> = of("MeshHTTPRoute").into_iter().filter(Written::is_readable).collect();
    let mut warnings = BTreeSet::new();
    if proxy.0["networking"]["gateway"]["type"] == "BUILTIN" {
        warnings.insert("what holds for a gateway that the mesh configures (`type: BUILTIN`) is not resolved".to_owned());
    }
    let mut matched: Vec<(Written, Vec<(String, u64)>)> = Vec::new();
    for policy in of(kind).into_iter().filter(Written::is_readable).filter(|policy| policy.label("kuma.io/effect") != "shadow") {
        match matching::select(&policy, &proxy, &routes) {
            Selection::No => {}
            Selection::Unresolved(why) => _ = warnings.insert(why),
            Selection::Inbounds(inbounds) => matched.push((policy, inbounds)),
        }
    }
    order::sort_policies(&mut matched);
    let mut found = Map::new();
    found.insert("type".to_owned(), json!(kind));
    found.insert("matchedPolicies".to_owned(), matched.iter().map(|(policy, _)| policy.name()).collect());
    if kind != "MeshHTTPRoute" {
        inbounds(kind, &matched, &mut found);
    }
    if kind != "MeshTrafficPermission" {
        found.insert("toResourceRules".to_owned(), to_rules(kind, &matched, &all));
    }
    found.insert("warnings".to_owned(), warnings.into_iter().collect());
    Some(Value::Object(found))
}

fn inbounds(kind: &str, matched: &[(Written, Vec<(String, u64)>)], found: &mut Map<String, Value>) {
    let addresses: BTreeSet<_> = matched.iter().flat_map(|(_, inbounds)| inbounds.clone()).collect();
    let (mut rules_of, mut effective_of, mut from_of) = (Map::new(), Map::new(), Map::new());
    for address in addresses {
        let at = format!("{}:{}", address.0, address.1);
        let policies: Vec<&Written> =
            matched.iter().filter(|(_, inbounds)| inbounds.contains(&address)).map(|(policy, _)| policy).collect();
        let rules = inbound_rules(kind, &policies);
        let catch_all: Vec<Piece> = rules
            .iter()
            .filter(|rule| rule["match"].is_null())
            .map(|rule| Piece { conf: rule["conf"].clone(), origin: rule["origin"].clone() })
            .collect();
        if kind == "MeshTimeout" && !catch_all.is_empty() {
            effective_of.insert(at.clone(), merged(&catch_all));
        }
        if kind == "MeshTrafficPermission" {
            from_of.insert(at.clone(), sources::rules(&policies));
        }
        rules_of.insert(at, rules.into());
    }
    found.insert("inboundRules".to_owned(), Value::Object(rules_of));
    if !effective_of.is_empty() {
        found.insert("inboundEffective".to_owned(), Value::Object(effective_of));
    }
    if kind == "MeshTrafficPermission" {
        found.insert("fromRules".to_owned(), Value::Object(from_of));
    }
}

fn origin(policy: &Written, index: usize) -> Value {
    json!({"name": policy.name(), "ruleIndex": index})
}

fn inbound_rules(kind: &str, policies: &[&Written]) -> Vec<Value> {
    let mut rules = Vec::new();
    for policy in policies {
        let (written, older) = (policy.items("rules"), policy.items("from"));
        for (index, item) in written.iter().enumerate() {
            let rule = |one: &Value| json!({"match": one, "conf": merge::without_nulls(&item["default"]), "origin": origin(policy, index)});
            match item["matches"].as_array().filter(|matches| !matches.is_empty()) {
                Some(matches) => rules.extend(matches.iter().map(rule)),
                None => rules.push(rule(&Value::Null)),
            }
        }
        if written.is_empty() && kind == "MeshTimeout" {
            for (index, item) in older.iter().enumerate() {
                rules.push(json!({"match": null, "conf": merge::without_nulls(&item["default"]), "origin": origin(policy, index)}));
            }
        }
    }
    // Six classes, one after the other.
    let class = |rule: &Value| {
        let (id, sni) = (&rule["match"]["spiffeID"]["type"], rule["match"]["sni"].is_object());
        match (id.as_str(), sni) {
            (Some("Exact"), true) => 0,
            (Some("Exact"), false) => 1,
            (Some(_), true) => 2,
            (Some(_), false) => 3,
            (None, true) => 4,
            (None, false) => 5,
        }
    };
    (0..6).flat_map(|wanted| rules.iter().filter(move |rule| class(rule) == wanted).cloned().collect::<Vec<_>>()).collect()
}

fn to_rules(kind: &str, matched: &[(Written, Vec<(String, u64)>)], all: &[Written]) -> Value {
    let mut items: Vec<(&Written, usize, Value)> = Vec::new();
    for (policy, _) in matched.iter().filter(|(policy, _)| policy.top()["kind"] != "MeshHTTPRoute") {
        items.extend(policy.items("to").into_iter().enumerate().map(|(index, item)| (policy, index, item)));
    }
    order::sort_items(&mut items);
    // Every destination and part of one that some item is for.
    let mut parts: BTreeMap<String, (String, String, bool)> = BTreeMap::new();
    for (policy, _, item) in &items {
        for (found, section) in matching::destinations(policy, &item["targetRef"], all) {
            let is_service = matches!(found.0["type"].as_str(), Some("MeshService" | "MeshMultiZoneService"));
            parts.insert(found.kri(&section), (found.kri(""), section, is_service));
        }
    }
    let mut rules = Map::new();
    for (kri, (whole, section, is_service)) in &parts {
        let is_meant = |policy: &Written, item: &Value| {
            let found = matching::destinations(policy, &item["targetRef"], all);
            let is_mesh = item["targetRef"]["kind"] == "Mesh" && !found.is_empty();
            is_mesh || found.iter().any(|(one, its)| one.kri("") == *whole && (its == section || (*is_service && its.is_empty())))
        };
        let meant: Vec<_> = items.iter().filter(|(policy, _, item)| is_meant(policy, item)).collect();
        let pieces: Vec<Piece> = meant
            .iter()
            .map(|(policy, index, item)| {
                let conf = if kind == "MeshHTTPRoute" { merge::route_conf(item) } else { merge::without_nulls(&item["default"]) };
                Piece { conf, origin: origin(policy, *index) }
            })
            .collect();
        let confs = if kind == "MeshHTTPRoute" { merge::routes(&pieces) } else { vec![merged(&pieces)] };
        rules.insert(
            kri.clone(),
            json!({
                "conf": confs.iter().map(|conf| conf["conf"].clone()).collect::<Value>(),
                "sectionName": section,
                "origins": merge::once(&pieces),
                "values": confs.iter().map(|conf| conf["values"].clone()).collect::<Value>(),
            }),
        );
    }
    Value::Object(rules)
}
