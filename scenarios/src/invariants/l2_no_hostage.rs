//! L2, no hostage: whatever goes wrong elsewhere, a zone with which nothing is wrong is not kept waiting.
//!
//! That nothing is wrong with a zone is seen in it: it hears global's heartbeats, owes no answer, its answers have reached global, and
//! what it holds is of global's history. All that global says on a session arrives in order. So by the heartbeat after the one that first told of a head, what
//! leads to that head has come or is coming: it was sent at once, or once the transfer before it was answered, or, if nothing of it is
//! for this zone, with the heartbeat that told of it. The bound is thus two round trips and the interval of heartbeats. Between
//! Straits; a plain Kuma has none.
use super::{Broken, Invariant};
use crate::{
    event::{Event, NodeId, What},
    oracle::{
        truth::{Happened, Truth},
        turns::Turn,
    },
    world::{Link, Setup},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use strait_core::{
    node::ObservationChange,
    resource::ZoneName,
    sync::{Dialect, Lane, Nonce, Position, RequestBody, ResponseBody, Session},
    time::Mono,
};

/// What a driver's clock and a disk may add.
const GRACE: Duration = Duration::from_millis(500);
/// A disk that takes longer than this is slow.
const SLOW: Duration = Duration::from_millis(100);

/// L2.
#[derive(Debug)]
pub(super) struct NoHostage {
    round_trips: BTreeMap<ZoneName, Duration>,
    zones: BTreeMap<ZoneName, Hearing>,
    /// Since when global's disk has something to make safe, for which all wait that it says; and when that last took long.
    storing: Option<Mono>,
    stored: Mono,
}

/// What one zone hears on its session.
#[derive(Debug, Default)]
struct Hearing {
    session: Option<Session>,
    /// The first head that it was told of and that nothing has led to yet, and since when.
    told: Option<(Position, Mono)>,
    /// Up to where what came leads.
    led: Option<Position>,
    /// What came and was not answered.
    owes: BTreeSet<Nonce>,
    /// When something of substance last came, or was answered.
    moved: Mono,
    frozen: bool,
}

impl NoHostage {
    /// L2, for a world that begins so.
    pub(super) fn new(setup: &Setup) -> Self {
        let round_trip = |Link { delay, jitter, .. }: &Link| (*delay + *jitter) * 2;
        Self {
            round_trips: setup.links.iter().map(|(zone, link)| (zone.clone(), round_trip(link))).collect(),
            zones: BTreeMap::new(),
            storing: None,
            stored: Mono(0),
        }
    }

    fn turn(&mut self, truth: &Truth, at: Mono, zone: &ZoneName, turn: &Turn<'_>) -> Result<(), String> {
        let slow = self.storing.is_some_and(|since| since.after(SLOW) < at);
        let stored = if slow { at } else { self.stored };
        let within = self.round_trips.get(zone).copied().unwrap_or_default() * 2 + GRACE;
        let hearing = self.zones.entry(zone.clone()).or_default();
        match turn {
            Turn::Opened { session, dialect, .. } => {
                let session = (*dialect == Dialect::Strait).then_some(*session);
                *hearing = Hearing { session, moved: at, frozen: hearing.frozen, ..Hearing::default() };
            }
            Turn::Closed(session) if hearing.session == Some(*session) => hearing.session = None,
            Turn::HeardResponse(session, response) if hearing.session == Some(*session) => match &response.body {
                ResponseBody::Resources { nonce, transfer, .. } => {
                    hearing.owes.insert(nonce.clone());
                    (hearing.moved, hearing.told) = (at, None);
                    hearing.led = transfer.map(|transfer| transfer.upto).or(hearing.led);
                }
                ResponseBody::Beat { head } => {
                    return hearing.beat(truth, at, zone, *head, stored, within);
                }
                // Nothing is compared across an adoption.
                ResponseBody::History { .. } => (hearing.told, hearing.led) = (None, None),
            },
            Turn::SaidRequest(session, request) if hearing.session == Some(*session) => {
                if let RequestBody::Ack { nonce, .. } | RequestBody::Nack { nonce, .. } = &request.body {
                    hearing.owes.remove(nonce);
                    hearing.moved = at;
                }
            }
            Turn::Observed(ObservationChange::Lane { lane: Lane::Down, status, .. }) => hearing.frozen = status.frozen.is_some(),
            _ => {}
        }
        Ok(())
    }
}

impl Hearing {
    fn beat(&mut self, truth: &Truth, at: Mono, zone: &ZoneName, head: Position, stored: Mono, within: Duration) -> Result<(), String> {
        let floor = truth.disks.image(&NodeId::Zone(zone.clone())).and_then(|image| image.floors.get(zone)).copied();
        let leads = |early: Position, late: Position| truth.tree.leads(&NodeId::Global, early, late);
        // Whoever holds nothing of this history, or too little for what global remembers, waits for everything, or for an operator.
        let too_little = |floor: Position| truth.forgotten.since(&NodeId::Global, floor);
        let Some(floor) = floor.filter(|floor| !self.frozen && leads(*floor, head) && !too_little(*floor)) else {
            self.told = None;
            return Ok(());
        };
        let has = |head: Position| leads(head, floor) || self.led.is_some_and(|led| leads(head, led));
        match self.told {
            Some((told, _)) if has(told) => self.told = (!has(head)).then_some((head, at)),
            Some((told, since))
                if self.owes.is_empty()
                    && since.max(self.moved).max(stored).after(within) < at
                    && truth.meter.has_answered(&NodeId::Zone(zone.clone())) =>
            {
                return Err(format!(
                    "{zone} heard at {since} that global's head is {told}; it hears heartbeats, owes no answer, and nothing came"
                ));
            }
            Some(_) => {}
            None => self.told = (!has(head)).then_some((head, at)),
        }
        Ok(())
    }
}

impl Invariant for NoHostage {
    fn id(&self) -> &'static str {
        "L2"
    }

    fn slug(&self) -> &'static str {
        "no-hostage"
    }

    fn see(&mut self, truth: &Truth, Happened { event, turns, .. }: &Happened<'_>) -> Result<(), Broken> {
        if event.node == NodeId::Global {
            let is_storing = event.synced < truth.disks.submitted(&event.node);
            if let Some(since) = self.storing.take_if(|_| !is_storing)
                && since.after(SLOW) < event.at
            {
                self.stored = event.at;
            }
            self.storing = self.storing.or(is_storing.then_some(event.at));
        }
        let Event { node: NodeId::Zone(zone), .. } = event else {
            return Ok(());
        };
        if !truth.disks.is_ours(&event.node) {
            return Ok(());
        }
        if !matches!(event.what, What::Stepped(_) | What::Paused | What::Resumed) {
            self.zones.remove(zone);
        }
        turns.iter().try_for_each(|turn| self.turn(truth, event.at, zone, turn)).map_err(|what| Broken::at(event, what))
    }
}
