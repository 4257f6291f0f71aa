//! The domains for which a zone speaks: a name in one of them exists here, or nowhere.
use super::{
    generator::{self, Generator},
    resolver::MESH_DOMAIN,
    tree::Tree,
};
use crate::resource::{Key, Resource};
use std::collections::BTreeMap;

/// Kuma's domain, and those in which generators make names.
#[derive(Debug)]
pub(super) struct Domains {
    /// Which generator makes names in which domain.
    of: BTreeMap<Key, String>,
    /// By how many generators each is meant.
    count: BTreeMap<String, usize>,
    tree: Tree,
}

impl Domains {
    pub(super) fn new() -> Self {
        let mut domains = Self { of: BTreeMap::new(), count: BTreeMap::new(), tree: Tree::default() };
        // Of no generator, so that it stays.
        domains.add(MESH_DOMAIN);
        domains
    }

    /// Takes over what is held of a key: a resource, or nothing.
    pub(super) fn apply(&mut self, key: &Key, resource: Option<&Resource>) {
        if !generator::is_one(&key.kind) {
            return;
        }
        if let Some(before) = self.of.remove(key) {
            self.take(&before);
        }
        let generator = resource.and_then(Generator::of);
        if let Some(domain) = generator.as_ref().and_then(Generator::domain) {
            self.add(domain);
            self.of.insert(key.clone(), domain.to_owned());
        }
    }

    /// The innermost domain in which a name lies.
    pub(super) fn around<'a>(&self, name: &'a str) -> Option<&'a str> {
        let after_dots = name.match_indices('.').map(|(at, _)| &name[at + 1..]);
        std::iter::once(name).chain(after_dots).find(|end| self.count.contains_key(*end))
    }

    /// Whether one of them lies below this name.
    pub(super) fn has_below(&self, name: &str) -> bool {
        self.tree.has_below(name)
    }

    fn add(&mut self, domain: &str) {
        *self.count.entry(domain.to_owned()).or_default() += 1;
        self.tree.insert(domain);
    }

    fn take(&mut self, domain: &str) {
        if let Some(count) = self.count.get_mut(domain) {
            *count -= 1;
            if *count == 0 {
                self.count.remove(domain);
                self.tree.remove(domain);
            }
        }
    }
}
