//! Parts that several kinds have: Envoy's own interface, and where metrics are found.
use super::{
    field::{self, Numbered, OrNumber, Unknown},
    path::{Path, Violations},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// Envoy's own interface, on 127.0.0.1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct EnvoyAdmin {
    /// Its port.
    #[serde(deserialize_with = "field::uint", skip_serializing_if = "field::is_default")]
    pub port: u32,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Where metrics are found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct MetricsBackend {
    /// Its name.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub name: String,
    /// `prometheus`.
    #[serde(rename = "type", deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub backend_type: String,
    /// What it is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conf: Option<Value>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What a Prometheus backend is told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
struct Prometheus {
    #[serde(rename = "skipMTLS", skip_serializing_if = "Option::is_none")]
    skip_mtls: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<PrometheusTls>,
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    aggregate: Vec<Aggregate>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
struct PrometheusTls {
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    mode: OrNumber<PrometheusTlsMode>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum PrometheusTlsMode {
    #[default]
    #[serde(rename = "activeMTLSBackend")]
    ActiveMtlsBackend,
    #[serde(rename = "providedTLS")]
    ProvidedTls,
    Disabled,
}

impl Numbered for PrometheusTlsMode {
    const IN_ORDER: &'static [Self] = &[Self::ActiveMtlsBackend, Self::ProvidedTls, Self::Disabled];
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
struct Aggregate {
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    name: String,
}

impl MetricsBackend {
    pub(super) fn check(&self, at: &Path<'_>, found: &mut Violations) {
        if self.backend_type != "prometheus" {
            return found.add(&at.field("type"), "unknown backend type. Available backends: \"prometheus\"");
        }
        let at = at.field("conf");
        // What cannot be read here may be read by Kuma.
        let Some(conf) = self.conf.as_ref().and_then(|conf| Prometheus::deserialize(conf).ok()) else { return };
        if let (Some(skip), Some(tls)) = (conf.skip_mtls, &conf.tls) {
            let same = if skip { PrometheusTlsMode::Disabled } else { PrometheusTlsMode::ActiveMtlsBackend };
            if !tls.mode.is(&same) {
                return found.add(&at, "skipMTLS and tls configuration cannot be defined together");
            }
        }
        let mut names = BTreeSet::new();
        for (index, aggregate) in conf.aggregate.iter().enumerate() {
            let what = format!("duplicate entry: {}, values have to be unique", aggregate.name);
            found.add_if(!names.insert(&aggregate.name), &at.field("aggregate").index(index).field("name"), what);
        }
    }
}
