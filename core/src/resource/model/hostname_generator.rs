//! `HostnameGenerator`: which services get which host names.
use super::{
    HostnameTemplate, LabelSelector,
    address::why_not_subdomain,
    field::{self, Unknown},
    path::{Path, Violations},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The spec of a `HostnameGenerator`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct HostnameGenerator {
    /// Which services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<ServiceSelector>,
    /// The name, as a Go template over `.Name`, `.DisplayName`, `.Namespace`, `.Mesh`, `.Zone` and `label "key"`.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "String::is_empty")]
    pub template: String,
    /// Settings of a plugin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<Extension>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Services of one kind. Exactly one is set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct ServiceSelector {
    /// Services of one zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mesh_service: Option<LabelSelector>,
    /// Services outside of the mesh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mesh_external_service: Option<LabelSelector>,
    /// Unions of the services of several zones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mesh_multi_zone_service: Option<LabelSelector>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Settings of a plugin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Extension {
    /// Which plugin.
    #[serde(rename = "type", deserialize_with = "field::or_default", skip_serializing_if = "String::is_empty")]
    pub plugin: String,
    /// What it is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<Value>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl HostnameGenerator {
    pub(super) fn check(&self, found: &mut Violations) {
        let spec = Path::Root.field("spec");
        let set = self.selector.as_ref().map_or(0, |selector| {
            let set = [&selector.mesh_service, &selector.mesh_external_service, &selector.mesh_multi_zone_service].map(Option::is_some);
            set.into_iter().filter(|set| *set).count()
        });
        let what = "exact one selector (meshService, meshExternalService) must be defined";
        found.add_if(set != 1, &spec.field("selector"), what);
        if let Some(why) = why_not_template(&self.template) {
            found.add(&spec.field("template"), why);
        }
        if let Some(extension) = &self.extension {
            found.add_if(extension.plugin.is_empty(), &spec.field("extension").field("type"), "must not be empty");
        }
    }
}

fn why_not_template(template: &str) -> Option<String> {
    if template.is_empty() {
        return Some("must not be empty".to_owned());
    }
    match HostnameTemplate::parse(template) {
        Ok(None) => None,
        Ok(Some(template)) => {
            let name = template.sample();
            let why = why_not_subdomain(&name);
            (!why.is_empty()).then(|| format!("template renders to {name:?} which is not a valid DNS name: {}", why.join(", ")))
        }
        Err(why) => Some(why),
    }
}
