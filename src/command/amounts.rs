//! Numbers and times as they are written on the command line.
use std::{num::NonZeroU64, time::Duration};
use strait_core::Seed;

pub(super) fn budget(text: &str) -> Result<NonZeroU64, String> {
    text.parse().map_err(|_| "a search needs at least one case: a whole number from 1".to_owned())
}

pub(super) fn lasting(text: &str) -> Result<Duration, String> {
    time(text).ok_or_else(|| "a search needs some time, with its unit, such as `30s` or `10m`".to_owned())
}

pub(super) fn overlap(text: &str) -> Result<Duration, String> {
    time(text).ok_or_else(|| "an overlap is a time with its unit, such as `30s` or `24h`".to_owned())
}

/// More than nothing.
pub(super) fn time(text: &str) -> Option<Duration> {
    let parsed = text.parse::<jiff::SignedDuration>().ok().and_then(|parsed| Duration::try_from(parsed).ok());
    parsed.filter(|time| !time.is_zero())
}

pub(super) fn seed(text: &str) -> Result<Seed, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(&digits.replace('_', ""), 16),
        None => text.parse(),
    };
    parsed.map(Seed).map_err(|_| "a seed is a whole number below 2^64, decimal, or hexadecimal with `0x`".to_owned())
}
