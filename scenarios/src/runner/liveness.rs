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
    world::{Direction, Disk, DiskState, Link, Unstored},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use strait_core::{
    sync::{Dialect, clocks},
    time::Mono,
};

/// How long nothing but heartbeats may travel once all is converged.
const QUIET_FOR: Duration = Duration::from_secs(30);

/// Where several claim one zone, a session may be open that global has not taken or refused yet, for at most so long.
const REFUSED_WITHIN: Duration = clocks::DEAD_AFTER;

/// Once every fault is mended, nothing starts or stops any more that would give all of them their time anew. This is far more than anybody takes.
const CALM_WITHIN: Duration = Duration::from_secs(3600);

/// More than a plain Kuma says to introduce itself, in bytes: one subscription for each kind.
const INTRODUCTION: u64 = 64 * 1024;

/// More than a plain Kuma says on a session of which it does not know yet that it is over, in bytes. A link carries it before what comes after.
const SAID_TO_NOBODY: u64 = 16 * 1024;

/// How often it is looked whether zones have converged.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Since when nothing was done to the world, and who has converged since.
#[derive(Debug, Default)]
pub(super) struct Calm {
    since: Mono,
    looked: Mono,
    /// Who shows no reason although it is late, and since when.
    silent: BTreeMap<NodeId, Mono>,
    converged: BTreeSet<NodeId>,
    order: Vec<NodeId>,
    /// Who is behind, and since when without a break.
    behind: BTreeMap<NodeId, Mono>,
    /// How often each had dialled before.
    dials: BTreeMap<NodeId, u64>,
}

impl Calm {
    /// In which order zones converged.
    pub(super) fn order(&self) -> &Vec<NodeId> {
        &self.order
    }

    fn has_converged(&mut self, zone: NodeId) {
        if self.converged.insert(zone.clone()) {
            self.order.push(zone);
        }
    }

    /// These are behind, and no others.
    fn are_behind(&mut self, zones: &BTreeSet<NodeId>, now: Mono) {
        self.behind.retain(|zone, _| zones.contains(zone));
        for zone in zones {
            self.behind.entry(zone.clone()).or_insert(now);
        }
    }
}

impl<'p> Play<'p> {
    /// Something was done to the world.
    pub(super) fn disturbed(&mut self) {
        let scene = self.scene();
        if self.links.values().chain(self.scenario.links.values()).any(|link| link.rate.is_some()) {
            self.weights.of(&scene);
        }
        let speaks_kuma = self.scenario.global == Dialect::Kuma || self.scenario.zones.values().any(|zone| *zone == Dialect::Kuma);
        let dials = if speaks_kuma { scene.meters.dials.clone() } else { BTreeMap::new() };
        self.calm = Calm { since: self.world.now(), dials, ..Calm::default() };
    }

    /// All zone control planes that there are by now.
    fn present(&self) -> impl Iterator<Item = NodeId> + use<'_, 'p> {
        self.scenario.zones.keys().cloned().map(NodeId::Zone).chain(self.joined.iter().cloned())
    }

    /// Those of them that are to converge. Of two plain Kumas under one name each newer session ends the other's, for ever.
    fn parties(&self) -> impl Iterator<Item = NodeId> + use<'_, 'p> {
        let take_turns = |zone: &NodeId| {
            let contested = self.joined.iter().any(|joined| joined.zone() == zone.zone());
            contested && l1_converge::dialect(self.scenario, zone) == Dialect::Kuma
        };
        self.present().filter(move |zone| !take_turns(zone))
    }

    /// Whether some of them take turns, so that global's history has no end.
    fn is_restless(&self) -> bool {
        self.parties().count() < self.present().count()
    }

