//! What S12 says to indexes that are wrong: what a zone resolves is not seen from outside, so no sabotage around a node could show it.
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use strait_core::{
    policy::{PolicyIndex, PolicyKind},
    resource::{Key, Resource, from_json},
};
use strait_scenarios::invariants::s12_order_independence::{Held, Resolver};

type Touched = BTreeMap<Key, BTreeSet<&'static str>>;

/// A wrong index: the right one, and what it makes of what it is told and of what comes out.
trait Wrong: Default {
    fn take(&mut self, index: &mut PolicyIndex, key: &Key, resource: Option<&Arc<Resource>>) -> Touched {
        Resolver::take(index, key, resource)
    }

    fn alter(&self, resolved: Value) -> Value {
        resolved
    }
}

#[derive(Default)]
struct WrongIndex<W> {
    index: PolicyIndex,
    wrong: W,
}

impl<W: Wrong> Resolver for WrongIndex<W> {
    fn take(&mut self, key: &Key, resource: Option<&Arc<Resource>>) -> Touched {
        self.wrong.take(&mut self.index, key, resource)
    }

    fn resolved(&self, proxy: &Key, kind: &'static PolicyKind) -> Option<Value> {
        self.index.resolved(proxy, kind).map(|resolved| self.wrong.alter(resolved))
    }

    fn left_out(&self) -> BTreeSet<Key> {
        self.index.left_out()
    }
}

/// Nothing is wrong.
#[derive(Default)]
struct Right;
impl Wrong for Right {}

/// What came last counts for most.
#[derive(Default)]
struct ByArrival(Vec<String>);
impl Wrong for ByArrival {
    fn take(&mut self, index: &mut PolicyIndex, key: &Key, resource: Option<&Arc<Resource>>) -> Touched {
        self.0.retain(|name| name != key.name.as_str());
        self.0.push(key.name.to_string());
        Resolver::take(index, key, resource)
    }

    fn alter(&self, mut resolved: Value) -> Value {
        if let Some(matched) = resolved["matchedPolicies"].as_array_mut() {
            matched.sort_by_key(|name| self.0.iter().position(|arrived| name == arrived.as_str()));
        }
        resolved
    }
}

/// What went still counts.
#[derive(Default)]
struct Keeps;
impl Wrong for Keeps {
    fn take(&mut self, index: &mut PolicyIndex, key: &Key, resource: Option<&Arc<Resource>>) -> Touched {
        // Whom it is about is said all the same.
        let touched = || [(web().key.clone(), ["MeshTimeout"].into())].into();
        resource.map_or_else(touched, |resource| Resolver::take(index, key, Some(resource)))
    }
}

/// One value in a conf is another.
#[derive(Default)]
struct Mistaken;
impl Wrong for Mistaken {
    fn alter(&self, mut resolved: Value) -> Value {
        if let Some(timeout) = resolved.pointer_mut("/toResourceRules/kri_m____default_/conf/0/connectionTimeout") {
            *timeout = json!("99s");
        }
        resolved
    }
}

fn written(value: &Value) -> Arc<Resource> {
    Arc::new(from_json(value).unwrap())
}

fn web() -> Arc<Resource> {
    let inbound = json!([{"port": 80, "tags": {"kuma.io/service": "web"}}]);
    written(&json!({"type": "Dataplane", "mesh": "default", "name": "web", "networking": {"address": "10.0.0.1", "inbound": inbound}}))
}

fn timeout(name: &str) -> Arc<Resource> {
    let to = json!([{"targetRef": {"kind": "Mesh"}, "default": {"connectionTimeout": "1s"}}]);
    written(&json!({"type": "MeshTimeout", "mesh": "default", "name": name, "spec": {"to": to}}))
}

/// Two policies come in an order that is not theirs, and one of them goes.
fn judged<W: Wrong>() -> Result<(), String> {
    let mut held = Held::<WrongIndex<W>>::default();
    let mesh = written(&json!({"type": "Mesh", "name": "default"}));
    for resource in [&mesh, &web(), &timeout("a"), &timeout("b")] {
        held.take(&resource.key, Some(resource));
        held.judge(8)?;
    }
    held.take(&timeout("a").key, None);
    held.judge(8)?;
    held.judge_all()
}

#[test]
fn a_right_one_is_not() {
    assert_eq!(judged::<Right>(), Ok(()));
}

#[test]
fn that_goes_by_arrival() {
    // Of two that count the same the smaller name counts for more, so it comes last.
    let why = judged::<ByArrival>().unwrap_err();
    assert!(why.contains(r#"["a","b"]"#) && why.contains(r#"["b","a"]"#), "{why}");
}

#[test]
fn that_goes_by_arrival_where_there_is_no_oracle() {
    let mut held = Held::<WrongIndex<ByArrival>>::default();
    let mesh = written(&json!({"type": "Mesh", "name": "default"}));
    let [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map(timeout);
    // Eight changes, which are a power of two: it is time for another order. With the oracle nothing is compared.
    for resource in [&mesh, &web(), &d, &b, &a, &c, &e, &a] {
        held.take(&resource.key, Some(resource));
    }
    let why = held.judge(0).unwrap_err();
    assert!(why.contains("the same in another order"), "{why}");
}

#[test]
fn that_keeps_what_went() {
    let why = judged::<Keeps>().unwrap_err();
    assert!(why.contains("but of what is held comes"), "{why}");
}

#[test]
fn that_is_mistaken_in_one_value() {
    let why = judged::<Mistaken>().unwrap_err();
    assert!(why.contains("99s"), "{why}");
}
