//! What `spec_codec` promises, one file per promise. One binary, because each would link the whole of gRPC again.

mod bytes_do_not_depend_on_map_order;
mod depth_is_bounded;
mod every_kind_round_trips;
mod garbage_is_refused_without_panic;
mod refusals_name_their_place;
mod unknown_fields_of_a_peer_survive;

/// Full names as they stand in an `Any`.
pub(crate) const DATAPLANE: &str = "kuma.mesh.v1alpha1.Dataplane";
pub(crate) const MESH: &str = "kuma.mesh.v1alpha1.Mesh";
pub(crate) const ZONE_INGRESS: &str = "kuma.mesh.v1alpha1.ZoneIngress";
pub(crate) const SERVICE_INSIGHT: &str = "kuma.mesh.v1alpha1.ServiceInsight";
