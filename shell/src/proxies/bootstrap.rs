//! What Envoy starts with: who it is, where its control plane is, and nothing else. Asked for and answered in Kuma's shapes.
use super::{Claim, NotAdmitted, launcher::WORKDIR};
use crate::envoy::ingress_limits;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::net::IpAddr;
use strait_core::resource::MeshName;

/// What a launcher asks for. Fields that we make nothing of are ignored, as Kuma ignores those that it does not know.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BootstrapRequest {
    /// The proxy's mesh; empty: that of its `Dataplane`.
    pub mesh: String,
    /// The proxy's name; empty: that of its `Dataplane`.
    pub name: String,
    /// `dataplane` or `ingress`; empty means the first.
    pub proxy_type: String,
    /// What proves who it is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub dataplane_token: String,
    /// The `Dataplane` that the proxy brings along, as JSON or YAML.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub dataplane_resource: String,
    /// Whom Envoy is to trust as its control plane, in PEM; empty: the authority of this control plane.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ca_cert: String,
    /// What else the control plane is to be told of this Envoy.
    pub dynamic_metadata: Map<String, Value>,
    /// What the launcher can do.
    pub features: Vec<String>,
    /// The folder in which the launcher and Envoy meet; empty: they do not.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub workdir: String,
    /// What runs.
    pub version: Value,
    /// Ours: the mark of Envoy's own sockets, where what they send is told from the workload's by it; 0: none.
    #[serde(skip_serializing_if = "is_zero")]
    pub socket_mark: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Where the control plane is reached, and who vouches for it.
#[derive(Clone, Copy, Debug)]
pub struct Reached<'a> {
    /// The host by which the launcher reached it, which Envoy dials, too.
    pub host: &'a str,
    /// The port.
    pub port: u16,
    /// Its authority, in PEM.
    pub authority: &'a str,
}

/// What Envoy starts with.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    config: Value,
    address: String,
    is_redirected: bool,
}

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BootstrapError {
    /// A field is wrong. Names it.
    #[error("{0}")]
    Invalid(String),
    /// Whoever asks is not believed.
    #[error("{0}")]
    Refused(String),
    /// There is no such `Dataplane`.
    #[error("{0}")]
    Unknown(String),
    /// This zone does not hold yet what is needed to tell.
    #[error("{0}")]
    NotYet(String),
}

impl From<NotAdmitted> for BootstrapError {
    fn from(why: NotAdmitted) -> Self {
        match why {
            NotAdmitted::Invalid(why) => Self::Invalid(why),
            NotAdmitted::Refused(why) => Self::Refused(why),
            NotAdmitted::Unknown(why) => Self::Unknown(why),
            NotAdmitted::NotYet(why) => Self::NotYet(why),
        }
    }
}

impl BootstrapRequest {
    /// Who is to be started.
    ///
    /// # Errors
    /// A field is wrong.
    pub fn claim(&self) -> Result<Claim, BootstrapError> {
        Ok(Claim::of_bootstrap(&self.proxy_type, &self.mesh, &self.name, &self.dataplane_resource)?)
    }
}

/// What Envoy is told beside its resources, as its bootstrap says it: how large an expression may be. By itself it would refuse one of more than a
/// hundred instructions, which a path of a hundred letters has; what users write is bounded when they write it (Kuma lifts it, too).
/// And how many connections the listener of an ingress may have; others have none of that name.
pub fn layered_runtime() -> Value {
    let (limit, connections) = ingress_limits();
    json!({"layers": [
        {"name": "expressions", "static_layer": {"re2.max_program_size.error_level": u32::MAX}},
        {"name": "ingress", "static_layer": {limit: connections}},
    ]})
}

