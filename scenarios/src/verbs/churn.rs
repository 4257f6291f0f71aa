//! `churn`: many edits and deletions, drawn from the seed, over a while.
use super::{Act, Stage, Timed, Verb, VerbFacts, specs, verb};
use crate::{
    conditions::size,
    event::NodeId,
    language::{
        Check, Node, Shape,
        shape::{may, need},
    },
};
use rand::{RngExt, seq::IndexedRandom};
use std::{collections::BTreeSet, time::Duration};
use strait_core::{
    node::Change,
    resource::{Key, Kind, Resource, ResourceName, Scope, Spec},
};

/// So many names are used per kind: enough for edits to meet, few enough for deletions to hit.
const NAMES: u32 = 20;

/// More changes than this in one step are a benchmark, not a scenario.
const MOST: u64 = 10_000;

/// Labels may be a little larger, and a node adds some.
const LARGEST: u64 = 200_000;

/// More than this in one step would only be slow.
const MOST_BYTES: u64 = 20_000_000;

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "churn",
    does: "users edit and delete resources of these kinds at random over a while; the step lasts as long",
    shape: Shape::Fields(&[
        need("at", Shape::ControlPlane),
        need("kinds", Shape::Kinds),
        need("edits", Shape::Number),
        may("deletes", Shape::Number),
        may("size", Shape::Bytes),
        need("over", Shape::Duration),
    ]),
    read: |node, check| {
        let fields = check.fields(node, "`churn`", &FACTS.shape.names())?;
        let at = fields.need(check, "at").and_then(|at| check.control_plane(at));
        let over = fields.need(check, "over").and_then(|over| check.duration(over, "`over`"));
        let edits = fields.need(check, "edits").and_then(|edits| check.number(edits, "`edits`"));
        let deletes = match fields.get("deletes") {
            Some(deletes) => check.number(deletes, "`deletes`"),
            None => Some(0),
        };
        let mut kinds = Vec::new();
        let listed = fields.need(check, "kinds")?;
        for item in check.items(listed, "`kinds`") {
            let Some(kind) = check.kind(item) else {
                continue;
            };
            if specs::generated(&kind, at.as_ref()) {
                kinds.push(kind);
            } else {
                let at = at.as_ref().map_or_else(String::new, |at| format!(" at {at}"));
                check.mistake(
                    item.place,
                    format!("no specs can be drawn for {kind}{at}"),
                    format!("allowed: {}", specs::allowed(at.is_empty())),
                );
            }
        }
        let in_meshes = kinds.iter().any(|kind| kind.facts().is_some_and(|facts| facts.scope == Scope::Mesh));
        if in_meshes && check.meshes.is_empty() {
            check.mistake(listed.place, "these kinds need a mesh, and the topology has none", "name one in `topology.meshes`");
            return None;
        }
        if edits.unwrap_or(0).saturating_add(deletes.unwrap_or(0)) > MOST {
            check.mistake(node.place, "too many edits and deletes", format!("at most {MOST} together"));
            return None;
        }
        let size = match fields.get("size") {
            Some(size) => size_of_each(size, edits.unwrap_or(0), check)?,
            None => 0,
        };
        if kinds.is_empty() {
            return None;
        }
        verb(Churn { at: at?, kinds, edits: edits?, deletes: deletes?, size, over: over? })
    },
};

/// `size`: how much each resource that is written weighs beside its spec.
fn size_of_each(node: &Node, edits: u64, check: &mut Check) -> Option<u64> {
    let text = check.text(node, "`size`")?;
    let Some(size) = size(text) else {
        check.mistake(node.place, format!("`{text}` is not a size"), "such as `20kB`");
        return None;
    };
    if size > LARGEST {
        check.mistake(node.place, "`size` is too large for one resource", format!("at most {}kB", LARGEST / 1000));
        return None;
    }
    if size.saturating_mul(edits) > MOST_BYTES {
        let help = format!("at most {}MB: fewer edits, or smaller ones", MOST_BYTES / 1_000_000);
        check.mistake(node.place, "all edits together are too large", help);
        return None;
    }
    Some(size)
}

#[derive(Debug)]
struct Churn {
    at: NodeId,
    kinds: Vec<Kind>,
    edits: u64,
    deletes: u64,
    /// In bytes.
    size: u64,
    over: Duration,
}

impl Verb for Churn {
    fn plan(&self, stage: &mut Stage<'_>) -> Vec<Timed> {
        let mut there: BTreeSet<Key> = stage.ledger.written_at(&self.at).filter(|key| is_ours(key)).cloned().collect();
        let over = u64::try_from(self.over.as_millis()).unwrap_or(u64::MAX);
        let mut times: Vec<(u64, bool)> = Vec::new();
        for index in 0..self.edits + self.deletes {
            times.push((stage.rng.random_range(0..=over), index < self.edits));
        }
        times.sort_unstable();
        let mut acts = Vec::new();
        for (at, is_edit) in times {
            let change = if is_edit {
                let resource = self.draw(stage);
                there.insert(resource.key.clone());
                Change::Put(resource)
            } else {
                let candidates: Vec<&Key> = there.iter().filter(|key| self.kinds.contains(&key.kind)).collect();
                let Some(key) = candidates.choose(&mut stage.rng).map(|key| (*key).clone()) else {
                    continue;
                };
                there.remove(&key);
                Change::Delete(key)
            };
            let act = Act::Edit { at: self.at.clone(), changes: vec![change], refused: None };
            acts.push(Timed { after: Duration::from_millis(at), act });
        }
        acts.push(Timed { after: self.over, act: Act::Nothing });
        acts
    }
}

impl Churn {
    fn draw(&self, stage: &mut Stage<'_>) -> Resource {
        let kind = self.kinds.choose(&mut stage.rng).expect("kinds were checked not to be empty").clone();
        let belongs = kind.facts().is_some_and(|facts| facts.scope == Scope::Mesh);
        let mesh = if belongs { stage.meshes.choose(&mut stage.rng).cloned() } else { None };
        let number = stage.rng.random_range(0..NAMES);
        let name = ResourceName::new(&format!("churn-{number}")).expect("the name is one");
        let spec = specs::draw(&kind, &mut stage.rng);
        let labels = specs::weight(self.size, &mut stage.rng);
        Resource { key: Key { kind, mesh, name }, labels, spec: Spec::new(spec), status: None }
    }
}

/// Only what churn made is deleted by churn.
fn is_ours(key: &Key) -> bool {
    key.name.as_str().starts_with("churn-")
}
