//! `DataplaneInsight`: what a control plane knows of a proxy that connected to it. Kuma checks nothing of it.
use super::field::{self, Unknown};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The spec of a `DataplaneInsight`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct DataplaneInsight {
    /// One for each connection of the proxy, the newest last.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub subscriptions: Vec<Subscription>,
    /// Its certificate.
    #[serde(rename = "mTLS", skip_serializing_if = "Option::is_none")]
    pub mtls: Option<ProxyCertificate>,
    /// What the proxy said of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// One connection of a proxy to a control plane.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Subscription {
    /// Names it.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub id: String,
    /// To which instance.
    #[serde(alias = "control_plane_instance_id", deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub control_plane_instance_id: String,
    /// When it began, in RFC 3339.
    #[serde(alias = "connect_time", skip_serializing_if = "Option::is_none")]
    pub connect_time: Option<String>,
    /// When it ended, in RFC 3339; unset while it stands.
    #[serde(alias = "disconnect_time", skip_serializing_if = "Option::is_none")]
    pub disconnect_time: Option<String>,
    /// What was sent to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Value>,
    /// Versions of the proxy and of Envoy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Value>,
    /// Counts up while the connection lives; 0 between control planes.
    #[serde(deserialize_with = "field::uint", skip_serializing_if = "field::is_default")]
    pub generation: u32,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// The certificate of a proxy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct ProxyCertificate {
    /// Until when it is valid, in RFC 3339.
    #[serde(alias = "certificate_expiration_time", skip_serializing_if = "Option::is_none")]
    pub certificate_expiration_time: Option<String>,
    /// When it was made, in RFC 3339.
    #[serde(alias = "last_certificate_regeneration", skip_serializing_if = "Option::is_none")]
    pub last_certificate_regeneration: Option<String>,
    /// How many there were.
    #[serde(alias = "certificate_regenerations", deserialize_with = "field::uint", skip_serializing_if = "field::is_default")]
    pub certificate_regenerations: u32,
    /// By which backend.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub issued_backend: String,
    /// Which backends it trusts.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub supported_backends: Vec<String>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl DataplaneInsight {
    /// Whether the proxy is connected now.
    pub fn is_online(&self) -> bool {
        self.subscriptions.iter().any(|subscription| subscription.connect_time.is_some() && subscription.disconnect_time.is_none())
    }
}
