//! Carrying out what a verb planned, on the primitives of the world.
use super::play::{Play, Played};
use crate::{
    event::NodeId,
    verbs::{Act, Stage, Verb},
    world::{DiskState, World},
};
use std::time::Duration;
use strait_core::node::{Change, Operation};

/// How long an edit may go unanswered.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);

impl Play<'_> {
    pub(super) fn carry_out(&mut self, index: usize, verb: &dyn Verb) -> Played {
        let rng = self.seed.fork(&format!("step {index}")).rng();
        let meshes = &self.scenario.meshes;
        let mut acts = verb.plan(&mut Stage { rng, ledger: &self.ledger, meshes });
        acts.sort_by_key(|timed| timed.after);
        let begun = self.world.now();
        for timed in acts {
            self.until(begun.after(timed.after))?;
            // A process that stops while it takes an edit has crashed by itself.
            self.acting = !matches!(timed.act, Act::Edit { .. } | Act::Operate { .. });
            // What follows at once is told at once.
            let acted = self.act(timed.act).and_then(|()| self.until(self.world.now()));
            self.acting = false;
            acted?;
        }
        self.until_answered()
    }

    fn act(&mut self, act: Act) -> Played {
        let disturbs_nobody = matches!(act, Act::Nothing | Act::Ask(_) | Act::Traffic { .. } | Act::StopTraffic(_));
        if !disturbs_nobody {
            self.disturbed();
        }
        if let Some(recorder) = &self.recorder {
            recorder.acts(self.world.now(), &act);
        }
        let may_break_links = !disturbs_nobody && !matches!(act, Act::Edit { .. } | Act::Operate { .. });
        match act {
            Act::Nothing => {}
            Act::Edit { at, changes, refused } => self.edit(&at, changes, refused)?,
            Act::Operate { at, operation, refused } => self.operate(&at, operation, refused)?,
            Act::Join(who) => {
                self.world.join(&who);
                self.joined.insert(who);
            }
            Act::Pause(who) => {
                if !self.world.pause(&who) {
                    return Err(self.failed("step", "pause", None, "the world cannot, and no table says so".to_owned()));
                }
            }
            Act::Resume(who) => self.world.resume(&who),
            Act::Skew(who, skew) => {
                self.judges.skewed(self.world.now(), &who, skew);
                self.world.skew(&who, skew);
            }
            Act::Reject(who, resource) => self.world.reject(&who, &resource),
            Act::Accept(who, resource) => self.world.accept(&who, &resource),
            Act::Upgrade(who) => {
                self.world.upgrade(&who);
                self.upgraded.insert(who);
            }
            Act::Downgrade(who) => {
                self.world.downgrade(&who);
                self.upgraded.remove(&who);
            }
            Act::GiveFrom(who, range) => self.world.give_from(&who, range),
            Act::Cut(zone, how) => self.world.cut(&zone, how),
            Act::CutOneway(zone, way, how) => self.world.cut_oneway(&zone, way, how),
            Act::Heal(zone) => self.world.heal(&zone),
            Act::CutBetween(pair, how) => {
                self.world.cut_between(&pair, how);
                self.cut_between.insert(pair);
            }
            Act::HealBetween(pair) => {
                self.world.heal_between(&pair);
                self.cut_between.remove(&pair);
            }
            Act::Link(zone, link) => {
                self.links.insert(zone.clone(), link);
                self.world.link(&zone, link);
            }
            Act::Kill(who) => self.world.kill(&who),
            Act::KillProxy(who) => self.world.kill_proxy(&who),
            Act::RestartProxy(who) => self.world.restart_proxy(&who),
            Act::MoveIngress(who) => self.world.move_ingress(&who),
            Act::KillForwarder(who) => {
                self.world.kill_forwarder(&who);
                self.down_forwarders.insert(who);
            }
            Act::RestartForwarder(who) => {
                self.world.restart_forwarder(&who);
                self.down_forwarders.remove(&who);
            }
            Act::Cluster { zone, order, refused } => {
                let answer = self.world.operate_cluster(&zone, &order);
                let wrong = match (answer, refused) {
                    (Ok(()), None) => None,
                    (Err(why), Some(words)) if why.contains(&words) => None,
                    (Err(why), Some(words)) => Some(format!("it was to be refused for `{words}`, and was for: {why}")),
                    (Err(why), None) => Some(format!("the cluster refused it: {why}")),
                    (Ok(()), Some(words)) => Some(format!("it was to be refused for `{words}`, and was not")),
                };
                if let Some(why) = wrong.filter(|_| !self.only_invariants) {
                    return Err(self.failed("step", "cluster", Some(&NodeId::Zone(zone)), why));
                }
            }
            Act::Ask(ask) => self.ask_once(&ask)?,
            Act::Traffic { called, ask, every } => self.begin_traffic(&called, &ask, every),
            Act::StopTraffic(called) => self.end_traffic(&called)?,
            Act::PowerLoss(who) => self.world.power_loss(&who),
            Act::Restart(who, disk) => self.world.restart(&who, disk),
            Act::Disk(who, state) => {
                if let DiskState::Slow(takes) = state {
                    self.slowest_sync = self.slowest_sync.max(takes);
                }
                self.world.set_disk(&who, state);
            }
            Act::Backup(who, called) => self.world.backup(&who, &called),
            Act::Restore(who, called) => self.world.restore(&who, &called),
            Act::DuplicateLate(zone) => self.can("duplicate_late", |world| world.duplicate_late(&zone))?,
            Act::CrashAfterEmit(who, nth, unstored) => {
                self.can("crash", |world| world.crash_after_emit(&who, nth, unstored))?;
                self.crashes.insert(who);
            }
        }
        if may_break_links {
            self.record_links();
        }
        Ok(())
    }

    /// Whoever records the run sees what the links are like now.
    pub(super) fn record_links(&self) {
        if let Some(recorder) = &self.recorder {
            recorder.links(self.world.now(), self.scenario, &self.links, self.world.as_ref());
            recorder.forwarders(self.world.now(), &self.down_forwarders);
        }
    }

    fn can(&mut self, what: &str, act: impl FnOnce(&mut dyn World) -> bool) -> Played {
        if act(self.world.as_mut()) {
            return Ok(());
        }
        Err(self.failed("step", what, None, "the world cannot, and no table says so".to_owned()))
    }

    pub(super) fn edit(&mut self, at: &NodeId, changes: Vec<Change>, refused: Option<String>) -> Played {
        self.until_up(at)?;
        let keys: Vec<String> = changes.iter().take(3).map(|change| change.key().to_string()).collect();
        let ticket = self.ledger.ask(at, format!("the edit of {}", keys.join(", ")), &changes, refused);
        self.world.edit(at, ticket, changes);
        Ok(())
    }

    fn operate(&mut self, at: &NodeId, operation: Operation, refused: Option<String>) -> Played {
        self.until_up(at)?;
        let ticket = self.ledger.ask(at, format!("`{operation}`"), &[], refused);
        self.world.operate(at, ticket, operation);
        Ok(())
    }

    pub(super) fn until_answered(&mut self) -> Played {
        let deadline = self.world.now().after(ANSWERED_WITHIN);
        while let Some(asked) = self.ledger.unanswered() {
            if self.world.now() >= deadline {
                let (at, what) = (asked.at.clone(), format!("{} was not answered within {ANSWERED_WITHIN:?}", asked.what));
                return Err(self.failed("step", "unanswered", Some(&at), what));
            }
            self.advance(deadline)?;
        }
        Ok(())
    }
}
