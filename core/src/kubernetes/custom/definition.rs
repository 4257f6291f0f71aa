//! What a cluster has to be told of a kind before it takes objects of it: its `CustomResourceDefinition`.
use super::kind::{CustomKind, GROUP, Placed, VERSION};
use serde_json::{Value, json};

/// The definition of a kind. What a resource says is checked by the zone, which knows more than a schema can say; so all fields are taken.
pub fn definition(kind: CustomKind) -> Value {
    let open = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let mut fields = json!({
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"type": "object"},
        "spec": open,
    });
    let mut columns = Vec::new();
    if kind.has_mesh_field() {
        fields["mesh"] = json!({"type": "string", "description": "The mesh to which it belongs; `default`, if it is left out."});
        columns.extend((kind.as_str() != "Mesh").then(|| json!({"name": "Mesh", "type": "string", "jsonPath": ".mesh"})));
    } else {
        columns.push(json!({"name": "Mesh", "type": "string", "jsonPath": ".metadata.labels.kuma\\.io/mesh"}));
    }
    columns.push(json!({"name": "Origin", "type": "string", "jsonPath": ".metadata.labels.kuma\\.io/origin"}));
    columns.push(json!({"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}));
    if kind.facts().is_some_and(|facts| facts.status) {
        fields["status"] = open;
    }
    let mut names = json!({
        "kind": kind.as_str(),
        "listKind": format!("{kind}List"),
        "plural": kind.plural(),
        "singular": kind.as_str().to_lowercase(),
        "categories": [GROUP.trim_end_matches(".io")],
    });
    if let Some(short) = kind.short() {
        names["shortNames"] = json!([short]);
    }
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{}.{GROUP}", kind.plural())},
        "spec": {
            "group": GROUP,
            "names": names,
            "scope": if kind.placed() == Placed::Namespaced { "Namespaced" } else { "Cluster" },
            "versions": [{
                "name": VERSION,
                "served": true,
                "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": fields}},
                "additionalPrinterColumns": columns,
            }],
        },
    })
}
