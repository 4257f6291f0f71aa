//! Rotation of an authority with overlap: another one takes its place, and at no moment is there a valid certificate of which somebody who is to
//! believe it does not know the authority.
//!
//! | phase | who signs | who is trusted | it ends when |
//! | --- | --- | --- | --- |
//! | making | the old one | the old one | the new one is made |
//! | spreading | the old one | both | global has acknowledged the `MeshTrust`, the overlap has passed since, and the zone's own proxies have taken it |
//! | reissuing | the new one | both | the last certificate of the old one has run out |
//!
//! Each is stored before anything follows from it. The key of the old one is gone once it signs no more, its certificate from the `MeshTrust` at the
//! end. Times are counted while this process runs, by the clock that nobody sets: of each, what has passed is stored every ten minutes, so that after a
//! restart so much is waited for again at most.
//!
//! | file | what |
//! | --- | --- |
//! | `record` | one rotation, and what of it is durable |
//! | `begin` | an operator wants one |
//! | `trust` | what the `MeshTrust` says meanwhile |
//! | `shown` | how far it is |
mod begin;
mod record;
mod shown;
mod trust;

pub(super) use record::Rotation;

use super::{ZoneNode, certificates::Domain};
use crate::{
    machine::Out,
    node::ZoneEffect,
    records::{self, Writes},
    time::Mono,
};
use record::Phase;

/// What follows for the zone.
enum Next {
    Nothing,
    /// Look again: something has become different.
    Again,
    /// Say in the `MeshTrust` who is trusted.
    Say,
    /// The new one signs from now on.
    Sign,
    /// It is over. What no longer counts is taken out of the `MeshTrust` first.
    End(String),
    /// It is over, and nothing was said of it yet.
    Drop,
}

impl ZoneNode {
    /// Brings rotations on as far as they get now.
    pub(super) fn rotate(&mut self, now: Mono, out: &mut Out<ZoneEffect>) {
        if self.certificates.rotations.is_empty() {
            return;
        }
        let domains: Vec<Domain> = self.certificates.rotations.keys().cloned().collect();
        for domain in domains {
            while self.turn(now, &domain, out) {}
            self.show_rotation(&domain, out);
        }
    }

    /// One step of one rotation. `false`: it gets no further now.
    fn turn(&mut self, now: Mono, domain: &Domain, out: &mut Out<ZoneEffect>) -> bool {
        let Some(rotation) = self.certificates.rotations.get_mut(domain) else { return false };
        rotation.count(now);
        if std::mem::take(&mut rotation.changed) {
            let mut writes = Writes::default();
            writes.put(records::rotation(&domain.0, &domain.1), &rotation.stored);
            self.outbox.store(writes, out);
        }
        match self.next(now, domain) {
            Next::Nothing => return false,
            Next::Again => {}
            Next::Say => return self.say_trust(now, domain, out),
            Next::Sign => self.sign_by_the_new_one(now, domain, out),
            Next::Drop => self.forget_rotation(domain, out),
            Next::End(gone) => match self.distrust(now, domain, &gone, out) {
                Ok(()) => {
                    tracing::info!(identity = %domain.0, trust_domain = domain.1, "an authority is rotated: nothing vouched for by the old one is trusted any more");
                    self.forget_rotation(domain, out);
                }
                Err(why) => self.unsaid(now, domain, why),
            },
        }
        true
    }

    fn next(&mut self, now: Mono, domain: &Domain) -> Next {
        let is_wanted = self.catalog.get(&domain.0).or_else(|| self.replica.get(&domain.0)).is_some();
        let lacks = self.lacks_trust(domain);
        let acknowledged = self.is_acknowledged(domain);
        let Some(rotation) = self.certificates.rotations.get_mut(domain) else { return Next::Nothing };
        if !lacks && matches!(rotation.stored.phase, Phase::Spreading { .. }) {
            rotation.unsaid = None;
        }
        let (may_try, overlap_ms) = (rotation.is_to_be_tried(now), rotation.stored.overlap_ms);
        match &mut rotation.stored.phase {
            // Nobody is anybody by it any more.
            Phase::Making if !is_wanted => Next::Drop,
            Phase::Making => Next::Nothing,
            Phase::Spreading { next, .. } if !is_wanted && may_try => Next::End(next.certificate.clone()),
            Phase::Spreading { .. } if lacks => {
                rotation.was_unsaid();
                if may_try { Next::Say } else { Next::Nothing }
            }
            Phase::Spreading { left_ms: left @ None, .. } if acknowledged => {
                *left = Some(overlap_ms);
                (rotation.counted, rotation.changed) = (now, true);
                Next::Again
            }
            // Global may have gone since, or may have been brought back to where it did not know of it: others may not know then.
            Phase::Spreading { left_ms: Some(0), .. } if acknowledged && self.proxies.behind_in_trust(domain.0.mesh.as_ref()).is_none() => {
                Next::Sign
            }
            Phase::Spreading { .. } => Next::Nothing,
            Phase::Reissuing { left_ms: 0, old, .. } if may_try => Next::End(old.clone()),
            Phase::Reissuing { .. } => Next::Nothing,
        }
    }

    fn sign_by_the_new_one(&mut self, now: Mono, domain: &Domain, out: &mut Out<ZoneEffect>) {
        let old = self.certificates.authorities.get(domain).map(|old| (old.authority.certificate.clone(), old.life()));
        let Some(rotation) = self.certificates.rotations.get_mut(domain) else { return };
        let (certificate, life) = old.clone().unwrap_or_default();
        let Some(next) = rotation.sign(now, certificate, life) else { return };
        // All in one batch. The key of the old one goes with its record.
        let mut writes = Writes::default();
        match old {
            Some(_) => writes.put(records::rotation(&domain.0, &domain.1), &rotation.stored),
            None => {
                // Its key was lost, and nobody knows whose certificates are in use: what was said of it stays.
                self.certificates.rotations.remove(domain);
                writes.delete(records::rotation(&domain.0, &domain.1));
            }
        }
        writes.put(records::authority(&domain.0, &domain.1), self.certificates.signs_from_now_on(now, domain, next));
        self.outbox.store(writes, out);
    }

    fn forget_rotation(&mut self, domain: &Domain, out: &mut Out<ZoneEffect>) {
        self.certificates.rotations.remove(domain);
        let mut writes = Writes::default();
        writes.delete(records::rotation(&domain.0, &domain.1));
        self.outbox.store(writes, out);
    }
}
