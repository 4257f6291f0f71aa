//! What happens in a process, as lines of JSON on standard output: each step with what it caused, before that is performed.
use super::clock::monotonic_ns;
use crate::drive::Tap;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    net::IpAddr,
};
use strait_core::{Durable, Emit, Step, StoreKey, node::Observation, sync::Session, time::Now};

/// One thing that happened.
#[derive(Debug, Serialize, Deserialize)]
pub struct Line<I, E> {
    /// When, by `CLOCK_MONOTONIC`, in nanoseconds: the same for all processes of a machine.
    pub at_ns: u64,
    /// What.
    pub what: Happened<I, E>,
}

/// What happened.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened<I, E> {
    /// The node was brought back from what the store gave, everything listens that is to listen, and steps follow.
    Started {
        /// What the store gave.
        #[serde(serialize_with = "encode", deserialize_with = "decode")]
        durable: Durable,
        /// What the node makes known of it.
        observation: Box<Observation>,
        /// What recovering caused.
        emits: Vec<Emit<E>>,
    },
    /// It could not be brought back.
    Refused {
        /// Why.
        why: String,
        /// Whether that may pass: the disk gave nothing.
        may_pass: bool,
    },
    /// The node took a step.
    Stepped {
        /// What its clocks showed.
        now: Now,
        /// What was handed in.
        step: Step<I>,
        /// What that caused, in order.
        emits: Vec<Emit<E>>,
    },
    /// It was told what is to be wrong, and that is so from now on.
    Heard,
    /// The store failed some time ago and can be read again: the node is dropped, and the next is brought back from what is stored.
    StoreFailed,
    /// A session was opened from there.
    Dialled {
        /// Which.
        session: Session,
        /// By which host.
        from: IpAddr,
    },
}

/// What tells.
#[derive(Debug)]
pub struct Tracer(());

impl Tracer {
    pub(super) fn new() -> Self {
        Self(())
    }

    /// Tells that this happened now. A testbed that listens no more is gone, and this process is about to follow it.
    pub fn tell<I: Serialize, E: Serialize>(&self, what: Happened<I, E>) {
        let line = Line { at_ns: monotonic_ns(), what };
        match serde_json::to_vec(&line) {
            Ok(mut bytes) => {
                bytes.push(b'\n');
                let mut out = io::stdout().lock();
                let _ = out.write_all(&bytes).and_then(|()| out.flush());
            }
            Err(error) => tracing::error!(%error, "a step cannot be told"),
        }
    }
}

impl<I: Clone + Serialize, E: Clone + Serialize> Tap<I, E> for Tracer {
    fn stepped(&mut self, now: Now, step: &Step<I>, emits: &[Emit<E>]) {
        self.tell(Happened::Stepped { now, step: step.clone(), emits: emits.to_vec() });
    }
}

fn encode<S: Serializer>(durable: &Durable, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(durable.iter().map(|(key, value)| (key, STANDARD.encode(value))))
}

fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Durable, D::Error> {
    let encoded = BTreeMap::<StoreKey, String>::deserialize(deserializer)?;
    let decoded = |(key, value): (StoreKey, String)| Ok((key, STANDARD.decode(value).map_err(D::Error::custom)?));
    encoded.into_iter().map(decoded).collect()
}
