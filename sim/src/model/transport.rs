//! What connections do, and who notices what.
//!
//! As with TCP between kernels: the kernel of a killed process says so, a dead host says nothing, and a kernel that is asked
//! about a connection it does not know answers with a reset. Behind a cut nobody hears anything until a ping stays unanswered.
use super::{
    ModelWorld,
    agenda::{Happening, HostId},
    connection::{Connection, ConnectionId, EndState, Frame, Side},
    flow::Flow,
};
use rand::RngExt;
use std::collections::BTreeSet;
use strait_core::{
    Step,
    node::{DialError, Refusal, ZoneInput},
    sync::clocks,
    time::Mono,
};
use strait_scenarios::cuts::Cuts;
use strait_scenarios::world::{CutHow, Direction};

impl ModelWorld {
    pub(super) fn arrival(&mut self, id: ConnectionId, at: Side) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        if connection.is_held_up(at, self.wires[connection.zone - 1].cuts) {
            // It waits for the heal.
            return;
        }
        let end = connection.end(at);
        if let Some(chunk) = end.hears(self.now) {
            // What a process has not taken up yet goes first.
            end.kept.push_back(chunk);
            self.taken_up(id, at);
        }
    }

    pub(super) fn receive(&mut self, id: ConnectionId, at: Side, frame: Frame) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let host = connection.host(at);
        if !self.hosts[host].powered {
            connection.end(at).state = EndState::Gone;
            return;
        }
        if matches!(frame, Frame::Closed(_)) {
            // Whatever came to the other end now would be answered with a reset, after which a kernel sends nothing more of it.
            connection.end(at).flow.kernel.clear();
        }
        match (connection.end(at).state, frame) {
            (EndState::Opening, Frame::Dial) => self.accept(id),
            (EndState::Opening, Frame::Accepted) => self.accepted(id, host),
            (EndState::Opening, frame) => {
                connection.end(at).leave();
                if at == Side::Zone {
                    let refused = matches!(frame, Frame::Refused);
                    let why = if refused { DialError::Refused } else { DialError::Failed("the connection was reset".to_owned()) };
                    self.step_zone(host, Step::Input(ZoneInput::Dialed(Err(why))));
                }
            }
            (EndState::Open(session), Frame::Message(message)) => {
                connection.end(at).told_at = self.now;
                self.deliver(host, at, session, *message);
            }
            (EndState::Open(session), Frame::Closed(why)) => {
                connection.end(at).leave();
                self.hosts[host].sessions.remove(&session);
                self.tell_closed(host, at, session, why);
            }
            (EndState::Gone, Frame::Message(_) | Frame::Accepted | Frame::Dial) if connection.is_silent(at) => {
                connection.end(at).leave();
                self.send(id, at, Frame::Closed(None));
            }
            (EndState::Open(_) | EndState::Gone, _) => {}
        }
    }

    /// One end is through with the connection, and its kernel says so. Behind a cut, what waited is lost with it.
    pub(super) fn finish(&mut self, id: ConnectionId, at: Side, why: Option<Refusal>) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let host = connection.host(at);
        if let EndState::Open(session) = connection.end(at).leave() {
            self.hosts[host].sessions.remove(&session);
        }
        let cuts = self.wires[connection.zone - 1].cuts;
        for side in Side::BOTH {
            if connection.is_held_up(side, cuts) {
                connection.lose_all_towards(side);
            }
        }
        self.send(id, at, Frame::Closed(why));
        self.forget_if_over(id);
    }

    pub(super) fn forget_if_over(&mut self, id: ConnectionId) {
        if let Some(connection) = self.connections.get(&id).filter(|connection| connection.is_over()) {
            self.wires[connection.zone - 1].connections.remove(&id);
            self.connections.remove(&id);
        }
    }

    // ---- pings -----------------------------------------------------------------------------------

    /// From now on this end hears nothing. Its last ping was answered some time ago, and one will stay unanswered.
    pub(super) fn watch(&mut self, id: ConnectionId, at: Side) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let zone = connection.zone;
        let end = connection.end(at);
        if !matches!(end.state, EndState::Open(_)) || end.watch.is_some() {
            return;
        }
        self.last_watch += 1;
        end.watch = Some(self.last_watch);
        let (soonest, latest) = (clocks::PING_TIMEOUT.as_millis() as u64, (clocks::PING_EVERY + clocks::PING_TIMEOUT).as_millis() as u64);
        let due = Mono(self.now.0 + self.wires[zone - 1].rng.random_range(soonest..=latest));
        self.agenda.add(due, Happening::PingTimeout { connection: id, at, watch: self.last_watch });
    }

    pub(super) fn ping_timeout(&mut self, id: ConnectionId, at: Side, watch: u64) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let host = connection.host(at);
        let end = connection.end(at);
        if let (true, EndState::Open(session)) = (end.watch == Some(watch), end.state) {
            self.finish(id, at, None);
            self.tell_closed(host, at, session, None);
        }
    }

    // ---- faults of links -------------------------------------------------------------------------

    pub(super) fn cut_wire(&mut self, zone: HostId, way: Direction, how: CutHow) {
        let wire = self.wire(zone);
        wire.cuts.set(way, how);
        for id in wire.connections.clone() {
            if let Some(connection) = self.connections.get_mut(&id).filter(|_| how == CutHow::Sever) {
                let cut_off = Side::BOTH.into_iter().filter(|side| side.reached_by() == way);
                cut_off.for_each(|side| connection.sever_towards(side));
            }
            // A ping needs both ways.
            self.watch(id, Side::Global);
            self.watch(id, Side::Zone);
            self.forget_if_over(id);
        }
    }

    pub(super) fn heal_wire(&mut self, zone: HostId) {
        let wire = self.wire(zone);
        wire.cuts = Cuts::default();
        for id in wire.connections.clone() {
            for at in Side::BOTH {
                let takes = self.wire(zone).pipe(at).takes();
                let Some(connection) = self.connections.get_mut(&id) else {
                    continue;
                };
                let answers = self.hosts[connection.host(at.other())].paused.is_none();
                if answers && !connection.is_severed() && !connection.is_silent(at.other()) {
                    connection.end(at).watch = None;
                }
                for due in connection.end(at).delayed(self.now, takes) {
                    self.agenda.add(due, Happening::Arrival { connection: id, at });
                }
                self.agenda.add(self.now.after(takes), Happening::Room { connection: id, at });
            }
        }
        Side::BOTH.into_iter().for_each(|to| self.carry(zone, to));
    }

    // ---- faults of hosts -------------------------------------------------------------------------

    /// The kernel ends the connections of a process that is no more.
    pub(super) fn close_all(&mut self, host: HostId) {
        for (id, at) in self.connections_of(host) {
            self.finish(id, at, None);
        }
    }

    /// The host says nothing any more. What it had not brought over the link is lost.
    pub(super) fn fall_silent(&mut self, host: HostId) {
        for (id, at) in self.connections_of(host) {
            if let Some(connection) = self.connections.get_mut(&id) {
                let end = connection.end(at);
                (end.state, end.watch, end.flow) = (EndState::Gone, None, Flow::default());
                end.kept.clear();
                connection.forget_dial_that_never_left();
                if connection.is_held_up(at.other(), self.wires[connection.zone - 1].cuts) {
                    connection.lose_all_towards(at.other());
                }
            }
            self.watch(id, at.other());
            self.forget_if_over(id);
        }
        self.hosts[host].sessions.clear();
    }

    /// The connections that a host's process knows of.
    fn connections_of(&mut self, host: HostId) -> Vec<(ConnectionId, Side)> {
        if host == super::GLOBAL {
            // What has come and was not taken up is reset with the rest.
            let kept = self.connections.iter().filter_map(|(id, connection)| connection.is_kept(Side::Global).then_some(*id));
            let all: BTreeSet<ConnectionId> = kept.chain(self.hosts[host].sessions.values().copied()).collect();
            return all.into_iter().map(|id| (id, Side::Global)).collect();
        }
        let connections = &mut self.connections;
        let is_known = |id: &&ConnectionId| {
            let known = |one: &mut Connection| one.end(Side::Zone).state != EndState::Gone || one.is_kept(Side::Zone);
            connections.get_mut(id).is_some_and(known)
        };
        self.wires[host - 1].connections.iter().filter(is_known).map(|id| (*id, Side::Zone)).collect()
    }
}
