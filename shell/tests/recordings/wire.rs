//! What is said on the six methods of a connection.
use prost::Message;
use serde::Deserialize;
use std::fmt;
use strait_proto::kds::{
    ClustersRequest, ClustersResponse, DeltaDiscoveryRequest, DeltaDiscoveryResponse, StatsRequest, StatsResponse, XdsConfigRequest,
    XdsConfigResponse, ZoneHealthCheckResponse,
};

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    Global,
    Zone,
}

/// A method, by the last part of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) enum Rpc {
    GlobalToZoneSync,
    ZoneToGlobalSync,
    StreamXDSConfigs,
    StreamStats,
    StreamClusters,
    HealthCheck,
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wire {
    Request(DeltaDiscoveryRequest),
    Response(DeltaDiscoveryResponse),
    HealthCheck,
    HealthAnswer(ZoneHealthCheckResponse),
    /// Global asks for something of a proxy. The three requests differ in their last fields only, and this has all of them.
    Ask(StatsRequest),
    /// A zone answers. The three answers have the same form.
    Answer(StatsResponse),
}

impl Rpc {
    /// Whose the resources are that go over a sync stream.
    pub(crate) fn provider(self) -> Side {
        if self == Self::ZoneToGlobalSync { Side::Zone } else { Side::Global }
    }

    pub(crate) fn is_sync(self) -> bool {
        matches!(self, Self::GlobalToZoneSync | Self::ZoneToGlobalSync)
    }
}

impl fmt::Display for Rpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl Wire {
    pub(crate) fn decode(rpc: Rpc, side: Side, bytes: &[u8]) -> Self {
        match (rpc, side) {
            (Rpc::HealthCheck, Side::Zone) => Self::HealthCheck,
            (Rpc::HealthCheck, Side::Global) => Self::HealthAnswer(decoded(bytes)),
            (Rpc::GlobalToZoneSync | Rpc::ZoneToGlobalSync, side) if side == rpc.provider() => Self::Response(decoded(bytes)),
            (Rpc::GlobalToZoneSync | Rpc::ZoneToGlobalSync, _) => Self::Request(decoded(bytes)),
            (_, Side::Global) => Self::Ask(decoded(bytes)),
            (_, Side::Zone) => Self::Answer(decoded(bytes)),
        }
    }

    /// What it is about: messages of one topic are in order, those of different topics are not.
    pub(crate) fn topic(&self) -> &str {
        match self {
            Self::Request(request) => &request.type_url,
            Self::Response(response) => &response.type_url,
            _ => "",
        }
    }
}

fn decoded<T: Message + Default>(bytes: &[u8]) -> T {
    T::decode(bytes).unwrap()
}

/// A message of one method.
pub(crate) trait Spoken: Sized + Send + 'static {
    fn of(wire: &Wire) -> Option<Self>;
    fn into_wire(self) -> Wire;
}

impl Spoken for DeltaDiscoveryRequest {
    fn of(wire: &Wire) -> Option<Self> {
        if let Wire::Request(request) = wire { Some(request.clone()) } else { None }
    }

    fn into_wire(self) -> Wire {
        Wire::Request(self)
    }
}

impl Spoken for DeltaDiscoveryResponse {
    fn of(wire: &Wire) -> Option<Self> {
        if let Wire::Response(response) = wire { Some(response.clone()) } else { None }
    }

    fn into_wire(self) -> Wire {
        Wire::Response(self)
    }
}

macro_rules! admin {
    ($($message:ty => $variant:ident),* $(,)?) => {
        $(impl Spoken for $message {
            fn of(wire: &Wire) -> Option<Self> {
                if let Wire::$variant(said) = wire { Some(decoded(&said.encode_to_vec())) } else { None }
            }

            fn into_wire(self) -> Wire {
                Wire::$variant(decoded(&self.encode_to_vec()))
            }
        })*
    };
}

admin! {
    XdsConfigRequest => Ask,
    StatsRequest => Ask,
    ClustersRequest => Ask,
    XdsConfigResponse => Answer,
    StatsResponse => Answer,
    ClustersResponse => Answer,
}
