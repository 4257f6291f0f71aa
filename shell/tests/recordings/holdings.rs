//! What a receiver holds after all that it was told, as Kuma's receivers take it; and what ours holds.
use super::{
    meaning::{Told, told},
    tape::{Event, Recording},
    wire::{Rpc, Wire},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{
    node::Observation,
    resource::{Labels, Resource},
};

/// What is held: by kind and name on the wire.
pub(crate) type Holdings = BTreeMap<(String, String), Held>;

/// A resource, as far as its receiver has no say.
#[derive(Debug, PartialEq)]
pub(crate) struct Held {
    pub(crate) labels: Labels,
    pub(crate) spec: Value,
}

/// What the receiver of a zone's lane holds at the end, of what it takes: by connection, from 1, and kind.
pub(crate) fn told_in(recording: &Recording, zone: &str, rpc: Rpc, takes: impl Fn(usize, &str) -> bool) -> Holdings {
    let (mut held, mut connection, mut begun) = (Holdings::new(), 0, BTreeSet::new());
    for event in &recording.events {
        match event {
            Event::Opened(stream, _) if stream.zone == zone && stream.rpc == rpc => {
                connection += 1;
                begun.clear();
            }
            Event::Said(stream, _, Wire::Response(response)) if stream.zone == zone && stream.rpc == rpc => {
                let kind = &response.type_url;
                if !takes(connection, kind) {
                    continue;
                }
                if begun.insert(kind.clone()) {
                    held.retain(|(of, _), _| of != kind);
                }
                for name in &response.removed_resources {
                    held.remove(&(kind.clone(), name.clone()));
                }
                for resource in &response.resources {
                    let Told { labels, spec, .. } = told(resource);
                    held.insert((kind.clone(), resource.name.clone()), Held { labels, spec: spec.json().clone() });
                }
            }
            _ => {}
        }
    }
    held
}

/// What ours holds, of what it has from others.
pub(crate) fn of(observation: &Observation, is_a_copy: impl Fn(&Resource) -> bool) -> Holdings {
    let copies = observation.view.resources.values().filter(|resource| is_a_copy(resource));
    let held = |resource: &Resource| {
        let name = format!("{}.{}", resource.key.name, resource.mesh().map_or("", |mesh| mesh.as_str()));
        let spec = resource.spec.value().cloned().unwrap_or_default();
        ((resource.kind().to_string(), name), Held { labels: resource.labels.clone(), spec })
    };
    copies.map(|resource| held(resource)).collect()
}