    /// L1, for those whose time is up.
    pub(super) fn judge_convergence(&mut self) -> Played {
        let now = self.world.now();
        if !self.judges("L1") || now < self.calm.looked.after(LOOK_EVERY) {
            return Ok(());
        }
        self.calm.looked = now;
        // Where a connection that is dead may still seem to live, nothing follows from how a zone stands.
        let is_left = |zone: &NodeId| !self.calm.converged.contains(zone) && self.knows_the_dead(zone, now);
        let left: Vec<NodeId> = self.parties().filter(is_left).collect();
        for zone in left {
            match is_converged(&self.scene(), &zone) {
                Ok(()) => self.calm.has_converged(zone),
                Err(why) if self.is_late(&zone, now) && self.is_silent(&zone) => {
                    let bound = self.bound(&zone);
                    let what = format!("not converged {bound:?} after anything was last done to it, and no reason is shown: {why}");
                    return Err(self.broken(l1_converge::breach(Broken { at: now, node: zone.to_string(), what })));
                }
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Whether no reason is shown why it does not get on.
    fn is_silent(&mut self, zone: &NodeId) -> bool {
        let now = self.world.now();
        if l1_converge::says_why_not(&self.scene(), zone) {
            self.calm.silent.remove(zone);
            return false;
        }
        let since = *self.calm.silent.entry(zone.clone()).or_insert(now);
        !self.scenario.is_contested(zone) || now >= since.after(REFUSED_WITHIN)
    }

    /// Whether a session over a connection that died before the calm would have ended by now. Until then it seems to live.
    fn knows_the_dead(&self, zone: &NodeId, now: Mono) -> bool {
        now >= self.calm.since.after(clocks::detect(l1_converge::dialect(self.scenario, zone)))
    }

    /// How long a zone may take over its link as it is now, and with disks as slow as they have been.
    fn bound(&self, zone: &NodeId) -> Duration {
        l1_converge::bound(l1_converge::dialect(self.scenario, zone), &self.link(zone), || self.weights.of(&self.scene()))
            + self.slowest_sync * 4
            + self.over_dead_sessions(zone)
    }

    /// How long its link may be busy with what was said on sessions that are over.
    fn over_dead_sessions(&self, zone: &NodeId) -> Duration {
        match l1_converge::dialect(self.scenario, zone) {
            Dialect::Strait => Duration::ZERO,
            Dialect::Kuma => self.link(zone).transmit(SAID_TO_NOBODY * self.calm.dials.get(zone).copied().unwrap_or_default()),
        }
    }

    fn link(&self, zone: &NodeId) -> Link {
        let now = zone.link().and_then(|link| self.links.get(link)).copied();
        now.or_else(|| self.scenario.link(zone)).unwrap_or_default()
    }

    /// Weighing everything for each look would cost too much.
    fn is_past_the_least(&self, zone: &NodeId, now: Mono) -> bool {
        now >= self.calm.since.after(l1_converge::bound(l1_converge::dialect(self.scenario, zone), &self.link(zone), || 0))
    }

    fn is_late(&self, zone: &NodeId, now: Mono) -> bool {
        let is_up = |who: &NodeId| self.observations.contains_key(who) && !self.world.is_paused(who);
        self.is_past_the_least(zone, now)
            && now >= self.calm.since.after(self.bound(zone))
            && zone.link().is_some_and(|link| Direction::BOTH.into_iter().all(|way| self.world.is_cut(link, way).is_none()))
            && is_up(&NodeId::Global)
            && is_up(zone)
    }

    /// Mends every fault, and waits until all have converged or show why not. Then all must be quiet.
    pub(super) fn come_right(&mut self) -> Played {
        self.mend()?;
        let waiting = self.converge()?;
        self.judge_agreement(&waiting)?;
        self.stay_quiet(&waiting)?;
        self.nothing_left_over(&waiting)
    }

    /// Once all have converged and are quiet, nothing is left of the connections that faults ended: each zone has its own, and there is no
    /// other. Not where somebody goes on trying, or cannot know that the other end is gone.
    fn nothing_left_over(&mut self, waiting: &BTreeSet<NodeId>) -> Played {
        let left = &self.scenario.left;
        let all_are_fine = waiting.is_empty() && self.joined.is_empty() && left.down.is_empty() && left.cut.is_empty();
        let Some(connections) = self.world.connections().filter(|_| all_are_fine && self.judges("L3")) else {
            return Ok(());
        };
        let zones = self.scenario.zones.len();
        // A link that loses much may end a session even now, and its other end hears of it later.
        let known =
            self.present().map(|zone| clocks::detect(l1_converge::dialect(self.scenario, &zone)) + self.link(&zone).resending()).max();
        let deadline = self.world.now().after(known.unwrap_or_default());
        while self.world.connections() != Some(zones) && self.world.now() < deadline {
            self.advance(self.world.now().after(LOOK_EVERY))?;
        }
        let connections = self.world.connections().unwrap_or(connections);
        if connections == zones {
            return Ok(());
        }
        let what = format!("all have converged, and there are {connections} connections for {zones} zones");
        Err(self.failed("world", "left-over", None, what))
    }

    fn mend(&mut self) -> Played {
        let left = &self.scenario.left;
        let nodes: Vec<NodeId> = std::iter::once(NodeId::Global).chain(self.present()).collect();
        for link in nodes.iter().filter_map(NodeId::link).filter(|link| !left.cut.contains(*link)) {
            self.world.heal(link);
        }
        for pair in std::mem::take(&mut self.cut_between) {
            self.world.heal_between(&pair);
        }
        // What is under way to harm somebody later is called off.
        self.world.forget_late();
        for who in std::mem::take(&mut self.crashes) {
            self.world.crash_after_emit(&who, u64::MAX, Unstored::Kept);
        }
        let is_left_down = |who: &NodeId| who.link().is_some_and(|link| left.down.contains(link));
        for who in nodes.into_iter().filter(|who| !is_left_down(who)) {
            self.world.set_disk(&who, DiskState::Ok);
            if let Some(recorder) = &self.recorder {
                recorder.disk_is_mended(self.world.now(), &who);
            }
            self.world.resume(&who);
            if !self.observations.contains_key(&who) {
                self.world.restart(&who, Disk::Kept);
            }
        }
        for forwarder in std::mem::take(&mut self.down_forwarders) {
            self.world.restart_forwarder(&forwarder);
        }
        for proxy in std::mem::take(&mut self.down) {
            self.world.restart_proxy(&proxy);
        }
        self.record_links();
        self.disturbed();
        self.until(self.world.now())
    }

    /// Those of which something is expected once all is mended.
    fn mended(&self) -> impl Iterator<Item = NodeId> + use<'_, 'p> {
        self.parties().filter(|zone| !zone.link().is_some_and(|link| self.scenario.left.alone(link)))
    }

    /// Until all have converged at once, or their time is up. Returns those that do not get on, and show why.
    fn converge(&mut self) -> Result<BTreeSet<NodeId>, Box<Failure>> {
        let longest = self.mended().map(|zone| self.bound(&zone)).max().unwrap_or_default();
        let introduced = self.mended().map(|zone| self.introduced_within(&zone)).max().unwrap_or_default();
        let begun = self.world.now();
        let mut since = None;
        // What one zone offers again and again may be taken in the end, and is new for all others then.
        let mut is_offered_again = false;
        loop {
            if self.calm.since > begun.after(CALM_WITHIN) {
                let what = "every fault is mended, and yet somebody starts or stops again and again".to_owned();
                return Err(self.failed("world", "restless", None, what));
            }
            let scene = self.scene();
            let is_left = |zone: &NodeId| !self.knows_the_dead(zone, scene.now) || is_converged(&scene, zone).is_err();
            let left: BTreeSet<NodeId> = self.mended().filter(is_left).collect();
            // The last to be late is judged at its bound, not before.
            let deadline = self.calm.since.after(longest + LOOK_EVERY * 2);
            let now = scene.now;
            is_offered_again |= self.mended().any(|zone| refused(&scene, &zone).next().is_some());
            if !left.is_empty() {
                since = None;
            } else if now >= since.get_or_insert(now).after(introduced) {
                return Ok(left);
            }
            self.calm.are_behind(&left, now);
            if now >= deadline && !left.is_empty() {
                // It may have converged for a moment; that is not enough. But where there is always something new, its time begins anew then.
                // What becomes of proxies and their certificates goes on to be told.
                let is_told_anew = self.is_restless() || is_offered_again || !self.scenario.proxies.is_empty();
                let has_time = |zone: &NodeId| is_told_anew && self.calm.behind[zone].after(self.bound(zone)) > now;
                let late: Vec<NodeId> = left.iter().filter(|zone| !has_time(zone)).cloned().collect();
                let silent: Vec<&NodeId> = late.iter().filter(|zone| self.judges("L1") && self.is_silent(zone)).collect();
                if let Some(zone) = silent.first() {
                    let why = is_converged(&self.scene(), zone).err().unwrap_or_default();
                    let what = format!("it does not stay converged, and no reason is shown: {why}");
                    return Err(self.broken(l1_converge::breach(Broken { at: now, node: zone.to_string(), what })));
                }
                // Several may show their reasons on and off, never all at one moment: whoever shows none for so long was judged above.
                let has_shown =
                    now >= deadline.after(REFUSED_WITHIN + LOOK_EVERY * 2 + if is_offered_again { longest } else { Duration::ZERO });
                // Whoever still has time is waited for, but where that would be for ever.
                let nobody_is_silent = !late.iter().any(|zone| self.calm.silent.contains_key(zone));
                if has_shown || (nobody_is_silent && (!late.is_empty() || self.is_restless())) {
                    return Ok(left);
                }
            }
            let until = since.map_or(deadline, |since: Mono| since.after(introduced));
            self.advance(until.max(now.after(LOOK_EVERY)))?;
        }
    }

    /// How long the two ends of a session may believe that all is said although it is not: a plain Kuma asks for one kind after the other, and
    /// nobody can tell which is the last. Between Straits each says its position.
    fn introduced_within(&self, zone: &NodeId) -> Duration {
        let link = self.link(zone);
        match l1_converge::dialect(self.scenario, zone) {
            Dialect::Strait => Duration::ZERO,
            Dialect::Kuma => link.round_trip() + link.resending() + link.transmit(INTRODUCTION),
        }
    }

    /// L1 in the middle of a scenario: of the zones that have converged by now.
    pub(super) fn judge_agreement_of_the_converged(&mut self) -> Played {
        let scene = self.scene();
        let has_not = |zone: &NodeId| !self.knows_the_dead(zone, scene.now) || is_converged(&scene, zone).is_err();
        let left = self.parties().filter(has_not).collect();
        self.judge_agreement(&left)
    }

    /// L1: whoever says that it holds everything does.
    fn judge_agreement(&mut self, waiting: &BTreeSet<NodeId>) -> Played {
        let scene = self.scene();
        let mut judged = self.mended().filter(|zone| self.judges("L1") && !waiting.contains(zone));
        let wrong = judged.find_map(|zone| l1_converge::disagreement(&scene, &zone).map(|what| (zone, what)));
        match wrong {
            Some((zone, what)) => {
                let what = format!("all is acknowledged, and yet {what}");
                let broken = Broken { at: scene.now, node: zone.to_string(), what };
                Err(self.broken(l1_converge::breach(broken)))
            }
            None => Ok(()),
        }
    }

    /// L3. Judged for those that converged. Where plain Kumas claim one name, each takes back what the other had announced, for ever, and
    /// all others hear of it.
    fn stay_quiet(&mut self, waiting: &BTreeSet<NodeId>) -> Played {
        if self.is_restless() {
            return Ok(());
        }
        // What is refused is offered again, now and then.
        let scene = self.scene();
        let is_judged = |zone: &NodeId| !waiting.contains(zone) && refused(&scene, zone).next().is_none() && self.is_steady(zone);
        let judged = self.mended().filter(is_judged).collect();
        if !self.judges("L3") {
            return Ok(());
        }
        self.quiet = Some(Quiet::new(judged, &self.observations, self.world.now()));
        self.until(self.world.now().after(QUIET_FOR))
    }

    /// Whether a link is so good that a session over it does not die of what is lost and sent again.
    fn is_steady(&self, zone: &NodeId) -> bool {
        let link = self.link(zone);
        link.round_trip() + link.resending() < clocks::detect(l1_converge::dialect(self.scenario, zone))
    }
}