impl Bootstrap {
    /// For a proxy that was admitted. `dataplane`: what it is, where it does not bring that along.
    pub fn new(request: &BootstrapRequest, claim: &Claim, dataplane: Option<&Value>, reached: Reached<'_>) -> Self {
        let networking = dataplane.and_then(|dataplane| dataplane.get("networking"));
        let text = |pointer: &str| networking.and_then(|networking| networking.pointer(pointer)?.as_str()).unwrap_or_default().to_owned();
        let service = networking.and_then(|networking| networking.pointer("/inbound/0/tags")?.get("kuma.io/service")?.as_str());
        let admin = networking.and_then(|networking| networking.pointer("/admin/port")?.as_u64()).filter(|port| *port != 0);
        let mut metadata = request.dynamic_metadata.clone();
        metadata.insert("dataplane.proxyType".to_owned(), if claim.mesh.is_some() { "dataplane" } else { "ingress" }.into());
        if !request.dataplane_resource.is_empty() {
            metadata.insert("dataplane.resource".to_owned(), request.dataplane_resource.as_str().into());
        }
        metadata.insert("features".to_owned(), json!(request.features));
        metadata.insert("version".to_owned(), request.version.clone());
        if !request.workdir.is_empty() {
            metadata.insert(WORKDIR.to_owned(), request.workdir.as_str().into());
        }
        let from_ads = json!({"ads": {}, "resource_api_version": "V3", "initial_fetch_timeout": "0s"});
        let mut config = json!({
            "node": {
                "id": format!("{}.{}", claim.mesh.as_ref().map_or("", MeshName::as_str), claim.name),
                "cluster": service.unwrap_or(claim.name.as_str()),
                "metadata": metadata,
            },
            "dynamic_resources": {
                "lds_config": from_ads, "cds_config": from_ads,
                "ads_config": {
                    "api_type": "DELTA_GRPC", "transport_api_version": "V3", "set_node_on_first_message_only": true,
                    "grpc_services": [grpc(&request.dataplane_token)],
                },
            },
            "static_resources": {"clusters": [control_plane(request, reached)]},
            "layered_runtime": layered_runtime(),
        });
        if let Some(port) = admin {
            config["admin"] = json!({"address": {"socket_address": {"address": "127.0.0.1", "port_value": port}}});
        }
        if request.socket_mark != 0 {
            // The default of every cluster that binds nothing itself, that of the control plane among them: SOL_SOCKET, SO_MARK. Those that do
            // lead to the workload, over loopback, which no redirection touches.
            let mark =
                json!({"description": "SO_MARK", "level": 1, "name": 36, "int_value": request.socket_mark, "state": "STATE_PREBIND"});
            config["cluster_manager"] = json!({"upstream_bind_config": {
                "source_address": {"address": "0.0.0.0", "port_value": 0},
                "extra_source_addresses": [{"address": {"address": "::", "port_value": 0}}],
                "socket_options": [mark],
            }});
        }
        Self { config, address: text("/address"), is_redirected: dataplane.is_some_and(is_redirected) }
    }

    /// As Envoy reads it: JSON, which is YAML, too.
    pub fn config(&self) -> &Value {
        &self.config
    }

    /// As a launcher asks for it with `Accept: application/json`.
    pub fn for_launcher(&self) -> Value {
        let networking = json!({"isUsingTransparentProxy": self.is_redirected, "address": self.address, "corefileTemplate": ""});
        json!({
            "bootstrap": STANDARD.encode(self.config.to_string()),
            "kumaSidecarConfiguration": {"networking": networking, "metrics": {"aggregate": []}},
        })
    }
}

/// Whether a `Dataplane`, as it is written, says that all traffic of its workload is redirected to it.
pub fn is_redirected(dataplane: &Value) -> bool {
    let said = ["/networking/transparentProxying", "/networking/transparent_proxying"];
    said.iter().any(|field| dataplane.pointer(field).is_some_and(|redirection| !redirection.is_null()))
}

fn grpc(token: &str) -> Value {
    let mut service = json!({"envoy_grpc": {"cluster_name": "ads_cluster"}});
    if !token.is_empty() {
        service["initial_metadata"] = json!([{"key": "authorization", "value": token}]);
    }
    service
}

/// The cluster of the control plane. Kuma's name for it.
fn control_plane(request: &BootstrapRequest, reached: Reached<'_>) -> Value {
    let is_address = reached.host.parse::<IpAddr>().is_ok();
    let authority = if request.ca_cert.is_empty() { reached.authority } else { &request.ca_cert };
    let san = json!({"san_type": if is_address { "IP_ADDRESS" } else { "DNS" }, "matcher": {"exact": reached.host}});
    let mut tls = json!({
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
        "common_tls_context": {
            "alpn_protocols": ["h2"],
            "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
            "validation_context": {"trusted_ca": {"inline_string": authority}, "match_typed_subject_alt_names": [san]},
        },
    });
    if !is_address {
        tls["sni"] = reached.host.into();
    }
    // So that a control plane whose machine went is noticed.
    let keepalive = json!({"interval": "10s", "timeout": "10s"});
    json!({
        "name": "ads_cluster",
        "type": if is_address { "STATIC" } else { "STRICT_DNS" },
        "connect_timeout": "2s",
        // A name may have addresses of both families, and be served on one.
        "dns_lookup_family": "ALL",
        "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": {"http2_protocol_options": {"connection_keepalive": keepalive}},
        }},
        "load_assignment": {"cluster_name": "ads_cluster", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {
            "socket_address": {"address": reached.host, "port_value": reached.port}
        }}}]}]},
        "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": tls},
    })
}
