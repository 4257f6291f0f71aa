//! `equal-jitter`: zones wait alike: whoever would dial anew within five seconds does so at their end, all together. Broken: B3.
use super::{Sabotage, ZoneActor, taken};
use strait_core::{
    Emit, Out, Step,
    node::{ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::{Mono, Now},
};

const TOGETHER_MS: u64 = 5000;

/// `equal-jitter`.
#[derive(Debug, Default)]
pub(super) struct EqualJitter {
    /// The dial that waits, and until when.
    waits: Option<(Mono, u32)>,
}

impl Sabotage for EqualJitter {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        for emit in taken(out) {
            match emit {
                Emit::Effect(ZoneEffect::Dial { attempt }) if attempt > 1 => {
                    let end = (now.mono.0 / TOGETHER_MS + 1) * TOGETHER_MS;
                    self.waits = Some((Mono(end), attempt));
                }
                emit => out.push(emit),
            }
        }
        if let Some((_, attempt)) = self.waits.take_if(|(until, _)| *until <= now.mono) {
            out.push(Emit::Effect(ZoneEffect::Dial { attempt }));
        }
    }

    fn deadline(&self) -> Option<(Mono, &'static str)> {
        self.waits.map(|(until, _)| (until, "dial with the others"))
    }
}
