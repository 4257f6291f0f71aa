//! L2, no hostage: whatever goes wrong elsewhere, a zone with which nothing is wrong is not kept waiting.
//!
//! That nothing is wrong with a zone is seen in it: it hears global's heartbeats, owes no answer, all that it said has reached global, and
//! what it holds is of global's history. All that global says on a session arrives in order. So what leads to a head that a heartbeat told of
//! was said before the next heartbeat: at once, or once the transfer before it was answered, or, if nothing of it is
//! for this zone, with the heartbeat itself. The bound is thus the interval of heartbeats, as global says them: over a slow line they arrive
//! late, and close together. Between Straits; a plain Kuma has none.
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
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};
use strait_core::{
    node::ObservationChange,
    resource::ZoneName,
    sync::{Dialect, Lane, Nonce, Position, Request, RequestBody, ResponseBody, Session},
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
    calls: Calls,
    /// Since when global's disk has something to make safe, for which all wait that it says; and when that last took long.
    storing: Option<Mono>,
    stored: Mono,
}

/// What one zone hears on its session.
#[derive(Debug, Default)]
struct Hearing {
    session: Option<Session>,
    /// The first head that it was told of and that nothing has led to yet, and when global said so.
    told: Option<(Position, Mono)>,
    /// Up to where what came leads.
    led: Option<Position>,
    /// What came and was not answered.
    owes: BTreeSet<Nonce>,
    /// How much it has asked and answered on this session.
    said: u64,
    frozen: bool,
    /// What its process understands, as it last said, and whether that of the session before understood something else: then it is
    /// sent everything, for which zones wait in line.
    understands: Option<BTreeSet<String>>,
    anew: bool,
}

/// Global's ends of the sessions of zones. A newer one may be refused while the older lives.
#[derive(Debug, Default)]
struct Calls(BTreeMap<Session, (ZoneName, Call)>);

#[derive(Debug, Default)]
struct Call {
    /// The heartbeats that were said and not heard yet.
    beats: VecDeque<Beat>,
    /// How much of what the zone said has arrived, and when the last of it did.
    heard: u64,
    moved: Mono,
}

/// A heartbeat, as global said it.
#[derive(Clone, Copy, Debug)]
struct Beat {
    head: Position,
    at: Mono,
    /// When global's disk had last taken long by then.
    stored: Mono,
}

impl NoHostage {
    /// L2, for a world that begins so.
    pub(super) fn new(setup: &Setup) -> Self {
        let round_trip = |Link { delay, jitter, .. }: &Link| (*delay + *jitter) * 2;
        Self {
            round_trips: setup.links.iter().map(|(zone, link)| (zone.clone(), round_trip(link))).collect(),
            zones: BTreeMap::new(),
            calls: Calls::default(),
            storing: None,
            stored: Mono(0),
        }
    }

    fn turn(&mut self, truth: &Truth, at: Mono, zone: &ZoneName, turn: &Turn<'_>) -> Result<(), String> {
        let hearing = self.zones.entry(zone.clone()).or_default();
        match turn {
            Turn::Opened { session, dialect, .. } => {
                let session = (*dialect == Dialect::Strait).then_some(*session);
                let frozen = hearing.frozen;
                hearing.forget();
                (hearing.session, hearing.frozen) = (session, frozen);
            }
            Turn::Closed(session) if hearing.session == Some(*session) => hearing.session = None,
            Turn::HeardResponse(session, response) if hearing.session == Some(*session) => match &response.body {
                ResponseBody::Resources { nonce, transfer, .. } => {
                    hearing.owes.insert(nonce.clone());
                    hearing.told = None;
                    hearing.anew &= transfer.is_some_and(|transfer| transfer.from.is_none() && !transfer.last);
                    hearing.led = transfer.map(|transfer| transfer.upto).or(hearing.led);
                }
                ResponseBody::Beat { head } => {
                    let within = self.round_trips.get(zone).copied().unwrap_or_default() * 2 + GRACE;
                    // Of a session that was not seen to begin, it is not known when anything was said.
                    let heard = self.calls.last(zone).and_then(|call| Some((call.hear(*head)?, call)));
                    match heard {
                        Some((beat, call)) => {
                            return hearing.beat(truth, zone, beat, call, within).map_err(|why| format!("at {at}, {why}"));
                        }
                        None => hearing.told = None,
                    }
                }
                // Nothing is compared across an adoption.
                ResponseBody::History { .. } => (hearing.told, hearing.led) = (None, None),
            },
            Turn::SaidRequest(session, request) if hearing.session == Some(*session) && is_of_substance(request) => {
                hearing.said += 1;
                if let RequestBody::SubscribeAll { hello, .. } = &request.body {
                    let before = hearing.understands.replace(hello.features.clone());
                    hearing.anew |= before.is_some_and(|before| before != hello.features);
                }
                if let RequestBody::Ack { nonce, .. } | RequestBody::Nack { nonce, .. } = &request.body {
                    hearing.owes.remove(nonce);
                }
            }
            Turn::Observed(ObservationChange::Lane { lane: Lane::Down, status, .. }) => hearing.frozen = status.frozen.is_some(),
            _ => {}
        }
        Ok(())
    }
}

