//! The table of kinds, in the order in which Kuma lists them. A new kind is one file here, and its line.
mod mesh_health_check;
mod mesh_http_route;
mod mesh_retry;
mod mesh_timeout;
pub(super) mod mesh_traffic_permission;

use super::PolicyKind;

/// Every kind of policies that is resolved.
pub static KINDS: &[&PolicyKind] =
    &[&mesh_http_route::KIND, &mesh_timeout::KIND, &mesh_traffic_permission::KIND, &mesh_health_check::KIND, &mesh_retry::KIND];
