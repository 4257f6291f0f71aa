//! Durations as Go writes them, such as `1h30m10s` or `1.5s`.
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// Why a text is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GoDurationError {
    /// It is none. Holds the text, and what is wrong with it.
    #[error("`{0}` is not a duration: {1}; write it like `1h30m10s` with the units ns, us, ms, s, m, h")]
    Malformed(String, &'static str),
    /// It is one below zero, where only others make sense.
    #[error("`{0}` is negative")]
    Negative(String),
}

/// Reads a duration as Go's `time.ParseDuration` does.
///
/// # Errors
/// Not a duration, past 292 years, or below zero.
pub fn go_duration(text: &str) -> Result<Duration, GoDurationError> {
    let nanoseconds = GoDuration::new(text)?.nanoseconds;
    u64::try_from(nanoseconds).map(Duration::from_nanos).map_err(|_| GoDurationError::Negative(shortened(text)))
}

/// A duration, which may be negative, with the text that it was written as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String", expecting = "a duration such as `1h30m10s`")]
pub struct GoDuration {
    text: String,
    nanoseconds: i64,
}

impl GoDuration {
    /// Reads a duration.
    ///
    /// # Errors
    /// Not a duration, or past 292 years.
    pub fn new(text: &str) -> Result<Self, GoDurationError> {
        let nanoseconds = nanoseconds(text).map_err(|why| GoDurationError::Malformed(shortened(text), why))?;
        Ok(Self { text: text.to_owned(), nanoseconds })
    }

    /// In nanoseconds; negative ones are below zero.
    pub fn nanoseconds(&self) -> i64 {
        self.nanoseconds
    }
}

impl fmt::Display for GoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for GoDuration {
    type Error = GoDurationError;
    fn try_from(text: String) -> Result<Self, GoDurationError> {
        Self::new(&text)
    }
}

impl From<GoDuration> for String {
    fn from(duration: GoDuration) -> Self {
        duration.text
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

fn nanoseconds(text: &str) -> Result<i64, &'static str> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    // The only number that Go takes without a unit.
    if unsigned == "0" {
        return Ok(0);
    }
    if unsigned.is_empty() {
        return Err("it is empty");
    }
    let (mut rest, mut total) = (unsigned, 0i128);
    while !rest.is_empty() {
        let (part, after) = part(rest)?;
        total += part;
        rest = after;
        if total > i128::from(u64::MAX) {
            return Err("it is too long");
        }
    }
    i64::try_from(if negative { -total } else { total }).map_err(|_| "it is too long")
}

/// One number and its unit, in nanoseconds, and what follows.
fn part(text: &str) -> Result<(i128, &str), &'static str> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = text.split_at(digits(text));
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(digits(rest)),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err("a number is missing");
    }
    let (unit, rest) = rest.split_at(rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len()));
    let unit = match unit {
        "ns" => 1,
        // Go takes both the micro sign and the Greek letter.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "" => return Err("a unit is missing"),
        _ => return Err("a unit is unknown"),
    };
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse::<u64>().map_err(|_| "it is too long")?.into() };
    // Past 18 digits of a fraction nothing changes.
    let fraction = &fraction[..fraction.len().min(18)];
    let scale = fraction.bytes().fold(1i128, |scale, _| scale * 10);
    let fraction = fraction.bytes().fold(0i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
    Ok((whole * unit + fraction * unit / scale, rest))
}
