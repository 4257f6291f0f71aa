//! Towards a Strait: one transfer at a time, over all kinds, from what the peer holds to the head.
use super::{
    Nonces, Refused,
    outgoing::{Outgoing, UnderWay},
    window::Window,
};
use crate::{
    resource::WireKey,
    sync::{Nonce, Position, ResponseBody, Staged, Standing, catalog::Catalog, filter::Audience},
    time::Mono,
};
use std::collections::VecDeque;

/// So often a peer may ask on one session without answering what it is sent: each time brings it a history and a window.
const MOST_ASKS: u32 = 8;

/// What the peer said that it holds.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) held: Option<Position>,
    pub(crate) staged: Option<Staged>,
    pub(crate) rejected: Vec<WireKey>,
}

/// What is sent to one Strait peer, across its sessions.
#[derive(Debug, Default)]
pub(crate) struct StraitProvider {
    /// The peer has said what it holds, in this session.
    asked: bool,
    /// It has said so in any session of this process.
    has_spoken: bool,
    /// How often it has said so without answering anything.
    asks: u32,
    held: Option<Position>,
    /// What it holds was sent by what it understood at another time: it is sent everything once more.
    owes_whole: bool,
    /// From what it holds up to this sequence, nothing is for it. So an edit that is not for it costs what was edited since the last
    /// one, not since the peer's position last moved.
    nothing_upto: Option<u64>,
    standing: Option<Standing>,
    outgoing: Option<Outgoing>,
    /// Parts of transfers that were given up in this session, in the order in which they will be answered: they fill the window as others do.
    abandoned: VecDeque<UnderWay>,
    refused: Refused,
    window: Window,
    nonces: Nonces,
}

impl StraitProvider {
    /// The peer's session ended. What was sent is forgotten, but not the transfer itself.
    pub(crate) fn end_session(&mut self) {
        self.asked = false;
        self.standing = None;
        self.asks = 0;
        let is_under_way = self.outgoing.as_ref().is_some_and(Outgoing::is_under_way) || !self.abandoned.is_empty();
        self.window.end_session(is_under_way);
        self.abandoned.clear();
        if let Some(outgoing) = &mut self.outgoing {
            outgoing.end_session();
        }
    }

    /// A session begins, in which responses are called so.
    pub(crate) fn begin_session(&mut self, nonces: Nonces) {
        self.nonces = nonces;
    }

    /// The peer says what it holds. `Err`: it does so again and again, and takes nothing of what that brings it.
    pub(crate) fn ask(&mut self, asked: Asked, catalog: &Catalog, audience: &Audience, now: Mono) -> Result<(), String> {
        self.asks += 1;
        if self.asks > MOST_ASKS {
            return Err(format!("it asked {} times for everything and answered nothing", self.asks));
        }
        (self.asked, self.has_spoken) = (true, true);
        (self.held, self.nothing_upto) = (asked.held, None);
        self.standing = asked.held.map(|held| catalog.lineage().standing(held));
        // Only what there is: a peer's list does not fill our memory.
        for key in asked.rejected.into_iter().filter(|key| catalog.entry_named(key).is_some()) {
            self.refused.add(key, now);
        }
        let resumed = asked.staged.and_then(|staged| self.resume(staged, catalog, audience));
        self.outgoing = resumed;
        Ok(())
    }

    /// Whether what the peer is about to say that it holds lacks something, or has too much, because of what it understood when it
    /// was sent. `now_differs`: it has just become so, and what was prepared for it is out of date.
    pub(crate) fn owe_whole(&mut self, is_owed: bool, now_differs: bool) {
        (self.owes_whole, self.nothing_upto) = (is_owed, None);
        let given_up = self.outgoing.take_if(|_| now_differs);
        self.abandoned.extend(given_up.into_iter().flat_map(Outgoing::give_up));
    }

    /// From where the peer can be brought to the head by what changed since. `None`: it needs everything.
    fn delta_from(&self, catalog: &Catalog) -> Option<Position> {
        catalog.delta_from(self.held.filter(|_| !self.owes_whole))
    }

    /// What the peer last said or acknowledged to hold.
    pub(crate) fn held(&self) -> Option<Position> {
        self.held
    }

    /// Up to where this peer has heard of what went; if it needs everything anyway, of all. Unknown before it first spoke.
    pub(crate) fn heard_upto(&self) -> Option<u64> {
        let contained = self.held.filter(|_| self.standing.is_none_or(|standing| standing == Standing::Contained));
        self.has_spoken.then(|| contained.map_or(u64::MAX, |held| held.seq))
    }

    /// Whether the peer has acknowledged all that was written at this sequence or before.
    pub(crate) fn has_taken(&self, seq: u64) -> bool {
        let contained = self.standing.is_none_or(|standing| standing == Standing::Contained);
        self.asked && contained && !self.owes_whole && self.held.is_some_and(|held| held.seq >= seq)
    }

    /// The peer's history, seen from ours.
    pub(crate) fn standing(&self) -> Option<Standing> {
        self.standing
    }

    /// An operator adopted: what the peer holds may now be part of a stretch that was given up.
    pub(crate) fn reconsider(&mut self, catalog: &Catalog) {
        self.nothing_upto = None;
        if self.asked {
            self.standing = self.held.map(|held| catalog.lineage().standing(held));
        }
    }

