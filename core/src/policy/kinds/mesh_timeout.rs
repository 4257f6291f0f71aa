//! `MeshTimeout`: how long a proxy waits. Merged field by field, for both directions.
use crate::{
    policy::{
        FromItems, PolicyKind,
        kind::{InboundItems, ToItems},
    },
    resource::model::{self, Timeouts},
};

pub(super) static KIND: PolicyKind = PolicyKind {
    name: "MeshTimeout",
    order: 1000,
    to: Some(ToItems::plain()),
    inbound: Some(InboundItems { from: FromItems::AreRules, is_merged: true }),
    write_defaults: |_| {},
    check: |conf| model::read::<Timeouts>(conf).map(drop),
};
