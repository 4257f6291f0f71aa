//! What the disk of each node would give back at this moment.
//!
//! It is what the last start read, plus the batches submitted since that the disk has made safe, in order. Read one record at a
//! time, so that the cost follows the change; at each start it is compared with what recovery made of the same disk.
use super::{
    fact::Fact,
    image::{Became, Image},
    readings::Readings,
};
use crate::{
    event::{DiskProvenance, Event, NodeId, What},
    world::Setup,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use strait_core::{Batch, Lsn, sync::Dialect};

/// The disks of all nodes that are ours. Kuma's say nothing that is judged.
#[derive(Debug)]
pub(crate) struct Disks {
    ours: BTreeSet<NodeId>,
    disks: BTreeMap<NodeId, Disk>,
    readings: Readings,
}

/// What one disk would give back.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    image: Image,
    /// Not safe yet.
    pending: VecDeque<(Lsn, Vec<Fact>)>,
    submitted: Lsn,
}

/// What one event did to the disk of its node.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The process began with what is on the disk now.
    pub(crate) began: bool,
    /// The disk is another one than before.
    pub(crate) replaced: bool,
    /// What became different, in order. Not what came with another disk.
    pub(crate) became: Vec<Became>,
    /// What does not fit together.
    pub(crate) wrong: Option<String>,
}

impl Disks {
    /// The disks of a world.
    pub(crate) fn new(setup: &Setup) -> Self {
        let ours = setup.nodes().filter(|(_, dialect)| *dialect == Dialect::Strait).map(|(node, _)| node).collect();
        Self { ours, disks: BTreeMap::new(), readings: Readings::default() }
    }

    /// Whether a node is ours.
    pub(crate) fn is_ours(&self, node: &NodeId) -> bool {
        self.ours.contains(node)
    }

    /// What the disk of a node would give back. `None`: it was never started, or is not ours.
    pub(crate) fn image(&self, node: &NodeId) -> Option<&Image> {
        self.disks.get(node).map(|disk| &disk.image)
    }

    /// The records that were read so far.
    pub(crate) fn readings(&self) -> &Readings {
        &self.readings
    }

    /// The last batch that the process of a node has submitted.
    pub(crate) fn submitted(&self, node: &NodeId) -> Lsn {
        self.disks.get(node).map_or(Lsn(0), |disk| disk.submitted)
    }

    /// Follows one event.
    pub(crate) fn see(&mut self, event: &Event) -> Seen {
        let mut seen = Seen::default();
        if !self.ours.contains(&event.node) {
            return seen;
        }
        let known = self.disks.contains_key(&event.node);
        let disk = self.disks.entry(event.node.clone()).or_default();
        if let What::Started { durable, observation, disk: provenance, .. } = &event.what {
            seen.began = true;
            seen.replaced = *provenance != DiskProvenance::Own;
            let found = match Image::read(&event.node, durable, &mut self.readings) {
                Ok(found) => found,
                Err(why) => return Seen { wrong: Some(why), ..seen },
            };
            if known && !seen.replaced {
                seen.became = disk.image.differences(&found);
                let lost = seen.became.iter().map(|became| became.what.describe()).collect::<Vec<_>>().join(", ");
                seen.wrong = (!lost.is_empty()).then(|| format!("the disk gave back something else than it had made safe: {lost}"));
            }
            seen.wrong = seen.wrong.or_else(|| found.misread(&event.node, observation));
            *disk = Disk { image: found, ..Disk::default() };
        }
        for batch in event.batches() {
            match facts(&event.node, batch, &mut self.readings) {
                Ok(facts) => disk.pending.push_back((batch.lsn, facts)),
                Err(why) => seen.wrong = Some(why),
            }
            disk.submitted = batch.lsn;
        }
        while let Some((lsn, facts)) = disk.pending.pop_front_if(|(lsn, _)| *lsn <= event.synced) {
            disk.image.apply(lsn, facts, &mut seen.became);
        }
        seen
    }
}

fn facts(node: &NodeId, batch: &Batch, readings: &mut Readings) -> Result<Vec<Fact>, String> {
    let deleted = batch.delete.iter().map(|key| (key, None));
    let put = batch.put.iter().map(|(key, value)| (key, Some(value.as_slice())));
    deleted.chain(put).filter_map(|(key, value)| Fact::read(node, key, value, readings).transpose()).collect()
}
