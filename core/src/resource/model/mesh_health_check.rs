//! `MeshHealthCheck`: how proxies find out whether those serve to whom they send.
mod rules;

use super::{
    GoDuration, HeaderModifier, TargetRef,
    field::{self, Unknown},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The spec of a `MeshHealthCheck`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct MeshHealthCheck {
    /// Which proxies it is for; unset: all of the mesh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_ref: Option<TargetRef>,
    /// For what those proxies send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Vec<HealthCheckItem>>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// One destination.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct HealthCheckItem {
    /// Which.
    #[serde(deserialize_with = "field::or_default")]
    pub target_ref: TargetRef,
    /// How those are asked who serve it.
    #[serde(deserialize_with = "field::or_default")]
    pub default: HealthCheckConf,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// How somebody is asked whether it serves, and what follows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct HealthCheckConf {
    /// From one question to the next. Kuma's default: 1 m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<GoDuration>,
    /// For an answer. Kuma's default: 15 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<GoDuration>,
    /// After so many bad answers it is not sent anything. Kuma's default: 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unhealthy_threshold: Option<i32>,
    /// After so many good ones it is. Kuma's default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthy_threshold: Option<i32>,
    /// Up to so long before the first question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_jitter: Option<GoDuration>,
    /// Up to so much longer from one to the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_jitter: Option<GoDuration>,
    /// Up to so much longer, in parts of a hundred of the interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_jitter_percent: Option<i32>,
    /// If fewer serve than these, per cent, all are sent something: a number, or a text with one. Envoy's default: 50.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthy_panic_threshold: Option<Value>,
    /// Then nobody is sent anything instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_traffic_on_panic: Option<bool>,
    /// A file in which it is noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_log_path: Option<String>,
    /// Whether each bad answer is noted there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub always_log_health_check_failures: Option<bool>,
    /// From one question to the next while nothing was ever sent there. Envoy's default: 60 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_traffic_interval: Option<GoDuration>,
    /// Whether questions share a connection. Envoy's default: yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reuse_connection: Option<bool>,
    /// What is asked where bytes are spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp: Option<TcpHealthCheck>,
    /// What is asked where HTTP is spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpHealthCheck>,
    /// What is asked where gRPC is spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grpc: Option<GrpcHealthCheck>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// By a connection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct TcpHealthCheck {
    /// It is not asked so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    /// What is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send: Option<String>,
    /// What has to come back, in this order; unset or empty: it is enough that there is a connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receive: Option<Vec<String>>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// By a request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct HttpHealthCheck {
    /// It is not asked so, but by a connection, if that is not disabled too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    /// The path. Kuma's default: `/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Headers of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_headers_to_add: Option<HeaderModifier>,
    /// Good answers. Envoy's default: 200.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_statuses: Option<Vec<i32>>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// By the health service of gRPC.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct GrpcHealthCheck {
    /// It is not asked so, but by a connection, if that is not disabled too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    /// Of which service it is asked; unset: of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,
    /// The `:authority` of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A percentage: a number, or a text with one.
pub(crate) fn percentage(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).filter(|number| number.is_finite())
}
