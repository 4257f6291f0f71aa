//! A port, or none.

/// Where something is answered, as it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PortOrOff {
    /// Nowhere.
    Off,
    /// There.
    At(u16),
}

impl PortOrOff {
    /// `None`: nowhere.
    pub(super) fn port(self) -> Option<u16> {
        match self {
            Self::Off => None,
            Self::At(port) => Some(port),
        }
    }
}

pub(super) fn port_or_off(text: &str) -> Result<PortOrOff, String> {
    match text {
        "off" | "0" => Ok(PortOrOff::Off),
        text => text.parse().map(PortOrOff::At).map_err(|_| "it is a port, or `off`".to_owned()),
    }
}
