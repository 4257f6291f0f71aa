//! `HostnameGenerator`: which services get which host names.
use super::{
    LabelSelector,
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
    match sample(template) {
        Ok(None) => None,
        Ok(Some(name)) => {
            let why = why_not_subdomain(&name);
            (!why.is_empty()).then(|| format!("template renders to {name:?} which is not a valid DNS name: {}", why.join(", ")))
        }
        Err(why) => Some(why),
    }
}

/// The name that Kuma renders to try a template out. `None` where the template does what only Go understands: Kuma then knows
/// better than we do.
fn sample(template: &str) -> Result<Option<String>, String> {
    let (mut name, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once("{{") {
        name.push_str(before);
        let (action, after) = after.split_once("}}").ok_or("couldn't parse template: unclosed action")?;
        let action = match action.strip_prefix("- ") {
            Some(action) => {
                name.truncate(name.trim_end().len());
                action
            }
            None => action,
        };
        let (action, after) = match action.strip_suffix(" -") {
            Some(action) => (action, after.trim_start()),
            None => (action, after),
        };
        match action.trim() {
            "" => return Err("couldn't parse template: missing value for command".to_owned()),
            ".Name" => name.push_str("name"),
            ".DisplayName" => name.push_str("displayname"),
            ".Namespace" => name.push_str("namespace"),
            ".Mesh" => name.push_str("mesh"),
            ".Zone" => name.push_str("zone"),
            action if is_label(action) => name.push_str("label"),
            action if action.strip_prefix('.').is_some_and(is_identifier) => {
                return Err(format!("couldn't render template with stub values: can't evaluate field {}", &action[1..]));
            }
            _ => return Ok(None),
        }
        rest = after;
    }
    name.push_str(rest);
    Ok(Some(name))
}

fn is_label(action: &str) -> bool {
    let quoted_by = |text: &str, quote: char| {
        let inner = text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
        inner.is_some_and(|inner| !inner.contains([quote, '\\']))
    };
    action.strip_prefix("label").is_some_and(|key| quoted_by(key.trim_start(), '"') || quoted_by(key.trim_start(), '`'))
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
