//! What a secret holds is shown to whoever asks for that one by its name. In lists, and where everything is told, something stands for it.
use serde_json::json;
use std::sync::Arc;
use strait_core::{
    node::{Observation, ObservationChange},
    resource::{Resource, Spec},
};

/// As where settings are shown.
const MASKED: &str = "***";

/// A resource as it stands in a list.
pub(super) fn resource(held: &Arc<Resource>) -> Arc<Resource> {
    if !matches!(held.kind().as_str(), "Secret" | "GlobalSecret") {
        return Arc::clone(held);
    }
    Arc::new(Resource { spec: Spec::new(json!({ "data": MASKED })), ..Resource::clone(held) })
}

/// All that is known.
pub(super) fn observation(shown: &Observation) -> Observation {
    let mut shown = shown.clone();
    shown.view.resources.values_mut().for_each(|held| *held = resource(held));
    shown
}

/// One thing that became different.
pub(super) fn change(change: &ObservationChange) -> ObservationChange {
    match change {
        ObservationChange::Holds(held) => ObservationChange::Holds(resource(held)),
        other => other.clone(),
    }
}
