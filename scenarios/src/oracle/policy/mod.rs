//! What policies come to, worked out naively from the resources as they are written: every policy is compared with the proxy, every item with
//! every destination, each time anew. A function of the set of resources, and of nothing else; slow, and so plain that it can be read beside
//! Kuma's rules. It shares no code with the index, only the shape of what comes out.
//!
//! Whether a policy has the form of its kind is not judged here but for its reference; what else cannot be read is left out by whoever asks.
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
pub struct Written(Value);

/// What policies of a kind come to for a proxy.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// This, in the shape that is printed.
    Comes(Value),
    /// There is no such proxy.
    NoProxy,
    /// There are more sets of clients than can be tried out.
    TooMuch,
}

impl Written {
    /// A resource as it is written.
    pub fn of(resource: &Resource) -> Self {
        Self(to_json(resource))
    }

    /// What it says.
    pub(crate) fn spec(&self) -> &Value {
        &self.0["spec"]
    }

    fn is_of(&self, kind: &str) -> bool {
        self.0["type"] == kind
    }

    fn name(&self) -> &str {
        text(&self.0["name"])
    }

    fn label(&self, label: &str) -> &str {
        text(&self.0["labels"][label])
    }

    fn display_name(&self) -> &str {
        Some(self.label("kuma.io/display-name")).filter(|name| !name.is_empty()).unwrap_or(self.name())
    }

    fn zone(&self) -> &str {
        self.label("kuma.io/zone")
    }

    fn namespace(&self) -> &str {
        self.label("k8s.kuma.io/namespace")
    }

    /// The list of items of this name.
    fn items(&self, field: &str) -> &[Value] {
        list(&self.0["spec"][field])
    }

    /// The top-level reference; without one, the whole mesh.
    fn top(&self) -> &Value {
        static MESH: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| json!({"kind": "Mesh"}));
        Some(&self.0["spec"]["targetRef"]).filter(|target| !target.is_null()).unwrap_or(&MESH)
    }

    fn is_readable(&self) -> bool {
        let kinds = ["Mesh", "Dataplane", "MeshSubset", "MeshService", "MeshServiceSubset", "MeshGateway", "MeshHTTPRoute"];
        (self.0["spec"]["to"].is_null() || self.0["spec"]["to"].is_array()) && kinds.contains(&text(&self.top()["kind"]))
    }

    fn kri(&self, section: &str) -> String {
        let short = match text(&self.0["type"]) {
            "Mesh" => "m",
            "MeshService" => "msvc",
            "MeshMultiZoneService" => "mzsvc",
            "MeshExternalService" => "extsvc",
            "MeshHTTPRoute" => "mhttpr",
            other => other,
        };
        format!("kri_{short}_{}_{}_{}_{}_{section}", text(&self.0["mesh"]), self.zone(), self.namespace(), self.display_name())
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A policy that is for the proxy, and the inbounds that it is about.
type Matched<'a> = (&'a Written, Vec<(String, u64)>);

/// What policies of a kind come to for a proxy, where this is held. `unreadable` is left out.
pub fn resolve(held: &BTreeMap<Key, Written>, unreadable: &BTreeSet<Key>, proxy: &Key, kind: &str) -> Expected {
    let is_there = |key: &&Key| !unreadable.contains(*key);
    let is_of_mesh = |key: &Key| match &key.mesh {
        Some(mesh) => Some(mesh) == proxy.mesh.as_ref(),
        None => key.kind.as_str() == "Mesh" && proxy.mesh.as_ref().is_some_and(|mesh| mesh.as_str() == key.name.as_str()),
    };
    let of_mesh: Vec<(&Key, &Written)> = held.iter().filter(|(key, _)| is_of_mesh(key)).collect();
    let policies = |kind: &str| -> Vec<&Written> {
        let such = of_mesh.iter().filter(|(key, written)| written.is_of(kind) && is_there(key) && written.is_readable());
        such.map(|(_, written)| *written).collect()
    };
    // A route that cannot be read as a policy is something that an item may be for all the same.
    let is_destination = |(key, written): &&(&Key, &Written)| is_there(key) || written.is_of("MeshHTTPRoute");
    let destinations: Vec<&Written> = of_mesh.iter().filter(is_destination).map(|(_, written)| *written).collect();
    let Some(proxy) = held.get_key_value(proxy).filter(|(key, _)| is_there(key)).map(|(_, proxy)| proxy) else {
        return Expected::NoProxy;
    };
    let routes = policies("MeshHTTPRoute");
    let mut warnings = BTreeSet::new();
    if proxy.0["networking"]["gateway"]["type"] == "BUILTIN" {
        warnings.insert("what holds for a gateway that the mesh configures (`type: BUILTIN`) is not resolved".to_owned());
    }
    let mut matched: Vec<Matched<'_>> = Vec::new();
    for policy in policies(kind).into_iter().filter(|policy| policy.label("kuma.io/effect") != "shadow") {
        match matching::select(policy, proxy, &routes) {
            Selection::No => {}
            Selection::Unresolved(why) => _ = warnings.insert(why),
            Selection::Inbounds(inbounds) => matched.push((policy, inbounds)),
        }
    }
    order::sort_policies(&mut matched);
    let mut found = Map::new();
    found.insert("type".to_owned(), json!(kind));
    found.insert("matchedPolicies".to_owned(), matched.iter().map(|(policy, _)| policy.name()).collect());
    if matches!(kind, "MeshTimeout" | "MeshTrafficPermission") && !inbounds(kind, &matched, &mut found) {
        return Expected::TooMuch;
    }
    if kind != "MeshTrafficPermission" {
        found.insert("toResourceRules".to_owned(), to_rules(kind, &matched, &destinations));
    }
    found.insert("warnings".to_owned(), warnings.into_iter().collect());
    Expected::Comes(Value::Object(found))
}

