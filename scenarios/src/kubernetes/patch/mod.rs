//! The ways in which objects are patched.
mod apply;
mod json;
mod merge;
mod owners;
mod strategic;

pub(super) use apply::apply;
pub(super) use json::{Refused, json_patch};
pub(super) use merge::merge_patch;
pub(super) use owners::{Writes, record};
pub(super) use strategic::strategic_merge;
