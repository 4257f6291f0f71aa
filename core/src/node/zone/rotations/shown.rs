//! How far rotations are, as anyone may know it.
use super::{
    super::{ZoneNode, certificates::Domain},
    record::Phase,
};
use crate::{
    machine::Out,
    node::{ObservationChange, RotationPhase, RotationStatus, RotationWait, ZoneEffect},
};

impl ZoneNode {
    /// Shows how far all are.
    pub(in crate::node::zone) fn show_rotations(&mut self, out: &mut Out<ZoneEffect>) {
        let domains: Vec<Domain> = self.certificates.rotations.keys().cloned().collect();
        domains.iter().for_each(|domain| self.show_rotation(domain, out));
    }

    pub(super) fn show_rotation(&mut self, domain: &Domain, out: &mut Out<ZoneEffect>) {
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
