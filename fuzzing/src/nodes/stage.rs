//! One node, its disk and its time.
use std::collections::VecDeque;
use strait_core::{
    Batch, Durable, Emit, Lsn, Out, Recover, Seed, Step,
    node::{Observation, ObservationChange},
    sync::Lane,
    time::{Mono, Now, Wall},
};

/// A deadline that has passed leads to a later one, or to none, in fewer steps than this.
const MOST_TICKS: usize = 10_000;
/// One step leads to fewer emits than this: inputs are small.
const MOST_EMITS: usize = 20_000;

/// Which lane a node provides.
pub(super) trait Provides {
    const LANE: Lane;
}

impl Provides for strait_core::ZoneNode {
    const LANE: Lane = Lane::Up;
}

impl Provides for strait_core::GlobalNode {
    const LANE: Lane = Lane::Down;
}

pub(super) struct Stage<N: Recover> {
    pub(super) node: N,
    config: N::Config,
    /// What is durable.
    pub(super) disk: Durable,
    /// What was handed to the store, and is not durable yet.
    batches: VecDeque<Batch>,
    pub(super) now: u64,
    starts: u64,
    folded: Observation,
    /// What it asked its driver to do, and was not done yet.
    pub(super) asked: VecDeque<N::Effect>,
}

impl<N: Recover + Provides> Stage<N>
where
    N::Config: Clone,
{
    /// `None`: the disk cannot be read, and the error says which record.
    pub(super) fn start(config: N::Config, disk: Durable) -> Option<Self> {
        let mut out = Out::new();
        let now = Now { mono: Mono(0), wall: Wall(0) };
        let node = match N::recover(config.clone(), Seed(1), now, &disk, &mut out) {
            Ok(node) => node,
            Err(why) => {
                assert!(!why.why.is_empty(), "an error says nothing");
                return None;
            }
        };
        let folded = node.observe().clone();
        let mut stage = Self { node, config, disk, batches: VecDeque::new(), now: 0, starts: 1, folded, asked: VecDeque::new() };
        // What recovering let know is part of what it says of itself already.
        out.take().into_iter().for_each(|emit| stage.keep(emit, false));
        Some(stage)
    }

    pub(super) fn input(&mut self, input: N::Input) {
        self.step(Step::Input(input));
    }

    fn step(&mut self, step: Step<N::Input>) {
        let mut out = Out::new();
        self.node.handle(Now { mono: Mono(self.now), wall: Wall(self.now) }, step, &mut out);
        let emits = out.take();
        assert!(emits.len() < MOST_EMITS, "one step led to {} emits", emits.len());
        emits.into_iter().for_each(|emit| self.keep(emit, true));
        assert!(self.folded == *self.node.observe(), "what was let know is not what the node says of itself");
    }

    fn keep(&mut self, emit: Emit<N::Effect>, is_news: bool) {
        match emit {
            Emit::Store(batch) => {
                let last = self.batches.back().map(|batch| batch.lsn);
                assert!(last.is_none_or(|last| last < batch.lsn), "batches are out of order");
                self.batches.push_back(batch);
            }
            Emit::Effect(effect) => self.asked.push_back(effect),
            Emit::Observed(change) => {
                if is_news {
                    self.fold(&change);
                }
            }
        }
    }

    fn fold(&mut self, change: &ObservationChange) {
        self.folded.apply(change, N::LANE);
    }

    /// So many batches become durable.
    pub(super) fn store(&mut self, most: usize) {
        let mut upto: Option<Lsn> = None;
        for batch in self.batches.drain(..most.min(self.batches.len())) {
            batch.apply_to(&mut self.disk);
            upto = Some(batch.lsn);
        }
        if let Some(upto) = upto {
            self.step(Step::Stored { upto });
        }
    }

    /// Everything becomes durable, and what that leads to.
    pub(super) fn store_all(&mut self) {
        for _ in 0..MOST_TICKS {
            if self.batches.is_empty() {
                return;
            }
            self.store(usize::MAX);
        }
        panic!("the node stores without an end");
    }

    /// Time passes, in milliseconds; the node is woken when it asks for it.
    pub(super) fn pass(&mut self, ms: u64) {
        let until = self.now + ms;
        let mut ticks = 0;
        while let Some((at, why)) = self.node.deadline().filter(|(at, _)| at.0 <= until) {
            self.now = self.now.max(at.0);
            self.step(Step::Tick);
            self.store_all();
            ticks += 1;
            assert!(ticks < MOST_TICKS, "the node is woken without an end, for {why}");
        }
        self.now = until;
    }

    /// The process ends, and another one starts from what is durable.
    pub(super) fn restart(&mut self) {
        let mut out = Out::new();
        self.batches.clear();
        self.asked.clear();
        self.starts += 1;
        self.now += 1;
        let now = Now { mono: Mono(self.now), wall: Wall(self.now) };
        match N::recover(self.config.clone(), Seed(self.starts), now, &self.disk, &mut out) {
            Ok(node) => self.node = node,
            Err(why) => panic!("a node cannot read what it wrote itself: {why}"),
        }
        self.folded = self.node.observe().clone();
        out.take().into_iter().for_each(|emit| self.keep(emit, false));
    }
}
