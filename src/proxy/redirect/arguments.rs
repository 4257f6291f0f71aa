//! What is redirected, and what is not.
use super::{
    super::port_or_off::{PortOrOff, port_or_off},
    ports::{Ports, ports},
    rules::Redirection,
};
use crate::settings::BadSetting;
use clap::Args;
use std::{num::NonZeroU16, path::PathBuf};

#[derive(Debug, Args)]
pub(crate) struct InstallArguments {
    #[command(flatten)]
    pub(super) redirection: RedirectionArguments,
    #[command(flatten)]
    pub(super) nft: NftArguments,
}

#[derive(Debug, Args)]
pub(crate) struct UninstallArguments {
    #[command(flatten)]
    pub(super) nft: NftArguments,
}

#[derive(Debug, Args)]
pub(crate) struct PrintArguments {
    #[command(flatten)]
    pub(super) redirection: RedirectionArguments,
}

#[derive(Debug, Args)]
pub(super) struct NftArguments {
    /// The program of nftables. [default: nft, on the PATH or in /usr/sbin]
    #[arg(long, env = "STRAIT_PROXY_NFT", value_name = "PROGRAM")]
    pub(super) nft: Option<PathBuf>,
}

/// Ports left out are Kuma's.
#[derive(Debug, Args)]
pub(super) struct RedirectionArguments {
    /// The user, by number, as whom launcher and Envoy run: what they send is left alone. Several: others whose traffic is left alone, too.
    #[arg(long, value_name = "N", value_delimiter = ',')]
    uid: Vec<u32>,
    /// The mark of what Envoy and the launcher send, as it is said to the launcher: where only one user exists. 0: none.
    #[arg(long, env = "STRAIT_PROXY_SOCKET_MARK", default_value = "0", value_name = "N")]
    socket_mark: u32,
    /// Where the proxy takes what others send to the workload: `redirectPortInbound` of its `Dataplane`.
    #[arg(long, default_value = "15006", value_name = "PORT")]
    inbound_port: NonZeroU16,
    /// Where it takes what the workload sends: `redirectPortOutbound`.
    #[arg(long, default_value = "15001", value_name = "PORT")]
    outbound_port: NonZeroU16,
    /// Where the launcher answers questions of DNS; `off`: they are left alone.
    #[arg(long, env = "STRAIT_PROXY_DNS_PORT", default_value = "15053", value_name = "PORT", value_parser = port_or_off)]
    dns_port: PortOrOff,
    /// Where Envoy itself is told things: `admin.port` of the `Dataplane`.
    #[arg(long, default_value = "9901", value_name = "PORT")]
    admin_port: NonZeroU16,
    /// Where the launcher says whether the proxy is ready, as it is said to that; `off`: nowhere.
    #[arg(long, env = "STRAIT_PROXY_READINESS_PORT", default_value = "9902", value_name = "PORT", value_parser = port_or_off)]
    readiness_port: PortOrOff,
    /// Ports on which the workload is reached directly: 22, say. `PORT` or `FIRST-LAST`, several with commas between them.
    #[arg(long, value_name = "PORTS", default_value = "", value_parser = ports, hide_default_value = true)]
    exclude_inbound_ports: Ports,
    /// Ports of others to which the workload connects directly.
    #[arg(long, value_name = "PORTS", default_value = "", value_parser = ports, hide_default_value = true)]
    exclude_outbound_ports: Ports,
}

impl RedirectionArguments {
    pub(super) fn read(&self) -> Result<Redirection, BadSetting> {
        if self.uid.is_empty() && self.socket_mark == 0 {
            let why = "how is the traffic of the proxy told from that of its workload? Without it, or `--socket-mark`, it would be led back to itself";
            return Err(BadSetting { name: "--uid".to_owned(), why: why.to_owned() });
        }
        let (dns_port, readiness_port) = (self.dns_port.port(), self.readiness_port.port());
        let (inbound_port, outbound_port, admin_port) = (self.inbound_port.get(), self.outbound_port.get(), self.admin_port.get());
        Ok(Redirection {
            uids: self.uid.iter().copied().collect(),
            socket_mark: self.socket_mark,
            inbound_port,
            outbound_port,
            dns_port,
            own_ports: Ports::own().and_each([inbound_port, outbound_port, admin_port]).and_each(dns_port).and_each(readiness_port),
            exclude_inbound_ports: self.exclude_inbound_ports.clone(),
            exclude_outbound_ports: self.exclude_outbound_ports.clone(),
        })
    }
}
