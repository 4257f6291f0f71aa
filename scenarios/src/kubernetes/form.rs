//! In which form a client wants objects: whole, as a table, or their metadata alone.
use super::{events, failure::Failure, object, resource::Resource, table};
use serde_json::{Value, json};
use strait_core::time::Wall;

/// A form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Whole,
    Table { objects: Included },
    Metadata,
}

/// What a row of a table holds of its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Included {
    Nothing,
    Metadata,
    Object,
}

impl Form {
    /// What the header `Accept` asks for: the first that can be given.
    pub(super) fn wanted(accept: &str, include_object: Option<&str>) -> Result<Self, Failure> {
        if accept.trim().is_empty() {
            return Ok(Self::Whole);
        }
        for one in accept.split(',') {
            let mut parts = one.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default();
            let parameters: Vec<&str> = parts.collect();
            if !matches!(media, "application/json" | "application/*" | "*/*") {
                continue;
            }
            let parameter = |name: &str| parameters.iter().find_map(|one| one.strip_prefix(name)?.strip_prefix('='));
            match parameter("as") {
                None => return Ok(Self::Whole),
                Some("Table") => {
                    let objects = match include_object {
                        Some("None") => Included::Nothing,
                        Some("Object") => Included::Object,
                        _ => Included::Metadata,
                    };
                    return Ok(Self::Table { objects });
                }
                Some("PartialObjectMetadata" | "PartialObjectMetadataList") => return Ok(Self::Metadata),
                Some(_) => {}
            }
        }
        Err(Failure::not_acceptable())
    }

    /// One object, in the version that is asked for.
    pub(super) fn one(self, resource: &Resource, object: &Value, now: Wall) -> Value {
        match self {
            Self::Whole => as_version(resource, object),
            Self::Metadata => partial(object),
            Self::Table { objects } => {
                let metadata = json!({"resourceVersion": object::text(object, &["metadata", "resourceVersion"])});
                table::table(resource, [object].into_iter(), &metadata, objects, now)
            }
        }
    }

    /// A list of objects.
    pub(super) fn list<'a>(self, resource: &Resource, objects: impl Iterator<Item = &'a Value>, metadata: &Value, now: Wall) -> Value {
        match self {
            Self::Whole => json!({
                "kind": resource.list_kind, "apiVersion": resource.api_version(), "metadata": metadata,
                "items": objects.map(|object| as_version(resource, object)).collect::<Vec<_>>(),
            }),
            Self::Metadata => json!({
                "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
                "items": objects.map(partial).collect::<Vec<_>>(),
            }),
            Self::Table { objects: included } => table::table(resource, objects, metadata, included, now),
        }
    }
}

/// Objects of all versions are kept alike: what differs is what they say of themselves.
pub(super) fn as_version(resource: &Resource, object: &Value) -> Value {
    let mut object = object.clone();
    if let Value::Object(map) = &mut object {
        map.insert("apiVersion".to_owned(), json!(resource.api_version()));
        map.insert("kind".to_owned(), json!(resource.kind));
    }
    if resource.is_renamed() {
        events::as_new(&mut object);
    }
    object
}

pub(super) fn partial(object: &Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]})
}
