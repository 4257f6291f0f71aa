//! What was last made known about the sync with one other control plane, so that only differences are.
use super::{LaneStatus, ObservationChange, Rejection, WaitReason};
use crate::{
    resource::{Kind, WireKey, ZoneName},
    sync::Lane,
};
use std::collections::BTreeMap;

/// What was last made known.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Told {
    provided: LaneStatus,
    consumed: LaneStatus,
    waiting: Option<WaitReason>,
    refused: BTreeMap<WireKey, String>,
    too_large: BTreeMap<Kind, usize>,
}

impl Told {
    /// The changes from what was last made known to this.
    pub(crate) fn differ(
        &mut self,
        zone: &ZoneName,
        provides: Lane,
        provided: LaneStatus,
        consumed: LaneStatus,
        waiting: Option<WaitReason>,
        refused: &BTreeMap<WireKey, String>,
    ) -> Vec<ObservationChange> {
        let consumes = if provides == Lane::Down { Lane::Up } else { Lane::Down };
        let mut changes = Vec::new();
        if self.provided != provided {
            changes.push(ObservationChange::Lane { zone: zone.clone(), lane: provides, status: provided.clone() });
            self.provided = provided;
        }
        if self.consumed != consumed {
            changes.push(ObservationChange::Lane { zone: zone.clone(), lane: consumes, status: consumed.clone() });
            self.consumed = consumed;
        }
        if self.waiting != waiting {
            changes.push(ObservationChange::Waiting { zone: zone.clone(), why: waiting });
            self.waiting = waiting;
        }
        if self.refused != *refused {
            changes.extend(rejections(zone, provides, &self.refused, refused));
            self.refused = refused.clone();
        }
        changes
    }

    /// The same of the kinds that are too large for the other end.
    pub(crate) fn differ_in_size(&mut self, zone: &ZoneName, too_large: BTreeMap<Kind, usize>) -> Vec<ObservationChange> {
        let change = |kind: &Kind, bytes| ObservationChange::TooLarge { zone: zone.clone(), kind: kind.clone(), bytes };
        let settled = self.too_large.keys().filter(|kind| !too_large.contains_key(*kind)).map(|kind| change(kind, None));
        let found = too_large.iter().filter(|(kind, bytes)| self.too_large.get(*kind) != Some(bytes));
        let changes = settled.chain(found.map(|(kind, bytes)| change(kind, Some(*bytes as u64)))).collect();
        self.too_large = too_large;
        changes
    }
}

/// The differences between two sets of refused resources.
pub(crate) fn rejections(
    zone: &ZoneName,
    lane: Lane,
    before: &BTreeMap<WireKey, String>,
    after: &BTreeMap<WireKey, String>,
) -> Vec<ObservationChange> {
    let change = |key: &WireKey, rejection| ObservationChange::Rejected { zone: zone.clone(), key: key.clone(), rejection };
    let settled = before.keys().filter(|key| !after.contains_key(*key)).map(|key| change(key, None));
    let added = after.iter().filter(|(key, why)| before.get(*key) != Some(*why));
    let added = added.map(|(key, why)| change(key, Some(Rejection { lane, why: why.clone() })));
    settled.chain(added).collect()
}
