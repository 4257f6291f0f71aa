//! What Kuma's API refuses when a user writes it.
use strait_core::{
    node::{Change, EditRefused, Violation},
    resource::model,
};

/// Everything that is wrong with an edit, if something is.
pub(super) fn refused(changes: &[Change]) -> Option<EditRefused> {
    let wrong = |change: &Change| match change {
        Change::Put(resource) => model::validate(resource),
        Change::Delete(_) => Vec::new(),
    };
    let violations: Vec<Violation> = changes
        .iter()
        .flat_map(|change| wrong(change).into_iter().map(|(field, message)| Violation { key: change.key().clone(), field, message }))
        .collect();
    (!violations.is_empty()).then_some(EditRefused::Invalid(violations))
}
