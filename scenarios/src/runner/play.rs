//! One scenario on one world's stage.
use super::{Crash, Failure, Ledger, Report, liveness::Calm, recent::Recent, trace::Trace};
use crate::{
    conditions::{Counted, Scene},
    event::{Emits, Event, NodeId, Stepped, What},
    invariants::{self, Invariant, l3_quiet::Quiet},
    scenario::{Expectation, Scenario, Step, StepKind},
    verbs::{Act, Stage, Verb},
    world::{Setup, World},
};
use std::{collections::BTreeMap, time::Duration};
use strait_core::{
    Emit, Seed,
    node::{Change, EditOutcome, GlobalEffect, Observation, ObservationChange, Operation, Ticket, ZoneEffect},
    resource::{Key, Labels, Resource, ResourceName, Spec},
    sync::{Dialect, Lane},
    time::Mono,
};

/// How long an edit may go unanswered.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);
/// How long a control plane may take to come up.
const UP_WITHIN: Duration = Duration::from_secs(10);
/// How long a zone may take to hold the meshes that its own resources need.
const MESHES_WITHIN: Duration = Duration::from_secs(60);
/// Time passes at most in such strides, so that conditions on time are seen in time.
const STRIDE: Duration = Duration::from_millis(500);

/// A run that may have failed.
pub(super) type Played = Result<(), Box<Failure>>;

/// A scenario under way.
pub(super) struct Play<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) world: Box<dyn World>,
    seed: Seed,
    crash: Option<Crash>,
    pub(super) observations: BTreeMap<NodeId, Observation>,
    ledger: Ledger,
    invariants: Vec<Box<dyn Invariant>>,
    pub(super) quiet: Option<Quiet>,
    trace: Trace,
    recent: Recent,
    events: u64,
    /// The number and the line of the step under way.
    step: Option<(usize, usize)>,
    pub(super) calm: Calm,
    /// Whether the steps have begun: what must never hold is judged from then on.
    begun: bool,
    /// Whether the crash that was injected has come.
    crashed: bool,
    armed: bool,
    /// Whether a step does something just now: what stops then was stopped by it.
    acting: bool,
}

impl<'a> Play<'a> {
    pub(super) fn new(scenario: &'a Scenario, world: Box<dyn World>, setup: &Setup, crash: Option<Crash>, trace: Trace) -> Self {
        Self {
            scenario,
            world,
            seed: setup.seed,
            crash,
            observations: BTreeMap::new(),
            ledger: Ledger::default(),
            invariants: invariants::all(setup),
            quiet: None,
            trace,
            recent: Recent::default(),
            events: 0,
            step: None,
            calm: Calm::default(),
            begun: false,
            crashed: false,
            armed: false,
            acting: false,
        }
    }

    /// From the first resource to the last judgement.
    pub(super) fn perform(&mut self) -> Played {
        self.prepare()?;
        for counted in [Counted::Bytes, Counted::Messages, Counted::Dials] {
            self.ledger.set_mark(counted, self.world.meters());
        }
        self.begun = true;
        self.judge_never()?;
        let window = self.scenario.crash_window();
        for (index, step) in self.scenario.steps.iter().enumerate() {
            self.step = Some((index + 1, step.line));
            if index == window {
                self.arm();
            }
            self.take(index, step)?;
        }
        self.step = None;
        self.disarm();
        self.come_right()?;
        self.judge_at_end()
    }

    /// What invariants say when nothing more will happen.
    fn judge_at_end(&mut self) -> Played {
        let now = self.world.now();
        let mut invariants = std::mem::take(&mut self.invariants);
        let judged = invariants.iter_mut().try_for_each(|invariant| {
            let judged = invariant.at_end(now);
            judged.map_err(|broken| self.broken(invariant.id(), invariant.slug(), broken))
        });
        self.invariants = invariants;
        judged
    }

    /// Says what it cost.
    pub(super) fn finish(self, report: &mut Report) {
        report.simulated = Duration::from_millis(self.world.now().0);
        report.events = self.events;
        report.sent = self.world.meters().total();
        report.dials = self.world.meters().dials.values().sum();
        report.crashed = self.crashed;
        let (hash, failed) = self.trace.end();
        report.trace = hash;
        if let (Some(why), super::Verdict::Passed) = (failed, &report.verdict) {
            let what = format!("the trace could not be written: {why}");
            report.verdict = super::Verdict::Failed(Failure::of_scenario("run", "trace", Mono(0), None, what));
        }
    }

    // ---- before the first step ---------------------------------------------------------------------

