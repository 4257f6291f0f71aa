//! What Kuma 2.14.3 refuses in a `MeshRetry`. Its paths have a `conf` below `default` that is not there.
use super::{BackOff, GrpcRetry, HostSelection, HttpRetry, MeshRetry, RateLimitedBackOff, RetryConf, RetryItem, RetryWord, TcpRetry};
use crate::resource::{
    Resource, labels,
    model::{
        mesh_timeout::items,
        path::{Path, Violations},
        target_ref::Allowed,
    },
};
use std::ops::RangeInclusive;

/// On what requests of HTTP are tried again, but for statuses.
const HTTP_WORDS: &[&str] = &[
    "5xx",
    "GatewayError",
    "Reset",
    "Retriable4xx",
    "ConnectFailure",
    "EnvoyRatelimited",
    "RefusedStream",
    "Http3PostConnectFailure",
    "HttpMethodConnect",
    "HttpMethodDelete",
    "HttpMethodGet",
    "HttpMethodHead",
    "HttpMethodOptions",
    "HttpMethodPatch",
    "HttpMethodPost",
    "HttpMethodPut",
    "HttpMethodTrace",
];
/// On what requests of gRPC are tried again.
const GRPC_WORDS: &[&str] = &["Canceled", "DeadlineExceeded", "Internal", "ResourceExhausted", "Unavailable"];
/// Statuses that have a name in Go.
const STATUSES: &[RangeInclusive<i32>] =
    &[100..=103, 200..=208, 226..=226, 300..=305, 307..=308, 400..=418, 421..=426, 428..=429, 431..=431, 451..=451, 500..=508, 510..=511];
const EMPTY: &str = "must not be empty";

impl MeshRetry {
    pub(in crate::resource::model) fn check(&self, resource: &Resource, found: &mut Violations) {
        let spec = Path::Root.field("spec");
        if let Some(target) = &self.target_ref {
            let of_everybody = resource.labels.get(labels::POLICY_ROLE).is_none_or(|role| role.is_empty() || role == "system");
            let kinds = ["Mesh", "Dataplane", "MeshSubset", "MeshService", "MeshServiceSubset", "MeshGateway", "MeshHTTPRoute"];
            let allowed = Allowed { listener_tags: of_everybody, ..Allowed::kinds(if of_everybody { &kinds } else { &kinds[..5] }) };
            target.check(&allowed, &spec.field("targetRef"), found);
        }
        let top = self.target_ref.as_ref().map_or("Mesh", |target| target.kind.as_str());
        let kinds = ["Mesh", "MeshExternalService", "MeshService", "MeshMultiZoneService", "MeshHTTPRoute"];
        let kinds = if matches!(top, "MeshHTTPRoute" | "MeshGateway") { &kinds[..2] } else { &kinds };
        for (index, item) in items(self.to.as_ref()).iter().enumerate() {
            item.check(kinds, &spec.field("to").index(index), found);
        }
    }
}

impl RetryItem {
    fn check(&self, kinds: &[&str], at: &Path<'_>, found: &mut Violations) {
        self.target_ref.check(&Allowed::kinds(kinds), &at.field("targetRef"), found);
        self.default.check(&at.field("default").field("conf"), found);
    }
}

impl RetryConf {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        let nothing = self.tcp.is_none() && self.http.is_none() && self.grpc.is_none();
        found.add_if(nothing, at, "at least one of the 'tcp', 'http', 'grpc' must be specified");
        self.tcp.iter().for_each(|tcp| tcp.check(&at.field("tcp"), found));
        self.http.iter().for_each(|http| http.check(&at.field("http"), found));
        self.grpc.iter().for_each(|grpc| grpc.check(&at.field("grpc"), found));
    }
}

impl TcpRetry {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        found.add_if(self.max_connect_attempt.is_none(), at, EMPTY);
        found.add_if(self.max_connect_attempt == Some(0), &at.field("maxConnectAttempt"), "must be greater than 0");
    }
}

impl HttpRetry {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        let headers = self.retriable_request_headers.is_some() || self.retriable_response_headers.is_some();
        let pauses = self.back_off.is_some() || self.rate_limited_back_off.is_some();
        let tries = self.num_retries.is_some() || self.per_try_timeout.is_some() || self.retry_on.is_some();
        // Kuma does not count `hostSelectionMaxAttempts` here.
        found.add_if(!(headers || pauses || tries || self.host_selection.is_some()), at, EMPTY);
        self.back_off.iter().for_each(|pause| pause.check(&at.field("backOff"), found));
        self.rate_limited_back_off.iter().for_each(|pause| pause.check(&at.field("rateLimitedBackOff"), found));
        let has_name = |word: &str| word.parse().is_ok_and(|status: i32| STATUSES.iter().any(|range| range.contains(&status)));
        check_words(self.retry_on.as_ref(), |word| HTTP_WORDS.contains(&word) || has_name(word), at, found);
        check_selection(items(self.host_selection.as_ref()), &at.field("hostSelection"), found);
    }
}

impl GrpcRetry {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        let pauses = self.back_off.is_some() || self.rate_limited_back_off.is_some();
        let tries = self.num_retries.is_some() || self.per_try_timeout.is_some() || self.retry_on.is_some();
        found.add_if(!(pauses || tries), at, EMPTY);
        self.back_off.iter().for_each(|pause| pause.check(&at.field("backOff"), found));
        self.rate_limited_back_off.iter().for_each(|pause| pause.check(&at.field("rateLimitedBackOff"), found));
        check_words(self.retry_on.as_ref(), |word| GRPC_WORDS.contains(&word), at, found);
    }
}

impl BackOff {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        found.add_if(self.base_interval.is_none() && self.max_interval.is_none(), at, EMPTY);
    }
}

impl RateLimitedBackOff {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        let wrong = self.max_interval.as_ref().is_some_and(|interval| interval.nanoseconds() <= 0);
        found.add_if(wrong, &at.field("maxInterval"), "must be defined and greater than zero");
        let at = at.field("resetHeaders");
        found.add_if(self.reset_headers.is_none(), &at, "must be defined");
        for (index, header) in items(self.reset_headers.as_ref()).iter().enumerate() {
            found.add_if(header.name.is_empty(), &at.index(index).field("name"), "must be defined");
        }
    }
}

fn check_words(words: Option<&Vec<RetryWord>>, is_known: impl Fn(&str) -> bool, at: &Path<'_>, found: &mut Violations) {
    for (index, word) in items(words).iter().enumerate() {
        let word = word.as_str();
        found.add_if(!is_known(word), &at.field("retryOn").index(index), format!("unknown item '{word}'"));
    }
}

fn check_selection(predicates: &[HostSelection], at: &Path<'_>, found: &mut Violations) {
    let mut has_priorities = false;
    for (index, one) in predicates.iter().enumerate() {
        let at = at.index(index);
        match one.predicate.as_str() {
            "OmitPreviousHosts" => {}
            "OmitHostsWithTags" => found.add_if(one.tags.is_none(), &at.field("tags"), "must be defined"),
            "OmitPreviousPriorities" => {
                let twice = std::mem::replace(&mut has_priorities, true);
                found.add_if(twice, &at.field("predicate"), "OmitPreviousPriorities must only be specified once");
                // Where it is not said, the schema's default holds.
                let wrong = one.update_frequency.is_some_and(|tries| tries <= 0);
                found.add_if(wrong, &at.field("updateFrequency"), "must be defined and greater than zero");
            }
            other => found.add(&at.field("predicate"), format!("unknown predicate type '{other}'")),
        }
    }
}
