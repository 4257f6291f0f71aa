//! What workloads ask each other, from the name to the answer.
use super::{
    ModelWorld,
    agenda::{Happening, HostId},
};
use crate::proxy::{AT_HOME, Does, Hop, Lost};
use rand::{rngs::ChaCha8Rng, seq::IndexedRandom as _};
use std::{collections::BTreeMap, time::Duration};
use strait_core::{Seed, time::Wall};
use strait_scenarios::{
    event::NodeId,
    gateway::{Begins, passed_on},
    workload::{Answer, Ask, AtWorkload},
};

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
    /// The try that its proxy waits for.
    nth: u32,
}

/// How far a question is.
#[derive(Debug)]
pub(super) enum Stage {
    /// From outside it reaches the gateway that is asked.
    Enters,
    /// It reaches another proxy.
    Arrives {
        hop: Box<Hop>,
        /// The proxies that it has come through, the first of them its author's.
        through: Vec<usize>,
    },
    /// A proxy hears that it has no connection, or waits no longer for this try, and tries another one.
    GoesAgain { hop: Box<Hop>, through: Vec<usize> },
    /// A workload has worked on it for as long as it takes.
    Done {
        /// Which, in which life.
        by: (usize, u64),
        asker: Option<String>,
        /// The proxies through which it came, and in which try.
        through: Vec<usize>,
        nth: u32,
    },
    /// An answer to this try comes back.
    Returns { answer: Answer, nth: u32 },
    /// The workload that asks hears how it ended, or gives up.
    Ends(Answer),
    /// So does who asks a gateway from outside.
    IsHeardOutside(Answer),
}

impl Questions {
    pub(super) fn new(seed: Seed) -> Self {
        Self { open: BTreeMap::new(), rng: seed.rng() }
    }
}

impl ModelWorld {
    pub(super) fn begin_question(&mut self, number: u64, ask: &Ask) {
        let Some(home) = self.find(&NodeId::Zone(ask.from.zone.clone())) else {
            return;
        };
        let mut ask = ask.clone();
        if let Some(cluster) = self.cluster_of(home) {
            match self.clusters[cluster].sim.pick(&ask.from) {
                Some(pod) => ask.from = pod,
                None => {
                    self.at_workload(home, AtWorkload::Asks { number, ask });
                    let answer = Answer::Failed("no such pod is there".to_owned());
                    return self.at_workload(home, AtWorkload::Answered { number, answer });
                }
            }
        }
        let ask = &ask;
        let Some(index) = self.proxies.find(&ask.from) else {
            return;
        };
        let proxy = &self.proxies[index];
        let (home, from) = (proxy.home, (index, proxy.life));
        self.questions.open.insert(number, Question { home, from, ask: ask.clone(), nth: 0 });
        self.at_workload(home, AtWorkload::Asks { number, ask: ask.clone() });
        let gives_up = self.now.after(ask.patience());
        match ask.begins {
            Begins::There => {
                self.later(number, gives_up, Stage::Ends(Lost::Unanswered.into()));
                self.begin_there(number, index, ask);
            }
            Begins::Outside => {
                self.later(number, gives_up, Stage::IsHeardOutside(Lost::Unanswered.into()));
                self.later(number, self.now.after(AT_HOME), Stage::Enters);
            }
        }
    }

    /// A workload asks.
    fn begin_there(&mut self, number: u64, index: usize, ask: &Ask) {
        match self.leaves(index, ask) {
            Ok(hop) => {
                if let Some(timeout) = hop.timeout {
                    self.later(number, self.now.after(timeout), Stage::Ends(Lost::TimedOut.into()));
                }
                self.send_on(number, hop, vec![index]);
            }
            Err(answer) => self.later(number, self.now, Stage::Ends(answer)),
        }
    }

    /// A gateway is asked from outside, and asks.
    fn enters(&mut self, number: u64) {
        let Some(question) = self.questions.open.get_mut(&number) else {
            return;
        };
        let (index, ask) = (question.from.0, question.ask.clone());
        let proxy = &self.proxies[index];
        // Whoever was there when it was asked may be gone, and another there.
        question.from.1 = proxy.life;
        if proxy.is_up {
            return self.begin_there(number, index, &ask);
        }
        self.later(number, self.now.after(AT_HOME), Stage::IsHeardOutside(Answer::Failed("nobody answers at the gateway".to_owned())));
    }

    pub(super) fn question(&mut self, number: u64, stage: Stage) {
        let Some(question) = self.questions.open.get_mut(&number) else {
            return;
        };
        match stage {
            Stage::Enters => self.enters(number),
            Stage::Arrives { hop, through } => self.arrives(number, *hop, through),
            Stage::GoesAgain { hop, through } => {
                if hop.nth > question.nth {
                    question.nth = hop.nth;
                    self.send_on(number, *hop, through);
                }
            }
            Stage::Returns { answer, nth } => {
                if nth == question.nth {
                    self.question(number, Stage::Ends(answer));
                }
            }
            Stage::Done { by: (index, life), asker, through, nth } => {
                let proxy = &self.proxies[index];
                let is_there = proxy.is_up && proxy.life == life;
                let answer = if is_there { Answer::By { proxy: proxy.id.clone(), asker } } else { Lost::Reset.seen(question.ask.speaks) };
                self.send_back(number, (answer, nth), &through, index);
            }
            Stage::Ends(answer) => {
                let (begins, (index, life)) = (question.ask.begins, question.from);
                let proxy = &self.proxies[index];
                let is_heard = proxy.is_up && proxy.life == life;
                match begins {
                    Begins::There => self.end(number, if is_heard { answer } else { Lost::OwnHost.into() }),
                    Begins::Outside => {
                        let answer = if is_heard { passed_on(answer) } else { Lost::Reset.into() };
                        self.later(number, self.now.after(AT_HOME), Stage::IsHeardOutside(answer));
                    }
                }
            }
            Stage::IsHeardOutside(answer) => self.end(number, answer),
        }
    }

