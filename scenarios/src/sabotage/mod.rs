//! Wrong behaviours, injected from outside the core, under which a suite must fail by a named invariant.
//!
//! A sabotage stands around a node and may alter what goes in and what comes out. The node itself has no hooks.
mod accept_older_floor;
mod ack_before_stored;
mod all_at_once;
mod answer_unheld_kind;
mod answers_before_loading;
mod apply_half;
mod believes_stale_lists;
mod chatty;
mod claims_acked;
mod deaf_after_old_end;
mod deaf_to_parts;
mod delete_on_forked_history;
mod deletes_for_others;
mod drops_trust_early;
mod equal_jitter;
mod forget_entitlement;
mod forgets_denials;
mod forgets_other_zones;
mod forgets_trust;
mod gives_vips_early;
mod gives_way;
mod gone_with_the_zone;
mod hears_the_refused;
mod hides_refusal;
mod hostage;
mod ignore_kds_sync;
mod ignore_store_failure;
mod ignores_features;
mod impatient;
mod keep_deleted;
mod keep_removed;
mod keep_revoked_secret;
mod keep_tombstones;
mod keeps_a_dead_ingress_first;
mod keeps_what_went;
mod knows_by_name;
mod leads_past_the_ingress;
mod leak_across;
mod leak_at_home;
mod loses_edits_while_away;
mod lost_redial;
mod misattribute;
mod mixes_up_names;
mod mute_when_empty;
mod needs_mesh_first;
mod no_backoff;
mod overwrite_foreign;
mod passes_to_another_mesh;
mod phantom_list;
mod prefers_other_zones;
mod push_before_stored;
mod queue_everything;
mod reads_after_writing;
mod recreated_defaults;
mod remembers_the_newest_build;
mod remembers_the_old_build;
mod renumbers;
mod resend_all;
mod resends_the_kind;
mod rests_by_the_wall_clock;
mod rewrites_copies;
mod serve_disabled;
mod serves_once;
mod signs_once;
mod silent_freeze;
mod silent_store_failure;
mod stops_at_a_bad_key;
mod storm;
mod swallowed_dial_error;
mod take_back;
mod take_late_push;
mod takes_silence_for_nothing;
mod tells_by_halves;
mod tires_of_waiting;
mod trusts_the_tag;
mod waits_for_who_refuses;

use strait_core::{
    Emit, Node, Out, Step,
    node::{GlobalEffect, GlobalInput, Observation, ToProxy, ZoneEffect, ZoneInput},
    plan::Part,
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

    /// Steps a zone wrongly. By default: rightly, but for what [`Sabotage::part`] makes of what its proxies are told.
    fn zone(&mut self, zone: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Effect(ZoneEffect::Proxy(_, ToProxy::Plan(update))) = &mut emit {
                update.put.iter_mut().for_each(|part| self.part(zone, part));
            }
            out.push(emit);
        }
    }

    /// Alters a part of a plan that a zone tells one of its proxies. By default: not.
    fn part(&mut self, zone: &ZoneName, part: &mut Part) {
        let _ = (zone, part);
    }

    /// When the sabotage itself must be woken, and why.
    fn deadline(&self) -> Option<(Mono, &'static str)> {
        None
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
        self.node.deadline().into_iter().chain(self.sabotage.deadline()).min_by_key(|(at, _)| *at)
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
        self.node.deadline().into_iter().chain(self.sabotage.deadline()).min_by_key(|(at, _)| *at)
    }

    fn observe(&self) -> &Observation {
        self.node.observe()
    }
}

