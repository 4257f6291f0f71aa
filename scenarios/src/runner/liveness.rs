//! What must come to hold when nobody disturbs it: all converge, and then fall silent.
//!
//! L1 is judged all the time: from the last thing that was done to the world, each zone whose link is whole and whose two ends are up has
//! its bound. After the last step every fault is mended, so that all are judged; then L3 is.
use super::{
    Failure,
    play::{Play, Played},
};
use crate::{
    conditions::{is_converged, refused},
    event::NodeId,
    invariants::{Broken, l1_converge, l3_quiet::Quiet},
    world::{Direction, Disk, Unstored},
};
use std::{collections::BTreeSet, time::Duration};
use strait_core::{resource::ZoneName, sync::clocks, time::Mono};

/// How long nothing but heartbeats may travel once all is converged.
const QUIET_FOR: Duration = Duration::from_secs(30);

/// How often it is looked whether zones have converged.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Since when nothing was done to the world, and who has converged since.
#[derive(Debug, Default)]
pub(super) struct Calm {
    since: Mono,
    looked: Mono,
    converged: BTreeSet<ZoneName>,
}

impl Play<'_> {
    /// Something was done to the world.
    pub(super) fn disturbed(&mut self) {
        self.calm = Calm { since: self.world.now(), ..Calm::default() };
    }

    /// L1, for those whose time is up.
    pub(super) fn judge_convergence(&mut self) -> Played {
        let now = self.world.now();
        if !self.judges("L1") || now < self.calm.looked.after(LOOK_EVERY) {
            return Ok(());
        }
        self.calm.looked = now;
        let left: Vec<ZoneName> = self.scenario.zones.keys().filter(|zone| !self.calm.converged.contains(*zone)).cloned().collect();
        for zone in left {
            let scene = self.scene();
            match is_converged(&scene, &zone) {
                Ok(()) if self.knows_the_dead(&zone, now) => drop(self.calm.converged.insert(zone)),
                Ok(()) => {}
                Err(why) if self.is_late(&zone, now) && !l1_converge::says_why_not(&scene, &zone) => {
                    let bound = l1_converge::bound(self.scenario, &zone);
                    let what = format!("not converged {bound:?} after anything was last done to it, and no reason is shown: {why}");
                    return Err(self.broken(l1_converge::breach(Broken { at: now, node: zone.to_string(), what })));
                }
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Whether a session over a connection that died before the calm would have ended by now. Until then it seems to live.
    fn knows_the_dead(&self, zone: &ZoneName, now: Mono) -> bool {
        now >= self.calm.since.after(clocks::detect(l1_converge::dialect(self.scenario, zone)))
    }

    fn is_late(&self, zone: &ZoneName, now: Mono) -> bool {
        let is_up = |who: &NodeId| self.observations.contains_key(who);
        now >= self.calm.since.after(l1_converge::bound(self.scenario, zone))
            && Direction::BOTH.into_iter().all(|way| self.world.is_cut(zone, way).is_none())
            && is_up(&NodeId::Global)
            && is_up(&NodeId::Zone(zone.clone()))
    }

    /// Mends every fault, and waits until all have converged or show why not. Then all must be quiet.
    pub(super) fn come_right(&mut self) -> Played {
        self.mend()?;
        let waiting = self.converge()?;
        self.judge_agreement(&waiting)?;
        self.stay_quiet(&waiting)
    }

    fn mend(&mut self) -> Played {
        let left = &self.scenario.left;
        for zone in self.scenario.zones.keys().filter(|zone| !left.cut.contains(*zone)) {
            self.world.heal(zone);
        }
        // A crash that has not come by now does not come.
        for who in std::mem::take(&mut self.crashes) {
            self.world.crash_after_emit(&who, u64::MAX, Unstored::Kept);
        }
        let zones = self.scenario.zones.keys().filter(|zone| !left.down.contains(*zone)).cloned().map(NodeId::Zone);
        for who in std::iter::once(NodeId::Global).chain(zones) {
            if !self.observations.contains_key(&who) {
                self.world.restart(&who, Disk::Kept);
            }
        }
        self.disturbed();
        self.until(self.world.now())
    }

    /// The zones of which something is expected once all is mended.
    fn mended_zones(&self) -> impl Iterator<Item = &ZoneName> {
        self.scenario.zones.keys().filter(|zone| !self.scenario.left.alone(zone))
    }

    /// Until all have converged at once, or their time is up. Returns those that do not get on, and show why.
    fn converge(&mut self) -> Result<BTreeSet<ZoneName>, Box<Failure>> {
        let longest = self.mended_zones().map(|zone| l1_converge::bound(self.scenario, zone)).max().unwrap_or_default();
        loop {
            let scene = self.scene();
            let is_left = |zone: &&ZoneName| is_converged(&scene, zone).is_err() || !self.knows_the_dead(zone, scene.now);
            let left: BTreeSet<ZoneName> = self.mended_zones().filter(is_left).cloned().collect();
            // The last to be late is judged at its bound, not before.
            let deadline = self.calm.since.after(longest + LOOK_EVERY * 2);
            if left.is_empty() {
                return Ok(left);
            }
            if scene.now >= deadline {
                return match left.iter().find(|zone| self.judges("L1") && !l1_converge::says_why_not(&scene, zone)) {
                    // It may have converged for a moment; that is not enough.
                    Some(zone) => {
                        let why = is_converged(&scene, zone).err().unwrap_or_default();
                        let what = format!("it does not stay converged, and no reason is shown: {why}");
                        Err(self.broken(l1_converge::breach(Broken { at: scene.now, node: zone.to_string(), what })))
                    }
                    None => Ok(left),
                };
            }
            self.advance(deadline)?;
        }
    }

    /// L1 in the middle of a scenario: of the zones that have converged by now.
    pub(super) fn judge_agreement_of_the_converged(&mut self) -> Played {
        let scene = self.scene();
        let has_not = |zone: &&ZoneName| is_converged(&scene, zone).is_err() || !self.knows_the_dead(zone, scene.now);
        let left = self.scenario.zones.keys().filter(has_not).cloned().collect();
        self.judge_agreement(&left)
    }

    /// L1: whoever says that it holds everything does.
    fn judge_agreement(&mut self, waiting: &BTreeSet<ZoneName>) -> Played {
        let scene = self.scene();
        let mut judged = self.mended_zones().filter(|zone| self.judges("L1") && !waiting.contains(*zone));
        let wrong = judged.find_map(|zone| Some((zone, l1_converge::disagreement(&scene, zone)?)));
        match wrong {
            Some((zone, what)) => {
                let what = format!("all is acknowledged, and yet {what}");
                let broken = Broken { at: scene.now, node: zone.to_string(), what };
                Err(self.broken(l1_converge::breach(broken)))
            }
            None => Ok(()),
        }
    }

    /// L3. Judged for those that converged.
    fn stay_quiet(&mut self, waiting: &BTreeSet<ZoneName>) -> Played {
        // What is refused is offered again, now and then.
        let scene = self.scene();
        let is_judged = |zone: &&ZoneName| !waiting.contains(*zone) && refused(&scene, zone).next().is_none();
        let judged = self.mended_zones().filter(is_judged).cloned().collect();
        if !self.judges("L3") {
            return Ok(());
        }
        self.quiet = Some(Quiet::new(judged, &self.observations));
        self.until(self.world.now().after(QUIET_FOR))
    }
}
