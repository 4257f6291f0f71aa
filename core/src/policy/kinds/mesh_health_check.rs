//! `MeshHealthCheck`: how proxies find out whether those serve to whom they send. Merged field by field; lists as a whole.
use crate::{
    policy::{PolicyKind, kind::ToItems},
    resource::model,
};

pub(super) static KIND: PolicyKind = PolicyKind {
    name: "MeshHealthCheck",
    order: 1200,
    to: Some(ToItems::plain()),
    inbound: None,
    write_defaults: |_| {},
    check: model::check_health_checks,
};
