//! One connection between a zone and global: two ends, and what is under way in each direction.
//!
//! Each direction is in order, like a TCP stream: nothing overtakes.
use super::{
    agenda::HostId,
    flow::{Chunk, Flow},
};
use std::{collections::VecDeque, time::Duration};
use strait_core::{
    node::Refusal,
    sync::{Message, Session},
    time::Mono,
};
use strait_scenarios::cuts::Cuts;
use strait_scenarios::world::Direction;

/// Names a connection. Never reused.
pub(super) type ConnectionId = u64;

/// An end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Global,
    Zone,
}

impl Side {
    pub(super) const BOTH: [Self; 2] = [Self::Global, Self::Zone];

    /// The way by which this end is reached.
    pub(super) fn reached_by(self) -> Direction {
        match self {
            Self::Global => Direction::Up,
            Self::Zone => Direction::Down,
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::Global => Self::Zone,
            Self::Zone => Self::Global,
        }
    }
}

/// What travels.
#[derive(Clone, Debug)]
pub(super) enum Frame {
    /// A zone asks for a connection.
    Dial,
    /// Global accepts it.
    Accepted,
    /// Nothing listens on global's host.
    Refused,
    /// Something that the nodes say.
    Message(Box<Message>),
    /// The sender has ended the connection, or its kernel knows of none.
    Closed(Option<Refusal>),
}

/// Where an end stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndState {
    /// The zone waits for an answer, or global has not heard of it.
    Opening,
    /// The process has a session over it.
    Open(Session),
    /// The process has ended it, or has ended itself.
    Gone,
}

/// One end, and what is under way towards it.
#[derive(Debug)]
pub(super) struct End {
    pub(super) state: EndState,
    /// Its own kernel has told the other end that the connection has ended.
    pub(super) farewell: bool,
    /// This way was severed under the connection: nothing reaches this end any more, whatever becomes of the link.
    pub(super) deaf: bool,
    /// The ping that will find the other end dead.
    pub(super) watch: Option<u64>,
    pub(super) arriving: VecDeque<(Mono, Chunk)>,
    /// What has arrived while the process stands still.
    pub(super) kept: VecDeque<Chunk>,
    pub(super) last_arrival: Mono,
    /// What this end says, on its way out.
    pub(super) flow: Flow,
    /// When its process was last told something.
    pub(super) told_at: Mono,
}

impl End {
    fn new() -> Self {
        let (arriving, last_arrival) = (VecDeque::new(), Mono(0));
        Self {
            state: EndState::Opening,
            farewell: false,
            deaf: false,
            watch: None,
            arriving,
            kept: VecDeque::new(),
            last_arrival,
            flow: Flow::default(),
            told_at: Mono(0),
        }
    }

    /// The process is through with it, and the other end knows or will be told. Returns how it stood before.
    pub(super) fn leave(&mut self) -> EndState {
        (self.farewell, self.watch) = (true, None);
        self.flow.forget_waiting();
        self.kept.clear();
        std::mem::replace(&mut self.state, EndState::Gone)
    }

    /// Something is under way that would be here at `at`, if nothing went before it. Returns when it will be.
    pub(super) fn will_hear(&mut self, at: Mono, chunk: Chunk) -> Mono {
        self.last_arrival = at.max(self.last_arrival);
        self.arriving.push_back((self.last_arrival, chunk));
        self.last_arrival
    }

    /// The next of it, if it is here.
    pub(super) fn hears(&mut self, now: Mono) -> Option<Chunk> {
        self.arriving.pop_front_if(|(due, _)| *due <= now).map(|(_, chunk)| chunk)
    }

    /// What should have been here by now arrives after `takes` more, and the rest behind it. Returns when each arrives.
    pub(super) fn delayed(&mut self, now: Mono, takes: Duration) -> Vec<Mono> {
        let mut before = Mono(0);
        for (due, _) in &mut self.arriving {
            *due = if *due <= now { now.after(takes) } else { *due }.max(before);
            before = *due;
        }
        self.last_arrival = self.last_arrival.max(before);
        self.arriving.iter().map(|(due, _)| *due).collect()
    }
}

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) zone: HostId,
    at_global: End,
    at_zone: End,
}

impl Connection {
    pub(super) fn new(zone: HostId) -> Self {
        Self { zone, at_global: End::new(), at_zone: End::new() }
    }

    /// The zone waits for an answer.
    pub(super) fn is_dialing(&self) -> bool {
        self.at_zone.state == EndState::Opening
    }

    /// The kernel has something of it for a process that stands still, and may have no session over it any more, or not yet.
    pub(super) fn is_kept(&self, side: Side) -> bool {
        let end = if side == Side::Global { &self.at_global } else { &self.at_zone };
        !end.kept.is_empty()
    }

    /// This end has vanished without a word.
    pub(super) fn is_silent(&self, side: Side) -> bool {
        let end = if side == Side::Global { &self.at_global } else { &self.at_zone };
        end.state == EndState::Gone && !end.farewell
    }

    pub(super) fn end(&mut self, side: Side) -> &mut End {
        match side {
            Side::Global => &mut self.at_global,
            Side::Zone => &mut self.at_zone,
        }
    }

    pub(super) fn host(&self, side: Side) -> HostId {
        match side {
            Side::Global => super::GLOBAL,
            Side::Zone => self.zone,
        }
    }

    /// What the nodes said that is under way to this end.
    pub(super) fn messages_to(&mut self, side: Side) -> Vec<Message> {
        let arriving = self.end(side).arriving.iter().filter_map(|(_, chunk)| match &chunk.frame {
            Some(Frame::Message(message)) => Some(message.as_ref().clone()),
            _ => None,
        });
        let mut messages: Vec<Message> = arriving.collect();
        messages.extend(self.end(side.other()).flow.messages().cloned());
        messages
    }

    /// Nothing passes one of its ways any more.
    pub(super) fn is_severed(&self) -> bool {
        self.at_global.deaf || self.at_zone.deaf
    }

    /// The link is severed under it, on the way to this end.
    pub(super) fn sever_towards(&mut self, side: Side) {
        self.end(side).deaf = true;
        self.lose_all_towards(side);
    }

    /// Whether what is under way to this end waits for a heal. Global hears of a dial only once its answer has arrived too.
    pub(super) fn is_held_up(&self, side: Side, cuts: Cuts) -> bool {
        let opens = side == Side::Global && self.at_global.state == EndState::Opening;
        cuts.get(side.reached_by()).is_some() || (opens && !cuts.is_whole())
    }

    /// Nobody knows of it any more, and nothing is under way.
    pub(super) fn is_over(&self) -> bool {
        let over = |end: &End| end.state == EndState::Gone && end.arriving.is_empty() && end.kept.is_empty() && end.flow.kernel.is_empty();
        over(&self.at_global) && over(&self.at_zone)
    }

    /// A dial that was still in the kernel of a zone that is gone: global will never hear of the connection.
    pub(super) fn forget_dial_that_never_left(&mut self) {
        let has_not_heard = self.at_global.state == EndState::Opening && self.at_global.arriving.is_empty();
        if has_not_heard && self.at_zone.state == EndState::Gone {
            self.at_global.leave();
        }
    }

    /// Everything under way to this end is lost. If that was the dial, global will never hear of the connection.
    pub(super) fn lose_all_towards(&mut self, side: Side) {
        self.end(side.other()).flow.kernel.clear();
        let end = self.end(side);
        end.arriving.clear();
        if side == Side::Global && end.state == EndState::Opening {
            end.leave();
        }
    }
}
