//! How long a proxy waits: what policies say, and what holds where they say nothing.
use crate::resource::model::{self, GoDuration, Timeouts};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// For a request that is sent: Kuma's default for a new mesh.
const REQUEST_MS: u64 = 15_000;

/// For what a proxy takes. In milliseconds; 0: for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundTimeouts {
    /// Until the workload takes a connection.
    pub connect_ms: u64,
    /// Without a byte on a connection.
    pub idle_ms: u64,
    /// For a whole request.
    pub request_ms: u64,
    /// For a stream without activity.
    pub stream_idle_ms: u64,
    /// For a whole stream.
    pub max_stream_ms: u64,
    /// For a whole connection.
    pub max_connection_ms: u64,
    /// For the headers of a request.
    pub request_headers_ms: u64,
}

/// For what a proxy sends. In milliseconds; 0: for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboundTimeouts {
    /// Until a connection stands.
    pub connect_ms: u64,
    /// Without a byte on a connection.
    pub idle_ms: u64,
    /// For a whole request.
    pub request_ms: u64,
    /// For a stream without activity.
    pub stream_idle_ms: u64,
    /// For a whole stream.
    pub max_stream_ms: u64,
    /// For a whole connection.
    pub max_connection_ms: u64,
}

/// For the requests of one route. In milliseconds; 0: for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTimeouts {
    /// For a whole request.
    pub request_ms: u64,
    /// For a stream without activity; `None`: as of the destination.
    pub stream_idle_ms: Option<u64>,
}

impl InboundTimeouts {
    /// What a policy says, and Kuma's defaults for a new mesh where it says nothing.
    pub(super) fn of(conf: Option<&Value>) -> Self {
        let said = read(conf);
        let http = said.http.unwrap_or_default();
        Self {
            connect_ms: ms(said.connection_timeout, 10_000),
            idle_ms: ms(said.idle_timeout, 7_200_000),
            request_ms: ms(http.request_timeout, 0),
            stream_idle_ms: ms(http.stream_idle_timeout, 3_600_000),
            max_stream_ms: ms(http.max_stream_duration, 0),
            max_connection_ms: ms(http.max_connection_duration, 0),
            request_headers_ms: ms(http.request_headers_timeout, 0),
        }
    }
}

impl OutboundTimeouts {
    /// What a policy says, and Kuma's defaults for a new mesh where it says nothing.
    pub(super) fn of(conf: Option<&Value>) -> Self {
        let said = read(conf);
        let http = said.http.unwrap_or_default();
        Self {
            connect_ms: ms(said.connection_timeout, 5_000),
            idle_ms: ms(said.idle_timeout, 3_600_000),
            request_ms: ms(http.request_timeout, REQUEST_MS),
            stream_idle_ms: ms(http.stream_idle_timeout, 1_800_000),
            max_stream_ms: ms(http.max_stream_duration, 0),
            max_connection_ms: ms(http.max_connection_duration, 0),
        }
    }
}

impl RouteTimeouts {
    /// What a policy says of a route, in which what it says of the whole mesh is merged already; where neither says anything, Kuma's default holds
    /// for requests, whatever is said of the destination (Kuma 2.14).
    pub(super) fn of(conf: &Value) -> Self {
        let http = read(Some(conf)).http.unwrap_or_default();
        let stream_idle_ms = http.stream_idle_timeout.map(|timeout| ms(Some(timeout), 0));
        Self { request_ms: ms(http.request_timeout, REQUEST_MS), stream_idle_ms }
    }
}

/// Policies of which this cannot be read are left out before.
fn read(conf: Option<&Value>) -> Timeouts {
    conf.and_then(|conf| model::read(conf).ok()).unwrap_or_default()
}

/// At least a millisecond of what is not "for ever".
fn ms(said: Option<GoDuration>, default: u64) -> u64 {
    said.map_or(default, |duration| u64::try_from(duration.nanoseconds()).unwrap_or_default().div_ceil(1_000_000))
}
