//! What is tried again: what policies say, and Kuma's defaults where a policy says only some of it. Without a policy nothing is.
use super::{Matcher, Named, Protocol};
use crate::resource::model::{self, BackOff, GoDuration, HostSelection, RateLimitedBackOff, RetryConf, RetryWord, ValueMatch};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// The first pause, in milliseconds: Kuma's default.
const PAUSE_MS: u64 = 25;
/// The longest pause is so many times the first: Kuma's default.
const LONGEST_PAUSE: u64 = 10;
/// The longest pause that an answer may ask for, in milliseconds: Kuma's default.
const TOLD_PAUSE_MS: u64 = 300_000;

/// What becomes of a request that failed: it is tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retries {
    /// How often; 0: not at all, whatever else stands here.
    pub attempts: u32,
    /// On what.
    pub on: BTreeSet<RetryOn>,
    /// And on these statuses.
    pub statuses: BTreeSet<u16>,
    /// And on answers that meet one of these.
    pub answers: Vec<Named>,
    /// Only of requests that meet one of these; empty: of all. The method is the header `:method`.
    pub requests: Vec<Named>,
    /// For one try, in milliseconds; 0: as long as for the whole request.
    pub per_try_ms: u64,
    /// Before the first further try, in milliseconds; twice as long before each that follows.
    pub pause_ms: u64,
    /// That pause grows up to this, in milliseconds.
    pub longest_pause_ms: u64,
    /// Pauses that answers ask for.
    pub told_pauses: Option<ToldPauses>,
    /// Whoever was asked is not asked again, if there is anybody else.
    pub other_host: bool,
    /// After so many tries the priorities of those who were asked are left out, too, if there are others.
    pub other_priority_after: Option<u32>,
    /// How often somebody else is looked for, for one try; `None`: once.
    pub selections: Option<u32>,
}

/// On what a request is tried again. The last five are statuses of gRPC, as far as they stand in the headers of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RetryOn {
    /// A status of 500 or more, or no answer.
    ServerError,
    /// The statuses 502, 503 and 504.
    GatewayError,
    /// No answer.
    Reset,
    /// The status 409.
    Conflict,
    /// No connection.
    ConnectFailure,
    /// A proxy said that there were too many requests.
    RateLimited,
    /// The request was not looked at.
    RefusedStream,
    /// HTTP/3 failed once there was a connection.
    Http3Failure,
    /// It was given up.
    Cancelled,
    /// It took too long.
    DeadlineExceeded,
    /// Something is wrong there.
    Internal,
    /// Too much was asked for.
    ResourceExhausted,
    /// Nobody can serve it now.
    Unavailable,
}

/// Pauses that answers ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldPauses {
    /// In which headers, and how; the first that can be read counts.
    pub headers: Vec<(String, ToldAs)>,
    /// Longer ones are not kept, in milliseconds.
    pub longest_ms: u64,
}

/// How a header says when to come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToldAs {
    /// In so many seconds.
    Seconds,
    /// At this second since 1970.
    UnixTimestamp,
}

/// What is said of requests, whatever of HTTP or gRPC they are.
#[derive(Default)]
struct Said {
    tries: Option<u32>,
    per_try: Option<GoDuration>,
    pause: Option<BackOff>,
    told: Option<RateLimitedBackOff>,
    words: Vec<RetryWord>,
}

impl Retries {
    /// What a policy says of requests; `None`: nothing.
    pub(super) fn of(conf: &Value, protocol: Protocol) -> Option<Self> {
        // Policies of which this cannot be read are left out before.
        let conf: RetryConf = model::read(conf).ok()?;
        match protocol {
            // Kuma 2.14 leaves HTTP/2 out.
            Protocol::Http | Protocol::Http2 => {
                let http = conf.http?;
                let said = Said {
                    tries: http.num_retries,
                    per_try: http.per_try_timeout,
                    pause: http.back_off,
                    told: http.rate_limited_back_off,
                    words: http.retry_on.unwrap_or_default(),
                };
                let mut retries = said.with(http_word, &[RetryOn::GatewayError, RetryOn::ConnectFailure, RetryOn::RefusedStream]);
                retries.statuses = said.words.iter().filter_map(|word| status(word.as_str())).collect();
                let methods = said.words.iter().filter_map(|word| word.as_str().strip_prefix("HttpMethod"));
                retries.requests = methods.map(of_method).chain(http.retriable_request_headers.iter().flatten().map(named)).collect();
                retries.answers = http.retriable_response_headers.iter().flatten().map(named).collect();
                retries.select(http.host_selection.as_deref().unwrap_or_default());
                retries.selections = http.host_selection_max_attempts.and_then(|most| u32::try_from(most).ok());
                Some(retries)
            }
            Protocol::Grpc => {
                let grpc = conf.grpc?;
                let said = Said {
                    tries: grpc.num_retries,
                    per_try: grpc.per_try_timeout,
                    pause: grpc.back_off,
                    told: grpc.rate_limited_back_off,
                    words: grpc.retry_on.unwrap_or_default(),
                };
                let statuses = [RetryOn::Cancelled, RetryOn::ResourceExhausted, RetryOn::Unavailable];
                let failures = [RetryOn::ConnectFailure, RetryOn::GatewayError, RetryOn::RefusedStream, RetryOn::Reset];
                Some(said.with(grpc_word, &[&statuses[..], &failures].concat()))
            }
            Protocol::Tcp | Protocol::Kafka => None,
        }
    }

