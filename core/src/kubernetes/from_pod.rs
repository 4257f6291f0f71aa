//! Of which pod something was made, by what it says.
use super::ground::{BY, SERVICE_ACCOUNT};
use crate::resource::{Kind, Resource, labels};
use std::fmt;

/// The pod of which a `Dataplane` or a `ZoneIngress` was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromPod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// As which it runs.
    pub service_account: String,
}

impl fmt::Display for FromPod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// The pod of which a resource was made; `None`: it was made of none. Labels that say so are computed, and refused to users.
pub fn pod_of(resource: &Resource) -> Option<FromPod> {
    let is_proxy = *resource.kind() == Kind::dataplane() || *resource.kind() == Kind::zone_ingress();
    let said = |label: &str| resource.labels.get(label).cloned();
    let by_us = said(labels::MANAGED_BY).is_some_and(|by| by == BY);
    (is_proxy && by_us).then(|| FromPod {
        namespace: said(labels::NAMESPACE).unwrap_or_default(),
        name: resource.display_name().to_owned(),
        // As the API fills it in.
        service_account: said(SERVICE_ACCOUNT).unwrap_or_else(|| "default".to_owned()),
    })
}
