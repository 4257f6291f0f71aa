//! What workloads ask: once, for an expectation, or again and again while other things happen.
use super::{
    play::{Play, Played},
    telling::Telling,
};
use crate::{
    scenario::Expectation,
    workload::{Answer, Ask, AtWorkload, ProxyId},
};
use std::{collections::BTreeMap, time::Duration};
use strait_core::time::Mono;

/// How soon an expectation asks again.
const AGAIN_AFTER: Duration = Duration::from_millis(100);
/// Every world answers, at the latest when whoever asks gives up; this is for one that does not.
const WORLD_ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// What was asked in a run.
#[derive(Debug, Default)]
pub struct Asks {
    last: u64,
    open: BTreeMap<u64, Open>,
    /// Answers that an expectation waits for.
    awaited: BTreeMap<u64, Answer>,
    traffic: BTreeMap<String, Traffic>,
    /// What is asked for what must never hold, by its position.
    nevers: BTreeMap<usize, Traffic>,
    /// What was answered to that, and not looked at yet.
    unjudged: Vec<(usize, Answer)>,
}

/// What is not answered yet.
#[derive(Debug)]
struct Open {
    since: Mono,
    ask: Ask,
    by: Asker,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Asker {
    Expectation,
    Traffic(String),
    /// What must never hold, by its position.
    Never(usize),
    /// Nobody looks at the answer but those who judge the run.
    Nobody,
}

/// One who asks again and again.
#[derive(Debug)]
struct Traffic {
    ask: Ask,
    every: Duration,
    /// `None`: it has stopped.
    next: Option<Mono>,
    counted: Counts,
}

/// How many of them ended how, since somebody last looked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// A workload answered.
    pub answered: u64,
    /// A permission refused it.
    pub denied: u64,
    /// Something else.
    pub failed: u64,
    /// The last that failed, in words.
    pub last_failure: Option<String>,
}

impl Asks {
    /// How many of the questions of this traffic ended how, since that was last looked at.
    pub fn counts(&self, called: &str) -> Option<&Counts> {
        self.traffic.get(called).map(|traffic| &traffic.counted)
    }

    /// It is counted anew from here.
    pub(super) fn count_anew(&mut self, called: &str) {
        if let Some(traffic) = self.traffic.get_mut(called) {
            traffic.counted = Counts::default();
        }
    }

    /// When somebody asks next.
    fn next_due(&self) -> Option<Mono> {
        self.all_traffic().filter_map(|traffic| traffic.next).min()
    }

    fn all_traffic(&self) -> impl Iterator<Item = &Traffic> {
        self.traffic.values().chain(self.nevers.values())
    }

    /// What was answered since to what is asked for what must never hold, each with its position.
    pub(super) fn unjudged(&mut self) -> Vec<(usize, Answer)> {
        std::mem::take(&mut self.unjudged)
    }

    /// Who asks is no more: what becomes of that says nothing of whom it asked.
    fn gone(&mut self, asker: &ProxyId) {
        let is_its = |open: &&mut Open| open.ask.from == *asker && open.ask.begins.is_there() && matches!(open.by, Asker::Never(_));
        self.open.values_mut().filter(is_its).for_each(|open| open.by = Asker::Nobody);
    }

    fn answered(&mut self, number: u64, answer: &Answer) {
        let Some(open) = self.open.remove(&number) else {
            return;
        };
        match open.by {
            Asker::Expectation => _ = self.awaited.insert(number, answer.clone()),
            Asker::Traffic(called) => {
                if let Some(traffic) = self.traffic.get_mut(&called) {
                    traffic.counted.add(answer);
                }
            }
            Asker::Never(index) => self.unjudged.push((index, answer.clone())),
            Asker::Nobody => {}
        }
    }
}

impl Traffic {
    /// Whether it is time to ask. Then the next time is later.
    fn is_due(&mut self, now: Mono) -> bool {
        let Some(next) = self.next.filter(|next| *next <= now) else { return false };
        // A world in real time may be late. What was missed is not made up for.
        let next = next.after(self.every);
        self.next = Some(if next > now { next } else { now.after(self.every) });
        true
    }
}

impl Counts {
    fn add(&mut self, answer: &Answer) {
        match answer {
            Answer::By { .. } | Answer::Leads(_) => self.answered += 1,
            Answer::Denied => self.denied += 1,
            Answer::Closed | Answer::NoSuchName | Answer::Failed(_) => {
                self.failed += 1;
                self.last_failure = Some(answer.to_string());
            }
        }
    }
}