/// All sabotages: their names, and what is wrong then.
pub const SABOTAGES: &[(&str, &str)] = &[
    ("accept-older-floor", "a zone writes its floor back to an older position"),
    ("ack-before-stored", "a node takes a removal for stored that it has only just submitted"),
    ("all-at-once", "a global with many zones takes what it sends for answered at once, so that nobody waits in line for a full transfer"),
    ("answer-unheld-kind", "global answers a plain Kuma zone with nothing for a kind that it never held, and wipes it there"),
    ("answers-before-loading", "a zone that starts again tells its proxies the names that it has read by then, which are none"),
    ("apply-half", "a zone makes the first part of a transfer visible as if it were all of it"),
    ("believes-stale-lists", "a zone takes every list of its cluster for the newest"),
    ("chatty", "a zone that has heard only heartbeats for a while hangs up, and dials again"),
    ("claims-acked", "global takes a zone that comes back for one that holds all it has"),
    ("deaf-after-old-end", "when an old session of a zone ends, global sends nothing on the zone's new one"),
    ("deaf-to-parts", "a node does not notice that a message is arriving until it is whole"),
    ("delete-on-forked-history", "a zone that should freeze takes what a global with another history says, and deletes"),
    ("deletes-for-others", "global deletes what a zone announced when a user asks for it, although it says no"),
    (
        "drops-trust-early",
        "a zone tells its proxies only the newest authority of each trust domain, as soon as there is one, and those before no more",
    ),
    ("equal-jitter", "zones that lost global together dial together"),
    ("forget-entitlement", "global sends the secrets of every mesh along, whoever may hold which"),
    ("forgets-denials", "a zone tells its proxies whom to let in, but not whom to keep out"),
    ("forgets-other-zones", "a zone that starts and does not reach global tells its proxies nothing of where other zones are"),
    ("forgets-trust", "a zone tells its proxies only its own authorities, and not whom to trust of other zones"),
    ("gives-vips-early", "a zone gives the address of a service that is no more to the next that comes"),
    ("gives-way", "a zone deletes its own resource to make room for one of global's"),
    ("gone-with-the-zone", "when a zone's session ends, global tells the others that what it had exported is gone"),
    ("hears-the-refused", "global takes up again what a zone had announced when that store, which another one has replaced, comes back"),
    ("hides-refusal", "a zone acknowledges what it refuses, and says nothing of that"),
    ("hostage", "global sends a zone nothing of substance while another has not answered"),
    ("ignore-kds-sync", "a zone announces what its users marked to stay there"),
    ("ignore-store-failure", "a node takes for stored what its store refused"),
    ("ignores-features", "global sends zones what they have said that they do not understand"),
    ("impatient", "global takes what a zone leaves unanswered for a second for acknowledged"),
    ("keep-deleted", "what global deleted comes back in its zones"),
    ("keep-removed", "global shows what a zone had announced before it was removed again when another store takes the name"),
    ("keep-revoked-secret", "a zone keeps the secrets of a mesh that it is told to give up"),
    ("keep-tombstones", "what a store remembers of what went is never removed from it"),
    (
        "keeps-a-dead-ingress-first",
        "a zone keeps an ingress of another zone that is gone in what it tells its proxies, before those that are there",
    ),
    ("keeps-what-went", "a zone does not notice when an object of its cluster is deleted"),
    ("knows-by-name", "a zone takes what is made again under a name that it knows for what it had of that name"),
    ("leads-past-the-ingress", "a zone leads its proxies to workloads of another zone past the ingress of that"),
    ("leak-across", "global sends to a zone what other zones made for themselves"),
    ("leak-at-home", "global sends to zones the keys with which it signs tokens"),
    ("loses-edits-while-away", "a zone that has no session answers its users, but does nothing"),
    ("lost-redial", "a zone whose session has ended never dials again"),
    ("misattribute", "global takes what one zone announces for another's"),
    ("mixes-up-names", "a zone tells its proxies that the names of services lead to each other's addresses"),
    ("mute-when-empty", "a zone that has nothing of a kind says nothing of that kind, not even that something went"),
    ("needs-mesh-first", "a zone drops what comes before the mesh to which it belongs"),
    ("no-backoff", "a zone whose session or dial has failed dials again at once"),
    ("overwrite-foreign", "a zone lets its users write what global wrote"),
    ("passes-to-another-mesh", "an ingress passes what is for a service on to the service of that name in another mesh"),
    ("phantom-list", "while one zone leaves, global tells the others that their secrets and meshes went"),
    ("prefers-other-zones", "a zone tells its proxies to ask other zones first, and its own only when nobody is there"),
    ("push-before-stored", "a zone tells its proxies what it has decided before that is stored"),
    ("queue-everything", "global does not wait for answers between the parts of a transfer"),
    ("reads-after-writing", "a node that has said more than the windows hold reads nothing of the other end's until that was answered"),
    ("recreated-defaults", "global makes what a user deleted again when next a zone connects"),
    ("remembers-the-newest-build", "global goes on sending a zone what an earlier, newer process of it understood"),
    ("remembers-the-old-build", "global goes on sending a zone only what its first process understood"),
    ("renumbers", "when a service comes, a zone gives another that it knows a new address"),
    ("resend-all", "global sends everything to a zone that comes back, whatever that holds"),
    ("resends-the-kind", "with each change of a kind, global sends everything of it again"),
    ("rests-by-the-wall-clock", "a zone takes an address for rested once its wall clock has gone on for so long"),
    ("rewrites-copies", "a zone writes again in a new session what it holds already"),
    ("serve-disabled", "global goes on sending what a disabled zone exports, or one that lost the mesh"),
    ("serves-once", "a zone tells a proxy its plan when it connects for the first time, and nothing when it comes again"),
    ("signs-once", "a zone has a certificate signed for each proxy when it comes, and never again"),
    ("silent-freeze", "a zone that freezes says nothing of it"),
    ("silent-store-failure", "a node whose store failed says nothing of it"),
    ("stops-at-a-bad-key", "global sends nobody anything once it holds a signing key that it cannot read"),
    ("storm", "what global provides to several zones in one step it says hundreds of times"),
    ("swallowed-dial-error", "a zone does not hear that a dial failed, and waits for ever"),
    ("take-back", "a zone whose session has ended goes back behind the last transfer that it took"),
    ("take-late-push", "a zone takes what an old session brings as if the present one had said it"),
    ("takes-silence-for-nothing", "a zone that starts takes it for an empty cluster that it has heard nothing of it yet"),
    ("tells-by-halves", "of what is different in its plan a zone tells a proxy half, and the other half when something is different again"),
    ("tires-of-waiting", "a zone that a message takes long to reach hangs up, and dials again"),
    ("trusts-the-tag", "global attributes a proxy to the zone that its tags name"),
    ("waits-for-who-refuses", "while one of its proxies refuses something, a zone tells the others nothing"),
];

