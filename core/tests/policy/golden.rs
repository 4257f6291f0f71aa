//! Cases from Kuma's own test data, as lines of JSON beside the repository.
use serde::Deserialize;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};
use strait_core::{
    policy::PolicyIndex,
    resource::{Key, Resource, from_json},
};

/// One case.
#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) set: String,
    pub(crate) resources: Vec<Value>,
    pub(crate) query: Query,
    pub(crate) expected: BTreeMap<String, Value>,
}

/// What is asked.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Query {
    pub(crate) dataplane: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) path: Option<String>,
}

/// All cases. Where there are none that is said, and `None` returned; in CI it is a failure.
pub(crate) fn cases() -> Option<Vec<Case>> {
    let path = folder().join("policy.jsonl");
    if !path.exists() {
        let missing = format!("the cases {} are missing: STRAIT_GOLDEN says where they are", path.display());
        assert!(env::var_os("CI").is_none(), "{missing}");
        // Not `eprintln!`, which the harness would keep to itself.
        io::stderr().write_all(format!("SKIPPED: {missing}\n").as_bytes()).unwrap();
        return None;
    }
    Some(fs::read_to_string(&path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Beside the repository, or where the environment says.
fn folder() -> PathBuf {
    env::var_os("STRAIT_GOLDEN").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/golden"), PathBuf::from)
}

impl Case {
    /// An index of everything that there is.
    pub(crate) fn index(&self) -> PolicyIndex {
        index_of(self.resources.iter().map(|resource| from_json(resource).unwrap_or_else(|error| panic!("{}: {error}", self.id))))
    }
}

/// An index of these.
pub(crate) fn index_of(resources: impl IntoIterator<Item = Resource>) -> PolicyIndex {
    let resources: Vec<(Key, Arc<Resource>)> = resources.into_iter().map(|resource| (resource.key.clone(), Arc::new(resource))).collect();
    let mut index = PolicyIndex::new();
    index.apply(resources.iter().map(|(key, resource)| (key, Some(resource))));
    assert!(index.unreadable().is_empty(), "{:?}", index.unreadable());
    index
}
