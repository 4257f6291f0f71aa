//! How the API misbehaves, as state of the model: whoever steps it sets and clears it.
use super::{Api, answer::Response, failure::Failure};
use std::time::Duration;

/// Its misbehaviour; by default none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Nobody reaches it: connections are cut, watches end without a word.
    pub is_away: bool,
    /// Each answer takes so long.
    pub slow: Duration,
    /// So many writes to objects that exist are answered with a conflict.
    pub conflicts: u32,
    /// How requests are refused, and how many of them.
    pub refuses: Option<Refusal>,
    /// Watches stay open and tell nothing: neither events nor bookmarks.
    pub silent_watches: bool,
    /// Lists that accept any version (`resourceVersion=0`) are answered as of this one, as a replica of the API that lags behind would.
    pub stale_version: Option<u64>,
    /// Counts how often all watches were dropped.
    pub(super) watch_epoch: u64,
}

/// Requests that are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// With what.
    pub with: RefusedWith,
    /// How many still.
    pub requests: u32,
}

/// With what a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedWith {
    /// 429, and after how many seconds to come again.
    TooManyRequests {
        /// The header `Retry-After`.
        retry_after: u32,
    },
    /// 500.
    InternalError,
    /// 200 with a body that is no JSON.
    Garbage,
    /// The connection ends without an answer.
    Nothing,
}

impl Api {
    /// What is wrong with it.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The same, to be changed.
    pub fn faults_mut(&mut self) -> &mut Faults {
        &mut self.faults
    }

    /// Ends all watches without a word.
    pub fn drop_watches(&mut self) {
        self.faults.watch_epoch += 1;
    }

    /// Forgets the history: watches that lie behind, and lists that go on, have expired.
    pub fn compact(&mut self) {
        self.store.compact();
    }

    /// Refuses a request, where it is to be; `Err`: nothing is answered.
    pub(super) fn refusal(&mut self) -> Option<Result<Response, ()>> {
        let refusal = self.faults.refuses.as_mut().filter(|refusal| refusal.requests > 0)?;
        refusal.requests -= 1;
        Some(match refusal.with {
            RefusedWith::TooManyRequests { retry_after } => Ok(Failure::too_many_requests(retry_after).into()),
            RefusedWith::InternalError => Ok(Failure::internal("it was told to fail").into()),
            RefusedWith::Garbage => Ok(Response::text(200, super::answer::JSON, b"{\"kind\": \"Stat\xff".to_vec())),
            RefusedWith::Nothing => Err(()),
        })
    }

    /// Whether this write is to meet a conflict.
    pub(super) fn meets_conflict(&mut self) -> bool {
        let meets = self.faults.conflicts > 0;
        self.faults.conflicts = self.faults.conflicts.saturating_sub(1);
        meets
    }
}
