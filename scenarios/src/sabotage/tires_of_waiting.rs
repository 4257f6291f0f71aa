//! `tires-of-waiting`: a zone that a message takes long to reach hangs up, and dials again. Broken: L1.
use super::{Sabotage, ZoneActor};
use std::time::Duration;
use strait_core::{
    Emit, Out, Step,
    node::{ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::{Mono, Now},
};

/// How long it waits for a message to be whole.
const PATIENCE: Duration = Duration::from_secs(5);

/// `tires-of-waiting`.
#[derive(Debug, Default)]
pub(super) struct TiresOfWaiting {
    /// Since when a part of a message is here.
    receiving: Option<Mono>,
}

impl Sabotage for TiresOfWaiting {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        let tired = match &step {
            Step::Input(ZoneInput::Receiving(session)) => {
                let since = *self.receiving.get_or_insert(now.mono);
                (now.mono.since(since) >= PATIENCE).then_some(*session)
            }
            Step::Input(_) => {
                self.receiving = None;
                None
            }
            _ => None,
        };
        node.handle(now, step, out);
        if let Some(session) = tired {
            self.receiving = None;
            out.push(Emit::Effect(ZoneEffect::Hangup { session }));
            node.handle(now, Step::Input(ZoneInput::Closed { session, why: None }), out);
        }
    }
}
