//! The links between zones, over which workloads ask each other. Nothing else goes over them.
use super::TurmoilWorld;
use crate::proxy::AT_HOME;
use std::net::IpAddr;
use strait_scenarios::{
    workload::AtWorkload,
    world::{CutHow, Setup},
    zone_pair::ZonePair,
};

impl TurmoilWorld {
    /// Sets the workloads of one zone as far from those of another as the links between them are long.
    pub(super) fn set_zones_apart(&self, setup: &Setup) {
        for one in setup.zones.keys() {
            for other in setup.zones.keys() {
                if let Some(pair) = ZonePair::new(one, other).filter(|_| one < other) {
                    let delay = setup.between.of(&pair).delay.max(AT_HOME);
                    self.for_each_across(&pair, |one, other| self.sim.set_link_latency(one, other, delay));
                }
            }
        }
    }

    pub(super) fn cut_across(&self, pair: &ZonePair, how: CutHow) {
        self.for_each_across(pair, |one, other| match how {
            CutHow::Stall => self.sim.hold(one, other),
            CutHow::Sever => self.sim.partition(one, other),
        });
    }

    pub(super) fn heal_across(&self, pair: &ZonePair) {
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
