//! What operators decide: whose history is the truth, and who is let in.
use super::{GlobalEffect, GlobalNode};
use crate::{
    machine::Out,
    node::{EditRefused, Operation, Ticket, WaitReason},
    records::{self, Writes},
    resource::ZoneName,
    sync::{Dialect, Position, peer},
    time::Mono,
};

impl GlobalNode {
    pub(super) fn operate(&mut self, now: Mono, ticket: Ticket, operation: Operation, out: &mut Out<GlobalEffect>) {
        match operation {
            Operation::Adopt => self.adopt(now, out),
            Operation::AdoptZone(name) => self.adopt_zone(now, &name, out),
            Operation::Admit(name) => self.admit(now, name, out),
            Operation::Enable(_) | Operation::Disable(_) | Operation::Remove(_) if self.store_failure.is_some() => {
                let why = self.store_failure.map(|why| why.to_string()).unwrap_or_default();
                return self.done(ticket, Err(EditRefused::Store(why)), out);
            }
            Operation::Enable(name) => self.enable(now, &name, out),
            Operation::Disable(name) => self.disable(now, &name, out),
            Operation::Remove(name) => self.remove(now, &name, out),
            Operation::Rotate { .. } => {
                let refused = EditRefused::Operation(format!("`{operation}` is for a zone control plane"));
                return self.done(ticket, Err(refused), out);
            }
        }
        self.done(ticket, Ok(self.catalog.head()), out);
    }

    /// This history is the truth: what zones hold beyond it is given up, and they are reset to it.
    fn adopt(&mut self, now: Mono, out: &mut Out<GlobalEffect>) {
        let mut writes = Writes::default();
        let held: Vec<Position> = self.zones.values().filter_map(|zone| zone.peer.held_by_other()).collect();
        for position in held {
            self.catalog.abandon(position, &mut writes);
        }
        if std::mem::take(&mut self.unadopted) {
            writes.delete(records::unadopted());
        }
        self.outbox.store(writes, out);
        let names: Vec<ZoneName> = self.zones.keys().cloned().collect();
        for name in names {
            let Some(zone) = self.zones.get_mut(&name) else {
                continue;
            };
            zone.peer.reconsider(&self.catalog);
            if let Some(talk) = zone.peer.talk().filter(|talk| talk.dialect == Dialect::Strait) {
                self.respond(talk.session, peer::history(self.catalog.lineage()), out);
            }
            self.provide(now, &name, false, out);
        }
    }

    /// What this zone announces now is the truth, although its history has forked.
    fn adopt_zone(&mut self, now: Mono, name: &ZoneName, out: &mut Out<GlobalEffect>) {
        let Some(zone) = self.zones.get_mut(name) else {
            return;
        };
        if !zone.peer.is_frozen() && zone.record.claimant.is_none() {
            // Nothing waits for this. Kept in mind, it would hold for what nobody has seen yet.
            return;
        }
        zone.peer.adopt();
        zone.record.adopting = true;
        zone.record.supersede();
        let mut writes = Writes::default();
        writes.put(records::zone(name), &zone.record);
        self.outbox.store(writes, out);
        if self.waits(name) != Some(WaitReason::NotAdmitted) {
            self.subscribe(name, out);
        }
        self.provide(now, name, false, out);
    }

    /// A plain Kuma zone is answered from now on.
    fn admit(&mut self, now: Mono, name: ZoneName, out: &mut Out<GlobalEffect>) {
        let zone = self.zone(&name);
        if zone.record.admitted {
            return;
        }
        zone.record.admitted = true;
        let mut writes = Writes::default();
        writes.put(records::zone(&name), &zone.record);
        let waits_here = zone.peer.talk().is_some_and(|talk| talk.dialect == Dialect::Kuma);
        self.outbox.store(writes, out);
        if waits_here {
            self.subscribe(&name, out);
        }
        self.provide(now, &name, false, out);
    }
}
