//! What Kuma's API refuses when a user writes it.
use crate::refusals::Refusals;
use strait_core::{
    node::{Change, EditRefused, Violation},
    resource::model,
};
use strait_shell::convert::fits;

/// Everything that is wrong with an edit, if something is.
pub(super) fn refused(changes: &[Change], refusals: &Refusals) -> Option<EditRefused> {
    let wrong = |change: &Change| match change {
        Change::Put(resource) if resource.kind().as_str() == "MeshZones" => {
            vec![("type".to_owned(), "unknown resource type: Kuma has no MeshZones".to_owned())]
        }
        Change::Put(resource) => {
            let unfit = fits(resource).err().map(|why| ("spec".to_owned(), why));
            let refused = refusals.why(resource).map(|why| ("spec".to_owned(), why.to_owned()));
            unfit.into_iter().chain(refused).chain(model::validate(resource)).collect()
        }
        Change::Delete(_) => Vec::new(),
    };
    let violations: Vec<Violation> = changes
        .iter()
        .flat_map(|change| wrong(change).into_iter().map(|(field, message)| Violation { key: change.key().clone(), field, message }))
        .collect();
    (!violations.is_empty()).then_some(EditRefused::Invalid(violations))
}
