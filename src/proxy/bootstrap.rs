//! What Envoy starts with, as far as the launcher must understand it.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use std::net::SocketAddr;

/// What Envoy starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bootstrap {
    /// YAML. It holds the token.
    pub(super) text: String,
    /// Where Envoy itself is told things; `None`: nowhere.
    pub(super) admin: Option<SocketAddr>,
    /// Whether all traffic of its workload is redirected to it, as the control plane says.
    pub(super) is_redirected: bool,
}

#[derive(Deserialize)]
struct Answer {
    bootstrap: String,
    #[serde(default, rename = "kumaSidecarConfiguration")]
    sidecar: Sidecar,
}

/// Of Kuma's form, what matters here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Sidecar {
    networking: Networking,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Networking {
    #[serde(rename = "isUsingTransparentProxy")]
    is_redirected: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Config {
    admin: Option<Admin>,
}

#[derive(Deserialize)]
struct Admin {
    address: Option<AdminAddress>,
}

#[derive(Deserialize)]
struct AdminAddress {
    #[serde(alias = "socketAddress")]
    socket_address: Option<SocketAddress>,
}

#[derive(Deserialize)]
struct SocketAddress {
    address: String,
    #[serde(alias = "portValue", default)]
    port_value: u16,
}

impl Bootstrap {
    /// Of what a control plane answers.
    pub(super) fn of_answer(body: &[u8]) -> Result<Self, String> {
        let answer: Answer = serde_json::from_slice(body).map_err(|error| format!("its answer is not in Kuma's form: {error}"))?;
        let decoded =
            STANDARD.decode(answer.bootstrap).map_err(|error| format!("the bootstrap in its answer is not in base64: {error}"))?;
        let text = String::from_utf8(decoded).map_err(|_| "the bootstrap in its answer is no text".to_owned())?;
        Self::read(text, answer.sidecar.networking.is_redirected)
    }

    /// Of its text, and what was said with it.
    pub(super) fn read(text: String, is_redirected: bool) -> Result<Self, String> {
        let config: Config = serde_saphyr::from_str(&text).map_err(|error| format!("the bootstrap is not in Envoy's form: {error}"))?;
        let socket = config.admin.and_then(|admin| admin.address?.socket_address);
        // Port 0 would be one that nobody knows.
        let admin = socket
            .filter(|socket| socket.port_value != 0)
            .and_then(|socket| Some((socket.address.parse::<std::net::IpAddr>().ok()?, socket.port_value)));
        Ok(Self { text, admin: admin.map(SocketAddr::from), is_redirected })
    }
}
