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

/// Whether a workload's questions are answered, as far as that is known before a control plane has said what the proxy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Answering {
    /// They are not.
    Nowhere,
    /// They are, there.
    At(u16),
    /// There, if the control plane says of the `Dataplane` that traffic is redirected to it: only it holds that.
    IfRedirected(u16),
}

impl Answering {
    /// Nobody is led there without a redirection.
    pub(in super::super) fn of(said: Option<DnsPort>, proxy: &Proxy) -> Self {
        let port = match said {
            Some(DnsPort::Off) => return Self::Nowhere,
            Some(DnsPort::At(port)) => port,
            None => DEFAULT,
        };
        match proxy.is_redirected {
            Some(false) => Self::Nowhere,
            Some(true) => Self::At(port),
            None => Self::IfRedirected(port),
        }
    }

    /// Whether they may be.
    pub(in super::super) fn is_possible(self) -> bool {
        self != Self::Nowhere
    }
}

pub(in super::super) fn dns_port(text: &str) -> Result<DnsPort, String> {
    match text {
        "off" | "0" => Ok(DnsPort::Off),
        text => text.parse().map(DnsPort::At).map_err(|_| "it is a port, or `off`".to_owned()),
    }
}
