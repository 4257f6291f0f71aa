//! Zones that an operator removed: by that operation, or by deleting their `Zone`.
use super::{disk::Disks, moment::Moment};
use crate::event::NodeId;
use std::collections::BTreeMap;
use strait_core::{
    Lsn,
    node::{Change, Operation},
    resource::ZoneName,
};

/// The zones that are removed in this moment.
pub(crate) fn removed(moment: &Moment<'_>) -> Vec<ZoneName> {
    match moment {
        Moment::Operate(_, Operation::Remove(zone)) => vec![zone.clone()],
        Moment::Edit(_, changes) => {
            let deleted = changes.iter().filter_map(|change| if let Change::Delete(key) = change { Some(key) } else { None });
            deleted.filter(|key| key.kind.as_str() == "Zone").filter_map(|key| ZoneName::new(key.name.as_str()).ok()).collect()
        }
        _ => Vec::new(),
    }
}

/// Removals that global was asked for, until its disk shows that what it held of the zone is forgotten.
#[derive(Debug, Default)]
pub(crate) struct Removals {
    /// The last batch submitted when the operator spoke.
    asked: BTreeMap<ZoneName, Vec<Lsn>>,
}

impl Removals {
    /// Notes what an operator says to global.
    pub(crate) fn hear(&mut self, moment: &Moment<'_>, disks: &Disks) {
        for zone in removed(moment) {
            self.asked.entry(zone).or_default().push(disks.submitted(&NodeId::Global));
        }
    }

    /// What global holds of a zone's history was moved by this batch. Says whether a removal explains it.
    pub(crate) fn complete(&mut self, zone: &ZoneName, by: Lsn) -> bool {
        let Some(asked) = self.asked.get_mut(zone) else {
            return false;
        };
        let before = asked.len();
        asked.retain(|asked| *asked >= by);
        asked.len() != before
    }

    /// Global's process began: its batches are counted anew.
    pub(crate) fn forget(&mut self) {
        self.asked.values_mut().flatten().for_each(|asked| *asked = Lsn(0));
    }
}
