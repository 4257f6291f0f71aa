//! `MeshHTTPRoute`: where requests go.
mod proxy_limits;
mod re2;
mod rules;
mod words;

pub(super) use proxy_limits::{check_header_name, check_text};

use super::{
    TargetRef,
    field::{self, Unknown},
};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::Value;

/// The spec of a `MeshHTTPRoute`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct MeshHttpRoute {
    /// Which proxies it is for; unset: all of the mesh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_ref: Option<TargetRef>,
    /// For what those proxies send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Vec<RouteItem>>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// The routes to one destination.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct RouteItem {
    /// Which.
    #[serde(deserialize_with = "field::or_default")]
    pub target_ref: TargetRef,
    /// Of requests to these hosts only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostnames: Option<Vec<String>>,
    /// The routes; the first that fits counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<RouteRule>>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// One route.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct RouteRule {
    /// Which requests: those that meet one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches: Option<Vec<RequestMatch>>,
    /// What becomes of them.
    #[serde(deserialize_with = "field::or_default")]
    pub default: RouteConf,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Which requests: those that meet all of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct RequestMatch {
    /// By their path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<ValueMatch>,
    /// By their method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// By parameters of the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query_params: Option<Vec<ValueMatch>>,
    /// By headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Vec<ValueMatch>>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// How a path, a header or a parameter is compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, expecting = "a map")]
pub struct ValueMatch {
    /// `Exact`, `RegularExpression` and such; empty: not said.
    #[serde(rename = "type", deserialize_with = "field::or_default", skip_serializing_if = "String::is_empty")]
    pub match_type: String,
    /// Of the header or the parameter.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// With what.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What becomes of requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct RouteConf {
    /// What is done with them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filters: Option<Vec<RouteFilter>>,
    /// Where they go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend_refs: Option<Vec<RouteBackend>>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Where requests go.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RouteBackend {
    /// The service, with the fields that we do not know.
    #[serde(flatten)]
    pub target: TargetRef,
    /// The port of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u32>,
    /// Its part of the sum of all weights. Kuma's default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
}

/// What is done with requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct RouteFilter {
    /// Which of these.
    #[serde(rename = "type", deserialize_with = "field::or_default", skip_serializing_if = "String::is_empty")]
    pub filter_type: String,
    /// Their headers are changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_header_modifier: Option<HeaderModifier>,
    /// The headers of their answers are changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_header_modifier: Option<HeaderModifier>,
    /// The client is sent elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_redirect: Option<RequestRedirect>,
    /// Their host or their path becomes another.
    #[serde(rename = "urlRewrite", skip_serializing_if = "Option::is_none")]
    pub url_rewrite: Option<UrlRewrite>,
    /// A copy goes elsewhere, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_mirror: Option<RequestMirror>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// How headers are changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, expecting = "a map")]
pub struct HeaderModifier {
    /// These have this value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<Vec<NamedValue>>,
    /// These are added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub add: Option<Vec<NamedValue>>,
    /// These go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove: Option<Vec<String>>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A header.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, expecting = "a map")]
pub struct NamedValue {
    /// Its name.
    #[serde(deserialize_with = "field::or_default")]
    pub name: String,
    /// Its value.
    #[serde(deserialize_with = "field::or_default")]
    pub value: String,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Where a client is sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct RequestRedirect {
    /// `http` or `https`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// To this host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// To this port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<i64>,
    /// To this path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathRewrite>,
    /// With this code. Kuma's default: 302.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<i64>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Which host and path requests get.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct UrlRewrite {
    /// This host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// This path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathRewrite>,
    /// The host by which the backend is known; of gateways only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_to_backend_hostname: Option<bool>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Which path a request gets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct PathRewrite {
    /// `ReplaceFullPath` or `ReplacePrefixMatch`.
    #[serde(rename = "type", deserialize_with = "field::or_default", skip_serializing_if = "String::is_empty")]
    pub rewrite_type: String,
    /// This.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replace_full_path: Option<String>,
    /// This instead of the prefix by which it was matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replace_prefix_match: Option<String>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Where a copy goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct RequestMirror {
    /// Of how many: per cent, as a number or as a text with one; unset: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentage: Option<Value>,
    /// Where.
    #[serde(deserialize_with = "field::or_default")]
    pub backend_ref: RouteBackend,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl<'de> Deserialize<'de> for RouteBackend {
    /// As a reference, and two of the fields that it does not know: flattened, a wrong field would not be named.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut target = TargetRef::deserialize(deserializer)?;
        let mut number = |name: &str| match target.unknown.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
                number.map(Some).ok_or_else(|| D::Error::custom(format!("{name} must be a whole number from 0 to {}", u32::MAX)))
            }
        };
        Ok(Self { port: number("port")?, weight: number("weight")?, target })
    }
}
