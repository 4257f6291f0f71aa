//! What ours said on one stream and was not compared yet; and where the recorded side's words go.
use super::wire::{Spoken, Wire};
use std::{collections::VecDeque, time::Duration};
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::{Status, Streaming};

/// How long ours may take to say what it has to say. Nothing takes time here but what ours waits for.
const PATIENCE: Duration = Duration::from_secs(3);

/// Says something on a stream.
pub(crate) type Mouth = Box<dyn Fn(&Wire) + Send>;

/// What ours says on a stream.
pub(crate) struct Ear {
    said: mpsc::UnboundedReceiver<Result<Wire, Status>>,
    waiting: VecDeque<Wire>,
    /// How the stream ended.
    pub(crate) ended: Option<Status>,
}

/// A stream on which things can be said.
pub(crate) fn mouth<T: Spoken>() -> (Mouth, UnboundedReceiverStream<T>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let say = move |wire: &Wire| {
        let _ = sender.send(T::of(wire).expect("it is a message of this method"));
    };
    (Box::new(say), UnboundedReceiverStream::new(receiver))
}

impl Ear {
    /// An ear, and how to speak into it.
    pub(crate) fn new() -> (Self, mpsc::UnboundedSender<Result<Wire, Status>>) {
        let (sender, said) = mpsc::unbounded_channel();
        (Self { said, waiting: VecDeque::new(), ended: None }, sender)
    }

    /// The next message about this; `None`: ours is silent.
    pub(crate) async fn next(&mut self, topic: &str) -> Option<Wire> {
        loop {
            if let Some(at) = self.waiting.iter().position(|wire| wire.topic() == topic) {
                return self.waiting.remove(at);
            }
            if !self.hear().await {
                return None;
            }
        }
    }

    /// Everything that ours says and nobody waited for.
    pub(crate) async fn rest(&mut self) -> Vec<Wire> {
        while self.hear().await {}
        self.waiting.drain(..).collect()
    }

    pub(crate) async fn is_silent(&mut self) -> bool {
        while self.hear().await {}
        self.waiting.is_empty()
    }

    /// Whether more came.
    async fn hear(&mut self) -> bool {
        match timeout(PATIENCE, self.said.recv()).await {
            Ok(Some(Ok(wire))) => self.waiting.push_back(wire),
            Ok(Some(Err(status))) => self.ended = Some(status),
            Ok(None) | Err(_) => return false,
        }
        true
    }
}

/// Hands on what comes, and how it ended.
pub(crate) async fn listen<T: Spoken>(mut inbound: Streaming<T>, ear: mpsc::UnboundedSender<Result<Wire, Status>>) {
    loop {
        let end = match inbound.message().await {
            Ok(Some(message)) => {
                let _ = ear.send(Ok(message.into_wire()));
                continue;
            }
            Ok(None) => Status::ok("ended"),
            Err(status) => status,
        };
        let _ = ear.send(Err(end));
        return;
    }
}
