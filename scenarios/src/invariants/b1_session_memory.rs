//! B1: what a provider has sent on a session and has had no answer to is bounded, however slow the receiver is.
//!
//! Towards a Strait by bytes; towards a plain Kuma, where a kind goes in one piece, by one response of each kind.
use super::{Broken, Invariant, bounds};
use crate::oracle::{
    truth::{Happened, Truth},
    turns::Turn,
};
use strait_core::sync::{Dialect, ResponseBody};

/// B1.
#[derive(Debug)]
pub(super) struct SessionMemory;

impl Invariant for SessionMemory {
    fn id(&self) -> &'static str {
        "B1"
    }

    fn slug(&self) -> &'static str {
        "session-memory"
    }

    fn see(&mut self, truth: &Truth, Happened { event, turns, .. }: &Happened<'_>) -> Result<(), Broken> {
        if !truth.disks.is_ours(&event.node) {
            return Ok(());
        }
        for turn in turns {
            let Turn::SaidResponse(session, response) = turn else {
                continue;
            };
            let (ResponseBody::Resources { kind, .. }, Some(unanswered)) = (&response.body, truth.meter.unanswered(&event.node, *session))
            else {
                continue;
            };
            let (count, bytes) = (unanswered.count(), unanswered.bytes());
            let what = match unanswered.dialect {
                // One alone may be as large as the largest resource.
                Dialect::Strait if count > 1 && bytes > bounds::SESSION_BYTES => {
                    format!("{bytes} bytes in {count} responses are not answered, allowed are {}", bounds::SESSION_BYTES)
                }
                Dialect::Kuma if unanswered.of_kind(kind) > 1 => {
                    format!("{} responses of {kind} are not answered, allowed is one", unanswered.of_kind(kind))
                }
                Dialect::Strait | Dialect::Kuma => continue,
            };
            return Err(Broken::at(event, format!("on {session}: {what}")));
        }
        Ok(())
    }
}
