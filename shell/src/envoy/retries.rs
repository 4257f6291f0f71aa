//! What is tried again.
use super::{parts::limit, routes::header};
use strait_core::plan::{Retries, RetryOn, ToldAs, ToldPauses};
use strait_proto::{
    any::pack,
    envoy::{
        config::route::v3::{
            RetryPolicy,
            retry_policy::{RateLimitedRetryBackOff, ResetHeader, ResetHeaderFormat, RetryBackOff, RetryHostPredicate, RetryPriority},
        },
        extensions::retry::{
            host::previous_hosts::v3::PreviousHostsPredicate, priority::previous_priorities::v3::PreviousPrioritiesConfig,
        },
    },
};

/// Also where nothing is tried again, which is more than to say nothing: a route says so against its host.
pub(super) fn policy(retries: &Retries) -> RetryPolicy {
    if retries.attempts == 0 {
        return RetryPolicy { num_retries: Some(0), ..RetryPolicy::default() };
    }
    RetryPolicy {
        retry_on: words(retries),
        num_retries: Some(retries.attempts),
        per_try_timeout: limit(retries.per_try_ms),
        retry_priority: retries.other_priority_after.map(other_priority),
        retry_host_predicate: retries.other_host.then(other_host).into_iter().collect(),
        host_selection_retry_max_attempts: retries.selections.unwrap_or_default().into(),
        retriable_status_codes: retries.statuses.iter().copied().map(u32::from).collect(),
        retry_back_off: Some(RetryBackOff { base_interval: limit(retries.pause_ms), max_interval: limit(retries.longest_pause_ms) }),
        retriable_headers: retries.answers.iter().map(header).collect(),
        retriable_request_headers: retries.requests.iter().map(header).collect(),
        rate_limited_retry_back_off: retries.told_pauses.as_ref().map(told),
    }
}

/// Statuses and headers count only if a word says that they do, which Kuma says of statuses alone.
fn words(retries: &Retries) -> String {
    let statuses = (!retries.statuses.is_empty()).then_some("retriable-status-codes");
    let answers = (!retries.answers.is_empty()).then_some("retriable-headers");
    let words: Vec<&str> = retries.on.iter().copied().map(word).chain(statuses).chain(answers).collect();
    words.join(",")
}

fn word(on: RetryOn) -> &'static str {
    match on {
        RetryOn::ServerError => "5xx",
        RetryOn::GatewayError => "gateway-error",
        RetryOn::Reset => "reset",
        RetryOn::Conflict => "retriable-4xx",
        RetryOn::ConnectFailure => "connect-failure",
        RetryOn::RateLimited => "envoy-ratelimited",
        RetryOn::RefusedStream => "refused-stream",
        RetryOn::Http3Failure => "http3-post-connect-failure",
        // Kuma writes it with one `l`, which Envoy does not know.
        RetryOn::Cancelled => "cancelled",
        RetryOn::DeadlineExceeded => "deadline-exceeded",
        RetryOn::Internal => "internal",
        RetryOn::ResourceExhausted => "resource-exhausted",
        RetryOn::Unavailable => "unavailable",
    }
}

fn other_host() -> RetryHostPredicate {
    let name = "envoy.retry_host_predicates.previous_hosts".to_owned();
    RetryHostPredicate { name, typed_config: Some(pack(&PreviousHostsPredicate {})) }
}

fn other_priority(after: u32) -> RetryPriority {
    let config = PreviousPrioritiesConfig { update_frequency: i32::try_from(after).unwrap_or(i32::MAX) };
    RetryPriority { name: "envoy.retry_priorities.previous_priorities".to_owned(), typed_config: Some(pack(&config)) }
}

fn told(pauses: &ToldPauses) -> RateLimitedRetryBackOff {
    let header = |(name, told): &(String, ToldAs)| {
        let format = match told {
            ToldAs::Seconds => ResetHeaderFormat::Seconds,
            ToldAs::UnixTimestamp => ResetHeaderFormat::UnixTimestamp,
        };
        ResetHeader { name: name.clone(), format: format.into() }
    };
    RateLimitedRetryBackOff { reset_headers: pauses.headers.iter().map(header).collect(), max_interval: limit(pauses.longest_ms) }
}
