//! `MeshService`: a service of one zone.
use super::{
    field::{self, Unknown},
    path::{Path, Violations},
    tags::Tags,
};
use crate::resource::Resource;
use serde::{Deserialize, Serialize};

/// The spec of a `MeshService`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct MeshService {
    /// Which proxies serve it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<ProxySelector>,
    /// Where it is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<ServicePort>>,
    /// Who its proxies are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identities: Option<Vec<ServiceIdentity>>,
    /// `Available` or `Unavailable`; missing means unavailable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// At most one is set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct ProxySelector {
    /// Proxies with an inbound that carries these tags.
    #[serde(deserialize_with = "field::optional_texts", skip_serializing_if = "Option::is_none")]
    pub dataplane_tags: Option<Tags>,
    /// One proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataplane_ref: Option<ProxyName>,
    /// Proxies with these labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataplane_labels: Option<LabelSelector>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// One proxy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct ProxyName {
    /// Its name.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What carries certain labels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct LabelSelector {
    /// All of these; unset or empty: everything.
    #[serde(deserialize_with = "field::optional_texts", skip_serializing_if = "Option::is_none")]
    pub match_labels: Option<Tags>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// One port of a service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct ServicePort {
    /// Its name; other resources refer to it as `sectionName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where clients connect. Kuma does not check it.
    #[serde(deserialize_with = "field::or_default")]
    pub port: i32,
    /// Where proxies listen; unset: the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_port: Option<TargetPort>,
    /// What is spoken; unset: `tcp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_protocol: Option<String>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A port of a proxy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "must be a port number or the name of an inbound")]
pub enum TargetPort {
    /// Its number.
    Number(i32),
    /// The name of the inbound.
    Name(String),
}

/// Who the proxies of a service are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct ServiceIdentity {
    /// `ServiceTag` or `SpiffeID`.
    #[serde(rename = "type", deserialize_with = "field::or_default")]
    pub identity_type: String,
    /// The tag's value, or the ID.
    #[serde(deserialize_with = "field::or_default")]
    pub value: String,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl MeshService {
    pub(super) fn check(&self, resource: &Resource, found: &mut Violations) {
        let too_long = resource.display_name().len() > 63;
        found.add_if(too_long, &Path::Root.field("name"), "must not be longer than 63 characters");
        if let Some(selector) = &self.selector {
            let set = [selector.dataplane_tags.is_some(), selector.dataplane_ref.is_some(), selector.dataplane_labels.is_some()];
            let what = "must specify only one of: dataplaneTags, dataplaneRef, or dataplaneLabels";
            found.add_if(set.iter().filter(|set| **set).count() > 1, &Path::Root.field("spec").field("selector"), what);
        }
    }
}
