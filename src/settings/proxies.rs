//! Where a zone serves its proxies, and by what certificate they know it.
use super::{
    BadSetting,
    global::{TlsFile, TlsFiles, host_of, reached_at},
};
use clap::Args;
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf};

/// Kuma's.
const PROXIES_PORT: u16 = 5678;
/// What stands for no address.
const OFF: &str = "off";

#[derive(Debug, Args)]
pub(crate) struct ProxiesArguments {
    /// Where proxies of this zone get their bootstrap and their configuration; `off`: nowhere. [default: 0.0.0.0:5678]
    #[arg(long, env = "STRAIT_PROXIES_LISTEN", value_name = "IP:PORT")]
    proxies_listen: Option<String>,
    /// How proxies reach it, if not by its IP address or as localhost: stands in its certificate.
    #[arg(long, env = "STRAIT_PROXIES_ADDRESS", value_name = "HOST:PORT")]
    proxies_address: Option<String>,
    /// A certificate of your own for proxies (PEM). Needs its key, and its authority.
    #[arg(long, env = "STRAIT_PROXIES_TLS_CERT_FILE", value_name = "FILE")]
    proxies_tls_cert_file: Option<PathBuf>,
    /// Its key (PEM).
    #[arg(long, env = "STRAIT_PROXIES_TLS_KEY_FILE", value_name = "FILE")]
    proxies_tls_key_file: Option<PathBuf>,
    /// The authority that signed it (PEM): whom proxies are to trust.
    #[arg(long, env = "STRAIT_PROXIES_TLS_CA_FILE", value_name = "FILE")]
    proxies_tls_ca_file: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ProxiesFile {
    listen: Option<String>,
    address: Option<String>,
    #[serde(default)]
    tls: TlsFile,
}

/// Where proxies are served; `None`: nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProxiesSettings {
    #[serde(serialize_with = "or_off")]
    pub(crate) listen: Option<SocketAddr>,
    /// `HOST:PORT`.
    pub(crate) address: String,
    /// `None`: it makes its own.
    pub(crate) tls: Option<TlsFiles>,
}

impl ProxiesSettings {
    pub(super) fn of(arguments: ProxiesArguments, file: ProxiesFile) -> Result<Self, BadSetting> {
        let listen = match arguments.proxies_listen.or(file.listen) {
            Some(off) if off == OFF => None,
            Some(text) => Some(text.parse().map_err(|_| {
                let why = format!("`{text}` must be an IP address and a port, such as 0.0.0.0:{PROXIES_PORT}, or `{OFF}`");
                BadSetting::new("proxies.listen", why)
            })?),
            None => Some(([0, 0, 0, 0], PROXIES_PORT).into()),
        };
        let reached = listen.unwrap_or(([127, 0, 0, 1], PROXIES_PORT).into());
        let address = arguments.proxies_address.or(file.address).unwrap_or_else(|| reached_at(reached));
        host_of(&address).ok_or_else(|| {
            BadSetting::new("proxies.address", format!("`{address}` must be a host and a port, such as zone.example:{PROXIES_PORT}"))
        })?;
        let tls = TlsFiles::of(
            "proxies.tls",
            arguments.proxies_tls_cert_file.or(file.tls.cert_file),
            arguments.proxies_tls_key_file.or(file.tls.key_file),
            arguments.proxies_tls_ca_file.or(file.tls.ca_file),
        )?;
        Ok(Self { listen, address, tls })
    }
}

fn or_off<S: serde::Serializer>(listen: &Option<SocketAddr>, serializer: S) -> Result<S::Ok, S::Error> {
    match listen {
        Some(address) => serializer.collect_str(address),
        None => serializer.serialize_str(OFF),
    }
}
