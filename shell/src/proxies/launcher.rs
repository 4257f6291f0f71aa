//! What the launcher beside an Envoy can do: it says so in its question for a bootstrap, and Envoy repeats it on its stream.
use prost_types::{Struct, value::Kind};

/// The feature of a launcher that answers questions of DNS itself: Kuma 2.14's, which `kuma-dp` has with its own resolver.
pub const ANSWERS_NAMES: &str = "feature-embedded-dns";

const FEATURES: &str = "features";
/// The folder in which launcher and Envoy meet, as with Kuma.
pub(super) const WORKDIR: &str = "workdir";
/// Longer paths are no sockets (Linux takes 107 bytes), so Kuma's are cut there, before the ending.
const LONGEST: usize = 98;

/// Where, in a folder, Envoy answers its launcher: Kuma's path.
pub fn socket(workdir: &str) -> String {
    let mut path = format!("{}/kuma-mesh-metric-config", workdir.trim_end_matches('/'));
    let cut = (0..=LONGEST.min(path.len())).rev().find(|at| path.is_char_boundary(*at));
    path.truncate(cut.unwrap_or_default());
    path + ".sock"
}

/// Where the launcher of a proxy asks for names, by what Envoy says of itself. `None`: it does not.
pub fn asks_for_names_at(metadata: &Struct) -> Option<String> {
    let is_told = |value: &prost_types::Value| matches!(&value.kind, Some(Kind::StringValue(feature)) if feature == ANSWERS_NAMES);
    let Some(Kind::ListValue(features)) = &metadata.fields.get(FEATURES)?.kind else { return None };
    let Some(Kind::StringValue(workdir)) = &metadata.fields.get(WORKDIR)?.kind else { return None };
    let answers = features.values.iter().any(is_told) && !workdir.is_empty() && !workdir.contains('\0');
    answers.then(|| socket(workdir))
}
