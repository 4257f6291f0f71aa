//! Links, and the sessions over them: how they begin, what is said on them, how they end.
use super::{
    ModelWorld,
    agenda::{Happening, HostId},
    connection::{Connection, ConnectionId, EndState, Frame, Side},
};
use crate::pipe::Pipe;
use rand::rngs::ChaCha8Rng;
use std::{collections::BTreeSet, time::Duration};
use strait_core::{
    Seed, Step,
    node::{DialError, GlobalInput, Refusal, ZoneInput},
    sync::{Dialect, Message, ResponseBody, Session, clocks},
};
use strait_scenarios::cuts::Cuts;
use strait_scenarios::{event::NodeId, world::Link};

/// Held-back messages arrive, under their old session, when their zone's next one has just begun, and again when that has long been going.
const LATE_AFTER: [Duration; 2] = [Duration::from_millis(1), Duration::from_secs(1)];
/// Between Straits, whose positions tell, resources of the old session are then replayed as if the new one said them.
const REPLAYED_AFTER: Duration = Duration::from_secs(2);

/// The link between global and one zone.
pub(super) struct Wire {
    down: Way,
    up: Way,
    pub(super) cuts: Cuts,
    pub(super) rng: ChaCha8Rng,
    pub(super) connections: BTreeSet<ConnectionId>,
    late: Option<Late>,
}

/// One way of a link.
pub(super) struct Way {
    pub(super) pipe: Pipe,
    /// It will be looked again when the pipe is clear.
    pub(super) looks: bool,
    /// The connection that had its turn last.
    pub(super) served: ConnectionId,
}

/// Copies of what global says on one session, to arrive again when that is long over.
struct Late {
    connection: ConnectionId,
    session: Session,
    messages: Vec<Message>,
}

impl Wire {
    pub(super) fn new(link: Link, seed: Seed) -> Self {
        let way = |name: &str| Way { pipe: Pipe::new(link, seed.fork(name).rng()), looks: false, served: 0 };
        Self { down: way("down"), up: way("up"), cuts: Cuts::default(), rng: seed.rng(), connections: BTreeSet::new(), late: None }
    }

    /// What was kept to arrive later never does.
    pub(super) fn forget_late(&mut self) {
        self.late = None;
    }

    /// The way to an end.
    pub(super) fn way(&mut self, to: Side) -> &mut Way {
        match to {
            Side::Global => &mut self.up,
            Side::Zone => &mut self.down,
        }
    }

    /// The pipe to an end.
    pub(super) fn pipe(&mut self, to: Side) -> &mut Pipe {
        &mut self.way(to).pipe
    }
}

impl ModelWorld {
    // ---- beginning -------------------------------------------------------------------------------

    pub(super) fn dial(&mut self, zone: HostId) {
        self.last_connection += 1;
        let id = self.last_connection;
        let mut connection = Connection::new(zone);
        if self.wire(zone).cuts.loses() {
            // The question or its answer is lost, and what TCP asks again is left out: the dial's time runs out.
            Side::BOTH.into_iter().for_each(|side| connection.sever_towards(side));
        }
        self.connections.insert(id, connection);
        self.wire(zone).connections.insert(id);
        self.send(id, Side::Zone, Frame::Dial);
        self.agenda.add(self.now.after(clocks::DIAL_TIMEOUT), Happening::DialTimeout(id));
    }

    pub(super) fn dial_timeout(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.get(&id).filter(|connection| connection.is_dialing()) else {
            return;
        };
        let zone = connection.zone;
        self.finish(id, Side::Zone, None);
        self.step_zone(zone, Step::Input(ZoneInput::Dialed(Err(DialError::TimedOut))));
    }

    /// A dial has reached global's host.
    pub(super) fn accept(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let zone = connection.zone;
        let global = &mut self.hosts[super::GLOBAL];
        if global.process.is_none() {
            connection.end(Side::Global).leave();
            return self.send(id, Side::Global, Frame::Refused);
        }
        let session = global.new_session(id);
        connection.end(Side::Global).state = EndState::Open(session);
        let hears_nothing = connection.is_silent(Side::Zone) || connection.is_severed();
        self.send(id, Side::Global, Frame::Accepted);
        if hears_nothing || self.hosts[zone].paused.is_some() || !self.wire(zone).cuts.is_whole() {
            self.watch(id, Side::Global);
        }
        let dialect = self.dialect_with(zone);
        if let Some(zone) = self.hosts[zone].id.zone().cloned() {
            self.step_global(Step::Input(GlobalInput::Opened { session, zone, dialect }));
        }
    }

