//! How what is said gets to the other end: through windows, and over links that may take their time.
//!
//! A plain link takes everything at once. One with a rate takes from the kernels what it carries, in turns, one connection after
//! the other; what is sent while a way is cut stays in the kernel until the heal.
use super::{
    ModelWorld,
    agenda::{Happening, HostId},
    connection::{ConnectionId, EndState, Frame, Side},
    flow::Chunk,
};
use std::{ops::Bound, time::Duration};
use strait_core::sync::Message;
use strait_scenarios::world::Link;

/// A process is told at most so often that more of a message has come.
const TOLD_EVERY: Duration = Duration::from_secs(1);
/// What a connection costs to begin: TCP, HTTP/2's settings, the question who is there. In bytes.
const DIAL_BYTES: u64 = 500;
/// A packet with nothing in it.
const BARE_BYTES: u64 = 40;

impl ModelWorld {
    /// A process says something.
    pub(super) fn speak(&mut self, id: ConnectionId, from: Side, message: Message, bytes: u64) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.end(from).flow.say(message, bytes);
            self.push(id, from);
        }
    }

    /// A kernel says something.
    pub(super) fn send(&mut self, id: ConnectionId, from: Side, frame: Frame) {
        let bytes = if matches!(frame, Frame::Dial | Frame::Accepted) { DIAL_BYTES } else { BARE_BYTES };
        self.hand_over(id, from, Chunk { bytes, lane: None, frame: Some(frame) });
    }

    /// Hands over to the kernel what there is room for.
    fn push(&mut self, id: ConnectionId, from: Side) {
        loop {
            let Some(connection) = self.connections.get_mut(&id) else {
                return;
            };
            let wire = &mut self.wires[connection.zone - 1];
            let hears = !connection.end(from).deaf && wire.cuts.get(from.reached_by()).is_none();
            let most = wire.pipe(from.other()).turn_bytes();
            let now = self.now;
            let flow = &mut connection.end(from).flow;
            if hears {
                flow.settle(now);
            }
            let Some(chunk) = flow.next(most) else {
                if let Some(at) = flow.room_at().filter(|_| hears && !flow.looks) {
                    flow.looks = true;
                    self.agenda.add(at.max(now), Happening::Room { connection: id, at: from });
                }
                return;
            };
            self.most_under_way = self.most_under_way.max(flow.unread_bytes());
            self.hand_over(id, from, chunk);
        }
    }

    /// This end may know by now that the other has read more.
    pub(super) fn room(&mut self, id: ConnectionId, at: Side) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.end(at).flow.looks = false;
            self.push(id, at);
        }
    }

    fn hand_over(&mut self, id: ConnectionId, from: Side, chunk: Chunk) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        if connection.end(from.other()).deaf {
            return;
        }
        let zone = connection.zone;
        let kernel = &mut connection.end(from).flow.kernel;
        if self.wires[zone - 1].pipe(from.other()).link().rate.is_none() && kernel.is_empty() {
            return self.transmit(id, from, chunk);
        }
        kernel.push_back(chunk);
        self.carry(zone, from.other());
    }

    /// Puts it on the link.
    fn transmit(&mut self, id: ConnectionId, from: Side, chunk: Chunk) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let at = self.wires[connection.zone - 1].pipe(from.other()).put(self.now, chunk.bytes);
        let at = connection.end(from.other()).will_hear(at, chunk);
        self.agenda.add(at, Happening::Arrival { connection: id, at: from.other() });
    }

    // ---- links that have a rate ------------------------------------------------------------------

    pub(super) fn clear(&mut self, zone: HostId, to: Side) {
        self.wire(zone).way(to).looks = false;
        self.carry(zone, to);
    }

    /// Puts on one way of a link what waits for it in kernels, until it is no longer clear.
    pub(super) fn carry(&mut self, zone: HostId, to: Side) {
        if self.wire(zone).cuts.get(to.reached_by()).is_some() {
            return;
        }
        let now = self.now;
        while self.wire(zone).pipe(to).is_clear(now) {
            let Some((id, chunk)) = self.next_in_turn(zone, to) else {
                return;
            };
            self.transmit(id, to.other(), chunk);
            self.forget_if_over(id);
        }
        let way = self.wire(zone).way(to);
        if !std::mem::replace(&mut way.looks, true) {
            let at = way.pipe.clear_at();
            self.agenda.add(at, Happening::Clear { zone, to });
        }
    }

    /// The connections of a link have their turns one after the other.
    fn next_in_turn(&mut self, zone: HostId, to: Side) -> Option<(ConnectionId, Chunk)> {
        let connections = &mut self.connections;
        let wire = &mut self.wires[zone - 1];
        let last = wire.way(to).served;
        let after = wire.connections.range((Bound::Excluded(last), Bound::Unbounded));
        let before = wire.connections.range(..=last);
        let found = after.chain(before).copied().find_map(|id| {
            let chunk = connections.get_mut(&id)?.end(to.other()).flow.kernel.pop_front()?;
            Some((id, chunk))
        });
        if let Some((id, _)) = &found {
            wire.way(to).served = *id;
        }
        found
    }

    /// A link is like this from now on.
    pub(super) fn change_wire(&mut self, zone: HostId, link: Link) {
        for to in Side::BOTH {
            self.wire(zone).pipe(to).become_like(link);
            self.carry(zone, to);
        }
    }

    // ---- reading -----------------------------------------------------------------------------------

    /// The process reads what has come, and the other end will know.
    pub(super) fn read(&mut self, id: ConnectionId, at: Side, chunk: &Chunk) {
        let (Some(connection), Some(lane)) = (self.connections.get_mut(&id), chunk.lane) else {
            return;
        };
        let wire = &mut self.wires[connection.zone - 1];
        let known_at = self.now.after(wire.pipe(at.other()).link().delay);
        let flow = &mut connection.end(at.other()).flow;
        flow.has_read(lane, chunk.bytes, known_at);
        if flow.waiting_bytes() > 0 && !std::mem::replace(&mut flow.looks, true) {
            self.agenda.add(known_at, Happening::Room { connection: id, at: at.other() });
        }
    }

    /// More of a message has come, and it is not whole yet.
    pub(super) fn receive_part(&mut self, id: ConnectionId, at: Side) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let host = connection.host(at);
        if !self.hosts[host].powered {
            connection.end(at).state = EndState::Gone;
            return;
        }
        if connection.is_silent(at) {
            // The first piece of what a kernel does not know draws a reset, not only the last one.
            connection.end(at).leave();
            return self.send(id, at, Frame::Closed(None));
        }
        let now = self.now;
        let end = connection.end(at);
        if let EndState::Open(session) = end.state
            && now >= end.told_at.after(TOLD_EVERY)
        {
            end.told_at = now;
            self.tell_receiving(host, at, session);
        }
    }
}