/// Whether it could be worked out.
fn inbounds(kind: &str, matched: &[Matched<'_>], found: &mut Map<String, Value>) -> bool {
    let addresses: BTreeSet<_> = matched.iter().flat_map(|(_, inbounds)| inbounds.clone()).collect();
    let (mut rules_of, mut effective_of, mut from_of) = (Map::new(), Map::new(), Map::new());
    for address in addresses {
        let at = format!("{}:{}", address.0, address.1);
        let policies: Vec<&Written> =
            matched.iter().filter(|(_, inbounds)| inbounds.contains(&address)).map(|(policy, _)| *policy).collect();
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
            let Some(rules) = sources::rules(&policies) else { return false };
            from_of.insert(at.clone(), rules);
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
    true
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
            match list(&item["matches"]) {
                [] => rules.push(rule(&Value::Null)),
                matches => rules.extend(matches.iter().map(rule)),
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

/// An item, what it is for, and whether that is the whole mesh.
struct Item<'a> {
    policy: &'a Written,
    index: usize,
    item: &'a Value,
    is_for: Vec<(&'a Written, String)>,
    is_for_all: bool,
}

fn to_rules(kind: &str, matched: &[Matched<'_>], all: &[&Written]) -> Value {
    let mut written: Vec<(&Written, usize, &Value)> = Vec::new();
    for (policy, _) in matched.iter().filter(|(policy, _)| policy.top()["kind"] != "MeshHTTPRoute") {
        written.extend(policy.items("to").iter().enumerate().map(|(index, item)| (*policy, index, item)));
    }
    order::sort_items(&mut written);
    let mut items: Vec<Item<'_>> = Vec::new();
    for (policy, index, item) in written {
        let is_for = matching::destinations(policy, &item["targetRef"], all);
        let is_for_all = item["targetRef"]["kind"] == "Mesh" && !is_for.is_empty();
        items.push(Item { policy, index, item, is_for, is_for_all });
    }
    // Every destination and part of one that some item is for.
    let mut parts: BTreeMap<String, (String, &String, bool)> = BTreeMap::new();
    for (found, section) in items.iter().flat_map(|item| &item.is_for) {
        let is_service = found.is_of("MeshService") || found.is_of("MeshMultiZoneService");
        parts.insert(found.kri(section), (found.kri(""), section, is_service));
    }
    let mut rules = Map::new();
    for (kri, (whole, section, is_service)) in &parts {
        let is_meant = |item: &&Item<'_>| {
            let is_it = |(one, its): &(&Written, String)| one.kri("") == *whole && (its == *section || (*is_service && its.is_empty()));
            item.is_for_all || item.is_for.iter().any(is_it)
        };
        let piece = |Item { policy, index, item, .. }: &Item<'_>| {
            let conf = if kind == "MeshHTTPRoute" { merge::route_conf(item) } else { merge::conf(kind, item) };
            Piece { conf, origin: origin(policy, *index) }
        };
        let pieces: Vec<Piece> = items.iter().filter(is_meant).map(piece).collect();
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
