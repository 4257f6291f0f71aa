//! What waits to be said on one lane: so much and no more, so that a peer that does not read costs little.
use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_stream::Stream;
use tonic::Status;

/// So many messages may wait. A node has at most 64 parts of a transfer under way, one answer for each that its peer has, and four
/// heartbeats for each time that a peer may be silent.
pub(super) const MOST_WAITING: usize = 1024;

/// What is to be said on a lane.
#[derive(Debug)]
pub(super) enum Frame<T> {
    /// A message.
    Say(T),
    /// The end, and why.
    End(Status),
}

/// So much waits that the session is to be given up.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stuck;

/// Where a lane's messages go.
pub(super) struct Outbound<T> {
    turns: UnboundedSender<Turn>,
    waiting: Waiting<T>,
}

/// Where they come out.
pub(super) struct Said<T> {
    turns: UnboundedReceiver<Turn>,
    waiting: Waiting<T>,
}

/// Messages stand beside the channel, so that they can be dropped although nobody takes from it.
type Waiting<T> = Arc<Mutex<VecDeque<T>>>;

enum Turn {
    Say,
    End(Status),
}

/// A lane on which nothing was said yet.
pub(super) fn lane<T>() -> (Outbound<T>, Said<T>) {
    let (sender, turns) = mpsc::unbounded_channel();
    let waiting = Waiting::default();
    (Outbound { turns: sender, waiting: Arc::clone(&waiting) }, Said { turns, waiting })
}

impl<T> Outbound<T> {
    /// Says this next. A lane that no longer takes anything has ended, which its reader tells.
    pub(super) fn say(&self, message: T) -> Result<(), Stuck> {
        let mut waiting = locked(&self.waiting);
        if waiting.len() >= MOST_WAITING {
            return Err(Stuck);
        }
        if self.turns.send(Turn::Say).is_ok() {
            waiting.push_back(message);
        }
        Ok(())
    }

    /// Says nothing more after what waits. If too much does, it is not said either.
    pub(super) fn end(&self, status: Status) {
        let mut waiting = locked(&self.waiting);
        if waiting.len() >= MOST_WAITING {
            *waiting = VecDeque::new();
        }
        // Whoever no longer listens needs no reason.
        let _ = self.turns.send(Turn::End(status));
    }

    /// Resolves when nobody listens any more.
    pub(super) async fn closed(&self) {
        self.turns.closed().await;
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.turns.same_channel(&other.turns)
    }
}

impl<T> Clone for Outbound<T> {
    fn clone(&self) -> Self {
        Self { turns: self.turns.clone(), waiting: Arc::clone(&self.waiting) }
    }
}

impl<T> Stream for Said<T> {
    type Item = Frame<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Frame<T>>> {
        loop {
            match ready!(self.turns.poll_recv(context)) {
                None => return Poll::Ready(None),
                Some(Turn::End(status)) => return Poll::Ready(Some(Frame::End(status))),
                Some(Turn::Say) => {
                    if let Some(message) = locked(&self.waiting).pop_front() {
                        return Poll::Ready(Some(Frame::Say(message)));
                    }
                }
            }
        }
    }
}

fn locked<T>(waiting: &Waiting<T>) -> MutexGuard<'_, VecDeque<T>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_stream::StreamExt as _;

    #[tokio::test]
    async fn what_is_said_comes_out_in_order_and_then_the_end() {
        let (outbound, mut said) = lane();
        outbound.say(1).expect("there is room");
        outbound.say(2).expect("there is room");
        outbound.end(Status::cancelled("enough"));
        assert!(matches!(said.next().await, Some(Frame::Say(1))));
        assert!(matches!(said.next().await, Some(Frame::Say(2))));
        assert!(matches!(said.next().await, Some(Frame::End(why)) if why.message() == "enough"));
    }

    #[tokio::test]
    async fn who_does_not_read_has_so_much_and_no_more_and_nothing_after_the_end() {
        let (outbound, mut said) = lane();
        (0..MOST_WAITING).for_each(|n| outbound.say(n).expect("there is room"));
        assert_eq!(outbound.say(0), Err(Stuck));
        outbound.end(Status::resource_exhausted("too slow"));
        assert_eq!(locked(&outbound.waiting).capacity(), 0);
        assert!(matches!(said.next().await, Some(Frame::End(_))));
    }
}
