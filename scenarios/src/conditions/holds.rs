//! `holds` and `lacks`: whether a control plane has a resource.
use super::{Condition, ConditionFacts, Scene, condition};
use crate::{
    event::NodeId,
    language::{
        Check, Node, Shape, resources,
        shape::{Field, may, need},
    },
};
use serde_json::Value;
use std::sync::Arc;
use strait_core::resource::{Key, Resource};

const FIELDS: &[Field] = &[
    need("zone", Shape::ControlPlane),
    need("kind", Shape::Kind),
    may("mesh", Shape::Text),
    need("name", Shape::Text),
    may("spec", Shape::Anything),
];

pub(super) const HOLDS: ConditionFacts = ConditionFacts {
    name: "holds",
    does: "a control plane has a resource with this display name, and its spec has what `spec` says",
    shape: Shape::Fields(FIELDS),
    beside: &[],
    read: |node, _, check| {
        let (at, key, spec) = read(node, "`holds`", check)?;
        condition(Holds { at, key, spec })
    },
};

pub(super) const LACKS: ConditionFacts = ConditionFacts {
    name: "lacks",
    does: "a control plane has no resource with this display name, or none whose spec has what `spec` says",
    shape: Shape::Fields(FIELDS),
    beside: &[],
    read: |node, _, check| {
        let (at, key, spec) = read(node, "`lacks`", check)?;
        condition(Lacks(Holds { at, key, spec }))
    },
};

fn read(node: &Node, what: &'static str, check: &mut Check) -> Option<(NodeId, Key, Option<Value>)> {
    let fields = check.fields(node, what, &FIELDS.iter().map(|field| field.name).collect::<Vec<_>>())?;
    let at = fields.need(check, "zone").and_then(|at| check.control_plane(at));
    let key = resources::key(&fields, check);
    let spec = fields.get("spec");
    if let Some(spec) = spec
        && !spec.is_map()
    {
        check.mistake(spec.place, format!("`spec` is a map, not {}", spec.what()), "");
        return None;
    }
    Some((at?, key?, spec.map(Node::to_json)))
}

#[derive(Debug)]
struct Holds {
    at: NodeId,
    key: Key,
    spec: Option<Value>,
}

#[derive(Debug)]
struct Lacks(Holds);

impl Condition for Holds {
    fn about(&self) -> Option<&NodeId> {
        Some(&self.at)
    }

    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        let named = self.named(scene)?;
        if named.is_empty() {
            return Err(format!("{} has no {}", self.at, self.key));
        }
        match named.iter().find(|held| self.says(held)) {
            Some(_) => Ok(()),
            None => Err(format!("{} has {}, but it says {}", self.at, self.key, said(&named[0]))),
        }
    }
}

impl Condition for Lacks {
    fn about(&self) -> Option<&NodeId> {
        Some(&self.0.at)
    }

    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        match self.0.named(scene)?.iter().find(|held| self.0.says(held)) {
            Some(held) => Err(format!("{} has {}, which says {}", self.0.at, self.0.key, said(held))),
            None => Ok(()),
        }
    }
}

impl Holds {
    /// The resources that their author called so. There may be several: of global, and of zones.
    fn named(&self, scene: &Scene<'_>) -> Result<Vec<Arc<Resource>>, String> {
        let held = scene.observe(&self.at)?.view.resources.iter();
        let same = held
            .filter(|(key, held)| key.kind == self.key.kind && key.mesh == self.key.mesh && held.display_name() == self.key.name.as_str());
        Ok(same.map(|(_, held)| Arc::clone(held)).collect())
    }

    fn says(&self, held: &Resource) -> bool {
        self.spec.as_ref().is_none_or(|wanted| held.spec.value().is_some_and(|spec| contains(spec, wanted)))
    }
}

fn said(resource: &Resource) -> String {
    resource.spec.value().map_or_else(|| "what only its peers understand".to_owned(), Value::to_string)
}

/// Maps may have more fields than are wanted; all else is equal.
fn contains(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Object(value), Value::Object(wanted)) => {
            wanted.iter().all(|(field, wanted)| value.get(field).is_some_and(|value| contains(value, wanted)))
        }
        (Value::Array(value), Value::Array(wanted)) => {
            value.len() == wanted.len() && value.iter().zip(wanted).all(|(value, wanted)| contains(value, wanted))
        }
        _ => value == wanted,
    }
}