    /// Whether the peer is sent everything, or would be next.
    pub(crate) fn needs_everything(&self, catalog: &Catalog) -> bool {
        let is_whole = match &self.outgoing {
            Some(outgoing) => outgoing.from.is_none(),
            None => self.delta_from(catalog).is_none(),
        };
        self.asked && self.standing != Some(Standing::Forked) && is_whole
    }

    /// Whether the peer holds everything and nothing is under way.
    pub(crate) fn is_settled(&self, catalog: &Catalog) -> bool {
        self.asked && self.outgoing.is_none() && !self.owes_whole && self.held == Some(catalog.head())
    }

    /// What waits to be offered again.
    pub(crate) fn refused(&self) -> impl Iterator<Item = &WireKey> {
        // What was refused of earlier parts counts before the last is answered.
        self.refused.keys().chain(self.outgoing.iter().flat_map(|outgoing| &outgoing.refused))
    }

    /// When to offer again what was refused. Whoever needs everything is offered it with that, however long it waits for its turn.
    pub(crate) fn next_retry(&self, catalog: &Catalog) -> Option<Mono> {
        let may_begin = self.asked && self.outgoing.is_none() && self.standing != Some(Standing::Forked);
        self.refused.next_due().filter(|_| may_begin && !self.needs_everything(catalog))
    }

    /// What to send now. `even_nothing`: also say so when nothing of it is for this peer, so that its position follows the head.
    pub(crate) fn pump(&mut self, catalog: &Catalog, audience: &Audience, even_nothing: bool, now: Mono) -> Vec<ResponseBody> {
        if !self.asked || self.standing == Some(Standing::Forked) {
            return Vec::new();
        }
        // What the peer may no longer hold is not sent on, though it belongs to an earlier position.
        let given_up = self.outgoing.take_if(|outgoing| !outgoing.is_all_sent() && catalog.has_turned(audience, outgoing.upto.seq));
        self.abandoned.extend(given_up.into_iter().flat_map(Outgoing::give_up));
        if self.outgoing.is_none() {
            self.outgoing = self.begin(catalog, audience, even_nothing, now);
        }
        let Some(outgoing) = &mut self.outgoing else {
            return Vec::new();
        };
        outgoing.send(now, &self.window, &self.abandoned, &mut self.nonces)
    }

    /// The peer acknowledged, refusing what is named. With its last part, the peer holds the whole transfer.
    pub(crate) fn answered(&mut self, nonce: &Nonce, rejected: &[WireKey], now: Mono) {
        if let Some(index) = self.abandoned.iter().position(|part| part.nonce == *nonce) {
            self.abandoned.drain(..=index);
            return;
        }
        let Some(outgoing) = &mut self.outgoing else {
            return;
        };
        if outgoing.answered(nonce, rejected, now, &mut self.window) {
            self.asks = 0;
            self.abandoned.clear();
        }
        if let Some(done) = self.outgoing.take_if(|outgoing| outgoing.is_complete()) {
            self.settle(done, now);
        }
    }

    fn settle(&mut self, done: Outgoing, now: Mono) {
        for key in done.keys().filter(|key| !done.refused.contains(*key)) {
            self.refused.settle(key);
        }
        for key in done.refused {
            self.refused.add(key, now);
        }
        (self.held, self.nothing_upto) = (Some(done.upto), None);
        self.owes_whole &= done.from.is_some();
        self.standing = Some(Standing::Contained);
    }

    fn begin(&mut self, catalog: &Catalog, audience: &Audience, even_nothing: bool, now: Mono) -> Option<Outgoing> {
        let upto = catalog.head();
        let from = self.delta_from(catalog);
        let retries: Vec<WireKey> = self.refused.due(now).cloned().collect();
        if let Some(from) = from.filter(|_| retries.is_empty() && !even_nothing) {
            let since = self.nothing_upto.unwrap_or(from.seq);
            if since == upto.seq || catalog.news(audience, Some(since)).next().is_none() {
                self.nothing_upto = Some(upto.seq);
                return None;
            }
        }
        let mut transfer = Outgoing::since(catalog, from, audience);
        let again = retries.iter().filter_map(|key| catalog.entry_named(key));
        transfer.add_again(again.filter(|entry| catalog.is_for(audience, entry)));
        for key in &retries {
            match catalog.entry_named(key) {
                Some(_) => self.refused.offered(key, now),
                None => drop(self.refused.settle(key)),
            }
        }
        let behind = from != Some(upto);
        if transfer.is_empty() && !(behind && (even_nothing || from.is_none())) {
            return None;
        }
        Some(transfer)
    }

    /// Goes on with a transfer whose first parts the peer has set aside, if we can still give the rest of the very same.
    fn resume(&mut self, staged: Staged, catalog: &Catalog, audience: &Audience) -> Option<Outgoing> {
        let same = |outgoing: &Outgoing| {
            outgoing.from == staged.from && outgoing.upto == staged.upto && !catalog.has_turned(audience, outgoing.upto.seq)
        };
        let outgoing = match self.outgoing.take().filter(same) {
            Some(outgoing) => outgoing,
            // After a restart of ours, equal ends give equal transfers.
            None if staged.upto == catalog.head() && staged.from == self.delta_from(catalog) => {
                Outgoing::since(catalog, staged.from, audience)
            }
            None => return None,
        };
        outgoing.resume(staged)
    }
}
