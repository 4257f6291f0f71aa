//! The one loop that steps a node.
//!
//! It waits for whichever comes first: the store reports, the deadline is reached, something came from outside. It hands that
//! to the node, and performs what that caused, in order. It never waits for anything else.
use crate::store::Store;
use std::{future::Future, time::Duration};
use strait_core::{
    Emit, Node, Out, Step,
    node::ObservationChange,
    time::{Mono, Now, Wall},
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

/// How long a node whose store failed is kept before its driver tries to bring it back.
pub const RECOVER_AFTER: Duration = Duration::from_secs(2);

/// How many inputs may wait for a node before whoever brings more has to wait.
pub const MAILBOX: usize = 1024;

/// Performs what a node asks for.
pub trait Perform {
    /// What goes into the node.
    type Input;
    /// What the node asks for.
    type Effect;

    /// Whether the node is to see this input. Here it is dropped what was under way when the node ended a session.
    fn admit(&mut self, input: &Self::Input) -> bool;

    /// Does it, without waiting.
    fn perform(&mut self, effect: Self::Effect);

    /// What anyone may know has changed. By default nobody is told; who asks the node, or reads the tap, knows it too.
    fn observed(&mut self, change: ObservationChange) {
        let _ = change;
    }
}

/// Sees each step with what it caused, before that is performed.
pub trait Tap<I, E> {
    /// One step.
    fn stepped(&mut self, now: Now, step: &Step<I>, emits: &[Emit<E>]);

    /// Whether [`Self::stepped`] is to be called at all; steps are copied for it.
    fn is_on(&self) -> bool {
        true
    }
}

/// Sees nothing.
impl<I, E> Tap<I, E> for () {
    fn stepped(&mut self, _now: Now, _step: &Step<I>, _emits: &[Emit<E>]) {}

    fn is_on(&self) -> bool {
        false
    }
}

/// Sees what another does, if there is one.
impl<I, E, T: Tap<I, E>> Tap<I, E> for Option<T> {
    fn stepped(&mut self, now: Now, step: &Step<I>, emits: &[Emit<E>]) {
        if let Some(tap) = self {
            tap.stepped(now, step, emits);
        }
    }

    fn is_on(&self) -> bool {
        self.as_ref().is_some_and(Tap::is_on)
    }
}

/// The two clocks of a process.
pub trait Clocks {
    /// What they show now.
    fn now(&self) -> Now;

    /// Waits until they show `at`, whatever is done to them meanwhile.
    fn reach(&self, at: Mono) -> impl Future<Output = ()> + Send;
}

/// Clocks that run as tokio's timer does.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began: Instant,
    at: Now,
}

impl Clock {
    /// Clocks that show `at` at this moment.
    pub fn showing(at: Now) -> Self {
        Self { began: Instant::now(), at }
    }
}

impl Clocks for Clock {
    fn now(&self) -> Now {
        let passed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Now { mono: Mono(self.at.mono.0.saturating_add(passed)), wall: Wall(self.at.wall.0.saturating_add(passed)) }
    }

    async fn reach(&self, at: Mono) {
        match self.began.checked_add(at.since(self.at.mono)) {
            Some(at) => sleep_until(at).await,
            None => std::future::pending().await,
        }
    }
}

/// Why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The store refused a batch. The node has run ahead of the disk: [`keep`] it for a while, then bring it back from what is stored.
    StoreFailed,
    /// Nobody is left who could bring an input.
    Abandoned,
}

