//! A kind as it is served: its names, its scope, its subresources and what its objects look like.
use super::{
    object::{list, text},
    schema::{Shape, Struct, structural},
};
use serde_json::{Value, json};
use std::sync::Arc;

/// A kind in one version.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    /// Empty: the core group.
    pub(super) group: String,
    pub(super) version: String,
    pub(super) plural: String,
    pub(super) singular: String,
    pub(super) kind: String,
    pub(super) list_kind: String,
    pub(super) short_names: Vec<String>,
    pub(super) categories: Vec<String>,
    pub(super) namespaced: bool,
    /// Whether `status` is written apart.
    pub(super) status: bool,
    /// How many it has, where that can be asked and set apart.
    pub(super) scale: Option<Scale>,
    /// Whether its objects are kept; questions such as `TokenReview` are answered and forgotten.
    pub(super) kept: bool,
    pub(super) custom: bool,
    pub(super) fields: Arc<Struct>,
    /// The schema of a custom kind, as its definition has it.
    pub(super) raw_schema: Option<Value>,
    /// The columns that a custom kind is shown with, beside its name.
    pub(super) columns: Vec<Value>,
    /// Fields of custom kinds that may be selected by.
    pub(super) selectable: Vec<String>,
    /// What clients are told of this version.
    pub(super) deprecation: Option<String>,
}

/// Where a number of replicas stands: `.spec.replicas`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    pub(super) wished: String,
    pub(super) is: String,
    pub(super) selector: Option<String>,
}

impl Resource {
    /// `deployments.apps`; of the core group, `pods`. The same for all versions.
    pub(super) fn id(&self) -> String {
        if self.group.is_empty() || self.is_renamed() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// Whether its objects are those of the core group, with other names for their fields.
    pub(super) fn is_renamed(&self) -> bool {
        self.group == "events.k8s.io"
    }

    pub(super) fn group_kind(&self) -> String {
        if self.group.is_empty() { self.kind.clone() } else { format!("{}.{}", self.kind, self.group) }
    }

    /// `apps/v1`; of the core group, `v1`.
    pub(super) fn api_version(&self) -> String {
        api_version(&self.group, &self.version)
    }

    pub(super) fn group_version_kind(&self) -> Value {
        json!({"group": self.group, "version": self.version, "kind": self.kind})
    }

    pub(super) fn shape(&self) -> Shape {
        Shape::Struct(Arc::clone(&self.fields))
    }

    /// Whether changes of what is wished are counted.
    pub(super) fn counts_generations(&self) -> bool {
        const COUNTED: [&str; 5] = [
            "pods",
            "deployments.apps",
            "replicasets.apps",
            "endpointslices.discovery.k8s.io",
            "customresourcedefinitions.apiextensions.k8s.io",
        ];
        self.custom || COUNTED.contains(&self.id().as_str())
    }

    /// By which OpenAPI knows its objects.
    pub(super) fn schema_name(&self) -> String {
        if !self.fields.name.is_empty() {
            return self.fields.name.clone();
        }
        let mut reversed: Vec<&str> = self.group.split('.').collect();
        reversed.reverse();
        format!("{}.{}.{}", reversed.join("."), self.version, self.kind)
    }

    /// Where one of its objects is.
    pub(super) fn path_pattern(&self) -> String {
        let root = if self.group.is_empty() { "/api/v1".to_owned() } else { format!("/apis/{}", self.api_version()) };
        let named = if self.kept { "/{name}" } else { "" };
        if self.namespaced {
            format!("{root}/namespaces/{{namespace}}/{}{named}", self.plural)
        } else {
            format!("{root}/{}{named}", self.plural)
        }
    }
}

pub(super) fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

/// The kinds of a definition, one for each version that is served.
pub(super) fn defined(definition: &Value) -> Vec<Resource> {
    let names = &definition["spec"]["names"];
    let or_else = |name: &str, other: String| names[name].as_str().map_or(other, str::to_owned);
    let kind = text(names, &["kind"]).to_owned();
    list(definition, &["spec", "versions"])
        .iter()
        .filter(|version| version["served"] == true)
        .map(|version| {
            let schema = &version["schema"]["openAPIV3Schema"];
            let subresources = &version["subresources"];
            let scale = &subresources["scale"];
            let path = |name: &str| scale[name].as_str().map(str::to_owned);
            Resource {
                group: text(definition, &["spec", "group"]).to_owned(),
                version: text(version, &["name"]).to_owned(),
                plural: text(names, &["plural"]).to_owned(),
                singular: or_else("singular", kind.to_lowercase()),
                list_kind: or_else("listKind", format!("{kind}List")),
                kind: kind.clone(),
                short_names: texts(&names["shortNames"]),
                categories: texts(&names["categories"]),
                namespaced: definition["spec"]["scope"] == "Namespaced",
                status: !subresources["status"].is_null(),
                scale: path("specReplicasPath").zip(path("statusReplicasPath")).map(|(wished, is)| Scale {
                    wished,
                    is,
                    selector: path("labelSelectorPath"),
                }),
                kept: true,
                custom: true,
                fields: Arc::new(structural(schema)),
                raw_schema: Some(if schema.is_object() { schema.clone() } else { json!({"type": "object"}) }),
                columns: list(version, &["additionalPrinterColumns"]).to_vec(),
                selectable: list(version, &["selectableFields"]).iter().map(|one| text(one, &["jsonPath"]).to_owned()).collect(),
                deprecation: (version["deprecated"] == true).then(|| {
                    version["deprecationWarning"].as_str().map_or_else(
                        || format!("{}/{} {kind} is deprecated", text(definition, &["spec", "group"]), text(version, &["name"])),
                        str::to_owned,
                    )
                }),
            }
        })
        .collect()
}
