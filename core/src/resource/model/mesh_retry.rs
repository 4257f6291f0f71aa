//! `MeshRetry`: what becomes of requests and connections that failed.
mod proxy_limits;
mod rules;

use super::{
    GoDuration, TargetRef, ValueMatch,
    field::{self, Unknown},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The spec of a `MeshRetry`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct MeshRetry {
    /// Which proxies it is for; unset: all of the mesh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_ref: Option<TargetRef>,
    /// For what those proxies send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Vec<RetryItem>>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// One destination.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct RetryItem {
    /// Which.
    #[serde(deserialize_with = "field::or_default")]
    pub target_ref: TargetRef,
    /// What is tried again.
    #[serde(deserialize_with = "field::or_default")]
    pub default: RetryConf,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What is tried again, by what is spoken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, expecting = "a map")]
pub struct RetryConf {
    /// Connections.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp: Option<TcpRetry>,
    /// Requests of HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpRetry>,
    /// Requests of gRPC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grpc: Option<GrpcRetry>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Connections that fail before they stand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct TcpRetry {
    /// How often one is tried in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_connect_attempt: Option<u32>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Requests of HTTP that fail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct HttpRetry {
    /// How often one is tried again; 0: not at all. Envoy's default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_retries: Option<u32>,
    /// For one try; unset or 0: as long as for the whole request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_try_timeout: Option<GoDuration>,
    /// Pauses between tries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub back_off: Option<BackOff>,
    /// Pauses that the answer asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limited_back_off: Option<RateLimitedBackOff>,
    /// On what; unset or empty: Kuma's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_on: Option<Vec<RetryWord>>,
    /// Only of requests that meet one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retriable_request_headers: Option<Vec<ValueMatch>>,
    /// Also on answers that meet one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retriable_response_headers: Option<Vec<ValueMatch>>,
    /// To whom the next try goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_selection: Option<Vec<HostSelection>>,
    /// How often somebody else is looked for, for one try.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_selection_max_attempts: Option<i64>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Requests of gRPC that fail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct GrpcRetry {
    /// How often one is tried again; 0: not at all. Envoy's default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_retries: Option<u32>,
    /// For one try; unset or 0: as long as for the whole request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_try_timeout: Option<GoDuration>,
    /// Pauses between tries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub back_off: Option<BackOff>,
    /// Pauses that the answer asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limited_back_off: Option<RateLimitedBackOff>,
    /// On what; unset or empty: Kuma's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_on: Option<Vec<RetryWord>>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Pauses that grow from try to try.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct BackOff {
    /// The first. Kuma's default: 25 ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_interval: Option<GoDuration>,
    /// The longest. Kuma's default: ten times the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_interval: Option<GoDuration>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Pauses that the answer asks for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct RateLimitedBackOff {
    /// Headers in which it does; the first that can be read counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset_headers: Option<Vec<ResetHeader>>,
    /// Longer ones are not kept. Kuma's default: 300 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_interval: Option<GoDuration>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A header that says when to come again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, expecting = "a map")]
pub struct ResetHeader {
    /// Its name.
    #[serde(deserialize_with = "field::or_default")]
    pub name: String,
    /// `Seconds` or `UnixTimestamp`.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "String::is_empty")]
    pub format: String,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// To whom the next try goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct HostSelection {
    /// `OmitPreviousHosts`, `OmitHostsWithTags` or `OmitPreviousPriorities`.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "String::is_empty")]
    pub predicate: String,
    /// Of whom not to ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeMap<String, Option<String>>>,
    /// After how many tries those that were asked are left out anew. Default of Kuma's schema: 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_frequency: Option<i32>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What is tried again: a word such as `GatewayError`, or a status, which may be written as a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "String")]
pub struct RetryWord(String);

impl RetryWord {
    /// As a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<Value> for RetryWord {
    type Error = &'static str;
    fn try_from(value: Value) -> Result<Self, Self::Error> {
        match value {
            Value::String(text) => Ok(Self(text)),
            Value::Number(number) => Ok(Self(number.to_string())),
            _ => Err("must be a text or a number"),
        }
    }
}

impl From<RetryWord> for String {
    fn from(word: RetryWord) -> Self {
        word.0
    }
}
