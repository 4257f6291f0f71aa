//! A custom resource, as the API has it.
use super::{
    super::{
        object::{Meta, Object, ObjectName, Texts},
        read::{MetaForm, Wrong, form, meta, short},
    },
    kind::CustomKind,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Who wrote an object, by the label that all tools have for it.
pub(super) const MARK: &str = "app.kubernetes.io/managed-by";
/// We did: it is a copy of what the zone holds.
pub(super) const COPIED_BY: &str = "strait-zone";

/// What selects the objects that are ours.
pub const OWN: &str = "app.kubernetes.io/managed-by=strait-zone";

/// A custom resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomObject {
    /// Its kind.
    pub kind: CustomKind,
    /// Its name, labels and annotations.
    pub meta: Meta,
    /// Another one of the same name has another.
    pub uid: String,
    /// The mesh that its field `mesh` names.
    pub mesh: Option<String>,
    /// What it says.
    pub spec: Value,
    /// What somebody observed.
    pub status: Value,
}

/// What an object says, in short: two that say the same have the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest([u8; 16]);

#[derive(Deserialize)]
struct CustomForm {
    metadata: MetaForm,
    mesh: Option<String>,
    #[serde(default)]
    spec: Value,
    #[serde(default)]
    status: Value,
}

/// Reads one.
pub(in crate::kubernetes) fn custom(value: &Value, kind: CustomKind, name: &ObjectName, version: u64) -> Result<Object, Wrong> {
    let mut read: CustomForm = form(value)?;
    let uid = short("metadata.uid", read.metadata.uid.take().unwrap_or_default())?;
    let mesh = read.mesh.map(|mesh| short("mesh", mesh)).transpose()?;
    let meta = meta(read.metadata, name, version)?;
    Ok(Object::Custom(Box::new(CustomObject { kind, meta, uid, mesh, spec: read.spec, status: read.status })))
}

impl CustomObject {
    /// Whether it says that it is a copy.
    pub(crate) fn is_copy(&self) -> bool {
        self.meta.labels.get(MARK).is_some_and(|by| by == COPIED_BY)
    }

    /// What it says.
    pub(crate) fn digest(&self) -> Digest {
        let mesh = self.mesh.as_deref().unwrap_or_default();
        Digest::of(&self.meta.labels, &self.meta.annotations, mesh, &self.spec, &self.status)
    }
}

impl Digest {
    pub(crate) fn of(labels: &Texts, annotations: &Texts, mesh: &str, spec: &Value, status: &Value) -> Self {
        // Maps have an order here, so that one content has one text.
        let said = json!([labels, annotations, mesh, spec, status]).to_string();
        let mut short = [0; 16];
        short.copy_from_slice(&Sha256::digest(said.as_bytes())[..16]);
        Self(short)
    }
}
