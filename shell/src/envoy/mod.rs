//! Parts of a plan as Envoy's configuration.
//!
//! The same part is always the same bytes: a resource's version is a digest of them, so that what is the same is never sent again, whoever
//! renders it and whenever. Names are Kuma's unified ones (`self_inbound_dp_SECTION`, the KRI of a service), which are also those of Envoy's
//! statistics.
//!
//! | module | what |
//! | --- | --- |
//! | `xds_type` | the types of resources that a proxy asks for |
//! | `inbound`, `outbound`, `redirect` | listeners, and the clusters that only one proxy has |
//! | `ingress` | where other zones come in, and to whom they are let through |
//! | `names` | what the launcher beside Envoy answers to a workload that asks for names |
//! | `cluster` | destinations, and who serves them |
//! | `routes`, `retries` | requests and where they go, and go again |
//! | `health` | whether those serve to whom is sent |
//! | `tls`, `access` | who both ends are, and who may connect |
//! | `http`, `parts` | what several of those need |
mod access;
mod cluster;
mod health;
mod http;
mod inbound;
mod ingress;
mod names;
mod outbound;
mod parts;
mod redirect;
mod retries;
mod routes;
mod tls;
mod xds_type;

pub(crate) use ingress::limits as ingress_limits;
pub use names::render_names;
pub(crate) use tls::certificate;
pub use xds_type::XdsType;

use sha2::{Digest as _, Sha256};
use strait_core::plan::Part;
use strait_proto::discovery::Resource;

/// A resource of xDS.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// Its type.
    pub of: XdsType,
    /// It, with its name and its version.
    pub resource: Resource,
}

impl Rendered {
    fn new<M: prost::Message + prost::Name>(of: XdsType, name: &str, message: &M) -> Self {
        let resource = strait_proto::any::pack(message);
        let digest = Sha256::digest(&resource.value);
        let version = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Self { of, resource: Resource { version, resource: Some(resource), name: name.to_owned() } }
    }
}

/// What a part is to Envoy: mostly one resource, sometimes several, of several types.
pub fn render(part: &Part) -> Vec<Rendered> {
    match part {
        // The certificate itself comes from who signs it.
        Part::Identity(_) => Vec::new(),
        Part::Trust(trust) => vec![tls::trust(trust)],
        Part::Redirect(redirect) => redirect::render(redirect),
        // Where they are asked for is said by who asks: `render_names`.
        Part::Names(_) => Vec::new(),
        Part::Inbound(inbound) => inbound::render(inbound),
        Part::Outbound(outbound) => outbound::render(outbound),
        Part::Cluster(cluster) => vec![cluster::render(cluster)],
        Part::Endpoints(endpoints) => vec![cluster::endpoints(&endpoints.destination.to_string(), endpoints)],
        Part::Entrance(entrance) => ingress::entrance(entrance),
        Part::Passage(passage) => ingress::passage(passage),
    }
}
