//! What objects look like: of built-in kinds, from the files `*.schema` here, and of custom ones, from their definitions.
//!
//! One description serves everything that needs to know it: validation, unknown fields, strategic merge, server-side apply and OpenAPI.
mod check;
mod custom;
mod empty;
mod openapi;
mod openapi_v2;
mod read;

pub(super) use check::{Problem, check, unknown_fields};
pub(super) use custom::structural;
pub(super) use empty::without_empty;
pub(super) use openapi::{document, paths_document};
pub(super) use openapi_v2::{as_protobuf, document as document_v2};
pub(super) use read::built_in;

use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// What a value looks like.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// Whatever it likes.
    Any,
    /// A text, of a format (`date-time`, `byte`, or empty), and one of these where there are any.
    Text { format: &'static str, allowed: Arc<[String]> },
    /// True or false.
    Bool,
    /// A whole number of so many bits.
    Integer { bits: u8, bounds: Bounds },
    /// Any number.
    Number,
    /// A whole number or a text.
    IntOrText,
    /// `100m`, `64Mi`, or a number.
    Quantity,
    /// A list.
    List { item: Box<Self>, kind: ListKind },
    /// A map of texts to these.
    Map { value: Box<Self>, atomic: bool },
    /// Fields with names.
    Struct(Arc<Struct>),
}

/// The least and the largest that is allowed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bounds {
    pub(super) least: Option<i64>,
    pub(super) most: Option<i64>,
}

/// How lists are merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ListKind {
    /// As one.
    Atomic,
    /// Of things that are there once.
    Set,
    /// By these fields of its items; the first is the key of strategic merges.
    Map(Vec<String>),
}

/// A map with known fields.
#[derive(Clone, Debug, Default)]
pub(super) struct Struct {
    /// `io.k8s.api.core.v1.Pod`; empty within custom kinds.
    pub(super) name: String,
    pub(super) description: String,
    pub(super) fields: BTreeMap<String, Field>,
    /// Unknown fields are kept.
    pub(super) open: bool,
    /// One owner has all of it.
    pub(super) atomic: bool,
}

/// A field.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) shape: Shape,
    pub(super) required: bool,
    pub(super) nullable: bool,
    /// Strategic merges take away what the patch does not retain.
    pub(super) retains: bool,
    pub(super) default: Option<Value>,
    pub(super) description: String,
}

impl Shape {
    pub(super) fn text() -> Self {
        Self::Text { format: "", allowed: Arc::from([]) }
    }

    /// What a field of this looks like; [`Shape::Any`] where nothing is known.
    pub(super) fn field(&self, name: &str) -> &Self {
        match self {
            Self::Struct(known) => known.fields.get(name).map_or(&Self::Any, |field| &field.shape),
            Self::Map { value, .. } => value,
            _ => &Self::Any,
        }
    }
}
