//! Which names have names below them.
use std::collections::BTreeSet;

/// Names, each written from its last label to its first, so that those below one stand beside each other.
#[derive(Debug, Default)]
pub(super) struct Tree(BTreeSet<String>);

impl Tree {
    pub(super) fn insert(&mut self, name: &str) {
        self.0.insert(turned(name));
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.0.remove(&turned(name));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a name lies below this one.
    pub(super) fn has_below(&self, name: &str) -> bool {
        let above = turned(name) + ".";
        self.0.range(above.clone()..).next().is_some_and(|first| first.starts_with(&above))
    }
}

/// `web.svc.mesh.local` as `local.mesh.svc.web`.
fn turned(name: &str) -> String {
    let mut turned = String::with_capacity(name.len() + 1);
    for label in name.rsplit('.') {
        if !turned.is_empty() {
            turned.push('.');
        }
        turned.push_str(label);
    }
    turned
}
