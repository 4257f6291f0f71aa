//! A bootstrap is altered, so that Envoy reaches its control plane through a relay.
use super::control_plane::Address;
use crate::settings::host_of;
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};

/// Envoy's name for the control plane, as in Kuma.
const CLUSTER: &str = "ads_cluster";

/// The bootstrap with the relay as the control plane's address. Whoever is behind it shows a certificate for one of these addresses, and is
/// believed as by the launcher. `None`: this bootstrap has another form than ours.
pub(super) fn through<'a>(bootstrap: &str, relay: SocketAddr, control_planes: impl Iterator<Item = &'a Address>) -> Option<String> {
    let mut config: Value = serde_saphyr::from_str(bootstrap).ok()?;
    let clusters = config.pointer_mut("/static_resources/clusters")?.as_array_mut()?;
    let cluster = clusters.iter_mut().find(|cluster| cluster["name"] == CLUSTER)?;
    let names =
        cluster.pointer_mut("/transport_socket/typed_config/common_tls_context/validation_context/match_typed_subject_alt_names")?;
    *names = control_planes.filter_map(|address| host_of(address.authority())).map(name).collect();
    let socket = json!({"address": relay.ip(), "port_value": relay.port()});
    let endpoint = json!({"endpoint": {"address": {"socket_address": socket}}});
    *cluster.pointer_mut("/load_assignment/endpoints")? = json!([{"lb_endpoints": [endpoint]}]);
    *cluster.get_mut("type")? = json!("STATIC");
    Some(config.to_string())
}

/// What its certificate must bear.
fn name(host: &str) -> Value {
    let kind = if host.parse::<IpAddr>().is_ok() { "IP_ADDRESS" } else { "DNS" };
    json!({"san_type": kind, "matcher": {"exact": host}})
}