/// Steps a node until its store fails. `emits` is what recovering it caused.
pub async fn drive<N, S, C, P, T>(
    node: &mut N,
    emits: Vec<Emit<N::Effect>>,
    store: &mut S,
    mailbox: &mut mpsc::Receiver<N::Input>,
    clock: C,
    perform: &mut P,
    tap: &mut T,
) -> Ended
where
    N: Node<Input: Clone> + ?Sized,
    S: Store,
    C: Clocks,
    P: Perform<Input = N::Input, Effect = N::Effect>,
    T: Tap<N::Input, N::Effect>,
{
    let mut out = Out::new();
    let mut ticked = None;
    carry_out(emits, store, perform);
    loop {
        // A node whose deadline stands still must not keep the loop from everything else.
        let earliest = ticked.map_or(Mono(0), |at: Mono| at.after(Duration::from_millis(1)));
        let deadline = node.deadline().map(|(at, _)| at.max(earliest));
        let Some(step) = next(store, reach(&clock, deadline), mailbox).await else {
            return Ended::Abandoned;
        };
        if let Step::Input(input) = &step
            && !perform.admit(input)
        {
            continue;
        }
        let now = clock.now();
        if matches!(step, Step::Tick) {
            ticked = Some(now.mono);
        }
        let failed = matches!(step, Step::StoreFailed { .. });
        let emits = take(node, now, step, &mut out, tap);
        carry_out(emits, store, perform);
        if failed {
            return Ended::StoreFailed;
        }
    }
}

/// Keeps a node whose store failed: it serves what it last held durably, says why it takes nothing, and refuses what comes. Returns
/// [`Ended::StoreFailed`] when it is time to try to bring it back; if what is stored cannot be read then, keep it on.
pub async fn keep<N, C, P, T>(node: &mut N, mailbox: &mut mpsc::Receiver<N::Input>, clock: C, perform: &mut P, tap: &mut T) -> Ended
where
    N: Node<Input: Clone> + ?Sized,
    C: Clocks,
    P: Perform<Input = N::Input, Effect = N::Effect>,
    T: Tap<N::Input, N::Effect>,
{
    let mut out = Out::new();
    let until = clock.now().mono.after(RECOVER_AFTER);
    loop {
        let input = tokio::select! {
            biased;
            () = clock.reach(until) => return Ended::StoreFailed,
            input = mailbox.recv() => input,
        };
        let Some(input) = input else {
            return Ended::Abandoned;
        };
        if perform.admit(&input) {
            for emit in take(node, clock.now(), Step::Input(input), &mut out, tap) {
                match emit {
                    Emit::Effect(effect) => perform.perform(effect),
                    Emit::Observed(change) => perform.observed(change),
                    // It has nowhere to store anything.
                    Emit::Store(_) => {}
                }
            }
        }
    }
}

/// Steps the node, and shows the step.
fn take<N, T>(node: &mut N, now: Now, step: Step<N::Input>, out: &mut Out<N::Effect>, tap: &mut T) -> Vec<Emit<N::Effect>>
where
    N: Node<Input: Clone> + ?Sized,
    T: Tap<N::Input, N::Effect>,
{
    let seen = tap.is_on().then(|| step.clone());
    node.handle(now, step, out);
    let emits = out.take();
    if let Some(step) = seen {
        tap.stepped(now, &step, &emits);
    }
    emits
}

/// Waits until then; for ever, if there is no such moment.
async fn reach(clock: &impl Clocks, at: Option<Mono>) {
    match at {
        Some(at) => clock.reach(at).await,
        None => std::future::pending().await,
    }
}

async fn next<I, S: Store>(store: &mut S, deadline: impl Future<Output = ()>, mailbox: &mut mpsc::Receiver<I>) -> Option<Step<I>> {
    tokio::select! {
        biased;
        stored = store.stored() => Some(match stored {
            Ok(upto) => Step::Stored { upto },
            Err(refused) => Step::StoreFailed { from: refused.from, why: refused.why },
        }),
        () = deadline => Some(Step::Tick),
        input = mailbox.recv() => input.map(Step::Input),
    }
}

fn carry_out<S: Store, P: Perform>(emits: Vec<Emit<P::Effect>>, store: &mut S, perform: &mut P) {
    for emit in emits {
        match emit {
            Emit::Store(batch) => store.submit(batch),
            Emit::Effect(effect) => perform.perform(effect),
            Emit::Observed(change) => perform.observed(change),
        }
    }
}
