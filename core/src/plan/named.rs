//! Which names lead to which services of one mesh.
use crate::names::ServiceId;
use std::collections::{BTreeMap, BTreeSet};

/// Names of services. Who has which is decided by [`crate::names::Names`].
#[derive(Debug, Default)]
pub(super) struct Named {
    service: BTreeMap<String, ServiceId>,
    names: BTreeMap<ServiceId, BTreeSet<String>>,
}

impl Named {
    pub(super) fn is_empty(&self) -> bool {
        self.service.is_empty()
    }

    /// A name leads to this service from now on, or to none. Says to which it led before.
    pub(super) fn set(&mut self, name: &str, service: Option<&ServiceId>) -> Option<ServiceId> {
        let before = match service {
            Some(service) => self.service.insert(name.to_owned(), service.clone()),
            None => self.service.remove(name),
        };
        if let Some(before) = &before
            && let Some(names) = self.names.get_mut(before)
        {
            names.remove(name);
            if names.is_empty() {
                self.names.remove(before);
            }
        }
        if let Some(service) = service {
            self.names.entry(service.clone()).or_default().insert(name.to_owned());
        }
        before
    }

    /// Whether a name leads there.
    pub(super) fn leads_to(&self, service: &ServiceId) -> bool {
        self.names.contains_key(service)
    }

    /// The services to which names lead, and which names.
    pub(super) fn services(&self) -> impl Iterator<Item = (&ServiceId, &BTreeSet<String>)> {
        self.names.iter()
    }
}
