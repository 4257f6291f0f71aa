//! What a workload that asks is told, where its question gets no further.
use super::{
    SimProxy,
    arriving::Refused,
    leaving::{Hop, NoWay},
};
use rand::rngs::ChaCha8Rng;
use std::net::{Ipv4Addr, SocketAddr};
use strait_core::time::Wall;
use strait_scenarios::workload::{Answer, Ask, Connection, Spoken, Wants};

/// Why a question is answered by nobody, though no proxy refused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lost {
    /// Its author is no more.
    OwnHost,
    /// There is no host, or nothing runs on it.
    NobodyAt(SocketAddr),
    /// The connection broke.
    Reset,
    /// The proxy of its author gave up.
    TimedOut,
    /// Its author gave up.
    Unanswered,
}

impl From<Lost> for Answer {
    fn from(lost: Lost) -> Self {
        Self::Failed(match lost {
            Lost::OwnHost => "its own host is down".to_owned(),
            Lost::NobodyAt(place) => format!("503: nobody answers at {place}"),
            Lost::Reset => "503: the connection was reset".to_owned(),
            Lost::TimedOut => "504: the request timed out".to_owned(),
            Lost::Unanswered => "nobody answered in time".to_owned(),
        })
    }
}

impl Lost {
    /// What its author is told, who speaks so.
    pub(crate) fn seen(self, speaks: Spoken) -> Answer {
        match self {
            Self::NobodyAt(_) | Self::Reset => said_by_proxy(self.into(), speaks),
            Self::OwnHost | Self::TimedOut | Self::Unanswered => self.into(),
        }
    }
}

/// What a proxy says of itself: bytes have no place for it, and the connection is closed.
fn said_by_proxy(answer: Answer, speaks: Spoken) -> Answer {
    match speaks {
        Spoken::Http => answer,
        Spoken::Tcp => Answer::Closed,
    }
}

impl SimProxy {
    /// Where a question of its workload goes. `elsewhere`: who is asked for names that the proxy does not know.
    ///
    /// # Errors
    /// Nowhere: what its author is told.
    pub(crate) fn sends(&mut self, ask: &Ask, elsewhere: &dyn Fn(&str) -> Option<Ipv4Addr>, rng: &mut ChaCha8Rng) -> Result<Hop, Answer> {
        if !self.has_plan {
            return Err(Answer::Failed("its proxy knows nothing yet".to_owned()));
        }
        let whom = (ask.name.clone(), ask.port);
        let kept = self.kept.get(&whom).copied().filter(|_| ask.connection == Connection::Kept);
        let address = kept.or_else(|| self.look_up(&ask.name)).or_else(|| elsewhere(&ask.name)).ok_or(Answer::NoSuchName)?;
        if ask.wants == Wants::Address {
            return Err(Answer::Leads(address));
        }
        if ask.connection == Connection::Kept && self.listens_at(address, ask.port) {
            self.kept.insert(whom, address);
        }
        self.leave(address, ask, rng).map_err(|NoWay(why)| said_by_proxy(Answer::Failed(why), ask.speaks))
    }

    /// Who its workload, which speaks so, is told to be asked by.
    ///
    /// # Errors
    /// The question does not get through to it: what its author is told.
    pub(crate) fn lets_in(&self, hop: &Hop, speaks: Spoken, now: Wall) -> Result<Option<String>, Answer> {
        match self.arrive(hop, now) {
            // What only carries bytes has no place for who asks.
            Ok(asker) => Ok(asker.filter(|_| speaks == Spoken::Http)),
            Err(Refused::Denied) => Err(said_by_proxy(Answer::Denied, hop.speaks)),
            Err(Refused::Broken(why)) => Err(said_by_proxy(Answer::Failed(format!("503: {why}")), hop.speaks)),
        }
    }
}
