//! After the last step: every fault is mended, and then all must converge and fall silent.
use super::play::{Play, Played};
use crate::{
    conditions::is_converged,
    event::NodeId,
    invariants::{Broken, l1_converge, l3_quiet::Quiet},
    world::Disk,
};
use std::{collections::BTreeSet, time::Duration};
use strait_core::resource::ZoneName;

/// How long nothing but heartbeats may travel once all is converged.
const QUIET_FOR: Duration = Duration::from_secs(30);

impl Play<'_> {
    /// Mends every fault, then judges L1 and L3.
    pub(super) fn come_right(&mut self) -> Played {
        self.mend()?;
        let waiting = self.converge()?;
        self.stay_quiet(waiting)
    }

    fn mend(&mut self) -> Played {
        for zone in self.scenario.zones.keys() {
            self.world.heal(zone);
        }
        let zones = self.scenario.zones.keys().cloned().map(NodeId::Zone);
        for who in std::iter::once(NodeId::Global).chain(zones) {
            if !self.observations.contains_key(&who) {
                self.world.restart(&who, Disk::Kept);
            }
        }
        self.until(self.world.now())
    }

    /// L1. Returns the zones that do not get on, and say why.
    fn converge(&mut self) -> Result<BTreeSet<ZoneName>, Box<super::Failure>> {
        let begun = self.world.now();
        let mut left: BTreeSet<ZoneName> = self.scenario.zones.keys().cloned().collect();
        let mut waiting = BTreeSet::new();
        while !left.is_empty() {
            let scene = self.scene();
            left.retain(|zone| is_converged(&scene, zone).is_err());
            waiting = left.iter().filter(|zone| l1_converge::says_why_not(&scene, zone)).cloned().collect();
            let late =
                left.iter().find(|zone| !waiting.contains(*zone) && scene.now >= begun.after(l1_converge::bound(scene.scenario, zone)));
            if let Some(zone) = late {
                let why = is_converged(&scene, zone).err().unwrap_or_default();
                let within = l1_converge::bound(scene.scenario, zone);
                let what = format!("not converged {within:?} after the last fault was mended, and no reason is shown: {why}");
                let broken = Broken { at: scene.now, node: zone.to_string(), what };
                return Err(self.broken(l1_converge::ID, l1_converge::SLUG, broken));
            }
            let longest = left.iter().map(|zone| l1_converge::bound(self.scenario, zone)).max().unwrap_or_default();
            if left == waiting && scene.now >= begun.after(longest) {
                break;
            }
            self.advance(begun.after(longest))?;
        }
        // One zone's announcement may have made another lack something meanwhile: all at once is what counts.
        Ok(waiting)
    }

    /// L3. Judged for those that converged.
    fn stay_quiet(&mut self, waiting: BTreeSet<ZoneName>) -> Played {
        let judged = self.scenario.zones.keys().filter(|zone| !waiting.contains(*zone)).cloned().collect();
        self.quiet = Some(Quiet::new(judged, &self.observations));
        self.until(self.world.now().after(QUIET_FOR))
    }
}
