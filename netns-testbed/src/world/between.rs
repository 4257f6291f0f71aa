//! The links between zones, over which workloads ask each other.
use super::NetnsWorld;
use crate::SiteId;
use strait_core::resource::ZoneName;
use strait_scenarios::{
    event::{NodeId, What},
    workload::AtWorkload,
    world::{CutHow, Setup, World as _},
    zone_pair::ZonePair,
};

impl NetnsWorld {
    /// Sets zones as far from each other as the links between them are long, where workloads may ask each other.
    pub(super) fn set_zones_apart(&self, setup: &Setup) -> Result<(), String> {
        if setup.ingresses.is_empty() && setup.clusters.is_empty() {
            return Ok(());
        }
        for one in setup.zones.keys() {
            for other in setup.zones.keys() {
                if let Some(pair) = ZonePair::new(one, other).filter(|_| one < other) {
                    let link = setup.between.of(&pair);
                    for (from, to) in self.ways(&pair) {
                        self.network.wan().set_link(from, to, link).map_err(|error| error.to_string())?;
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn cut_across(&self, pair: &ZonePair, how: CutHow) {
        self.ways(pair).into_iter().for_each(|(from, to)| self.network.wan().cut(from, to, how));
    }

    pub(super) fn heal_across(&self, pair: &ZonePair) {
        self.ways(pair).into_iter().for_each(|(from, to)| self.network.wan().heal(from, to));
    }

    pub(super) fn at_line(&mut self, pair: &ZonePair, at: AtWorkload) {
        let zone = NodeId::Zone(pair.zones()[0].clone());
        self.happened(self.now(), zone, None, What::Workload(at));
    }

    /// Both directions; none, if a zone has no site.
    fn ways(&self, pair: &ZonePair) -> Vec<(SiteId, SiteId)> {
        let site = |zone: &ZoneName| self.hosts.get(&NodeId::Zone(zone.clone())).map(|host| host.site);
        match pair.zones().map(site) {
            [Some(one), Some(other)] => vec![(one, other), (other, one)],
            _ => Vec::new(),
        }
    }
}
