//! Where a workload's questions come in.
use super::super::dataplane::Proxy;

/// Kuma's, to which its redirections lead.
const DEFAULT: u16 = 15053;

/// Where a launcher is told to answer questions of DNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum DnsPort {
    /// Nowhere.
    Off,
    /// There, on loopback.
    At(u16),
}

impl DnsPort {
    /// Nobody is led there without a redirection. Of a `Dataplane` that only the control plane holds, nobody here knows whether it has one: such a proxy
    /// has to be told the port.
    pub(in super::super) fn of(said: Option<Self>, proxy: &Proxy) -> Option<u16> {
        match (said, proxy.is_redirected) {
            (Some(Self::Off), _) | (_, Some(false)) | (None, None) => None,
            (Some(Self::At(port)), _) => Some(port),
            (None, Some(true)) => Some(DEFAULT),
        }
    }
}

pub(in super::super) fn dns_port(text: &str) -> Result<DnsPort, String> {
    match text {
        "off" | "0" => Ok(DnsPort::Off),
        text => text.parse().map(DnsPort::At).map_err(|_| "it is a port, or `off`".to_owned()),
    }
}
