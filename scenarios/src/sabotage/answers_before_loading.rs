//! `answers-before-loading`: a zone that starts again tells its proxies the names that it has read by then, which are none. Broken: L5.
use super::{Sabotage, ZoneActor, taken};
use strait_core::{
    Emit, Out, Step,
    node::{ToProxy, ZoneEffect, ZoneInput},
    plan::Part,
    resource::{Kind, ZoneName},
    time::Now,
};

/// `answers-before-loading`.
#[derive(Debug, Default)]
pub(super) struct AnswersBeforeLoading {
    /// Whether it held proxies when it started; not known before its first step.
    starts_again: Option<bool>,
}

impl Sabotage for AnswersBeforeLoading {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        let holds_proxies = |node: &ZoneActor| node.view().resources.keys().any(|key| key.kind == Kind::dataplane());
        let starts_again = *self.starts_again.get_or_insert_with(|| holds_proxies(node));
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Effect(ZoneEffect::Proxy(_, ToProxy::Plan(update))) = &mut emit
                && starts_again
                && update.number == 1
            {
                for part in &mut update.put {
                    if let Part::Names(names) = part {
                        names.addresses.clear();
                    }
                }
            }
            out.push(emit);
        }
    }
}
