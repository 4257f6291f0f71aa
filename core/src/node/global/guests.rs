//! Sessions that are open, and who of several that claim one zone speaks for it.
//!
//! A Strait zone presents its store's lineage: of two, the one that contains the other's last start is the newer process of
//! the same store, and the other a zombie. Where neither contains the other, two control planes claim one name: the later one
//! is refused while the first lives, and an operator decides. Of plain Kuma zones, which present nothing, the newest wins.
use super::{GlobalEffect, GlobalNode, Wake};
use crate::{
    machine::Out,
    node::{ObservationChange, Refusal, SessionStatus},
    records::{self, Writes},
    resource::ZoneName,
    sync::{Dialect, Lineage, Request, RequestBody, Session, clocks},
    time::Mono,
};

/// An open session.
#[derive(Clone, Debug)]
pub(super) struct Guest {
    pub(super) zone: ZoneName,
    dialect: Dialect,
}

enum Claim {
    /// It speaks for the zone.
    Granted,
    /// It does not.
    Refused(Refusal),
}

impl GlobalNode {
    pub(super) fn opened(&mut self, now: Mono, session: Session, zone: ZoneName, dialect: Dialect, out: &mut Out<GlobalEffect>) {
        self.guests.insert(session, Guest { zone: zone.clone(), dialect });
        match dialect {
            Dialect::Kuma => {
                let record = &self.zone(&zone).record;
                if record.store.is_some() && !record.admitted {
                    // A Strait has this name. Whether a plain Kuma, which shows no store, may take it is for an operator.
                    return self.refuse(session, Refusal::NameTaken, out);
                }
                self.speak_for(now, session, &zone, dialect, out);
            }
            // It has to say which store it speaks for, within the time after which a silent session is dead anyway.
            Dialect::Strait => {
                self.deadlines.set(&Wake::Guest(session), Some((now.after(clocks::DEAD_AFTER), "a session that asks for nothing")))
            }
        }
    }

    /// More of a message has come from a zone that speaks for itself.
    pub(super) fn receiving(&mut self, now: Mono, session: Session, out: &mut Out<GlobalEffect>) {
        let Some(name) = self.guests.get(&session).map(|guest| guest.zone.clone()) else {
            return;
        };
        if let Some(zone) = self.zones.get_mut(&name).filter(|zone| zone.peer.is_on(session)) {
            zone.peer.receiving(now);
            self.tell(&name, out);
        }
    }

    /// The zone for which a session speaks; decides about a Strait session when it first asks.
    pub(super) fn speaker(&mut self, now: Mono, session: Session, request: &Request, out: &mut Out<GlobalEffect>) -> Option<ZoneName> {
        let guest = self.guests.get(&session)?.clone();
        if self.zones.get(&guest.zone).is_some_and(|zone| zone.peer.is_on(session)) {
            return Some(guest.zone);
        }
        if let RequestBody::Beat { .. } = &request.body {
            // A zone whose store is slow to take its first record is alive, but has not asked yet.
            return None;
        }
        let RequestBody::SubscribeAll { hello, .. } = &request.body else {
            self.refuse(session, Refusal::Protocol("the first request of a session must ask for everything".to_owned()), out);
            return None;
        };
        let Some(lineage) = &hello.lineage else {
            self.refuse(session, Refusal::Protocol("the first request must carry the history of the zone's store".to_owned()), out);
            return None;
        };
        if !hello.features.contains("hash-suffix") {
            self.refuse(session, Refusal::TooOld("feature hash-suffix".to_owned()), out);
            return None;
        }
        match self.claim(&guest.zone, lineage, out) {
            Claim::Refused(why) => {
                self.refuse(session, why, out);
                None
            }
            Claim::Granted => {
                self.deadlines.set(&Wake::Guest(session), None);
                self.speak_for(now, session, &guest.zone, guest.dialect, out);
                Some(guest.zone)
            }
        }
    }

    fn claim(&mut self, name: &ZoneName, claimant: &Lineage, out: &mut Out<GlobalEffect>) -> Claim {
        let zone = self.zone(name);
        if zone.record.is_removed(claimant) {
            if zone.record.note_start(claimant) {
                let mut writes = Writes::default();
                writes.put(records::zone(name), &zone.record);
                self.outbox.store(writes, out);
            }
            return Claim::Refused(Refusal::Removed);
        }
        let is_known = zone.record.store.as_ref().is_some_and(|known| claimant.contains_newest_start_of(known));
        if !is_known && claimant.starts().any(|epoch| zone.record.superseded.contains(&epoch)) {
            return Claim::Refused(Refusal::Superseded);
        }
        let lives = zone.peer.talk().is_some();
        let mut record = zone.record.clone();
        match &zone.record.store {
            Some(known) if claimant.contains_newest_start_of(known) => {
                // Whoever else claimed the name meanwhile is not who speaks now.
                (record.store, record.claimant) = (Some(claimant.clone()), None);
            }
            Some(known) if known.contains_newest_start_of(claimant) => return Claim::Refused(Refusal::Superseded),
            Some(_) if lives => return Claim::Refused(Refusal::NameTaken),
            // Another store under this name, while nobody speaks for it. What it announces is frozen until an operator decides.
            Some(_) => record.claimant = Some(claimant.clone()),
            None => record.store = Some(claimant.clone()),
        }
        if record != zone.record {
            zone.record = record;
            let mut writes = Writes::default();
            writes.put(records::zone(name), &zone.record);
            self.outbox.store(writes, out);
        }
        Claim::Granted
    }

    /// This session speaks for the zone; another one that did is superseded.
    fn speak_for(&mut self, now: Mono, session: Session, name: &ZoneName, dialect: Dialect, out: &mut Out<GlobalEffect>) {
        if let Some(before) = self.zones.get(name).and_then(|zone| zone.peer.talk()) {
            self.refuse(before.session, Refusal::Superseded, out);
        }
        let epoch = self.catalog.lineage().newest_epoch();
        if let Some(zone) = self.zones.get_mut(name) {
            zone.peer.begin(now, session, dialect, epoch);
        }
        self.outbox.observed(ObservationChange::Opened { zone: name.clone(), status: SessionStatus { session, dialect } }, out);
        if self.waits(name) != Some(crate::node::WaitReason::NotAdmitted) {
            self.subscribe(name, out);
        }
        self.tell(name, out);
    }

    pub(super) fn closed(&mut self, session: Session, why: &str, out: &mut Out<GlobalEffect>) {
        self.deadlines.set(&Wake::Guest(session), None);
        let Some(guest) = self.guests.remove(&session) else {
            return;
        };
        if let Some(zone) = self.zones.get_mut(&guest.zone).filter(|zone| zone.peer.is_on(session)) {
            zone.peer.end();
            self.snapshots.leave(&guest.zone);
            self.deadlines.set(&Wake::Line, self.snapshots.deadline());
            self.outbox.observed(ObservationChange::Ended { zone: guest.zone.clone(), why: why.to_owned() }, out);
            self.tell(&guest.zone, out);
        }
    }

    /// Ends a session with a reason.
    pub(super) fn refuse(&mut self, session: Session, why: Refusal, out: &mut Out<GlobalEffect>) {
        let Some(guest) = self.guests.get(&session) else {
            return;
        };
        tracing::info!(%session, zone = %guest.zone, %why, "session refused");
        let refused = ObservationChange::Refused { zone: guest.zone.clone(), why: why.to_string() };
        self.closed(session, &why.to_string(), out);
        self.outbox.observed(refused, out);
        self.outbox.effect(GlobalEffect::Close { session, why }, out);
    }
}