impl Play<'_> {
    /// Somebody begins to ask again and again.
    pub(super) fn begin_traffic(&mut self, called: &str, ask: &Ask, every: Duration) {
        let traffic = Traffic { ask: ask.clone(), every, next: Some(self.world.now()), counted: Counts::default() };
        self.asks.traffic.insert(called.to_owned(), traffic);
    }

    /// The same, for what must never hold.
    pub(super) fn begin_never(&mut self, index: usize, ask: &Ask, every: Duration) {
        let traffic = Traffic { ask: ask.clone(), every, next: Some(self.world.now()), counted: Counts::default() };
        self.asks.nevers.insert(index, traffic);
    }

    /// Somebody asks no more. What was asked is answered.
    pub(super) fn end_traffic(&mut self, called: &str) -> Played {
        if let Some(traffic) = self.asks.traffic.get_mut(called) {
            traffic.next = None;
        }
        let is_its = |asker: &Asker| *asker == Asker::Traffic(called.to_owned());
        self.until_all_answered(&is_its)
    }

    /// Nobody asks any more, and nothing is left to be answered.
    pub(super) fn end_all_traffic(&mut self) -> Played {
        let asks = &mut self.asks;
        asks.traffic.values_mut().chain(asks.nevers.values_mut()).for_each(|traffic| traffic.next = None);
        self.until_all_answered(&|_| true)
    }

    /// A question of which only those who judge see the answer. The step lasts until it is answered.
    pub(super) fn ask_once(&mut self, ask: &Ask) -> Played {
        self.send(ask, Asker::Nobody);
        self.until_all_answered(&|asker| *asker == Asker::Nobody)
    }

    /// Asks until the answer is as expected, or the time is up.
    pub(super) fn expect_answer(&mut self, expectation: &Expectation, ask: &Ask) -> Played {
        let began = self.world.now();
        let deadline = began.after(expectation.within.unwrap_or_default());
        loop {
            let number = self.send(ask, Asker::Expectation);
            while !self.asks.awaited.contains_key(&number) {
                self.wait_for_answers()?;
            }
            let Some(answer) = self.asks.awaited.remove(&number) else {
                return Ok(());
            };
            let judged = expectation.condition.judges(&answer, &self.scene());
            match judged {
                Ok(()) => {
                    self.tell(Telling::Answered(answer, self.world.now().since(began)));
                    return Ok(());
                }
                Err(why) if self.world.now() >= deadline => return self.not_as_expected(expectation, &why),
                Err(_) => self.until(self.world.now().after(AGAIN_AFTER))?,
            }
        }
    }

    /// Who asks again and again, and is due, asks.
    pub(super) fn ask_what_is_due(&mut self) {
        let now = self.world.now();
        let mut due = Vec::new();
        for (called, traffic) in &mut self.asks.traffic {
            if traffic.is_due(now) {
                due.push((Asker::Traffic(called.clone()), traffic.ask.clone()));
            }
        }
        for (index, traffic) in &mut self.asks.nevers {
            let is_there = !traffic.ask.begins.is_there() || !self.down.contains(&traffic.ask.from);
            if traffic.is_due(now) && is_there {
                due.push((Asker::Never(*index), traffic.ask.clone()));
            }
        }
        for (asker, ask) in due {
            self.send(&ask, asker);
        }
    }

    /// No later than the next question.
    pub(super) fn until_the_next_question(&self, until: Mono) -> Mono {
        self.asks.next_due().map_or(until, |due| until.min(due))
    }

    /// Keeps what happened at a workload.
    pub(super) fn at_workload(&mut self, at: &AtWorkload) {
        match at {
            AtWorkload::Answered { number, answer } => {
                // Who asks cannot tell a permission from an accident; those who judge the run can.
                let is_denied = |open: &Open| *answer == Answer::Closed && self.judges.may_be_denied(&open.ask, open.since);
                let is_denied = self.asks.open.get(number).is_some_and(is_denied);
                self.asks.answered(*number, if is_denied { &Answer::Denied } else { answer });
            }
            AtWorkload::Started(proxy) => {
                self.disturbed();
                self.down.remove(proxy);
            }
            AtWorkload::Stopped(proxy) => {
                self.disturbed();
                self.asks.gone(proxy);
                // What ends in a cluster is started there.
                if !self.scenario.clusters.contains_key(&proxy.zone) {
                    self.down.insert(proxy.clone());
                }
            }
            AtWorkload::Appears { .. } | AtWorkload::Asks { .. } | AtWorkload::Cut(_) | AtWorkload::Healed(_) => {}
        }
    }

    fn send(&mut self, ask: &Ask, by: Asker) -> u64 {
        self.asks.last += 1;
        let open = Open { since: self.world.now(), ask: ask.clone(), by };
        self.asks.open.insert(self.asks.last, open);
        self.world.ask(self.asks.last, ask);
        self.asks.last
    }

    fn until_all_answered(&mut self, of: &dyn Fn(&Asker) -> bool) -> Played {
        while self.asks.open.values().any(|open| of(&open.by)) {
            self.wait_for_answers()?;
        }
        Ok(())
    }

    fn wait_for_answers(&mut self) -> Played {
        let now = self.world.now();
        let is_lost = |open: &&Open| now > open.since.after(open.ask.patience() + WORLD_ANSWERS_WITHIN);
        if let Some(open) = self.asks.open.values().find(is_lost) {
            let what = format!("what was asked at {} ms was never answered", open.since.0);
            return Err(self.failed("world", "unanswered", None, what));
        }
        self.advance(now.after(AGAIN_AFTER)).map(drop)
    }
}