    fn select(&mut self, predicates: &[HostSelection]) {
        self.other_host = predicates.iter().any(|one| one.predicate == "OmitPreviousHosts");
        // Of several the last counts, as in Kuma, and by no number of tries it could be told.
        let after = |one: &HostSelection| u32::try_from(one.update_frequency?).ok().filter(|tries| *tries > 0);
        self.other_priority_after = predicates.iter().filter(|one| one.predicate == "OmitPreviousPriorities").filter_map(after).next_back();
    }
}

/// How often a connection is tried, at least once.
pub(super) fn connect_attempts(conf: &Value) -> u32 {
    let conf: RetryConf = model::read(conf).unwrap_or_default();
    conf.tcp.and_then(|tcp| tcp.max_connect_attempt).unwrap_or(1).max(1)
}

impl Said {
    fn with(&self, read: fn(&str) -> Option<RetryOn>, default: &[RetryOn]) -> Retries {
        let on: BTreeSet<RetryOn> = self.words.iter().filter_map(|word| read(word.as_str())).collect();
        let pause = self.pause.as_ref();
        // Less than a millisecond is one, and the longest is not shorter than the first.
        let pause_ms = pause.and_then(|pause| ms(pause.base_interval.as_ref())).unwrap_or(PAUSE_MS).max(1);
        let longest = pause.and_then(|pause| ms(pause.max_interval.as_ref()));
        Retries {
            attempts: self.tries.unwrap_or(1),
            on: if on.is_empty() { default.iter().copied().collect() } else { on },
            statuses: BTreeSet::new(),
            answers: Vec::new(),
            requests: Vec::new(),
            per_try_ms: ms(self.per_try.as_ref()).unwrap_or_default(),
            pause_ms,
            longest_pause_ms: longest.unwrap_or(pause_ms.saturating_mul(LONGEST_PAUSE)).max(pause_ms),
            told_pauses: self.told.as_ref().and_then(told),
            other_host: false,
            other_priority_after: None,
            selections: None,
        }
    }
}

fn http_word(word: &str) -> Option<RetryOn> {
    Some(match word {
        "5xx" => RetryOn::ServerError,
        "GatewayError" => RetryOn::GatewayError,
        "Reset" => RetryOn::Reset,
        "Retriable4xx" => RetryOn::Conflict,
        "ConnectFailure" => RetryOn::ConnectFailure,
        "EnvoyRatelimited" => RetryOn::RateLimited,
        "RefusedStream" => RetryOn::RefusedStream,
        "Http3PostConnectFailure" => RetryOn::Http3Failure,
        _ => return None,
    })
}

fn grpc_word(word: &str) -> Option<RetryOn> {
    Some(match word {
        "Canceled" => RetryOn::Cancelled,
        "DeadlineExceeded" => RetryOn::DeadlineExceeded,
        "Internal" => RetryOn::Internal,
        "ResourceExhausted" => RetryOn::ResourceExhausted,
        "Unavailable" => RetryOn::Unavailable,
        _ => return None,
    })
}

fn status(word: &str) -> Option<u16> {
    word.parse().ok().filter(|status| (100..600).contains(status))
}

/// `HttpMethodGet` is `GET`.
fn of_method(name: &str) -> Named {
    Named { name: ":method".to_owned(), is: Matcher::Exact(name.to_uppercase()) }
}

fn named(one: &ValueMatch) -> Named {
    let value = one.value.clone();
    let is = match one.match_type.as_str() {
        "" | "Exact" => Matcher::Exact(value),
        "RegularExpression" => Matcher::Regex(value),
        "Prefix" => Matcher::Prefix(value),
        "Absent" => Matcher::Absent,
        // A word that is not known asks no more than this, as in Kuma.
        _ => Matcher::Present,
    };
    Named { name: one.name.clone(), is }
}

/// `None`: no header is named.
fn told(said: &RateLimitedBackOff) -> Option<ToldPauses> {
    let read = |format: &str| if format == "UnixTimestamp" { ToldAs::UnixTimestamp } else { ToldAs::Seconds };
    let headers: Vec<_> = said.reset_headers.iter().flatten().map(|header| (header.name.clone(), read(&header.format))).collect();
    let longest_ms = ms(said.max_interval.as_ref()).filter(|longest| *longest > 0).unwrap_or(TOLD_PAUSE_MS);
    (!headers.is_empty()).then_some(ToldPauses { headers, longest_ms })
}

/// At least a millisecond of what is not 0; what is below zero is 0.
fn ms(said: Option<&GoDuration>) -> Option<u64> {
    said.map(|duration| u64::try_from(duration.nanoseconds()).unwrap_or_default().div_ceil(1_000_000))
}
