//! What is spoken on a port.
use serde::{Deserialize, Serialize};

/// What is spoken on a port. Kuma's names; it also knows `tls` and `mysql`, of which it makes no more than of `tcp`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Bytes of which nothing is known.
    #[default]
    Tcp,
    /// HTTP/1.1.
    Http,
    /// HTTP/2.
    Http2,
    /// gRPC over HTTP/2.
    Grpc,
    /// Kafka. Nothing is made of it but a name in statistics.
    Kafka,
}

impl Protocol {
    /// Reads it, in whatever case; what is not known is bytes, as in Kuma.
    pub(super) fn of(name: &str) -> Self {
        match name.to_lowercase().as_str() {
            "http" => Self::Http,
            "http2" => Self::Http2,
            "grpc" => Self::Grpc,
            "kafka" => Self::Kafka,
            _ => Self::Tcp,
        }
    }

    /// Whether there are requests, which can be routed one by one.
    pub fn has_requests(self) -> bool {
        matches!(self, Self::Http | Self::Http2 | Self::Grpc)
    }
}
