//! `rewrites-copies`: with the first thing that it takes in a new session, a zone writes again every copy that it has written before.
//! Broken: B6.
use super::{Sabotage, ZoneActor, taken};
use std::collections::BTreeMap;
use strait_core::{
    Emit, Out, Step, StoreKey,
    node::{ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// What the process has written, and whether its session is a new one.
#[derive(Debug, Default)]
pub(super) struct RewritesCopies {
    written: BTreeMap<StoreKey, Vec<u8>>,
    sessions: u64,
    due: bool,
}

impl Sabotage for RewritesCopies {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        if matches!(step, Step::Input(ZoneInput::Dialed(Ok(_)))) {
            self.sessions += 1;
            self.due = self.sessions > 1;
        }
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Store(batch) = &mut emit {
                let is_copy = |key: &StoreKey| key.0.starts_with("synced/");
                for key in &batch.delete {
                    self.written.remove(key);
                }
                let brings = batch.put.iter().any(|(key, _)| is_copy(key));
                self.written.extend(batch.put.iter().filter(|(key, _)| is_copy(key)).cloned());
                if brings && std::mem::take(&mut self.due) {
                    batch.put.extend(self.written.clone());
                }
            }
            out.push(emit);
        }
    }
}
