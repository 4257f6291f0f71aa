//! What may be known of the cluster of a zone, if it is in one.
use crate::kubernetes::{ObjectId, ObjectKind, Problem};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a cluster of Kubernetes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClusterStatus {
    /// The kinds that were listed since this process started. Before all were, nothing that is made of objects changes here.
    pub listed: BTreeSet<ObjectKind>,
    /// Lists that were older than what is known. They count for nothing until a newer one comes, or an operator adopts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stale: BTreeMap<ObjectKind, StaleList>,
    /// What is wrong with objects.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", serialize_with = "in_pairs", deserialize_with = "of_pairs")]
    pub problems: BTreeMap<ObjectId, Vec<Problem>>,
}

/// How old a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaleList {
    /// The version of the list.
    pub listed: u64,
    /// The newest version of its kind that is known here.
    pub known: u64,
}

impl ClusterStatus {
    /// Whether all kinds were listed, and none of the lists was stale.
    pub fn is_current(&self) -> bool {
        self.stale.is_empty() && ObjectKind::ALL.iter().all(|kind| self.listed.contains(kind))
    }
}

impl ClusterStatus {
    pub(super) fn list(&mut self, kind: ObjectKind, stale: Option<StaleList>) {
        match stale {
            Some(stale) => _ = self.stale.insert(kind, stale),
            None => {
                self.stale.remove(&kind);
                self.listed.insert(kind);
            }
        }
    }

    pub(super) fn judge(&mut self, id: &ObjectId, problems: &[Problem]) {
        if problems.is_empty() {
            self.problems.remove(id);
        } else {
            self.problems.insert(id.clone(), problems.to_vec());
        }
    }
}

fn in_pairs<S: Serializer>(problems: &BTreeMap<ObjectId, Vec<Problem>>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(problems)
}

fn of_pairs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<ObjectId, Vec<Problem>>, D::Error> {
    Ok(Vec::deserialize(deserializer)?.into_iter().collect())
}
