//! `push-before-stored`: a zone tells its proxies what it has decided before that is stored. Broken: S16.
use super::{Sabotage, ZoneActor, taken};
use std::collections::VecDeque;
use strait_core::{
    Emit, Lsn, Out, Step,
    node::{ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// `push-before-stored`.
#[derive(Debug, Default)]
pub(super) struct PushBeforeStored {
    /// What waits until it is really stored.
    held: VecDeque<(Lsn, Emit<ZoneEffect>)>,
    /// Up to where the node believes that all is stored.
    told: Option<Lsn>,
}

impl Sabotage for PushBeforeStored {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        if let Step::Stored { upto } = step {
            while let Some((_, emit)) = self.held.pop_front_if(|(lsn, _)| *lsn <= upto) {
                out.push(emit);
            }
            if self.told >= Some(upto) {
                return;
            }
        }
        node.handle(now, step, out);
        loop {
            let mut last = None;
            for emit in taken(out) {
                match &emit {
                    Emit::Store(batch) => {
                        last = Some(batch.lsn);
                        out.push(emit);
                    }
                    // Before what waits, also if that was decided first.
                    Emit::Effect(ZoneEffect::Proxy(..)) => out.push(emit),
                    _ => match self.held.back().map(|(lsn, _)| *lsn) {
                        Some(lsn) => self.held.push_back((lsn, emit)),
                        None => out.push(emit),
                    },
                }
            }
            let Some(upto) = last else { return };
            self.told = Some(upto);
            let mut early = Out::new();
            node.handle(now, Step::Stored { upto }, &mut early);
            let mut stored_more = false;
            for emit in early.take() {
                match emit {
                    Emit::Effect(ZoneEffect::Proxy(..)) => out.push(emit),
                    Emit::Store(_) => {
                        stored_more = true;
                        out.push(emit);
                    }
                    _ => self.held.push_back((upto, emit)),
                }
            }
            if !stored_more {
                return;
            }
        }
    }
}