/// The sabotage of that name; `None` if there is none.
pub fn named(name: &str) -> Option<Box<dyn Sabotage>> {
    Some(match name {
        "accept-older-floor" => Box::new(accept_older_floor::AcceptOlderFloor::default()),
        "ack-before-stored" => Box::new(ack_before_stored::AckBeforeStored),
        "all-at-once" => Box::new(all_at_once::AllAtOnce::default()),
        "answer-unheld-kind" => Box::new(answer_unheld_kind::AnswerUnheldKind),
        "answers-before-loading" => Box::new(answers_before_loading::AnswersBeforeLoading::default()),
        "apply-half" => Box::new(apply_half::ApplyHalf),
        "believes-stale-lists" => Box::new(believes_stale_lists::BelievesStaleLists::default()),
        "chatty" => Box::new(chatty::Chatty::default()),
        "claims-acked" => Box::new(claims_acked::ClaimsAcked),
        "deaf-after-old-end" => Box::new(deaf_after_old_end::DeafAfterOldEnd::default()),
        "deaf-to-parts" => Box::new(deaf_to_parts::DeafToParts),
        "delete-on-forked-history" => Box::new(delete_on_forked_history::DeleteOnForkedHistory::default()),
        "deletes-for-others" => Box::new(deletes_for_others::DeletesForOthers),
        "drops-trust-early" => Box::new(drops_trust_early::DropsTrustEarly::default()),
        "equal-jitter" => Box::new(equal_jitter::EqualJitter::default()),
        "forget-entitlement" => Box::new(forget_entitlement::ForgetEntitlement),
        "forgets-denials" => Box::new(forgets_denials::ForgetsDenials),
        "forgets-other-zones" => Box::new(forgets_other_zones::ForgetsOtherZones::default()),
        "forgets-trust" => Box::new(forgets_trust::ForgetsTrust),
        "gives-vips-early" => Box::new(gives_vips_early::GivesVipsEarly::default()),
        "gives-way" => Box::new(gives_way::GivesWay),
        "gone-with-the-zone" => Box::new(gone_with_the_zone::GoneWithTheZone::default()),
        "hears-the-refused" => Box::new(hears_the_refused::HearsTheRefused::default()),
        "hides-refusal" => Box::new(hides_refusal::HidesRefusal),
        "hostage" => Box::new(hostage::Hostage::default()),
        "ignore-kds-sync" => Box::new(ignore_kds_sync::IgnoreKdsSync),
        "ignore-store-failure" => Box::new(ignore_store_failure::IgnoreStoreFailure::default()),
        "ignores-features" => Box::new(ignores_features::IgnoresFeatures),
        "impatient" => Box::new(impatient::Impatient::default()),
        "keep-deleted" => Box::new(keep_deleted::KeepDeleted::default()),
        "keep-removed" => Box::new(keep_removed::KeepRemoved::default()),
        "keep-revoked-secret" => Box::new(keep_revoked_secret::KeepRevokedSecret),
        "keep-tombstones" => Box::new(keep_tombstones::KeepTombstones),
        "keeps-a-dead-ingress-first" => Box::new(keeps_a_dead_ingress_first::KeepsADeadIngressFirst::default()),
        "keeps-what-went" => Box::new(keeps_what_went::KeepsWhatWent::default()),
        "knows-by-name" => Box::new(knows_by_name::KnowsByName::default()),
        "leads-past-the-ingress" => Box::new(leads_past_the_ingress::LeadsPastTheIngress),
        "leak-across" => Box::new(leak_across::LeakAcross::default()),
        "leak-at-home" => Box::new(leak_at_home::LeakAtHome),
        "loses-edits-while-away" => Box::new(loses_edits_while_away::LosesEditsWhileAway),
        "lost-redial" => Box::new(lost_redial::LostRedial::default()),
        "misattribute" => Box::new(misattribute::Misattribute::default()),
        "mixes-up-names" => Box::new(mixes_up_names::MixesUpNames),
        "mute-when-empty" => Box::new(mute_when_empty::MuteWhenEmpty),
        "needs-mesh-first" => Box::new(needs_mesh_first::NeedsMeshFirst::default()),
        "no-backoff" => Box::new(no_backoff::NoBackoff::default()),
        "overwrite-foreign" => Box::new(overwrite_foreign::OverwriteForeign),
        "passes-to-another-mesh" => Box::new(passes_to_another_mesh::PassesToAnotherMesh::default()),
        "phantom-list" => Box::new(phantom_list::PhantomList::default()),
        "prefers-other-zones" => Box::new(prefers_other_zones::PrefersOtherZones),
        "push-before-stored" => Box::new(push_before_stored::PushBeforeStored::default()),
        "queue-everything" => Box::new(queue_everything::QueueEverything),
        "reads-after-writing" => Box::new(reads_after_writing::ReadsAfterWriting::default()),
        "recreated-defaults" => Box::new(recreated_defaults::RecreatedDefaults::default()),
        "remembers-the-newest-build" => Box::new(remembers_the_newest_build::RemembersTheNewestBuild::default()),
        "remembers-the-old-build" => Box::new(remembers_the_old_build::RemembersTheOldBuild::default()),
        "renumbers" => Box::new(renumbers::Renumbers::default()),
        "resend-all" => Box::new(resend_all::ResendAll),
        "resends-the-kind" => Box::new(resends_the_kind::ResendsTheKind::default()),
        "rests-by-the-wall-clock" => Box::new(rests_by_the_wall_clock::RestsByTheWallClock::default()),
        "rewrites-copies" => Box::new(rewrites_copies::RewritesCopies::default()),
        "serve-disabled" => Box::new(serve_disabled::ServeDisabled::default()),
        "serves-once" => Box::new(serves_once::ServesOnce::default()),
        "signs-once" => Box::new(signs_once::SignsOnce::default()),
        "silent-freeze" => Box::new(silent_freeze::SilentFreeze),
        "silent-store-failure" => Box::new(silent_store_failure::SilentStoreFailure),
        "stops-at-a-bad-key" => Box::new(stops_at_a_bad_key::StopsAtABadKey),
        "storm" => Box::new(storm::Storm),
        "swallowed-dial-error" => Box::new(swallowed_dial_error::SwallowedDialError),
        "take-back" => Box::new(take_back::TakeBack::default()),
        "take-late-push" => Box::new(take_late_push::TakeLatePush::default()),
        "takes-silence-for-nothing" => Box::new(takes_silence_for_nothing::TakesSilenceForNothing::default()),
        "tells-by-halves" => Box::new(tells_by_halves::TellsByHalves::default()),
        "tires-of-waiting" => Box::new(tires_of_waiting::TiresOfWaiting::default()),
        "trusts-the-tag" => Box::new(trusts_the_tag::TrustsTheTag::default()),
        "waits-for-who-refuses" => Box::new(waits_for_who_refuses::WaitsForWhoRefuses::default()),
        _ => return None,
    })
}

/// Takes what a node emitted, to alter it.
pub fn taken<E>(out: &mut Out<E>) -> Vec<Emit<E>> {
    out.take()
}
