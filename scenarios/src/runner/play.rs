//! One scenario on one world's stage.
use super::{
    Crash, Failure, Ledger, Report,
    asks::Asks,
    author::{Author, Live},
    liveness::Calm,
    nevers::Nevers,
    recent::Recent,
    telling::{Listener, Telling, Told, outcome},
    trace::Trace,
};
use crate::{
    conditions::{Counted, Scene},
    event::{Event, NodeId},
    forwarder::ForwarderId,
    invariants::{Breach, Broken, Judges, l1_converge::Weights, l3_quiet::Quiet},
    scenario::{Expectation, Scenario, Step, StepKind},
    timeline::Recorder,
    workload::ProxyId,
    world::{Link, Setup, World},
    zone_pair::ZonePair,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use strait_core::{
    Seed,
    node::{EditOutcome, Observation, Ticket},
    resource::ZoneName,
    time::Mono,
};

/// Time passes at most in such strides, so that conditions on time are seen in time.
const STRIDE: Duration = Duration::from_millis(500);

/// A run that may have failed.
pub(super) type Played = Result<(), Box<Failure>>;

/// A scenario under way.
pub(super) struct Play<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) world: Box<dyn World>,
    pub(super) seed: Seed,
    crash: Option<Crash>,
    pub(super) observations: BTreeMap<NodeId, Observation>,
    pub(super) ledger: Ledger,
    pub(super) asks: Asks,
    pub(super) judges: Judges,
    pub(super) quiet: Option<Quiet>,
    /// The second control planes that have joined.
    pub(super) joined: BTreeSet<NodeId>,
    trace: Trace,
    recent: Recent,
    events: u64,
    /// The number and the line of the step under way.
    step: Option<(usize, usize)>,
    pub(super) calm: Calm,
    /// What the links are like now.
    pub(super) links: BTreeMap<ZoneName, Link>,
    /// Whether the steps have begun: what must never hold is judged from then on.
    begun: bool,
    pub(super) nevers: Nevers,
    /// Whether the crash that was injected has come.
    pub(super) crashed: bool,
    pub(super) armed: bool,
    /// The longest that a sync of a slow disk took.
    pub(super) slowest_sync: Duration,
    pub(super) weights: Weights,
    /// Whether a step does something just now: what stops then was stopped by it.
    pub(super) acting: bool,
    /// Whose crash was announced by a step.
    pub(super) crashes: BTreeSet<NodeId>,
    /// Who has a newer build than at first.
    pub(super) upgraded: BTreeSet<NodeId>,
    /// The proxies that are down.
    pub(super) down: BTreeSet<ProxyId>,
    /// The links between zones that are cut.
    pub(super) cut_between: BTreeSet<ZonePair>,
    /// The forwarders that are down.
    pub(super) down_forwarders: BTreeSet<ForwarderId>,
    /// Who makes the steps, where the scenario does not hold them.
    pub(super) author: Option<&'a mut dyn Author>,
    /// Only these invariants are judged; `None`: all.
    judged: Option<BTreeSet<String>>,
    listener: Option<Listener>,
    /// Records what happens, to be drawn.
    pub(super) recorder: Option<Recorder>,
    /// What the scenario itself expects is waited for, and does not judge.
    pub(super) only_invariants: bool,
    /// How many emits each control plane had in the steps.
    emits: BTreeMap<NodeId, u64>,
    counts_emits: bool,
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
            asks: Asks::default(),
            judges: Judges::new(setup),
            quiet: None,
            joined: BTreeSet::new(),
            trace,
            recent: Recent::default(),
            events: 0,
            step: None,
            calm: Calm::default(),
            links: scenario.links.clone(),
            begun: false,
            nevers: Nevers::default(),
            crashed: false,
            armed: false,
            slowest_sync: Duration::ZERO,
            weights: Weights::default(),
            acting: false,
            crashes: BTreeSet::new(),
            upgraded: BTreeSet::new(),
            down: BTreeSet::new(),
            cut_between: BTreeSet::new(),
            down_forwarders: BTreeSet::new(),
            author: None,
            judged: None,
            listener: None,
            recorder: None,
            only_invariants: false,
            emits: BTreeMap::new(),
            counts_emits: false,
        }
    }

    /// This one hears of each step.
    pub(super) fn told_to(mut self, listener: Option<Listener>) -> Self {
        self.listener = listener;
        self
    }

    /// Tells something of the step under way.
    pub(super) fn tell(&self, what: Telling) {
        if let (Some(listener), Some((_, line))) = (&self.listener, self.step) {
            listener.hear(&Told { at: self.world.now(), line, what });
        }
    }

    /// The steps come from there, one after the other.
    pub(super) fn written_by(mut self, author: &'a mut dyn Author) -> Self {
        self.author = Some(author);
        self
    }

    /// Only these invariants are judged; `None`: all.
    pub(super) fn judging(mut self, judged: Option<&BTreeSet<String>>) -> Self {
        self.judged = judged.cloned();
        if let Some(judged) = judged {
            self.judges.only(judged);
        }
        self
    }

    pub(super) fn judges(&self, id: &str) -> bool {
        self.judged.as_ref().is_none_or(|judged| judged.contains(id))
    }

    /// From the first resource to the last judgement.
    pub(super) fn perform(&mut self) -> Played {
        self.prepare()?;
        for counted in [Counted::Bytes, Counted::Messages, Counted::Dials] {
            self.ledger.set_mark(counted, self.judges.meters());
        }
        (self.begun, self.counts_emits) = (true, true);
        self.begin_nevers()?;
        let window = self.scenario.crash_window();
        for index in 0.. {
            let Some(step) = self.next_step(index) else {
                break;
            };
            self.step = Some((index + 1, step.line));
            if index == window {
                self.arm();
            }
            self.take(index, &step)?;
        }
        self.tell(Telling::Settles);
        if let Some(recorder) = &self.recorder {
            recorder.settles(self.world.now());
        }
        self.step = None;
        self.end_all_traffic()?;
        self.disarm();
        self.counts_emits = false;
        self.come_right()?;
        self.judge_at_end()
    }

    /// What invariants say when nothing more will happen.
    fn judge_at_end(&mut self) -> Played {
        let first = self.judges.at_end(self.world.now()).into_iter().next();
        first.map_or(Ok(()), |breach| Err(self.broken(breach)))
    }

    /// Says what it cost.
    pub(super) fn finish(self, report: &mut Report) {
        report.simulated = Duration::from_millis(self.world.now().0);
        report.events = self.events;
        report.cost = self.judges.meters().clone();
        report.crashed = self.crashed;
        report.emits = self.emits;
        report.converged.clone_from(self.calm.order());
        report.kept = self.nevers.kept(&self.scenario.never);
        if let Some(recorder) = &self.recorder {
            recorder.ends(self.world.now(), report);
        }
        let (hash, failed) = self.trace.end();
        report.trace = hash;
        if let (Some(why), super::Verdict::Passed) = (failed, &report.verdict) {
            let what = format!("the trace could not be written: {why}");
            report.verdict = super::Verdict::Failed(Failure::of_scenario("run", "trace", Mono(0), None, what));
        }
    }

    // ---- steps -------------------------------------------------------------------------------------

    fn next_step(&mut self, index: usize) -> Option<Step> {
        match self.author.take() {
            None => self.scenario.steps.get(index).cloned(),
            Some(author) => {
                let step = author.next_step(&Live { scene: self.scene(), world: self.world.as_ref() });
                self.author = Some(author);
                step
            }
        }
    }

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
        self.tell(Telling::Begins);
        let began = self.world.now();
        if let Some(recorder) = &self.recorder {
            let name = match &step.what {
                StepKind::Do { name, .. } => name,
                StepKind::Expect(expectation) => expectation.name,
            };
            recorder.step(began, index + 1, step.line, name);
        }
        match &step.what {
            StepKind::Do { verb, .. } => {
                self.carry_out(index, verb.as_ref())?;
                self.tell(Telling::Done(self.world.now().since(began)));
                Ok(())
            }
            StepKind::Expect(expectation) => {
                self.expect(expectation)?;
                if let Some(recorder) = &self.recorder {
                    recorder.step_over(self.world.now(), index + 1, self.world.now().since(began));
                }
                Ok(())
            }
        }
    }

    fn expect(&mut self, expectation: &Expectation) -> Played {
        if let Some(ask) = expectation.condition.asks() {
            return self.expect_answer(expectation, ask);
        }
        let began = self.world.now();
        let deadline = began.after(expectation.within.unwrap_or_default());
        loop {
            let why = match expectation.condition.holds(&self.scene()) {
                Ok(()) => break,
                Err(why) => why,
            };
            if self.world.now() >= deadline {
                return self.not_as_expected(expectation, &why);
            }
            self.advance(deadline)?;
        }
        self.tell(outcome(expectation.condition.counts_traffic(), &self.asks, self.world.now().since(began)));
        if let Some((name, seen)) = expectation.condition.remembers(&self.scene()) {
            self.ledger.remember(name, seen);
        }
        if let Some(called) = expectation.condition.counts_traffic() {
            self.asks.count_anew(called);
        }
        if let Some(counted) = expectation.condition.counts() {
            self.ledger.set_mark(counted, self.judges.meters());
        }
        Ok(())
    }

    pub(super) fn not_as_expected(&mut self, expectation: &Expectation, why: &str) -> Played {
        // A broken invariant says more than what it led to.
        self.judge_at_end()?;
        self.judge_agreement_of_the_converged()?;
        if self.only_invariants {
            return Ok(());
        }
        let what = match expectation.within {
            Some(within) => format!("not within {within:?}: {why}"),
            None => why.to_owned(),
        };
        Err(self.failed("expect", expectation.name, None, what))
    }

    // ---- time --------------------------------------------------------------------------------------

    pub(super) fn scene(&self) -> Scene<'_> {
        Scene {
            scenario: self.scenario,
            now: self.world.now(),
            world: self.world.as_ref(),
            observations: &self.observations,
            meters: self.judges.meters(),
            ledger: &self.ledger,
            asks: &self.asks,
            upgraded: &self.upgraded,
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
        self.ask_what_is_due();
        let until = self.until_the_next_question(until).min(self.world.now().after(STRIDE));
        let events = self.world.advance(until);
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
        if let Some(recorder) = &self.recorder {
            recorder.see(&event);
        }
        if self.counts_emits {
            *self.emits.entry(event.node.clone()).or_default() += event.emits();
        }
        let mut answers = Vec::new();
        self.fold(&event, &mut answers);
        let judged = self.judge(&event);
        if let Some(author) = &mut self.author {
            author.see(&event);
        }
        self.recent.enter(event);
        if let Some(breach) = judged {
            return Err(self.broken(breach));
        }
        answers.into_iter().try_for_each(|(ticket, outcome)| self.answer(ticket, &outcome))
    }

    fn judge(&mut self, event: &Event) -> Option<Breach> {
        let first = self.judges.see(event, self.world.as_mut()).into_iter().next();
        first.or_else(|| self.quiet.as_mut().and_then(|quiet| quiet.see(event).err()))
    }

    fn answer(&mut self, ticket: Ticket, outcome: &EditOutcome) -> Played {
        let Some(asked) = self.ledger.answered(ticket, outcome) else {
            return Ok(());
        };
        if self.only_invariants {
            return Ok(());
        }
        if let (Err(why), None, Some(author)) = (outcome, &asked.refused, &mut self.author)
            && author.may_be_refused(&asked.at, &asked.changes, why)
        {
            return Ok(());
        }
        let what = match (outcome, &asked.refused) {
            (Ok(_), None) => return Ok(()),
            (Err(why), Some(words)) if why.to_string().contains(words.as_str()) => return Ok(()),
            (Ok(_), Some(words)) => format!("{} was accepted, it should be refused: {words}", asked.what),
            (Err(why), Some(words)) => format!("{} was refused, but the reason does not say `{words}`: {why}", asked.what),
            (Err(why), None) => format!("{} was refused: {why}", asked.what),
        };
        Err(self.failed("step", "answer", Some(&asked.at), what))
    }

    // ---- failing -----------------------------------------------------------------------------------

    pub(super) fn broken(&self, Breach { id, slug, broken }: Breach) -> Box<Failure> {
        let Broken { at, node, what } = broken;
        let recent = self.recent.lines(&node);
        Box::new(Failure { id: id.to_owned(), slug: slug.to_owned(), at, step: self.step, node, what, recent })
    }

    pub(super) fn failed(&self, id: &str, slug: &str, node: Option<&NodeId>, what: String) -> Box<Failure> {
        let mut failure = Failure::of_scenario(id, slug, self.world.now(), node, what);
        failure.step = self.step;
        failure.recent = self.recent.lines(&failure.node);
        failure
    }
}
