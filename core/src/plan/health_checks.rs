//! How a proxy finds out whether those serve to whom it sends: what policies say, with Kuma's defaults. Without a policy it does not ask.
use super::{Header, HeaderChange, Protocol};
use crate::resource::model::{self, GoDuration, HealthCheckConf, NamedValue};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// Kuma's defaults, in milliseconds.
const INTERVAL_MS: u64 = 60_000;
const TIMEOUT_MS: u64 = 15_000;
/// Envoy's, in milliseconds.
const NO_TRAFFIC_MS: u64 = 60_000;
/// Kuma's: after so many bad answers, and after so many good ones.
const UNHEALTHY_AFTER: u32 = 5;
const HEALTHY_AFTER: u32 = 1;

/// How a proxy finds out whether those serve to whom it sends. Who does not is not sent anything, and those of the next priority are instead.
/// Times are in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// What is asked.
    pub probe: Probe,
    /// From one question to the next.
    pub interval_ms: u64,
    /// From one to the next while nothing was ever sent there.
    pub no_traffic_interval_ms: u64,
    /// For an answer.
    pub timeout_ms: u64,
    /// After so many bad answers it does not serve.
    pub unhealthy_after: u32,
    /// After so many good ones it does.
    pub healthy_after: u32,
    /// Up to so long before the first question.
    pub initial_jitter_ms: u64,
    /// Up to so much longer from one to the next.
    pub jitter_ms: u64,
    /// And up to so much, in parts of a hundred of the interval.
    pub jitter_percent: u8,
    /// Whether questions share a connection.
    pub reuse_connection: bool,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Probe {
    /// A connection.
    Connection {
        /// What is sent; empty: nothing.
        send: String,
        /// What has to come back, in this order; empty: it is enough that there is a connection.
        expect: Vec<String>,
    },
    /// A request of HTTP.
    Request {
        /// Its path.
        path: String,
        /// Its headers.
        headers: HeaderChange,
        /// Good answers; empty: 200.
        statuses: BTreeSet<u16>,
    },
    /// The health service of gRPC.
    Grpc {
        /// Of which service; empty: of all.
        service: String,
        /// The `:authority` of the request; empty: what the destination is called.
        authority: String,
    },
}

/// What happens when too few serve.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panic {
    /// Too few: less than these of all, in millionths; `None`: half.
    pub below_millionths: Option<u32>,
    /// Nobody is sent anything then; else all are, whatever they answered.
    pub sends_nothing: bool,
}

impl HealthCheck {
    /// What a policy says of a destination where this is spoken; `None`: nobody is asked.
    pub(super) fn of(conf: &Value, protocol: Protocol) -> Option<Self> {
        let conf = read(conf);
        let count = |said: Option<i32>, default: u32| said.and_then(|count| u32::try_from(count).ok()).unwrap_or(default).max(1);
        Some(Self {
            probe: Probe::of(&conf, protocol)?,
            interval_ms: ms(conf.interval.as_ref(), INTERVAL_MS).max(1),
            no_traffic_interval_ms: ms(conf.no_traffic_interval.as_ref(), NO_TRAFFIC_MS).max(1),
            timeout_ms: ms(conf.timeout.as_ref(), TIMEOUT_MS).max(1),
            unhealthy_after: count(conf.unhealthy_threshold, UNHEALTHY_AFTER),
            healthy_after: count(conf.healthy_threshold, HEALTHY_AFTER),
            initial_jitter_ms: ms(conf.initial_jitter.as_ref(), 0),
            jitter_ms: ms(conf.interval_jitter.as_ref(), 0),
            jitter_percent: conf.interval_jitter_percent.and_then(|part| u8::try_from(part).ok()).unwrap_or_default().min(100),
            reuse_connection: conf.reuse_connection.unwrap_or(true),
        })
    }
}

impl Panic {
    /// What a policy says, whether anybody is asked or not; `None`: nothing.
    pub(super) fn of(conf: &Value) -> Option<Self> {
        let conf = read(conf);
        let part = conf.healthy_panic_threshold.as_ref().and_then(model::percentage);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and a million")]
        let below_millionths = part.map(|part| (part.clamp(0.0, 100.0) * 10_000.0).round() as u32);
        let panic = Self { below_millionths, sends_nothing: conf.fail_traffic_on_panic == Some(true) };
        (panic != Self::default()).then_some(panic)
    }
}

impl Probe {
    /// By what is spoken; a connection instead where that is disabled (Kuma 2.14).
    fn of(conf: &HealthCheckConf, protocol: Protocol) -> Option<Self> {
        let is_on = |disabled: Option<bool>| disabled != Some(true);
        let connection = || {
            let tcp = conf.tcp.as_ref().filter(|tcp| is_on(tcp.disabled))?;
            let expect = tcp.receive.iter().flatten().filter(|text| !text.is_empty()).cloned().collect();
            Some(Self::Connection { send: tcp.send.clone().unwrap_or_default(), expect })
        };
        match protocol {
            Protocol::Http | Protocol::Http2 => {
                let http = conf.http.as_ref()?;
                if !is_on(http.disabled) {
                    return connection();
                }
                let change = http.request_headers_to_add.clone().unwrap_or_default();
                let headers = |list: Option<Vec<NamedValue>>| {
                    list.into_iter().flatten().map(|header| Header { name: header.name, value: header.value }).collect()
                };
                let statuses = http.expected_statuses.iter().flatten().filter_map(|status| u16::try_from(*status).ok());
                Some(Self::Request {
                    path: http.path.clone().unwrap_or_else(|| "/".to_owned()),
                    headers: HeaderChange { set: headers(change.set), add: headers(change.add), remove: Vec::new() },
                    statuses: statuses.filter(|status| (100..600).contains(status)).collect(),
                })
            }
            Protocol::Grpc => {
                let grpc = conf.grpc.as_ref()?;
                if !is_on(grpc.disabled) {
                    return connection();
                }
                let (service, authority) = (grpc.service_name.clone().unwrap_or_default(), grpc.authority.clone().unwrap_or_default());
                Some(Self::Grpc { service, authority })
            }
            Protocol::Tcp | Protocol::Kafka => connection(),
        }
    }
}

/// Policies of which this cannot be read are left out before.
fn read(conf: &Value) -> HealthCheckConf {
    model::read(conf).unwrap_or_default()
}

/// At least a millisecond of what is not 0; what is below zero is 0.
fn ms(said: Option<&GoDuration>, default: u64) -> u64 {
    said.map_or(default, |duration| u64::try_from(duration.nanoseconds()).unwrap_or_default().div_ceil(1_000_000))
}
