//! Wrong behaviours, injected from outside the core, under which a suite must fail by a named invariant.
//!
//! A sabotage stands around a node and may alter what goes in and what comes out. The node itself has no hooks.
mod accept_older_floor;
mod ack_before_stored;
mod answer_unheld_kind;
mod chatty;
mod claims_acked;
mod delete_on_forked_history;
mod ignore_kds_sync;
mod impatient;
mod keep_deleted;
mod leak_across;
mod leak_at_home;
mod lost_redial;
mod misattribute;
mod overwrite_foreign;
mod silent_freeze;
mod take_back;
mod take_late_push;

use strait_core::{
    Emit, Node, Out, Step,
    node::{GlobalEffect, GlobalInput, Observation, ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::{Mono, Now},
};

/// A global behind its interface.
pub type GlobalActor = Box<dyn Node<Input = GlobalInput, Effect = GlobalEffect> + Send>;
/// A zone behind its interface.
pub type ZoneActor = Box<dyn Node<Input = ZoneInput, Effect = ZoneEffect> + Send>;

/// One wrong behaviour. One value exists per node and process.
pub trait Sabotage: Send {
    /// Steps a global wrongly. By default: rightly.
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        node.handle(now, step, out);
    }

    /// Steps a zone wrongly. By default: rightly.
    fn zone(&mut self, zone: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        let _ = zone;
        node.handle(now, step, out);
    }
}

/// A global with a sabotage around it.
pub struct SabotagedGlobal {
    /// The true node.
    pub node: GlobalActor,
    /// What is wrong with it.
    pub sabotage: Box<dyn Sabotage>,
}

impl Node for SabotagedGlobal {
    type Input = GlobalInput;
    type Effect = GlobalEffect;

    fn handle(&mut self, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        self.sabotage.global(&mut self.node, now, step, out);
    }

    fn deadline(&self) -> Option<(Mono, &'static str)> {
        self.node.deadline()
    }

    fn observe(&self) -> &Observation {
        self.node.observe()
    }
}

/// A zone with a sabotage around it.
pub struct SabotagedZone {
    /// Which zone.
    pub zone: ZoneName,
    /// The true node.
    pub node: ZoneActor,
    /// What is wrong with it.
    pub sabotage: Box<dyn Sabotage>,
}

impl Node for SabotagedZone {
    type Input = ZoneInput;
    type Effect = ZoneEffect;

    fn handle(&mut self, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        self.sabotage.zone(&self.zone, &mut self.node, now, step, out);
    }

    fn deadline(&self) -> Option<(Mono, &'static str)> {
        self.node.deadline()
    }

    fn observe(&self) -> &Observation {
        self.node.observe()
    }
}

/// All sabotages: their names, and what is wrong then.
pub const SABOTAGES: &[(&str, &str)] = &[
    ("accept-older-floor", "a zone writes its floor back to an older position"),
    ("ack-before-stored", "a node takes a removal for stored that it has only just submitted"),
    ("answer-unheld-kind", "global answers a plain Kuma zone with nothing for a kind that it never held, and wipes it there"),
    ("chatty", "a zone that has heard only heartbeats for a while hangs up, and dials again"),
    ("claims-acked", "global takes a zone that comes back for one that holds all it has"),
    ("delete-on-forked-history", "a zone that should freeze takes what a global with another history says, and deletes"),
    ("ignore-kds-sync", "a zone announces what its users marked to stay there"),
    ("impatient", "global takes what a zone leaves unanswered for a second for acknowledged"),
    ("keep-deleted", "what global deleted comes back in its zones"),
    ("leak-across", "global sends to a zone what other zones made for themselves"),
    ("leak-at-home", "global sends to zones the keys with which it signs tokens"),
    ("lost-redial", "a zone whose session has ended never dials again"),
    ("misattribute", "global takes what one zone announces for another's"),
    ("overwrite-foreign", "a zone lets its users write what global wrote"),
    ("silent-freeze", "a zone that freezes says nothing of it"),
    ("take-back", "a zone whose session has ended goes back behind the last transfer that it took"),
    ("take-late-push", "a zone takes what an old session brings as if the present one had said it"),
];

/// The sabotage of that name; `None` if there is none.
pub fn named(name: &str) -> Option<Box<dyn Sabotage>> {
    Some(match name {
        "accept-older-floor" => Box::new(accept_older_floor::AcceptOlderFloor::default()),
        "ack-before-stored" => Box::new(ack_before_stored::AckBeforeStored),
        "answer-unheld-kind" => Box::new(answer_unheld_kind::AnswerUnheldKind),
        "chatty" => Box::new(chatty::Chatty::default()),
        "claims-acked" => Box::new(claims_acked::ClaimsAcked),
        "delete-on-forked-history" => Box::new(delete_on_forked_history::DeleteOnForkedHistory::default()),
        "ignore-kds-sync" => Box::new(ignore_kds_sync::IgnoreKdsSync),
        "impatient" => Box::new(impatient::Impatient::default()),
        "keep-deleted" => Box::new(keep_deleted::KeepDeleted::default()),
        "leak-across" => Box::new(leak_across::LeakAcross::default()),
        "leak-at-home" => Box::new(leak_at_home::LeakAtHome),
        "lost-redial" => Box::new(lost_redial::LostRedial::default()),
        "misattribute" => Box::new(misattribute::Misattribute::default()),
        "overwrite-foreign" => Box::new(overwrite_foreign::OverwriteForeign),
        "silent-freeze" => Box::new(silent_freeze::SilentFreeze),
        "take-back" => Box::new(take_back::TakeBack::default()),
        "take-late-push" => Box::new(take_late_push::TakeLatePush::default()),
        _ => return None,
    })
}

/// Takes what a node emitted, to alter it.
pub fn taken<E>(out: &mut Out<E>) -> Vec<Emit<E>> {
    out.take()
}
