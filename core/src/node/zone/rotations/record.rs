//! One rotation: which phase it is in, how much of a time is left, and what of that is durable.
use super::super::certificates::{Attempt, Domain};
use crate::{
    machine::{Durable, RecoverError},
    node::{Authority, RotationStatus, SHORTEST_OVERLAP},
    records,
    resource::Key,
    time::Mono,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// How often it is stored how much of a time has passed.
const STORED_EVERY: Duration = Duration::from_secs(600);
/// So much longer than a certificate is valid it is waited for its end: between the moment that a node knows and the one that a certificate says lies some time.
const RUN_OUT: Duration = Duration::from_secs(5);

/// A rotation that is under way.
#[derive(Debug)]
pub(in crate::node::zone) struct Rotation {
    pub(super) stored: Stored,
    /// Up to when what has passed is taken off.
    pub(super) counted: Mono,
    /// Asking for the new authority, or writing what is to be trusted.
    pub(in crate::node::zone) attempt: Attempt,
    /// Why the latter went wrong the last time.
    pub(super) unsaid: Option<String>,
    /// It is different from what is stored.
    pub(super) changed: bool,
    pub(super) shown: Option<RotationStatus>,
}

/// What is durable of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Stored {
    identity: Key,
    trust_domain: String,
    pub(super) overlap_ms: u64,
    pub(super) phase: Phase,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Phase {
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

impl Rotation {
    pub(in crate::node::zone) fn recover(durable: &Durable, now: Mono) -> Result<BTreeMap<Domain, Self>, RecoverError> {
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

    pub(super) fn begin((identity, trust_domain): Domain, overlap: Duration, now: Mono) -> Self {
        let overlap_ms = in_ms(overlap);
        let stored = Stored { identity, trust_domain, overlap_ms, phase: Phase::Making };
        Self { stored, counted: now, attempt: Attempt::At(now, 0), unsaid: None, changed: true, shown: None }
    }

    /// The new authority is to be asked for now.
    pub(in crate::node::zone) fn is_due(&self, now: Mono) -> bool {
        matches!(self.stored.phase, Phase::Making) && matches!(self.attempt, Attempt::At(at, _) if at <= now)
    }

    /// The new authority is made.
    pub(in crate::node::zone) fn made(&mut self, now: Mono, next: Authority) {
        self.become_so(now, Phase::Spreading { next, left_ms: None });
    }

    /// Certificates of authorities that are to be trusted beside the one that signs.
    pub(in crate::node::zone) fn trusted_beside(&self) -> Option<&str> {
        match &self.stored.phase {
            Phase::Making => None,
            Phase::Spreading { next, .. } => Some(&next.certificate),
            Phase::Reissuing { left_ms: 0, .. } => None,
            Phase::Reissuing { old, .. } => Some(old),
        }
    }

    /// Something was missing in the `MeshTrust`, so that others may have heard that: the overlap begins anew.
    pub(in crate::node::zone) fn was_unsaid(&mut self) {
        if let Phase::Spreading { left_ms, .. } = &mut self.stored.phase {
            self.changed |= left_ms.take().is_some();
        }
    }

    /// A certificate was signed by the old one after all.
    pub(in crate::node::zone) fn was_signed_by_the_old_one(&mut self, now: Mono) {
        if let Phase::Reissuing { life_ms, left_ms, .. } = &mut self.stored.phase {
            *left_ms = *life_ms;
            (self.counted, self.changed) = (now, true);
        }
    }

    /// The new one signs from now on. As long as this a certificate of the old one may be valid.
    pub(super) fn sign(&mut self, now: Mono, old: String, life: Duration) -> Option<Authority> {
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

    pub(in crate::node::zone) fn deadline(&self) -> Option<Mono> {
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
    pub(super) fn count(&mut self, now: Mono) {
        let passed = now.since(self.counted);
        if let Phase::Spreading { left_ms: Some(left_ms), .. } | Phase::Reissuing { left_ms, .. } = &mut self.stored.phase
            && *left_ms > 0
            && passed >= STORED_EVERY.min(Duration::from_millis(*left_ms))
        {
            *left_ms = left_ms.saturating_sub(in_ms(passed));
            (self.counted, self.changed) = (now, true);
        }
    }

    pub(super) fn is_to_be_tried(&self, now: Mono) -> bool {
        matches!(self.attempt, Attempt::At(at, _) if at <= now)
    }
}

fn in_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
