//! The links between zones, over which workloads ask each other. Nothing else goes over them.
use super::TurmoilWorld;
use crate::proxy::AT_HOME;
use std::{collections::BTreeMap, net::IpAddr};
use strait_core::resource::ZoneName;
use strait_scenarios::{
    workload::AtWorkload,
    world::{CutHow, Setup},
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
}

impl TurmoilWorld {
    /// Sets the workloads of one zone as far from those of another as the links between them are long.
    pub(super) fn set_zones_apart(&self, setup: &Setup) {
        for one in setup.zones.keys() {
            for other in setup.zones.keys() {
                if let Some(pair) = ZonePair::new(one, other).filter(|_| one < other) {
                    self.for_each_across(&pair, |one, other| self.set_apart_across(&pair, one, other));
                }
            }
        }
    }

    /// The same for one host, which came later.
    pub(super) fn set_one_apart(&self, zone: &ZoneName, one: IpAddr) {
        for other in self.hosts.keys().filter_map(|who| who.zone()).filter(|other| *other != zone) {
            let Some(pair) = ZonePair::new(zone, other) else { continue };
            for other in self.places_in(other) {
                self.set_apart_across(&pair, one, other);
                if let Some(how) = self.lines.cut.get(&pair) {
                    self.cut_one(one, other, *how);
                }
            }
        }
    }

    fn set_apart_across(&self, pair: &ZonePair, one: IpAddr, other: IpAddr) {
        self.sim.set_link_latency(one, other, self.lines.between.of(pair).delay.max(AT_HOME));
    }

    pub(super) fn cut_across(&mut self, pair: &ZonePair, how: CutHow) {
        self.lines.cut.insert(pair.clone(), how);
        self.for_each_across(pair, |one, other| self.cut_one(one, other, how));
    }

    fn cut_one(&self, one: IpAddr, other: IpAddr, how: CutHow) {
        match how {
            CutHow::Stall => self.sim.hold(one, other),
            CutHow::Sever => self.sim.partition(one, other),
        }
    }

    pub(super) fn heal_across(&mut self, pair: &ZonePair) {
        self.lines.cut.remove(pair);
        // Also repairs a partition, in which nothing is held.
        self.for_each_across(pair, |one, other| self.sim.release(one, other));
    }

    pub(super) fn at_line(&mut self, pair: &ZonePair, at: AtWorkload) {
        self.at_zone(&pair.zones()[0].clone(), at);
    }

    fn for_each_across(&self, pair: &ZonePair, act: impl Fn(IpAddr, IpAddr)) {
        let [one, other] = pair.zones();
        for one in self.places_in(one) {
            self.places_in(other).for_each(|other| act(one, other));
        }
    }
}