impl Hearing {
    /// Forgets all but what outlives sessions and processes.
    fn forget(&mut self) {
        *self = Self { anew: self.anew, understands: self.understands.take(), ..Self::default() };
    }

    fn beat(&mut self, truth: &Truth, zone: &ZoneName, beat: Beat, call: &Call, within: Duration) -> Result<(), String> {
        let (head, who) = (beat.head, NodeId::Zone(zone.clone()));
        let floor = truth.disks.image(&who).and_then(|image| image.floors.get(zone)).copied();
        let leads = |early: Position, late: Position| truth.tree.leads(&NodeId::Global, early, late);
        // Whoever holds nothing of this history, or too little for what global remembers, or understands something else now, waits for
        // everything, or for an operator.
        let too_little = |floor: Position| truth.forgotten.since(&NodeId::Global, floor);
        let Some(floor) = floor.filter(|floor| !self.frozen && !self.anew && leads(*floor, head) && !too_little(*floor)) else {
            self.told = None;
            return Ok(());
        };
        let has = |head: Position| leads(head, floor) || self.led.is_some_and(|led| leads(head, led));
        let has_answered = self.owes.is_empty() && self.said == call.heard && truth.meter.has_answered(&who);
        match self.told {
            Some((told, since)) if !has(told) => {
                if has_answered && since.max(call.moved).max(beat.stored).after(within) < beat.at {
                    let since = format!("it was told at {since} that global's head is {told}");
                    return Err(format!("{since}, hears heartbeats of {}, owes no answer, and nothing came", beat.at));
                }
            }
            _ => self.told = (!has(head)).then_some((head, beat.at)),
        }
        Ok(())
    }
}

impl Calls {
    /// Takes in what global did. `caller`: who opened a session, where the zone's name alone does not say.
    fn turn(&mut self, at: Mono, stored: Mono, caller: Option<&NodeId>, turn: &Turn<'_>) {
        match turn {
            Turn::Opened { session, zone, .. } if caller.is_none_or(|caller| matches!(caller, NodeId::Zone(_))) => {
                self.0.insert(*session, ((*zone).clone(), Call { moved: at, ..Call::default() }));
            }
            Turn::Closed(session) => _ = self.0.remove(session),
            Turn::HeardRequest(session, request) if is_of_substance(request) => {
                if let Some(call) = self.of(*session) {
                    (call.heard, call.moved) = (call.heard + 1, at);
                }
            }
            Turn::SaidResponse(session, response) => {
                if let (ResponseBody::Beat { head }, Some(call)) = (&response.body, self.of(*session)) {
                    call.beats.push_back(Beat { head: *head, at, stored });
                }
            }
            _ => {}
        }
    }

    fn of(&mut self, session: Session) -> Option<&mut Call> {
        self.0.get_mut(&session).map(|(_, call)| call)
    }

    /// The last session of a zone that was not ended.
    fn last(&mut self, zone: &ZoneName) -> Option<&mut Call> {
        self.0.values_mut().rev().find(|(whose, _)| whose == zone).map(|(_, call)| call)
    }
}

impl Call {
    /// The heartbeat that a zone heard: they arrive in order.
    fn hear(&mut self, head: Position) -> Option<Beat> {
        while let Some(beat) = self.beats.pop_front() {
            if beat.head == head {
                return Some(beat);
            }
        }
        None
    }
}

/// Whether this asks for something or answers something.
fn is_of_substance(request: &Request) -> bool {
    !matches!(request.body, RequestBody::Beat { .. })
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
            let slow = self.storing.is_some_and(|since| since.after(SLOW) < event.at);
            let stored = if slow { event.at } else { self.stored };
            turns.iter().for_each(|turn| self.calls.turn(event.at, stored, event.caller.as_ref(), turn));
            if !matches!(event.what, What::Stepped(_) | What::Paused | What::Resumed | What::Workload(_)) {
                self.calls = Calls::default();
            }
        }
        let Event { node: NodeId::Zone(zone), .. } = event else {
            return Ok(());
        };
        if !truth.disks.is_ours(&event.node) {
            return Ok(());
        }
        if !matches!(event.what, What::Stepped(_) | What::Paused | What::Resumed | What::Workload(_)) {
            // What a later process understands is compared with what this one did.
            self.zones.entry(zone.clone()).and_modify(Hearing::forget);
        }
        turns.iter().try_for_each(|turn| self.turn(truth, event.at, zone, turn)).map_err(|what| Broken::at(event, what))
    }
}
