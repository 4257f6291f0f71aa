//! Kuma's sync protocol in one place: both gRPC services, and what they carry.
//!
//! Global serves [`sync_server`] and [`global_server`]; a zone is always the client. Names and numbers are those of Kuma 2.14.3, the
//! discovery messages those of Envoy's v3 API.

pub use crate::envoy::config::core::v3::{ControlPlane, Node};
pub use crate::envoy::service::discovery::v3::{DeltaDiscoveryRequest, DeltaDiscoveryResponse, Resource};
pub use crate::google::rpc::Status;
pub use crate::mesh::{
    AdminOutputFormat, ClustersRequest, ClustersResponse, KumaResource, StatsRequest, StatsResponse, XdsConfigRequest, XdsConfigResponse,
    ZoneHealthCheckRequest, ZoneHealthCheckResponse, clusters_response, kuma_resource::Meta, stats_response, xds_config_response,
};
pub use crate::mesh::{
    global_kds_service_client as global_client, global_kds_service_server as global_server, kds_sync_service_client as sync_client,
    kds_sync_service_server as sync_server,
};

/// What the `Any` around a [`KumaResource`] calls it (seen in conversations between Kuma control planes).
pub const KUMA_RESOURCE_TYPE_URL: &str = "type.googleapis.com/kuma.mesh.v1alpha1.KumaResource";
