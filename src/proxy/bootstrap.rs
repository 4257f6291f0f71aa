//! What Envoy starts with, as far as the launcher must understand it.
use super::admin::Admin as At;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use std::{net::SocketAddr, path::PathBuf};

/// What Envoy starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bootstrap {
    /// YAML. It holds the token.
    pub(super) text: String,
    /// Where Envoy itself is told things; `None`: nowhere.
    pub(super) admin: Option<At>,
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
    pipe: Option<Pipe>,
}

#[derive(Deserialize)]
struct Pipe {
    path: PathBuf,
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
        let address = config.admin.and_then(|admin| admin.address);
        let admin = address.and_then(|AdminAddress { socket_address, pipe }| match (socket_address, pipe) {
            // Port 0 would be one that nobody knows.
            (Some(socket), _) if socket.port_value == 0 => None,
            (Some(socket), _) => Some(At::At(SocketAddr::new(socket.address.parse().ok()?, socket.port_value))),
            (None, pipe) => pipe.map(|pipe| At::Socket(pipe.path)),
        });
        Ok(Self { text, admin, is_redirected })
    }
}
