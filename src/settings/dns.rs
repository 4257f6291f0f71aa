//! Where a zone answers questions of DNS, and about which mesh.
use super::BadSetting;
use clap::Args;
use serde::{Deserialize, Serialize};
use std::{fmt, net::SocketAddr};
use strait_core::resource::MeshName;

/// Where Kuma's control planes answered (until 1.6).
const DNS_PORT: u16 = 5653;
/// The mesh that Kuma makes for everybody.
const DEFAULT_MESH: &str = "default";
/// What stands for no address.
const OFF: &str = "off";

#[derive(Debug, Args)]
pub(crate) struct DnsArguments {
    /// Where questions about the mesh domains are answered, over UDP and TCP; `off`: nowhere. [default: 0.0.0.0:5653]
    #[arg(long, env = "STRAIT_DNS_ADDRESS", value_name = "IP:PORT")]
    dns_address: Option<String>,
    /// About which mesh, if the address of whoever asks is no proxy's. [default: default]
    #[arg(long, env = "STRAIT_DNS_MESH", value_name = "MESH")]
    dns_mesh: Option<String>,
    /// Where else questions are answered, and about which mesh there. May be said several times.
    #[arg(long = "dns-listener", env = "STRAIT_DNS_LISTENERS", value_name = "MESH=IP:PORT", value_delimiter = ',')]
    dns_listeners: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DnsFile {
    address: Option<String>,
    mesh: Option<String>,
    #[serde(default)]
    listeners: Vec<ListenerFile>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListenerFile {
    address: String,
    mesh: String,
}

/// Where questions are answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DnsSettings {
    pub(crate) address: DnsAddress,
    pub(crate) mesh: MeshName,
    pub(crate) listeners: Vec<DnsListener>,
}

/// One port, and the mesh about which it is answered there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DnsListener {
    pub(crate) address: SocketAddr,
    pub(crate) mesh: MeshName,
}

/// Where questions are answered, if anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub(crate) enum DnsAddress {
    At(SocketAddr),
    Off,
}

impl DnsSettings {
    pub(super) fn of(arguments: DnsArguments, file: DnsFile) -> Result<Self, BadSetting> {
        let address = match arguments.dns_address.or(file.address) {
            Some(address) if address == OFF => DnsAddress::Off,
            Some(address) => DnsAddress::At(socket("dns.address", &address)?),
            None => DnsAddress::At(([0, 0, 0, 0], DNS_PORT).into()),
        };
        let listeners = if arguments.dns_listeners.is_empty() {
            let read = |(index, listener): (usize, ListenerFile)| -> Result<DnsListener, BadSetting> {
                let field = |field: &str| format!("dns.listeners[{index}].{field}");
                Ok(DnsListener { address: socket(&field("address"), &listener.address)?, mesh: mesh(&field("mesh"), &listener.mesh)? })
            };
            file.listeners.into_iter().enumerate().map(read).collect::<Result<_, _>>()?
        } else {
            arguments.dns_listeners.iter().map(|text| listener(text)).collect::<Result<_, _>>()?
        };
        Ok(Self { address, mesh: mesh("dns.mesh", arguments.dns_mesh.or(file.mesh).as_deref().unwrap_or(DEFAULT_MESH))?, listeners })
    }

    /// All of them.
    pub(crate) fn ports(&self) -> impl Iterator<Item = DnsListener> {
        let first = match self.address {
            DnsAddress::At(address) => Some(DnsListener { address, mesh: self.mesh.clone() }),
            DnsAddress::Off => None,
        };
        first.into_iter().chain(self.listeners.iter().cloned())
    }
}

impl fmt::Display for DnsAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(address) => address.fmt(f),
            Self::Off => f.write_str(OFF),
        }
    }
}

impl From<DnsAddress> for String {
    fn from(address: DnsAddress) -> Self {
        address.to_string()
    }
}

fn socket(field: &str, text: &str) -> Result<SocketAddr, BadSetting> {
    let or_off = if field == "dns.address" { ", or `off`" } else { "" };
    text.parse()
        .map_err(|_| BadSetting::new(field, format!("`{text}` must be an IP address and a port, such as 0.0.0.0:{DNS_PORT}{or_off}")))
}

fn mesh(field: &str, text: &str) -> Result<MeshName, BadSetting> {
    MeshName::new(text).map_err(|error| BadSetting::new(field, format!("`{text}`: {error}")))
}

/// One of a flag.
fn listener(text: &str) -> Result<DnsListener, BadSetting> {
    let (of, address) = text.split_once('=').ok_or_else(|| {
        BadSetting::new("dns.listeners", format!("`{text}` must be MESH=IP:PORT, such as {DEFAULT_MESH}=127.0.0.1:{DNS_PORT}"))
    })?;
    Ok(DnsListener { address: socket("dns.listeners", address)?, mesh: mesh("dns.listeners", of)? })
}