    fn end(&mut self, number: u64, answer: Answer) {
        if let Some(question) = self.questions.open.remove(&number) {
            self.at_workload(question.home, AtWorkload::Answered { number, answer });
        }
    }

    /// Where its own proxy sends a question.
    fn leaves(&mut self, index: usize, ask: &Ask) -> Result<Hop, Answer> {
        let home = self.proxies[index].home;
        let cluster = self.cluster_of(home).map(|cluster| &self.clusters[cluster].sim);
        let in_cluster = |name: &str| cluster.and_then(|cluster| cluster.look_up(name));
        let proxy = &mut self.proxies[index];
        if !proxy.is_up {
            return Err(Lost::OwnHost.into());
        }
        proxy.sim.sends(ask, &in_cluster, &mut self.questions.rng)
    }

    /// Sends a question on to the next proxy, if there is a way.
    fn send_on(&mut self, number: u64, mut hop: Hop, through: Vec<usize>) {
        self.past_the_cloud(&mut hop);
        if let ([_], Some(each)) = (through.as_slice(), hop.each) {
            let then = match hop.again() {
                Some(again) => Stage::GoesAgain { hop: Box::new(again), through: through.clone() },
                None => Stage::Returns { answer: Lost::TimedOut.seen(hop.speaks), nth: hop.nth },
            };
            self.later(number, self.now.after(each), then);
        }
        let from = through.last().map(|index| self.proxies[*index].home);
        let to = self.proxies.at(hop.to.ip()).map(|index| self.proxies[index].home);
        let takes = match (from, to) {
            (Some(from), Some(to)) => self.takes_between(from, to),
            // Nobody was ever there.
            _ => Some(AT_HOME),
        };
        if let Some(takes) = takes {
            self.later(number, self.now.after(takes), Stage::Arrives { hop: Box::new(hop), through });
        }
    }

    /// An address that a cloud gave leads to an endpoint of its service that is ready, if there is one.
    fn past_the_cloud(&mut self, hop: &mut Hop) {
        let std::net::SocketAddr::V4(to) = hop.to else { return };
        for cluster in &self.clusters {
            if let Some(behind) = cluster.sim.behind(*to.ip(), to.port())
                && let Some((address, port)) = behind.choose(&mut self.questions.rng)
            {
                hop.to = (*address, *port).into();
                return;
            }
        }
    }

    /// Sends an answer back the way that a question came to a proxy, if that is still there.
    fn send_back(&mut self, number: u64, (answer, nth): (Answer, u32), through: &[usize], from: usize) {
        if let Some(takes) = self.way_back(through, from) {
            self.later(number, self.now.after(takes), Stage::Returns { answer, nth });
        }
    }

    /// How long it takes from a proxy back to the first; `None`: nothing arrives.
    fn way_back(&self, through: &[usize], from: usize) -> Option<Duration> {
        let hosts: Vec<HostId> = through.iter().chain([&from]).map(|index| self.proxies[*index].home).collect();
        hosts.windows(2).map(|pair| self.takes_between(pair[0], pair[1])).sum()
    }

    /// The proxy of who asks hears that there is no connection. It tries another one, if it is to.
    fn breaks(&mut self, number: u64, lost: Lost, hop: &Hop, through: &[usize], from: usize) {
        let (Some(hop), Some(first)) = (hop.again(), through.first()) else {
            return self.send_back(number, (lost.seen(hop.speaks), hop.nth), through, from);
        };
        if let Some(takes) = self.way_back(through, from) {
            self.later(number, self.now.after(takes), Stage::GoesAgain { hop: Box::new(hop), through: vec![*first] });
        }
    }

    fn arrives(&mut self, number: u64, hop: Hop, mut through: Vec<usize>) {
        let found = self.proxies.at(hop.to.ip());
        let Some(index) = found.filter(|index| self.proxies[*index].is_up) else {
            // His host refuses, from where it is; behind an ingress, which lets go of its connection then.
            let lost = Lost::NobodyAt(hop.to);
            let from = found.or(through.last().copied());
            return from.into_iter().for_each(|from| self.breaks(number, lost, &hop, &through, from));
        };
        let wall = self.wall_of(index);
        let proxy = &self.proxies[index];
        let Does::Serves(workload) = &proxy.does else {
            return match proxy.sim.passes(&hop, &mut self.questions.rng) {
                Some(to) => {
                    through.push(index);
                    self.send_on(number, Hop { to, ..hop }, through);
                }
                None => self.breaks(number, Lost::Reset, &hop, &through, index),
            };
        };
        let (life, speaks) = (proxy.life, workload.protocol);
        match proxy.sim.lets_in(&hop, speaks, wall) {
            Ok(asker) => {
                let takes = self.questions.open.get(&number).map(|question| question.ask.takes).unwrap_or_default();
                self.later(number, self.now.after(takes), Stage::Done { by: (index, life), asker, through, nth: hop.nth });
            }
            Err(answer) => self.send_back(number, (answer, hop.nth), &through, index),
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
