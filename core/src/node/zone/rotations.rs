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
use super::{
    ZoneNode,
    certificates::{Attempt, Domain, trust_key},
};
use crate::{
    machine::{Durable, Out, RecoverError},
    node::{
        Authority, Change, EditOutcome, EditRefused, ObservationChange, RotationPhase, RotationStatus, RotationWait, SHORTEST_OVERLAP,
        ZoneEffect,
    },
    records::{self, Writes},
    resource::{Key, Labels, MeshName, Resource, ResourceName, Spec},
    time::Mono,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// How often it is stored how much of a time has passed.
const STORED_EVERY: Duration = Duration::from_secs(600);
/// So much longer than a certificate is valid it is waited for its end: between the moment that a node knows and the one that a certificate says lies some time.
const RUN_OUT: Duration = Duration::from_secs(5);

/// A rotation that is under way.
#[derive(Debug)]
pub(super) struct Rotation {
    stored: Stored,
    /// Up to when what has passed is taken off.
    counted: Mono,
    /// Asking for the new authority, or writing what is to be trusted.
    pub(super) attempt: Attempt,
    /// Why the latter went wrong the last time.
    unsaid: Option<String>,
    /// It is different from what is stored.
    changed: bool,
    shown: Option<RotationStatus>,
}

/// What is durable of it.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    identity: Key,
    trust_domain: String,
    overlap_ms: u64,
    phase: Phase,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Phase {
    Making,
    Spreading {
        next: Authority,
        /// Of the overlap; `None`: global has not acknowledged that the new one is trusted.
        left_ms: Option<u64>,
    },
    Reissuing {
        /// The certificate of the old one.
        old: String,
        /// As long as a certificate of it may be valid.
        life_ms: u64,
        /// Of that.
        left_ms: u64,
    },
}

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

impl Rotation {
    pub(super) fn recover(durable: &Durable, now: Mono) -> Result<BTreeMap<Domain, Self>, RecoverError> {
        let mut rotations = BTreeMap::new();
        for (key, _, bytes) in records::below(durable, records::ROTATIONS) {
            let mut stored: Stored = records::parse(key, bytes)?;
            if let Phase::Spreading { left_ms: Some(left_ms), .. } = &mut stored.phase {
                // Proxies have to come back, and be told.
                *left_ms = (*left_ms).max(in_ms(SHORTEST_OVERLAP));
            }
            let domain = (stored.identity.clone(), stored.trust_domain.clone());
            let (attempt, unsaid, changed, shown) = (Attempt::At(now, 0), None, false, None);
            rotations.insert(domain, Self { stored, counted: now, attempt, unsaid, changed, shown });
        }
        Ok(rotations)
    }

    fn begin((identity, trust_domain): Domain, overlap: Duration, now: Mono) -> Self {
        let overlap_ms = in_ms(overlap);
        let stored = Stored { identity, trust_domain, overlap_ms, phase: Phase::Making };
        Self { stored, counted: now, attempt: Attempt::At(now, 0), unsaid: None, changed: true, shown: None }
    }

    /// The new authority is to be asked for now.
    pub(super) fn is_due(&self, now: Mono) -> bool {
        matches!(self.stored.phase, Phase::Making) && matches!(self.attempt, Attempt::At(at, _) if at <= now)
    }

    /// The new authority is made.
    pub(super) fn made(&mut self, now: Mono, next: Authority) {
        self.become_so(now, Phase::Spreading { next, left_ms: None });
    }

    /// Certificates of authorities that are to be trusted beside the one that signs.
    pub(super) fn trusted_beside(&self) -> Option<&str> {
        match &self.stored.phase {
            Phase::Making => None,
            Phase::Spreading { next, .. } => Some(&next.certificate),
            Phase::Reissuing { left_ms: 0, .. } => None,
            Phase::Reissuing { old, .. } => Some(old),
        }
    }

    /// Something was missing in the `MeshTrust`, so that others may have heard that: the overlap begins anew.
    pub(super) fn was_unsaid(&mut self) {
        if let Phase::Spreading { left_ms, .. } = &mut self.stored.phase {
            self.changed |= left_ms.take().is_some();
        }
    }

    /// A certificate was signed by the old one after all.
    pub(super) fn was_signed_by_the_old_one(&mut self, now: Mono) {
        if let Phase::Reissuing { life_ms, left_ms, .. } = &mut self.stored.phase {
            *left_ms = *life_ms;
            (self.counted, self.changed) = (now, true);
        }
    }

    /// The new one signs from now on. As long as this a certificate of the old one may be valid.
    fn sign(&mut self, now: Mono, old: String, life: Duration) -> Option<Authority> {
        let life_ms = in_ms(life.saturating_add(RUN_OUT));
        match std::mem::replace(&mut self.stored.phase, Phase::Making) {
            Phase::Spreading { next, .. } => {
                self.become_so(now, Phase::Reissuing { old, life_ms, left_ms: life_ms });
                Some(next)
            }
            other => {
                self.stored.phase = other;
                None
            }
        }
    }

    fn become_so(&mut self, now: Mono, phase: Phase) {
        self.stored.phase = phase;
        (self.counted, self.attempt, self.unsaid, self.changed) = (now, Attempt::At(now, 0), None, true);
    }

    pub(super) fn deadline(&self) -> Option<Mono> {
        let asked = if let Attempt::At(at, _) = self.attempt { Some(at) } else { None };
        match &self.stored.phase {
            Phase::Making => asked,
            Phase::Spreading { left_ms: None, .. } => asked.filter(|_| self.unsaid.is_some()),
            Phase::Spreading { left_ms: Some(0), .. } => None,
            Phase::Reissuing { left_ms: 0, .. } => asked,
            Phase::Spreading { left_ms: Some(left_ms), .. } | Phase::Reissuing { left_ms, .. } => {
                Some(self.counted.after(Duration::from_millis(*left_ms).min(STORED_EVERY)))
            }
        }
    }

    /// Takes off what has passed, once that is all or is worth to be stored.
    fn count(&mut self, now: Mono) {
        let passed = now.since(self.counted);
        if let Phase::Spreading { left_ms: Some(left_ms), .. } | Phase::Reissuing { left_ms, .. } = &mut self.stored.phase
            && *left_ms > 0
            && passed >= STORED_EVERY.min(Duration::from_millis(*left_ms))
        {
            *left_ms = left_ms.saturating_sub(in_ms(passed));
            (self.counted, self.changed) = (now, true);
        }
    }

    fn is_to_be_tried(&self, now: Mono) -> bool {
        matches!(self.attempt, Attempt::At(at, _) if at <= now)
    }
}

fn in_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl ZoneNode {
    /// An operator wants another authority.
    pub(super) fn begin_rotation(
        &mut self,
        now: Mono,
        mesh: &MeshName,
        called: Option<&ResourceName>,
        overlap_seconds: Option<u64>,
        out: &mut Out<ZoneEffect>,
    ) -> EditOutcome {
        let refused = |why: String| Err(EditRefused::Operation(why));
        let asked_for = overlap_seconds.map(Duration::from_secs);
        if asked_for.is_some_and(|overlap| overlap < SHORTEST_OVERLAP) {
            return refused(format!(
                "overlap: must be at least {} s, so that zones that are there hear in time",
                SHORTEST_OVERLAP.as_secs()
            ));
        }
        // One of a trust domain that nobody has any more, and that nobody is to trust, stays so.
        let is_it = |domain: &&Domain| self.is_called(&domain.0, mesh, called) && self.is_in_use(domain);
        let domains: Vec<Domain> = self.certificates.domains().filter(is_it).cloned().collect();
        let identities: BTreeSet<&Key> = domains.iter().map(|(identity, _)| identity).collect();
        if identities.is_empty() {
            let of = called.map(|called| format!(" for MeshIdentity `{called}`")).unwrap_or_default();
            return refused(format!("zone {} has no authority in mesh `{mesh}`{of}: one is made when the first proxy needs it", self.zone));
        }
        if identities.len() > 1 {
            let names: Vec<String> = identities.iter().map(|identity| format!("`{}`", self.called(identity))).collect();
            return refused(format!("name: must be one of {}: mesh `{mesh}` has authorities for each", names.join(", ")));
        }
        if let Some((domain, rotation)) = domains.iter().find_map(|domain| Some((domain, self.certificates.rotations.get(domain)?))) {
            let phase = rotation.shown.as_ref().map_or_else(|| "it has just begun".to_owned(), ToString::to_string);
            return refused(format!("a rotation of the authority of `{}` is under way ({phase}): it has to end before the next", domain.1));
        }
        for domain in domains {
            let overlap = asked_for.unwrap_or_else(|| self.certificates.life(&domain)).max(SHORTEST_OVERLAP);
            tracing::info!(identity = %domain.0, trust_domain = domain.1, overlap_s = overlap.as_secs(), "rotating an authority");
            self.certificates.rotations.insert(domain.clone(), Rotation::begin(domain, overlap, now));
        }
        self.rotate(now, out);
        self.issue(now, out);
        Ok(self.catalog.head())
    }

    /// Whether proxies have certificates of it, or others are told to trust it.
    fn is_in_use(&self, domain: &Domain) -> bool {
        let Some(signs) = self.certificates.authorities.get(domain) else { return false };
        let trust = trust_key(&domain.0, &domain.1).and_then(|key| self.catalog.get(&key)?.spec.value());
        let is_it = |bundle: &Value| bundle["pem"]["value"] == signs.authority.certificate.as_str();
        let is_said = trust.and_then(|spec| spec["caBundles"].as_array()).is_some_and(|bundles| bundles.iter().any(is_it));
        is_said || self.certificates.is_wanted(domain)
    }

    fn called(&self, identity: &Key) -> String {
        let held = self.catalog.get(identity).or_else(|| self.replica.get(identity));
        held.map_or_else(|| identity.name.to_string(), |held| held.display_name().to_owned())
    }

    fn is_called(&self, identity: &Key, mesh: &MeshName, called: Option<&ResourceName>) -> bool {
        let is_it = |called: &ResourceName| identity.name == *called || self.called(identity) == called.as_str();
        identity.mesh.as_ref() == Some(mesh) && called.is_none_or(is_it)
    }

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

    /// Global holds what is to be trusted, as it is said now.
    fn is_acknowledged(&self, domain: &Domain) -> bool {
        trust_key(&domain.0, &domain.1).is_some_and(|key| self.peer.has_taken(&self.catalog, &key))
    }

    fn say_trust(&mut self, now: Mono, domain: &Domain, out: &mut Out<ZoneEffect>) -> bool {
        let said = self.make_trusted(now, domain, out);
        let Some(rotation) = self.certificates.rotations.get_mut(domain) else { return false };
        match said {
            Ok(()) => {
                (rotation.attempt, rotation.unsaid) = (Attempt::At(now, 0), None);
                true
            }
            Err(why) => {
                self.unsaid(now, domain, why);
                false
            }
        }
    }

    fn unsaid(&mut self, now: Mono, domain: &Domain, why: String) {
        if let Some(rotation) = self.certificates.rotations.get_mut(domain) {
            rotation.attempt = rotation.attempt.failed(now);
            rotation.unsaid = Some(why);
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

    /// Takes an authority out of the `MeshTrust`.
    fn distrust(&mut self, now: Mono, domain: &Domain, certificate: &str, out: &mut Out<ZoneEffect>) -> Result<(), String> {
        let key = trust_key(&domain.0, &domain.1).ok_or("its MeshTrust cannot be named")?;
        let Some(spec) = self.catalog.get(&key).and_then(|held| held.spec.value()) else { return Ok(()) };
        let bundles = spec["caBundles"].as_array().cloned().unwrap_or_default();
        let left: Vec<Value> = bundles.iter().filter(|bundle| bundle["pem"]["value"] != certificate).cloned().collect();
        if left.len() == bundles.len() {
            return Ok(());
        }
        let spec = Spec::new(json!({"trustDomain": spec["trustDomain"], "caBundles": left}));
        // It must not be taken for missing: it is trusted no more from here on.
        let rotation = self.certificates.rotations.remove(domain);
        let trust = Resource { key, labels: Labels::new(), spec, status: None };
        let written = self.write(now, vec![Change::Put(trust)], out).map(drop).map_err(|refused| format!("its MeshTrust: {refused}"));
        self.certificates.rotations.extend(rotation.map(|rotation| (domain.clone(), rotation)));
        self.provide(now, false, out);
        written
    }

    /// Shows how far all are.
    pub(super) fn show_rotations(&mut self, out: &mut Out<ZoneEffect>) {
        let domains: Vec<Domain> = self.certificates.rotations.keys().cloned().collect();
        domains.iter().for_each(|domain| self.show_rotation(domain, out));
    }

    fn show_rotation(&mut self, domain: &Domain, out: &mut Out<ZoneEffect>) {
        let (identity, trust_domain) = domain.clone();
        let Some(rotation) = self.certificates.rotations.get(domain) else {
            return self.outbox.observed(ObservationChange::Rotation { identity, trust_domain, status: None }, out);
        };
        let said = |otherwise| rotation.unsaid.clone().map_or(otherwise, RotationWait::Trust);
        let (phase, waits_for) = match &rotation.stored.phase {
            Phase::Making => (RotationPhase::Making, RotationWait::Authority),
            Phase::Spreading { left_ms: None, .. } => (RotationPhase::Spreading, said(RotationWait::Global)),
            Phase::Spreading { left_ms: Some(0), .. } if !self.is_acknowledged(domain) => (RotationPhase::Spreading, RotationWait::Global),
            Phase::Spreading { left_ms: Some(0), .. } => {
                let behind = self.proxies.behind_in_trust(domain.0.mesh.as_ref()).cloned();
                (RotationPhase::Spreading, behind.map_or(RotationWait::Overlap, RotationWait::Proxy))
            }
            Phase::Spreading { .. } => (RotationPhase::Spreading, RotationWait::Overlap),
            Phase::Reissuing { .. } => (RotationPhase::Reissuing, said(RotationWait::Certificates)),
        };
        let status = Some(RotationStatus { phase, waits_for });
        if rotation.shown != status {
            if let Some(rotation) = self.certificates.rotations.get_mut(domain) {
                rotation.shown.clone_from(&status);
            }
            self.outbox.observed(ObservationChange::Rotation { identity, trust_domain, status }, out);
        }
    }
}
