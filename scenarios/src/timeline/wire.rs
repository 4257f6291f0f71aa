//! Which message that left is the one that arrived.
//!
//! Each end numbers its sessions itself. The first message that arrives on a session pairs it with the newest of the other end on which it was said;
//! from then on the two belong together. So what a cut took away is not taken for what was said later in the same words.
use std::{
    collections::{BTreeMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
};
use strait_core::sync::{Lane, Request, RequestBody, Response, ResponseBody, Session};

/// No more messages of one session are remembered as being under way.
const MOST_UNDER_WAY: usize = 4096;

/// Tells messages of one session apart, as far as needed.
pub(super) type Tag = u64;

/// All sessions, as each end knows them, and what is under way on them. Ends are numbers of lanes.
#[derive(Debug, Default)]
pub(super) struct Wire {
    ends: BTreeMap<(usize, Session), End>,
    newest: BTreeMap<(usize, usize), Session>,
    under_way: BTreeMap<(usize, Session), VecDeque<(Tag, u64)>>,
}

#[derive(Debug)]
struct End {
    other: usize,
    /// The session by its number at the other end, once that is known.
    pair: Option<Session>,
}

impl Wire {
    /// A session began.
    pub(super) fn opened(&mut self, lane: usize, session: Session, other: usize) {
        self.ends.insert((lane, session), End { other, pair: None });
        self.newest.insert((lane, other), session);
    }

    /// The other end of a session.
    pub(super) fn other(&self, lane: usize, session: Session) -> Option<usize> {
        self.ends.get(&(lane, session)).map(|end| end.other)
    }

    /// A message left, and has this number.
    pub(super) fn said(&mut self, lane: usize, session: Session, tag: Tag, number: u64) {
        let under_way = self.under_way.entry((lane, session)).or_default();
        if under_way.len() == MOST_UNDER_WAY {
            under_way.pop_front();
        }
        under_way.push_back((tag, number));
    }

    /// A message arrived. Returns its number; `None`: nobody said it on this session.
    pub(super) fn heard(&mut self, lane: usize, session: Session, tag: Tag) -> Option<u64> {
        let end = self.ends.get(&(lane, session))?;
        let (other, pair) = (end.other, end.pair.or_else(|| self.newest.get(&(end.other, lane)).copied())?);
        let under_way = self.under_way.get_mut(&(other, pair))?;
        let found = under_way.iter().position(|(said, _)| *said == tag)?;
        let (_, number) = under_way.remove(found)?;
        for (here, there, named) in [(lane, session, pair), (other, pair, session)] {
            if let Some(end) = self.ends.get_mut(&(here, there)) {
                end.pair = Some(named);
            }
        }
        Some(number)
    }
}

/// What tells a request from others of its session.
pub(super) fn request_tag(request: &Request) -> Tag {
    match &request.body {
        RequestBody::Subscribe { kind, .. } => tag(request.lane, &("subscribe", kind.as_str())),
        RequestBody::SubscribeAll { .. } => tag(request.lane, &"subscribe all"),
        RequestBody::Ack { kind, nonce } => tag(request.lane, &("ack", kind.as_str(), &nonce.0)),
        RequestBody::Nack { kind, nonce, .. } => tag(request.lane, &("nack", kind.as_str(), &nonce.0)),
        RequestBody::Beat { .. } => tag(request.lane, &"beat"),
    }
}

/// What tells a response from others of its session.
pub(super) fn response_tag(response: &Response) -> Tag {
    match &response.body {
        ResponseBody::Resources { kind, nonce, .. } => tag(response.lane, &("resources", kind.as_str(), &nonce.0)),
        ResponseBody::History { .. } => tag(response.lane, &"history"),
        ResponseBody::Beat { .. } => tag(response.lane, &"beat"),
    }
}

fn tag(lane: Lane, what: &impl Hash) -> Tag {
    let mut hasher = DefaultHasher::new();
    (lane, what).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::Wire;
    use strait_core::sync::Session;

    #[test]
    fn what_a_cut_took_away_is_not_taken_for_what_is_said_again() {
        let mut wire = Wire::default();
        for session in [Session(1), Session(2)] {
            wire.opened(0, session, 1);
            wire.said(0, session, 7, session.0);
        }
        // The zone numbers it otherwise: the first never reached it.
        wire.opened(1, Session(9), 0);
        assert_eq!(wire.heard(1, Session(9), 7), Some(2));
        assert_eq!(wire.heard(1, Session(9), 7), None, "it was said once");
        assert_eq!(wire.other(1, Session(9)), Some(0));
    }

    #[test]
    fn what_waited_for_a_heal_is_known_although_a_newer_session_has_begun() {
        let mut wire = Wire::default();
        wire.opened(0, Session(1), 1);
        wire.opened(1, Session(1), 0);
        wire.said(0, Session(1), 7, 1);
        assert_eq!(wire.heard(1, Session(1), 7), Some(1));
        wire.said(0, Session(1), 8, 2);
        wire.opened(0, Session(2), 1);
        assert_eq!(wire.heard(1, Session(1), 8), Some(2));
    }
}
