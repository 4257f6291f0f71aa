//! Where a workload's questions come in.
use super::super::{dataplane::Proxy, port_or_off::PortOrOff};

/// Kuma's, to which its redirections lead.
const DEFAULT: u16 = 15053;

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
    pub(in super::super) fn of(said: Option<PortOrOff>, proxy: &Proxy) -> Self {
        let port = match said {
            Some(PortOrOff::Off) => return Self::Nowhere,
            Some(PortOrOff::At(port)) => port,
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
