//! The links between zones, over which workloads ask each other. Nothing else goes over them.
use super::{ModelWorld, agenda::HostId};
use crate::proxy::AT_HOME;
use std::{collections::BTreeMap, time::Duration};
use strait_scenarios::{
    event::NodeId,
    workload::AtWorkload,
    world::CutHow,
    zone_pair::{Between, ZonePair},
};

/// The links between zones.
#[derive(Default)]
pub(super) struct Lines {
    between: Between,
    cut: BTreeMap<ZonePair, CutHow>,
}

impl Lines {
    pub(super) fn new(between: Between) -> Self {
        Self { between, cut: BTreeMap::new() }
    }

    pub(super) fn cut(&mut self, pair: &ZonePair, how: CutHow) {
        self.cut.insert(pair.clone(), how);
    }

    pub(super) fn heal(&mut self, pair: &ZonePair) {
        self.cut.remove(pair);
    }
}

impl ModelWorld {
    pub(super) fn at_line(&mut self, pair: &ZonePair, at: AtWorkload) {
        if let Some(host) = self.find(&NodeId::Zone(pair.zones()[0].clone())) {
            self.at_workload(host, at);
        }
    }

    /// How long something takes from one host of these zones to another. `None`: it does not get there.
    pub(super) fn takes_between(&self, one: HostId, other: HostId) -> Option<Duration> {
        let zones = (self.hosts[one].id.zone()?, self.hosts[other].id.zone()?);
        let Some(pair) = ZonePair::new(zones.0, zones.1) else { return Some(AT_HOME) };
        let is_cut = self.lines.cut.contains_key(&pair);
        (!is_cut).then(|| self.lines.between.of(&pair).delay.max(AT_HOME))
    }
}