    /// Global's answer has reached the zone.
    pub(super) fn accepted(&mut self, id: ConnectionId, zone: HostId) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let session = self.hosts[zone].new_session(id);
        connection.end(Side::Zone).state = EndState::Open(session);
        let hears_nothing = connection.is_silent(Side::Global) || connection.is_severed();
        // What was cut while the answer waited for a process that stood still is noticed as if it were cut now.
        if hears_nothing || self.hosts[super::GLOBAL].paused.is_some() || !self.wire(zone).cuts.is_whole() {
            self.watch(id, Side::Zone);
        }
        let dialect = self.dialect_with(zone);
        self.step_zone(zone, Step::Input(ZoneInput::Dialed(Ok((session, dialect)))));
        self.deliver_late(zone, id);
    }

    /// Who dialled the session that opens.
    pub(super) fn caller(&self, step: &Step<GlobalInput>) -> Option<NodeId> {
        let Step::Input(GlobalInput::Opened { session, .. }) = step else {
            return None;
        };
        let connection = self.connections.get(self.hosts[super::GLOBAL].sessions.get(session)?)?;
        Some(self.hosts[connection.zone].id.clone())
    }

    fn dialect_with(&self, zone: HostId) -> Dialect {
        // Kuma's is the smaller one, which both understand.
        self.hosts[super::GLOBAL].dialect().min(self.hosts[zone].dialect())
    }

    // ---- talking -----------------------------------------------------------------------------------

    /// A node says something on a session. Nothing, if the session has ended.
    pub(super) fn say(&mut self, from: HostId, session: Session, message: impl FnOnce() -> Message) {
        let Some(id) = self.hosts[from].sessions.get(&session).copied() else {
            return;
        };
        let Some(zone) = self.connections.get(&id).map(|connection| connection.zone) else {
            return;
        };
        let side = if from == super::GLOBAL { Side::Global } else { Side::Zone };
        let message = message();
        let bytes = self.scale.message(&message);
        if let Some(late) = self.wire(zone).late.as_mut().filter(|late| side == Side::Global && late.connection == id) {
            late.messages.push(message.clone());
        }
        self.speak(id, side, message, bytes);
    }

    /// A message has reached the session's node.
    pub(super) fn deliver(&mut self, host: HostId, at: Side, session: Session, message: Message) {
        match at {
            Side::Zone => self.step_zone(host, Step::Input(for_zone(session, message))),
            Side::Global => self.step_global(Step::Input(match message {
                Message::Request(request) => GlobalInput::Request(session, request),
                Message::Response(response) => GlobalInput::Response(session, response),
            })),
        }
    }

    /// A node learns that more of a message has come on a session.
    pub(super) fn tell_receiving(&mut self, host: HostId, at: Side, session: Session) {
        match at {
            Side::Global => self.step_global(Step::Input(GlobalInput::Receiving(session))),
            Side::Zone => self.step_zone(host, Step::Input(ZoneInput::Receiving(session))),
        }
    }

    // ---- ending --------------------------------------------------------------------------------------

    /// A node ends a session.
    pub(super) fn hang_up(&mut self, from: HostId, session: Session, why: Option<Refusal>) {
        if let Some(id) = self.hosts[from].sessions.get(&session).copied() {
            self.finish(id, if from == super::GLOBAL { Side::Global } else { Side::Zone }, why);
        }
    }

    /// A node learns that a session has ended.
    pub(super) fn tell_closed(&mut self, host: HostId, at: Side, session: Session, why: Option<Refusal>) {
        match at {
            Side::Global => self.step_global(Step::Input(GlobalInput::Closed { session })),
            Side::Zone => self.step_zone(host, Step::Input(ZoneInput::Closed { session, why })),
        }
    }

    // ---- again, later ----------------------------------------------------------------------------------

    /// Begins to copy what global says on the zone's session, from what is under way.
    pub(super) fn copy_for_later(&mut self, zone: HostId) {
        let Some((session, connection)) = self.hosts[zone].sessions.last_key_value().map(|(session, id)| (*session, *id)) else {
            return;
        };
        let messages = self.connections.get_mut(&connection).map(|connection| connection.messages_to(Side::Zone)).unwrap_or_default();
        self.wire(zone).late = Some(Late { connection, session, messages });
    }

    fn deliver_late(&mut self, zone: HostId, now_on: ConnectionId) {
        let Some(late) = self.wire(zone).late.take_if(|late| late.connection != now_on) else {
            return;
        };
        for after in LATE_AFTER {
            for message in &late.messages {
                let input = Box::new(for_zone(late.session, message.clone()));
                self.agenda.add(self.now.after(after), Happening::Late { zone, input });
            }
        }
        let straits = [zone, super::GLOBAL].iter().all(|host| self.hosts[*host].dialect() == Dialect::Strait);
        let present = self.hosts[zone].sessions.iter().find(|(_, connection)| **connection == now_on).map(|(session, _)| *session);
        if let Some(present) = present.filter(|_| straits) {
            for message in late.messages.into_iter().filter(carries_resources) {
                let input = Box::new(for_zone(present, message));
                self.agenda.add(self.now.after(REPLAYED_AFTER), Happening::Late { zone, input });
            }
        }
    }
}

fn for_zone(session: Session, message: Message) -> ZoneInput {
    match message {
        Message::Request(request) => ZoneInput::Request(session, request),
        Message::Response(response) => ZoneInput::Response(session, response),
    }
}

fn carries_resources(message: &Message) -> bool {
    let Message::Response(response) = message else {
        return false;
    };
    matches!(&response.body, ResponseBody::Resources { put, gone, .. } if !put.is_empty() || !gone.is_empty())
}
