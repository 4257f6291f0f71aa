//! What runs on a host: Strait's nodes or the models of Kuma's, and what is wrong with them.
use crate::{
    kuma::{KumaGlobal, KumaZone},
    refusals::{Refusals, TooOld},
};
use strait_core::{
    Durable, GlobalNode, Out, Recover as _, RecoverError, Seed, ZoneNode,
    node::{Environment, GlobalConfig, GlobalEffect, ZoneConfig, ZoneEffect},
    resource::ZoneName,
    sync::Dialect,
    time::Now,
};
use strait_scenarios::{
    limits::Limits,
    sabotage::{self, GlobalActor, SabotagedGlobal, SabotagedZone, ZoneActor},
};
use strait_shell::convert::fits;

/// A build of a control plane.
#[derive(Clone, Debug)]
pub struct Build {
    /// What it speaks: [`Dialect::Kuma`] is the model of Kuma's.
    pub dialect: Dialect,
    /// What it may do and keep at most.
    pub limits: Limits,
    /// What a zone is.
    pub environment: Environment,
    /// What is wrong with it, by name.
    pub sabotage: Option<String>,
    /// What it is too old to read and to understand.
    pub refusals: Refusals,
}

impl Build {
    /// Brings a global to life from what its disk gave.
    ///
    /// # Errors
    /// The record that cannot be read.
    pub fn global(&self, seed: Seed, now: Now, durable: &Durable, out: &mut Out<GlobalEffect>) -> Result<GlobalActor, RecoverError> {
        let config = GlobalConfig { fits, ..self.limits.global() };
        let node: GlobalActor = match self.dialect {
            Dialect::Strait => Box::new(GlobalNode::recover(config, seed, now, durable, out)?),
            Dialect::Kuma => Box::new(KumaGlobal::recover(config, seed, now, durable, out)?.refusing(self.refusals.clone())),
        };
        let node = match self.sabotage() {
            Some(sabotage) => Box::new(SabotagedGlobal { node, sabotage }),
            None => node,
        };
        Ok(if self.is_ours() { Box::new(TooOld { node, refusals: self.refusals.clone() }) } else { node })
    }

    /// Brings a zone to life from what its disk gave.
    ///
    /// # Errors
    /// The record that cannot be read.
    pub fn zone(
        &self,
        zone: &ZoneName,
        seed: Seed,
        now: Now,
        durable: &Durable,
        out: &mut Out<ZoneEffect>,
    ) -> Result<ZoneActor, RecoverError> {
        let config = self.limits.zone(ZoneConfig { fits, environment: self.environment, ..ZoneConfig::new(zone.clone()) });
        let node: ZoneActor = match self.dialect {
            Dialect::Strait => Box::new(ZoneNode::recover(config, seed, now, durable, out)?),
            Dialect::Kuma => Box::new(KumaZone::recover(config, seed, now, durable, out)?.refusing(self.refusals.clone())),
        };
        let node = match self.sabotage() {
            Some(sabotage) => Box::new(SabotagedZone { zone: zone.clone(), node, sabotage }),
            None => node,
        };
        Ok(if self.is_ours() { Box::new(TooOld { node, refusals: self.refusals.clone() }) } else { node })
    }

    fn sabotage(&self) -> Option<Box<dyn sabotage::Sabotage>> {
        self.sabotage.as_deref().and_then(sabotage::named)
    }

    fn is_ours(&self) -> bool {
        self.dialect == Dialect::Strait
    }
}
