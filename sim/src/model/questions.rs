//! What workloads ask each other, from the name to the answer.
use super::{
    ModelWorld,
    agenda::{Happening, HostId},
};
use crate::proxy::{AT_HOME, Hop, Lost};
use rand::rngs::ChaCha8Rng;
use std::collections::BTreeMap;
use strait_core::{Seed, time::Wall};
use strait_scenarios::workload::{Answer, Ask, AtWorkload};

/// The questions that are not answered yet.
pub(super) struct Questions {
    open: BTreeMap<u64, Question>,
    rng: ChaCha8Rng,
}

struct Question {
    home: HostId,
    /// Who asked, and in which life.
    from: (usize, u64),
    ask: Ask,
}

/// How far a question is.
#[derive(Debug)]
pub(super) enum Stage {
    /// It reaches the proxy of another workload.
    Arrives(Box<Hop>),
    /// A workload has worked on it for as long as it takes.
    Done {
        /// Which, in which life.
        by: (usize, u64),
        asker: Option<String>,
    },
    /// Its author hears how it ended, or gives up.
    Ends(Answer),
}

impl Questions {
    pub(super) fn new(seed: Seed) -> Self {
        Self { open: BTreeMap::new(), rng: seed.rng() }
    }
}

impl ModelWorld {
    pub(super) fn begin_question(&mut self, number: u64, ask: &Ask) {
        let Some(index) = self.proxies.find(&ask.from) else {
            return;
        };
        let proxy = &self.proxies[index];
        let (home, from) = (proxy.home, (index, proxy.life));
        self.questions.open.insert(number, Question { home, from, ask: ask.clone() });
        self.at_workload(home, AtWorkload::Asks { number, ask: ask.clone() });
        self.later(number, self.now.after(ask.patience()), Stage::Ends(Lost::Unanswered.into()));
        match self.leaves(index, ask) {
            Ok(hop) => {
                if let Some(timeout) = hop.timeout {
                    self.later(number, self.now.after(timeout), Stage::Ends(Lost::TimedOut.into()));
                }
                self.later(number, self.now.after(AT_HOME), Stage::Arrives(Box::new(hop)));
            }
            Err(answer) => self.later(number, self.now, Stage::Ends(answer)),
        }
    }

    pub(super) fn question(&mut self, number: u64, stage: Stage) {
        let Some(question) = self.questions.open.get(&number) else {
            return;
        };
        match stage {
            Stage::Arrives(hop) => self.arrives(number, &hop),
            Stage::Done { by: (index, life), asker } => {
                let proxy = &self.proxies[index];
                let is_there = proxy.is_up && proxy.life == life;
                let answer = if is_there { Answer::By { proxy: proxy.id.clone(), asker } } else { Lost::Reset.seen(question.ask.speaks) };
                self.later(number, self.now.after(AT_HOME), Stage::Ends(answer));
            }
            Stage::Ends(answer) => {
                let (home, (index, life)) = (question.home, question.from);
                self.questions.open.remove(&number);
                let proxy = &self.proxies[index];
                let is_heard = proxy.is_up && proxy.life == life;
                let answer = if is_heard { answer } else { Lost::OwnHost.into() };
                self.at_workload(home, AtWorkload::Answered { number, answer });
            }
        }
    }

    /// Where its own proxy sends a question.
    fn leaves(&mut self, index: usize, ask: &Ask) -> Result<Hop, Answer> {
        let proxy = &mut self.proxies[index];
        if !proxy.is_up {
            return Err(Lost::OwnHost.into());
        }
        proxy.sim.sends(ask, &mut self.questions.rng)
    }

    fn arrives(&mut self, number: u64, hop: &Hop) {
        let found = self.proxies.at(hop.to.ip()).filter(|index| self.proxies[*index].is_up);
        let Some(index) = found else {
            return self.later(number, self.now.after(AT_HOME), Stage::Ends(Lost::NobodyAt(hop.to).seen(hop.speaks)));
        };
        let wall = self.wall_of(index);
        let proxy = &self.proxies[index];
        let (life, speaks) = (proxy.life, proxy.workload.protocol);
        match proxy.sim.lets_in(hop, speaks, wall) {
            Ok(asker) => {
                let takes = self.questions.open.get(&number).map(|question| question.ask.takes).unwrap_or_default();
                self.later(number, self.now.after(takes), Stage::Done { by: (index, life), asker });
            }
            Err(answer) => self.later(number, self.now.after(AT_HOME), Stage::Ends(answer)),
        }
    }

    /// The hosts of a zone have one clock.
    fn wall_of(&self, index: usize) -> Wall {
        self.clock(self.proxies[index].home).wall
    }

    fn later(&mut self, number: u64, at: strait_core::time::Mono, stage: Stage) {
        self.agenda.add(at, Happening::Question { number, stage });
    }
}
