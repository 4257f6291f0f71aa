//! Namespaces: each has an account for its pods; one that is deleted goes when all in it has gone.
use super::Part;
use crate::kubernetes::{
    Api, object,
    store::Key,
    write::{Deletion, Propagation},
};
use serde_json::json;
use strait_core::time::Wall;

/// Where pods find by whom the API's certificate is signed.
const ROOT: &str = "kube-root-ca.crt";

impl Api {
    pub(super) fn look_after_namespace(&mut self, now: Wall, name: &str) {
        let key = Key::new("namespaces", "", name);
        let Some(namespace) = self.store.get(&key).cloned() else { return };
        if !object::is_being_deleted(&namespace) {
            if self.store.get(&Key::new("serviceaccounts", name, "default")).is_none() {
                self.make(now, "serviceaccounts", name, json!({"metadata": {"name": "default"}}));
            }
            let certificate = self.settings.certificate.clone();
            if !certificate.is_empty() && self.store.get(&Key::new("configmaps", name, ROOT)).is_none() {
                self.make(now, "configmaps", name, json!({"metadata": {"name": ROOT}, "data": {"ca.crt": certificate}}));
            }
            return;
        }
        let within = |api: &Self| -> Vec<Key> {
            let kinds = api.served.kept();
            let namespaced = kinds.iter().filter(|kind| kind.namespaced).map(|kind| kind.id());
            namespaced.flat_map(|id| api.store.all(&id, name).map(|(key, _)| key.clone()).collect::<Vec<_>>()).collect()
        };
        for inner in within(self) {
            let deleted = self.store.get(&inner).is_none_or(|object| object::is_being_deleted(object));
            if !deleted {
                self.let_go(now, &inner, &Deletion { propagation: Some(Propagation::Background), ..Deletion::default() });
            }
        }
        if within(self).is_empty() {
            self.change(now, &key, Part::Finalize, |new| {
                object::map_at(new, &["spec"]).insert("finalizers".to_owned(), json!([]));
            });
        }
    }
}
