//! References to what a policy is for: which fields go with which kind (Kuma 2.14).
use super::{
    field::{self, Unknown},
    path::{Path, Violations},
    tags::{self, Tags},
};
use serde::{Deserialize, Serialize};

/// What a policy, or one of its items, is for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct TargetRef {
    /// `Mesh`, `Dataplane`, `MeshService` and such.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The name of the one that is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its Kubernetes namespace; unset: the policy's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// All that carry these labels.
    #[serde(deserialize_with = "field::optional_texts", skip_serializing_if = "Option::is_none")]
    pub labels: Option<Tags>,
    /// All proxies that carry these tags.
    #[serde(deserialize_with = "field::optional_texts", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Tags>,
    /// One port or inbound of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section_name: Option<String>,
    /// Reserved by Kuma.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mesh: Option<String>,
    /// `Sidecar`, `Gateway`; unset: both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_types: Option<Vec<String>>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What a policy allows in one place.
#[derive(Clone, Copy)]
pub(super) struct Allowed<'a> {
    pub(super) kinds: &'a [&'a str],
    /// Whether a `MeshGateway` may be narrowed to listeners by tags.
    pub(super) listener_tags: bool,
    /// Whether the policy is about inbounds, of which `sectionName` may name one.
    pub(super) inbound: bool,
}

impl<'a> Allowed<'a> {
    pub(super) fn kinds(kinds: &'a [&'a str]) -> Self {
        Self { kinds, listener_tags: false, inbound: false }
    }
}

impl TargetRef {
    pub(super) fn check(&self, allowed: &Allowed<'_>, at: &Path<'_>, found: &mut Violations) {
        let kind = self.kind.as_str();
        if kind.is_empty() {
            return found.add(&at.field("kind"), "must be defined");
        }
        if !allowed.kinds.contains(&kind) {
            return found.add(&at.field("kind"), format!("value '{kind}' is not supported"));
        }
        match kind {
            "Mesh" => {
                let what = "using name with kind Mesh is not yet supported";
                found.add_if(is_set(self.name.as_ref()), &at.field("name"), what);
                self.refuse(&["mesh", "tags", "labels", "namespace", "sectionName"], at, found);
                self.check_proxy_types(at, found);
            }
            "Dataplane" => {
                self.refuse(&["tags", "mesh", "proxyTypes"], at, found);
                self.check_either("either labels or name and namespace must be specified", at, found);
                let wrong = !allowed.inbound && is_set(self.section_name.as_ref());
                found.add_if(wrong, &at.field("sectionName"), "can only be used with inbound policies");
            }
            "MeshSubset" => {
                self.refuse(&["name", "mesh", "labels", "namespace", "sectionName"], at, found);
                tags::check_tags(self.tags.as_ref().unwrap_or(&Tags::new()), &at.field("tags"), found);
                self.check_proxy_types(at, found);
            }
            "MeshService" => {
                self.refuse(&["mesh", "tags", "proxyTypes"], at, found);
                self.check_one_is_named("either labels or name and namespace must be specified", at, found);
            }
            "MeshHTTPRoute" => {
                self.refuse(&["mesh", "tags", "proxyTypes", "sectionName"], at, found);
                self.check_one_is_named("either labels or name and namespace must be specified", at, found);
            }
            "MeshExternalService" => {
                self.refuse(&["mesh", "tags", "proxyTypes", "sectionName"], at, found);
                self.check_one_is_named("either labels or name must be specified", at, found);
            }
            "MeshServiceSubset" | "MeshGateway" => {
                found.add_if(!is_set(self.name.as_ref()), &at.field("name"), format!("must be set when kind is {kind}"));
                self.check_name(at, found);
                self.refuse(&["mesh", "proxyTypes", "labels", "namespace", "sectionName"], at, found);
                tags::check_selector(self.tags.as_ref().unwrap_or(&Tags::new()), &at.field("tags"), found);
                if kind == "MeshGateway" && !allowed.listener_tags {
                    self.refuse(&["tags"], at, found);
                }
            }
            // Kuma checks nothing of MeshMultiZoneService.
            _ => {}
        }
    }

    /// These fields must not be set with this kind.
    fn refuse(&self, fields: &[&str], at: &Path<'_>, found: &mut Violations) {
        for field in fields {
            let set = match *field {
                "name" => is_set(self.name.as_ref()),
                "namespace" => is_set(self.namespace.as_ref()),
                "mesh" => is_set(self.mesh.as_ref()),
                "sectionName" => is_set(self.section_name.as_ref()),
                "tags" => self.tags.as_ref().is_some_and(|tags| !tags.is_empty()),
                "labels" => self.has_labels(),
                _ => self.proxy_types.as_ref().is_some_and(|types| !types.is_empty()),
            };
            found.add_if(set, &at.field(field), format!("must not be set with kind {}", self.kind));
        }
    }

    fn check_one_is_named(&self, either: &str, at: &Path<'_>, found: &mut Violations) {
        self.check_name(at, found);
        let nothing = !is_set(self.name.as_ref()) && !self.has_labels();
        found.add_if(nothing, at, format!("name or labels must be set when kind is {}", self.kind));
        self.check_either(either, at, found);
    }

    fn check_either(&self, either: &str, at: &Path<'_>, found: &mut Violations) {
        let named = is_set(self.name.as_ref()) || is_set(self.namespace.as_ref());
        found.add_if(self.has_labels() && named, &at.field("labels"), either);
    }

    fn check_name(&self, at: &Path<'_>, found: &mut Violations) {
        let is_of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
        let wrong = self.name.as_ref().is_some_and(|name| !name.bytes().all(is_of_name));
        let what = "invalid characters: must consist of lower case alphanumeric characters, '-', '.' and '_'.";
        found.add_if(wrong, &at.field("name"), what);
    }

    fn check_proxy_types(&self, at: &Path<'_>, found: &mut Violations) {
        let wrong = self.proxy_types.as_ref().is_some_and(Vec::is_empty);
        found.add_if(wrong, &at.field("proxyTypes"), "must be undefined or have at least one element");
    }

    fn has_labels(&self) -> bool {
        self.labels.as_ref().is_some_and(|labels| !labels.is_empty())
    }
}

fn is_set(text: Option<&String>) -> bool {
    text.is_some_and(|text| !text.is_empty())
}
