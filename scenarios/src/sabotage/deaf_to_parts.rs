//! `deaf-to-parts`: a node does not notice that a message is arriving until it is whole. Broken: L1.
use super::{GlobalActor, Sabotage, ZoneActor};
use strait_core::{
    Out, Step,
    node::{GlobalEffect, GlobalInput, ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// `deaf-to-parts`.
#[derive(Debug, Default)]
pub(super) struct DeafToParts;

impl Sabotage for DeafToParts {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        let step = if matches!(step, Step::Input(GlobalInput::Receiving(_))) { Step::Tick } else { step };
        node.handle(now, step, out);
    }

    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        let step = if matches!(step, Step::Input(ZoneInput::Receiving(_))) { Step::Tick } else { step };
        node.handle(now, step, out);
    }
}
