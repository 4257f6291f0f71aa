//! A process that stands still: its kernel takes what arrives, and nobody answers.
//!
//! What the process does not read stays in the windows of its peer, who waits once they are full.
use super::{
    ModelWorld,
    agenda::{Asked, Happening, HostId},
    connection::{ConnectionId, Side},
};
use strait_core::{Lsn, Step, sync::clocks};
use strait_scenarios::event::What;
use strait_shell::store::BatchRefused;

/// What waits for a paused process.
#[derive(Debug, Default)]
pub(super) struct Paused {
    /// How a sync of its disk went that was under way, and how far it was to reach.
    pub(super) synced: Option<(Lsn, Result<(), BatchRefused>)>,
    /// What would have happened in it, in order.
    missed: Vec<Happening>,
}

impl ModelWorld {
    pub(super) fn pause_process(&mut self, id: HostId) {
        let host = &mut self.hosts[id];
        let Some(process) = host.process.as_mut().filter(|_| host.paused.is_none()) else {
            return;
        };
        let wake = process.wake.take();
        host.paused = Some(Paused::default());
        if let Some(slot) = wake {
            self.agenda.remove(slot);
        }
        // It answers no ping.
        for (connection, at) in self.connections_at(id) {
            self.watch(connection, at.other());
        }
        self.happened(id, What::Paused);
    }

    /// As its driver: first what the store reports, then a timer that passed, then what came from outside.
    pub(super) fn resume_process(&mut self, id: HostId) {
        let Some(paused) = self.hosts[id].paused.take() else {
            return;
        };
        self.happened(id, What::Resumed);
        match paused.synced {
            Some((upto, synced)) => self.report_synced(id, upto, synced),
            None => self.stepped(id, None),
        }
        for (connection, at) in self.connections_at(id) {
            self.answers_pings(connection, at);
            let waiting = self.connections.get_mut(&connection).map_or(0, |connection| connection.end(at).kept.len());
            for _ in 0..waiting {
                self.agenda.add(self.now, Happening::TakenUp { connection, at });
            }
        }
        for missed in paused.missed {
            // A ping that is overdue is sent at once, and then has its time.
            let after = if matches!(missed, Happening::PingTimeout { .. }) { clocks::PING_TIMEOUT } else { std::time::Duration::ZERO };
            self.agenda.add(self.now.after(after), missed);
        }
    }

    /// What would happen in a process waits while that is paused.
    pub(super) fn unless_paused(&mut self, what: Happening) -> Option<Happening> {
        let host = match &what {
            Happening::PingTimeout { connection, at, .. } | Happening::Room { connection, at } => {
                self.connections.get(connection).map(|connection| connection.host(*at))
            }
            Happening::DialTimeout(connection) => self.connections.get(connection).map(|connection| connection.zone),
            Happening::Late { zone, .. } => Some(*zone),
            Happening::Asked { host, .. }
            | Happening::Recovers { host, .. }
            | Happening::ProxySays { host, .. }
            | Happening::News { host, .. }
            | Happening::Wrote { host, .. }
            | Happening::Issues { host, .. } => Some(*host),
            _ => None,
        };
        match host.and_then(|host| self.hosts[host].paused.as_mut()) {
            Some(paused) => {
                paused.missed.push(what);
                None
            }
            None => Some(what),
        }
    }

    pub(super) fn asked(&mut self, host: HostId, asked: Asked) {
        match asked {
            Asked::Global(input) => self.step_global(Step::Input(*input)),
            Asked::Zone(input) => self.step_zone(host, Step::Input(*input)),
        }
    }

    /// The next of what its kernel kept for the process.
    pub(super) fn taken_up(&mut self, id: ConnectionId, at: Side) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        if self.hosts[connection.host(at)].paused.is_some() {
            return;
        }
        if let Some(chunk) = connection.end(at).kept.pop_front() {
            self.read(id, at, &chunk);
            match chunk.frame {
                Some(frame) => self.receive(id, at, frame),
                None => self.receive_part(id, at),
            }
            self.forget_if_over(id);
        }
    }

    /// The other end's pings are answered again, if the link lets them through.
    fn answers_pings(&mut self, id: ConnectionId, at: Side) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let is_whole = self.wires[connection.zone - 1].cuts.is_whole();
        if is_whole && !connection.is_severed() && !connection.is_silent(at) {
            connection.end(at.other()).watch = None;
        }
    }

    /// The connections with an end on a host.
    fn connections_at(&self, host: HostId) -> Vec<(ConnectionId, Side)> {
        if host == super::GLOBAL {
            return self.connections.keys().map(|id| (*id, Side::Global)).collect();
        }
        self.wires[host - 1].connections.iter().map(|id| (*id, Side::Zone)).collect()
    }
}
