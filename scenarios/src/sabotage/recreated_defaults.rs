//! `recreated-defaults`: global makes what a user deleted again, as a default, when next a zone connects. Broken: S2.
use super::{GlobalActor, Sabotage, taken};
use strait_core::{
    Emit, Out, Step,
    node::{Change, GlobalEffect, GlobalInput, Ticket},
    resource::Resource,
    time::Now,
};

/// The answer to it reaches nobody.
const NOBODYS: Ticket = Ticket(u64::MAX);

/// Remembers what was deleted.
#[derive(Debug, Default)]
pub(super) struct RecreatedDefaults {
    deleted: Vec<Resource>,
}

impl Sabotage for RecreatedDefaults {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        if let Step::Input(GlobalInput::Edit { changes, .. }) = &step {
            let held = &node.view().resources;
            let deleted = changes.iter().filter_map(|change| if let Change::Delete(key) = change { held.get(key) } else { None });
            self.deleted.extend(deleted.map(|resource| resource.as_ref().clone()));
        }
        let connects = matches!(step, Step::Input(GlobalInput::Opened { .. }));
        node.handle(now, step, out);
        if connects && !self.deleted.is_empty() {
            let changes = self.deleted.drain(..).map(Change::Put).collect();
            node.handle(now, Step::Input(GlobalInput::Edit { ticket: NOBODYS, changes }), out);
        }
        for emit in taken(out) {
            if !matches!(emit, Emit::Effect(GlobalEffect::Done { ticket: NOBODYS, .. })) {
                out.push(emit);
            }
        }
    }
}