    fn prepare(&mut self) -> Played {
        self.until_up(&NodeId::Global)?;
        let placed_at = |at: &NodeId, is_mesh: bool| -> Vec<Resource> {
            let placed = self.scenario.resources.iter().filter(|placed| placed.at == *at);
            placed.map(|placed| placed.resource.clone()).filter(|resource| (resource.kind().as_str() == "Mesh") == is_mesh).collect()
        };
        let mut meshes = placed_at(&NodeId::Global, true);
        for mesh in &self.scenario.meshes {
            if !meshes.iter().any(|written| written.key.name.as_str() == mesh.as_str()) {
                meshes.push(plain_mesh(mesh.as_str()));
            }
        }
        let others = placed_at(&NodeId::Global, false);
        let by_zone: Vec<(NodeId, Vec<Resource>)> =
            self.scenario.zones.keys().map(|zone| NodeId::Zone(zone.clone())).map(|at| (at.clone(), placed_at(&at, false))).collect();
        self.write(&NodeId::Global, meshes)?;
        self.write(&NodeId::Global, others)?;
        for (at, resources) in by_zone {
            if !resources.is_empty() {
                self.until_meshes_are_there(&at, &resources)?;
                self.write(&at, resources)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, at: &NodeId, resources: Vec<Resource>) -> Played {
        if resources.is_empty() {
            return Ok(());
        }
        self.edit(at, resources.into_iter().map(Change::Put).collect(), None)?;
        self.until_answered()
    }

    /// A zone of ours takes a resource only into a mesh that it holds.
    fn until_meshes_are_there(&mut self, at: &NodeId, resources: &[Resource]) -> Played {
        self.until_up(at)?;
        let dialect = if let NodeId::Zone(zone) = at { self.scenario.zones.get(zone) } else { None };
        if dialect != Some(&Dialect::Strait) {
            return Ok(());
        }
        let needed: Vec<Key> = resources.iter().filter_map(|resource| mesh_key(resource.mesh()?.as_str())).collect();
        let deadline = self.world.now().after(MESHES_WITHIN);
        while !needed.iter().all(|mesh| self.observations.get(at).is_some_and(|node| node.view.resources.contains_key(mesh))) {
            if self.world.now() >= deadline {
                return Err(self.failed("step", "resources", Some(at), "its resources wait for a mesh that does not come".to_owned()));
            }
            self.advance(deadline)?;
        }
        Ok(())
    }

    fn until_up(&mut self, who: &NodeId) -> Played {
        let deadline = self.world.now().after(UP_WITHIN);
        while !self.observations.contains_key(who) {
            if self.world.now() >= deadline {
                return Err(self.failed("step", "up", Some(who), "it is down".to_owned()));
            }
            self.advance(deadline)?;
        }
        Ok(())
    }

    // ---- steps -------------------------------------------------------------------------------------

    /// From here on the crash counts emits.
    fn arm(&mut self) {
        if let (Some(crash), Some(points)) = (self.crash, &self.scenario.crash_points) {
            self.armed = self.world.crash_after_emit(&points.of, crash.after, crash.disk);
        }
    }

    /// A crash that was asked for has come.
    pub(super) fn must_have_crashed(&self) -> Played {
        if self.crashed {
            return Ok(());
        }
        Err(self.failed("run", "no-crash", None, "the crash that was asked for never came: the process has fewer emits".to_owned()))
    }

    /// A crash that has not come by now does not come.
    fn disarm(&mut self) {
        if let (true, Some(crash), Some(points)) = (self.armed, self.crash, &self.scenario.crash_points) {
            self.world.crash_after_emit(&points.of, u64::MAX, crash.disk);
            self.armed = false;
        }
    }

    fn take(&mut self, index: usize, step: &Step) -> Played {
        match &step.what {
            StepKind::Do { verb, .. } => self.carry_out(index, verb.as_ref()),
            StepKind::Expect(expectation) => self.expect(expectation),
        }
    }

    fn carry_out(&mut self, index: usize, verb: &dyn Verb) -> Played {
        let rng = self.seed.fork(&format!("step {index}")).rng();
        let meshes = &self.scenario.meshes;
        let mut acts = verb.plan(&mut Stage { rng, ledger: &self.ledger, meshes });
        acts.sort_by_key(|timed| timed.after);
        let begun = self.world.now();
        for timed in acts {
            self.until(begun.after(timed.after))?;
            self.acting = true;
            // What follows at once is told at once.
            let acted = self.act(timed.act).and_then(|()| self.until(self.world.now()));
            self.acting = false;
            acted?;
        }
        self.until_answered()
    }

    fn act(&mut self, act: Act) -> Played {
        if !matches!(act, Act::Nothing) {
            self.disturbed();
        }
        match act {
            Act::Nothing => {}
            Act::Edit { at, changes, refused } => self.edit(&at, changes, refused)?,
            Act::Operate { at, operation } => self.operate(&at, operation)?,
            Act::Cut(zone, how) => self.world.cut(&zone, how),
            Act::Heal(zone) => self.world.heal(&zone),
            Act::Kill(who) => self.world.kill(&who),
            Act::PowerLoss(who) => self.world.power_loss(&who),
            Act::Restart(who, disk) => self.world.restart(&who, disk),
            Act::Backup(who, called) => self.world.backup(&who, &called),
            Act::Restore(who, called) => self.world.restore(&who, &called),
            Act::DuplicateLate(zone) => {
                if !self.world.duplicate_late(&zone) {
                    return Err(self.failed("step", "duplicate_late", None, "the world cannot, and no table says so".to_owned()));
                }
            }
        }
        Ok(())
    }

    fn edit(&mut self, at: &NodeId, changes: Vec<Change>, refused: Option<String>) -> Played {
        self.until_up(at)?;
        let keys: Vec<String> = changes.iter().take(3).map(|change| change.key().to_string()).collect();
        let ticket = self.ledger.ask(at, format!("the edit of {}", keys.join(", ")), &changes, refused);
        self.world.edit(at, ticket, changes);
        Ok(())
    }

    fn operate(&mut self, at: &NodeId, operation: Operation) -> Played {
        self.until_up(at)?;
        let ticket = self.ledger.ask(at, format!("`{operation}`"), &[], None);
        self.world.operate(at, ticket, operation);
        Ok(())
    }

    fn until_answered(&mut self) -> Played {
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

    fn expect(&mut self, expectation: &Expectation) -> Played {
        let deadline = self.world.now().after(expectation.within.unwrap_or_default());
        loop {
            let why = match expectation.condition.holds(&self.scene()) {
                Ok(()) => break,
                Err(why) => why,
            };
            if self.world.now() >= deadline {
                // A broken invariant says more than what it led to.
                self.judge_at_end()?;
                let what = match expectation.within {
                    Some(within) => format!("not within {within:?}: {why}"),
                    None => why,
                };
                return Err(self.failed("expect", expectation.name, None, what));
            }
            self.advance(deadline)?;
        }
        if let Some(counted) = expectation.condition.counts() {
            self.ledger.set_mark(counted, self.world.meters());
        }
        Ok(())
    }

    // ---- time --------------------------------------------------------------------------------------

    pub(super) fn scene(&self) -> Scene<'_> {
        Scene {
            scenario: self.scenario,
            now: self.world.now(),
            observations: &self.observations,
            meters: self.world.meters(),
            ledger: &self.ledger,
        }
    }

    /// Lets time pass until then.
    pub(super) fn until(&mut self, until: Mono) -> Played {
        loop {
            let told = self.advance(until)?;
            if told == 0 && self.world.now() >= until {
                return Ok(());
            }
        }
    }

    /// Lets time pass until something happens, at most until then, and judges it. Returns how many things happened.
    pub(super) fn advance(&mut self, until: Mono) -> Result<usize, Box<Failure>> {
        let events = self.world.advance(until.min(self.world.now().after(STRIDE)));
        let told = events.len();
        for event in events {
            self.enter(event)?;
        }
        if told > 0 && self.begun {
            self.judge_never()?;
        }
        self.judge_convergence()?;
        Ok(told)
    }

    fn enter(&mut self, event: Event) -> Played {
        self.events += 1;
        self.trace.enter(&event);
        let mut answers = Vec::new();
        self.fold(&event, &mut answers);
        let judged = self.judge(&event);
        self.recent.enter(event);
        if let Err((id, slug, broken)) = judged {
            return Err(self.broken(id, slug, broken));
        }
        answers.into_iter().try_for_each(|(ticket, outcome)| self.answer(ticket, &outcome))
    }

    fn judge(&mut self, event: &Event) -> Result<(), (&'static str, &'static str, invariants::Broken)> {
        for invariant in &mut self.invariants {
            invariant.see(event).map_err(|broken| (invariant.id(), invariant.slug(), broken))?;
        }
        match &mut self.quiet {
            Some(quiet) => quiet.see(event).map_err(|broken| (quiet.id(), quiet.slug(), broken)),
            None => Ok(()),
        }
    }

    fn judge_never(&mut self) -> Played {
        let broken = self.scenario.never.iter().find(|never| never.condition.holds(&self.scene()).is_ok());
        match broken {
            Some(never) => {
                let what = format!("what line {} says must never hold, holds", never.line);
                Err(self.failed("never", never.name, None, what))
            }
            None => Ok(()),
        }
    }

    fn answer(&mut self, ticket: Ticket, outcome: &EditOutcome) -> Played {
        let Some(asked) = self.ledger.answered(ticket, outcome) else {
            return Ok(());
        };
        let what = match (outcome, &asked.refused) {
            (Ok(_), None) => return Ok(()),
            (Err(why), Some(words)) if why.to_string().contains(words.as_str()) => return Ok(()),
            (Ok(_), Some(words)) => format!("{} was accepted, it should be refused: {words}", asked.what),
            (Err(why), Some(words)) => format!("{} was refused, but the reason does not say `{words}`: {why}", asked.what),
            (Err(why), None) => format!("{} was refused: {why}", asked.what),
        };
        Err(self.failed("step", "answer", Some(&asked.at), what))
    }

    /// Keeps what the nodes let know, and collects what they answered.
    fn fold(&mut self, event: &Event, answers: &mut Vec<(Ticket, EditOutcome)>) {
        match &event.what {
            What::Started { observation, emits, .. } => {
                self.disturbed();
                self.observations.insert(event.node.clone(), observation.as_ref().clone());
                match emits {
                    // What recovering let know is part of the observation already.
                    Emits::Global(emits) => collect_global(emits, &mut Vec::new(), answers),
                    Emits::Zone(emits) => collect_zone(emits, &mut Vec::new(), answers),
                }
            }
            What::RefusedToStart { .. } => {
                self.observations.remove(&event.node);
            }
            What::Stopped { .. } => {
                self.disturbed();
                self.observations.remove(&event.node);
                if self.armed && !self.acting && self.scenario.crash_points.as_ref().is_some_and(|points| points.of == event.node) {
                    self.crashed = true;
                    self.ledger.give_up(&event.node);
                }
            }
            What::Stepped(stepped) => {
                let mut changes = Vec::new();
                let provides = match stepped {
                    Stepped::Global { emits, .. } => {
                        collect_global(emits, &mut changes, answers);
                        Lane::Down
                    }
                    Stepped::Zone { emits, .. } => {
                        collect_zone(emits, &mut changes, answers);
                        Lane::Up
                    }
                };
                if let Some(observation) = self.observations.get_mut(&event.node) {
                    changes.into_iter().for_each(|change| observation.apply(change, provides));
                }
            }
        }
    }

    // ---- failing -----------------------------------------------------------------------------------

    pub(super) fn broken(&self, id: &str, slug: &str, broken: invariants::Broken) -> Box<Failure> {
        let recent = self.recent.lines(&broken.node);
        Box::new(Failure {
            id: id.to_owned(),
            slug: slug.to_owned(),
            at: broken.at,
            step: self.step,
            node: broken.node,
            what: broken.what,
            recent,
        })
    }

    pub(super) fn failed(&self, id: &str, slug: &str, node: Option<&NodeId>, what: String) -> Box<Failure> {
        let mut failure = Failure::of_scenario(id, slug, self.world.now(), node, what);
        failure.step = self.step;
        failure.recent = self.recent.lines(&failure.node);
        failure
    }
}

fn collect_global<'e>(emits: &'e [Emit<GlobalEffect>], changes: &mut Vec<&'e ObservationChange>, answers: &mut Vec<(Ticket, EditOutcome)>) {
    for emit in emits {
        match emit {
            Emit::Observed(change) => changes.push(change),
            Emit::Effect(GlobalEffect::Done { ticket, outcome }) => answers.push((*ticket, outcome.clone())),
            _ => {}
        }
    }
}

fn collect_zone<'e>(emits: &'e [Emit<ZoneEffect>], changes: &mut Vec<&'e ObservationChange>, answers: &mut Vec<(Ticket, EditOutcome)>) {
    for emit in emits {
        match emit {
            Emit::Observed(change) => changes.push(change),
            Emit::Effect(ZoneEffect::Done { ticket, outcome }) => answers.push((*ticket, outcome.clone())),
            _ => {}
        }
    }
}

fn mesh_key(name: &str) -> Option<Key> {
    Some(Key { kind: strait_core::resource::Kind::mesh(), mesh: None, name: ResourceName::new(name).ok()? })
}

fn plain_mesh(name: &str) -> Resource {
    let key = mesh_key(name).expect("the name of a mesh is a name");
    Resource { key, labels: Labels::new(), spec: Spec::new(serde_json::json!({})), status: None }
}
