//! How the API misbehaves, as state of the model: whoever steps it sets and clears it.
use super::{
    Api,
    answer::{Answer, Response},
    callers::User,
    failure::Failure,
    resource::Resource,
    rule::Rule,
};
use std::time::Duration;

/// Its misbehaviour; by default none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Nobody reaches it: connections are cut, watches end without a word.
    pub is_away: bool,
    /// Each answer takes so long.
    pub slow: Duration,
    /// Which requests are refused, how, and how many of them. The first that fits counts.
    pub refuses: Vec<Refusal>,
    /// Watches stay open and tell nothing: neither events nor bookmarks.
    pub silent_watches: bool,
    /// Lists that accept any version (`resourceVersion=0`) are answered as of this one, as a replica of the API that lags behind would.
    pub stale_version: Option<u64>,
    /// So are all other lists, as by an API that was brought back from a copy.
    pub all_stale: bool,
    /// Watches from before this version have expired, whatever is remembered.
    pub expired_before: u64,
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
    /// Which.
    pub whom: Rule,
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
    /// 409, for updates and patches alone: somebody else was faster.
    Conflict,
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

    /// Refuses a request, where it is to be refused.
    pub(super) fn refused(&mut self, user: &User, verb: &str, resource: Option<&Resource>, name: &str) -> Result<Option<Answer>, Failure> {
        let id = resource.map(Resource::id).unwrap_or_default();
        let changes = matches!(verb, "update" | "patch");
        let fits = |refusal: &&mut Refusal| {
            refusal.requests > 0 && refusal.whom.is_for(user, verb, &id) && (changes || refusal.with != RefusedWith::Conflict)
        };
        let Some(refusal) = self.faults.refuses.iter_mut().find(fits) else { return Ok(None) };
        refusal.requests -= 1;
        match (refusal.with, resource) {
            (RefusedWith::TooManyRequests { retry_after }, _) => Err(Failure::too_many_requests(retry_after)),
            (RefusedWith::InternalError, _) => Err(Failure::internal("it was told to fail")),
            (RefusedWith::Garbage, _) => {
                Ok(Some(Answer::Whole(Response::text(200, super::answer::JSON, b"{\"kind\": \"Stat\xff".to_vec()))))
            }
            (RefusedWith::Conflict, Some(resource)) => Err(Failure::modified(resource, name)),
            (RefusedWith::Nothing | RefusedWith::Conflict, _) => Ok(Some(Answer::Cut)),
        }
    }
}
