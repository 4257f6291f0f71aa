//! Where the rest of the process asks a node, and reads what it lets know.
use crate::kds::Local;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use strait_core::{
    node::{Change, EditOutcome, GlobalInput, Observation, ObservationChange, Operation, Ticket, ZoneInput},
    sync::Lane,
};
use tokio::sync::{broadcast, mpsc, oneshot};

/// How many changes a reader may be behind before it has to begin anew.
const BEHIND: usize = 16 << 10;
/// How many may wait to ask.
const ASKING: usize = 256;

/// Where a node is asked. Clones are the same.
#[derive(Clone)]
pub struct Desk(Arc<Inner>);

struct Inner {
    asked: mpsc::Sender<Asked>,
    tickets: AtomicU64,
    waiting: Mutex<BTreeMap<Ticket, oneshot::Sender<EditOutcome>>>,
    observed: Mutex<Observation>,
    provides: Lane,
    changes: broadcast::Sender<Arc<ObservationChange>>,
}

/// The node is gone, or about to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the control plane is stopping")]
pub struct Gone;

/// What is asked of a node.
enum Asked {
    Edit(Ticket, Vec<Change>),
    Operate(Ticket, Operation),
}

impl Desk {
    /// The desk of a global that shows this, and has this mailbox.
    pub fn of_global(shown: Observation, mailbox: mpsc::Sender<GlobalInput>) -> Self {
        Self::new(shown, Lane::Down, mailbox, |asked| match asked {
            Asked::Edit(ticket, changes) => GlobalInput::Edit { ticket, changes },
            Asked::Operate(ticket, operation) => GlobalInput::Operate { ticket, operation },
        })
    }

    /// The desk of a zone that shows this, and has this mailbox.
    pub fn of_zone(shown: Observation, mailbox: mpsc::Sender<ZoneInput>) -> Self {
        Self::new(shown, Lane::Up, mailbox, |asked| match asked {
            Asked::Edit(ticket, changes) => ZoneInput::Edit { ticket, changes },
            Asked::Operate(ticket, operation) => ZoneInput::Operate { ticket, operation },
        })
    }

    fn new<I: Send + 'static>(
        shown: Observation,
        provides: Lane,
        mailbox: mpsc::Sender<I>,
        input: impl Fn(Asked) -> I + Send + 'static,
    ) -> Self {
        let (asked, mut asking) = mpsc::channel(ASKING);
        tokio::spawn(async move {
            while let Some(asked) = asking.recv().await {
                if mailbox.send(input(asked)).await.is_err() {
                    return;
                }
            }
        });
        Self(Arc::new(Inner {
            asked,
            tickets: AtomicU64::new(1),
            waiting: Mutex::default(),
            observed: Mutex::new(shown),
            provides,
            changes: broadcast::channel(BEHIND).0,
        }))
    }

    /// Writes these changes, all or none, and waits for the answer.
    ///
    /// # Errors
    /// There is no node any more: whether they were written is not known.
    pub async fn edit(&self, changes: Vec<Change>) -> Result<EditOutcome, Gone> {
        self.ask(|ticket| Asked::Edit(ticket, changes)).await
    }

    /// Decides this, and waits for the answer.
    ///
    /// # Errors
    /// There is no node any more: whether it was decided is not known.
    pub async fn operate(&self, operation: Operation) -> Result<EditOutcome, Gone> {
        self.ask(|ticket| Asked::Operate(ticket, operation)).await
    }

    async fn ask(&self, asked: impl FnOnce(Ticket) -> Asked) -> Result<EditOutcome, Gone> {
        let ticket = Ticket(self.0.tickets.fetch_add(1, Ordering::Relaxed));
        let (answer, answered) = oneshot::channel();
        locked(&self.0.waiting).insert(ticket, answer);
        if self.0.asked.send(asked(ticket)).await.is_err() {
            locked(&self.0.waiting).remove(&ticket);
            return Err(Gone);
        }
        answered.await.map_err(|_| Gone)
    }

    /// Looks at what the node lets know by now.
    pub fn look<T>(&self, look: impl FnOnce(&Observation) -> T) -> T {
        look(&locked(&self.0.observed))
    }

    /// What the node lets know by now, and every change from then on.
    pub fn follow<T>(&self, look: impl FnOnce(&Observation) -> T) -> (T, broadcast::Receiver<Arc<ObservationChange>>) {
        let observed = locked(&self.0.observed);
        (look(&observed), self.0.changes.subscribe())
    }

    /// Takes what the node says.
    pub fn hear(&self, local: Local) {
        match local {
            Local::Done { ticket, outcome } => {
                let waiting = locked(&self.0.waiting).remove(&ticket);
                // Who asked may have gone meanwhile.
                let _ = waiting.map(|waiting| waiting.send(outcome));
            }
            Local::Observed(change) => {
                let mut observed = locked(&self.0.observed);
                observed.apply(&change, self.0.provides);
                // Nobody need follow.
                let _ = self.0.changes.send(Arc::new(change));
            }
            Local::Published { .. } | Local::Proxy(..) | Local::Issue(_) | Local::Kubernetes(_) => {}
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
