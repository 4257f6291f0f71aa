//! What went wrong with a request to the API, and when it is worth to ask again.
use kube::{Error, core::Status};
use std::{error::Error as _, fmt, time::Duration};

/// A request that failed.
#[derive(Debug)]
pub(super) enum Failed {
    /// The API says so.
    Said(Box<Status>),
    /// It says nothing that can be understood, or nothing at all.
    Else(String),
}

/// The longest reason that is shown, in letters: an answer is not to be trusted with more.
const SHOWN: usize = 300;
/// The longest time that an API can make anyone wait.
const LONGEST: u32 = 300;

impl Failed {
    /// There was no answer in time.
    pub(super) fn timed_out(within: Duration) -> Self {
        Self::Else(format!("no answer within {} s", within.as_secs()))
    }

    /// What was watched from is forgotten, or was never known: it takes a list.
    pub(super) fn is_expired(&self) -> bool {
        let Self::Said(status) = self else { return false };
        let causes = status.details.iter().flat_map(|details| &details.causes);
        status.code == 410 || causes.into_iter().any(|cause| cause.reason == "ResourceVersionTooLarge")
    }

    /// What is asked about is not there.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Said(status) if status.code == 404)
    }

    /// Somebody else was there before.
    pub(super) fn is_conflict(&self) -> bool {
        matches!(self, Self::Said(status) if status.code == 409)
    }

    /// To ask once more for the same is in vain.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Said(status) if (400..500).contains(&status.code) && !matches!(status.code, 401 | 408 | 429))
    }

    /// How long the API asks to be left alone.
    pub(super) fn wait(&self) -> Duration {
        let Self::Said(status) = self else { return Duration::ZERO };
        let seconds = status.details.as_ref().map_or(0, |details| details.retry_after_seconds);
        Duration::from_secs(seconds.min(LONGEST).into())
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        if let Error::Api(status) = error {
            return Self::Said(status);
        }
        let mut said = error.to_string();
        let mut below = error.source();
        while let Some(error) = below {
            let more = error.to_string();
            if !said.contains(&more) {
                said = format!("{said}: {more}");
            }
            below = error.source();
        }
        Self::Else(said)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = match self {
            Self::Said(status) if status.message.is_empty() => format!("{} {}", status.code, status.reason),
            Self::Said(status) => format!("{} {}: {}", status.code, status.reason, status.message),
            Self::Else(said) => said.clone(),
        };
        said.chars().take(SHOWN).try_for_each(|letter| if letter.is_control() { f.write_str(" ") } else { write!(f, "{letter}") })
    }
}
