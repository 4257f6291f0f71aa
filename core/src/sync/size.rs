//! How large a resource is.
use crate::resource::Resource;

/// About how many bytes a resource takes on the wire; for cutting transfers into parts, and for bounds.
pub(crate) fn approximate_size(resource: &Resource) -> usize {
    let labels: usize = resource.labels.iter().map(|(label, value)| label.len() + value.len() + 4).sum();
    let spec = resource.spec.len();
    resource.key.name.as_str().len() * 2 + labels + spec + 160
}
