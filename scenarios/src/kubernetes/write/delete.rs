//! Taking objects away: at once, or when finalizers, kubelets and dependents let them go.
use super::{Writer, is_over};
use crate::kubernetes::{
    Api,
    failure::Failure,
    object::{self, number, text},
    resource::Resource,
    store::Key,
};
use serde_json::{Value, json};
use std::sync::Arc;
use strait_core::time::Wall;

/// What becomes of those that an object owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kubernetes) enum Propagation {
    /// They go after it.
    Background,
    /// They go before it.
    Foreground,
    /// They stay.
    Orphan,
}

/// Holds an object until those that it owns are gone.
pub(in crate::kubernetes) const FOREGROUND: &str = "foregroundDeletion";
/// Holds an object until those that it owned are nobody's.
pub(in crate::kubernetes) const ORPHAN: &str = "orphan";

/// How an object is to go.
#[derive(Clone, Debug, Default)]
pub(in crate::kubernetes) struct Deletion {
    /// In seconds.
    pub(in crate::kubernetes) grace: Option<i64>,
    pub(in crate::kubernetes) propagation: Option<Propagation>,
    /// It must be this one.
    pub(in crate::kubernetes) uid: Option<String>,
    pub(in crate::kubernetes) version: Option<String>,
}

impl Deletion {
    /// As `DeleteOptions` say it.
    pub(in crate::kubernetes) fn of(options: &Value) -> Result<Self, Failure> {
        let propagation = match options["propagationPolicy"].as_str() {
            None => match options["orphanDependents"].as_bool() {
                Some(true) => Some(Propagation::Orphan),
                Some(false) => Some(Propagation::Background),
                None => None,
            },
            Some("Background") => Some(Propagation::Background),
            Some("Foreground") => Some(Propagation::Foreground),
            Some("Orphan") => Some(Propagation::Orphan),
            Some(other) => {
                let message = format!(
                    "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: {other:?}: supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\""
                );
                return Err(Failure::new(422, "Invalid", message));
            }
        };
        let precondition = |name: &str| options["preconditions"][name].as_str().map(str::to_owned);
        Ok(Self {
            grace: number(options, &["gracePeriodSeconds"]),
            propagation,
            uid: precondition("uid"),
            version: precondition("resourceVersion"),
        })
    }
}

impl Api {
    /// Lets an object go. Gives it as it is now, and whether it is gone.
    pub(in crate::kubernetes) fn delete(
        &mut self,
        writer: Writer,
        resource: &Resource,
        key: &Key,
        how: &Deletion,
    ) -> Result<(Arc<Value>, bool), Failure> {
        let existing = self.store.get(key).cloned().ok_or_else(|| Failure::not_found(resource, &key.name))?;
        if let Some(uid) = how.uid.as_deref().filter(|uid| *uid != object::uid(&existing)) {
            let why = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {}", object::uid(&existing));
            return Err(Failure::conflict(resource, &key.name, &why));
        }
        let is = text(&existing, &["metadata", "resourceVersion"]);
        if let Some(version) = how.version.as_deref().filter(|version| *version != is) {
            let why = format!("Precondition failed: ResourceVersion in precondition: {version}, ResourceVersion in object meta: {is}");
            return Err(Failure::conflict(resource, &key.name, &why));
        }
        let grace = grace(&existing, how);
        let mut last = (*existing).clone();
        hold(&mut last, how.propagation);
        let was = object::is_being_deleted(&last);
        let had = number(&last, &["metadata", "deletionGracePeriodSeconds"]);
        // Deleting again only hastens it.
        if !was || had.is_some_and(|had| grace < had) {
            let generation = number(&last, &["metadata", "generation"]);
            let metadata = object::metadata(&mut last);
            if !was && let Some(generation) = generation {
                metadata.insert("generation".to_owned(), json!(generation + 1));
            }
            let seconds = u64::try_from(grace).unwrap_or(0);
            let at = Wall(writer.now.0 + seconds * 1000);
            metadata.insert("deletionTimestamp".to_owned(), json!(object::time(at)));
            metadata.insert("deletionGracePeriodSeconds".to_owned(), json!(grace));
            if key.resource == "namespaces" {
                object::map_at(&mut last, &["status"]).insert("phase".to_owned(), json!("Terminating"));
            }
        }
        if is_over(&last) {
            if writer.dry_run {
                return Ok((existing, true));
            }
            let gone = self.store.remove(key).unwrap_or(existing);
            self.defined(key);
            return Ok((gone, true));
        }
        if last == *existing {
            return Ok((existing, false));
        }
        Ok((self.keep(writer, key.clone(), last), false))
    }
}

/// How many seconds a kubelet has to end a pod.
fn grace(existing: &Value, how: &Deletion) -> i64 {
    if existing["kind"] != "Pod" {
        return 0;
    }
    let ended = matches!(text(existing, &["status", "phase"]), "Succeeded" | "Failed");
    if text(existing, &["spec", "nodeName"]).is_empty() || ended {
        return 0;
    }
    how.grace.or_else(|| number(existing, &["spec", "terminationGracePeriodSeconds"])).unwrap_or(0).max(0)
}

fn hold(object: &mut Value, propagation: Option<Propagation>) {
    let Some(propagation) = propagation else { return };
    let wanted = match propagation {
        Propagation::Background => None,
        Propagation::Foreground => Some(FOREGROUND),
        Propagation::Orphan => Some(ORPHAN),
    };
    let mut finalizers: Vec<Value> =
        object::list(object, &["metadata", "finalizers"]).iter().filter(|one| *one != FOREGROUND && *one != ORPHAN).cloned().collect();
    finalizers.extend(wanted.map(|one| json!(one)));
    let metadata = object::metadata(object);
    if finalizers.is_empty() {
        metadata.remove("finalizers");
    } else {
        metadata.insert("finalizers".to_owned(), Value::Array(finalizers));
    }
}
