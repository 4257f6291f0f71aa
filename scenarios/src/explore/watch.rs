//! Watches one run, and notes what it reaches.
use super::{answerers::Answerers, marks::Marks, owners::Owners};
use crate::{
    event::{DiskProvenance, Emits, Event, NodeId, Stepped, StopHow, What},
    features::Feature,
    runner::Live,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{
    Emit, Lsn, Step,
    node::{
        EditOutcome, FreezeReason, GlobalEffect, GlobalInput, ObservationChange, Operation, Refusal, WaitReason, ZoneEffect, ZoneInput,
    },
    resource::{Key, Kind, Origin, Resource, ZoneName},
    sync::{Lane, Request, RequestBody, Response, ResponseBody, Session},
};

#[derive(Default)]
pub(super) struct Watch {
    marks: Marks,
    /// Sessions that have brought a part of a transfer, by who said it.
    begun: BTreeSet<(NodeId, Session)>,
    refused: BTreeSet<(NodeId, Session, Kind)>,
    frozen: BTreeSet<(NodeId, ZoneName, Lane)>,
    /// The newest session of each zone.
    present: BTreeMap<NodeId, Session>,
    submitted: BTreeMap<NodeId, Lsn>,
    /// Meshes and secrets that global holds: what a zone may lose although nobody deleted it. Both are called alike everywhere.
    held: BTreeSet<Key>,
    forgot: BTreeSet<NodeId>,
    /// What each zone has said that it does not understand.
    lacks: BTreeMap<ZoneName, BTreeSet<Feature>>,
    /// What must be understood for what global holds.
    needs: BTreeMap<Key, BTreeSet<Feature>>,
    owners: Owners,
    answerers: Answerers,
}

/// Where a store notes up to where it has forgotten removals.
const FORGOTTEN: &str = "meta/forgotten";

impl Watch {
    pub(super) fn marks(&self) -> Marks {
        self.marks
    }

    /// A step is about to be carried out.
    pub(super) fn step(&mut self, step: &Value, live: &Live<'_>) {
        let in_session = live.scene.observations.values().any(|node| node.peers.values().any(|peer| peer.session.is_some()));
        if step.get("cut_oneway").is_some() && in_session {
            self.marks.reach("one-way-cut");
        }
        if step["link"].as_object().is_some_and(|link| link.len() > 1) && in_session {
            self.marks.reach("worse-link");
        }
        if step.get("kill").and_then(Value::as_str).is_some_and(|who| who.contains('/')) {
            self.marks.reach("process-ended");
        }
        let ends = step.get("cut").and_then(|cut| cut["between"].as_array());
        if ends.is_some_and(|ends| !ends.iter().any(|end| end == "global")) {
            self.marks.reach("zones-apart");
        }
        if step.get("join").is_some() {
            self.marks.reach("name-claimed-twice");
        }
    }

    pub(super) fn see(&mut self, event: &Event) {
        let (who, batches) = (&event.node, event.batches());
        if let Some(last) = batches.last().map(|batch| batch.lsn) {
            self.submitted.insert(who.clone(), last);
        }
        if batches.iter().any(|batch| batch.put.iter().any(|(key, _)| key.0 == FORGOTTEN)) {
            self.marks.reach("forgot-removals");
            self.forgot.insert(who.clone());
        }
        match &event.what {
            What::Started { emits, disk, observation, .. } => {
                if *who == NodeId::Global {
                    self.held = observation.view.resources.keys().filter(|key| is_tied_to_a_mesh(key)).cloned().collect();
                }
                match disk {
                    DiskProvenance::Own => {}
                    DiskProvenance::Emptied => self.marks.reach("disk-emptied"),
                    DiskProvenance::Restored(_) => self.marks.reach("disk-restored"),
                }
                match emits {
                    Emits::Global(emits) => emits.iter().for_each(|emit| self.global_emit(who, emit)),
                    Emits::Zone(emits) => emits.iter().for_each(|emit| self.zone_emit(who, emit)),
                }
            }
            What::RefusedToStart { .. } => self.marks.reach("refused-to-start"),
            What::Stopped { how } => self.stopped(event, *how),
            What::Paused | What::Resumed => {}
            What::Workload(happens) => self.answerers.see(happens).into_iter().for_each(|mark| self.marks.reach(mark)),
            What::Stepped(Stepped::Global { step, emits }) => {
                match step {
                    Step::Input(GlobalInput::Operate { operation, .. }) => self.operated(operation),
                    Step::Input(GlobalInput::Request(_, request)) => self.asks(request),
                    _ => {}
                }
                // Whatever the order in which that is told.
                let dropped = emits
                    .iter()
                    .filter_map(|emit| if let Emit::Observed(ObservationChange::Dropped(key)) = emit { Some(key) } else { None });
                dropped.for_each(|key| {
                    self.held.remove(key);
                    self.needs.remove(key);
                });
                emits.iter().for_each(|emit| self.global_emit(who, emit));
            }
            What::Stepped(Stepped::Zone { step, emits }) => {
                self.zone_step(who, step);
                emits.iter().for_each(|emit| self.zone_emit(who, emit));
            }
        }
    }

    /// What a zone says that it understands.
    fn asks(&mut self, request: &Request) {
        let (RequestBody::Subscribe { hello, .. } | RequestBody::SubscribeAll { hello, .. }) = &request.body else {
            return;
        };
        let lacks: BTreeSet<Feature> = Feature::ALL.into_iter().filter(|feature| !hello.features.contains(&feature.to_string())).collect();
        let are_needed = |lacks: &BTreeSet<Feature>| self.needs.values().any(|needs| !needs.is_disjoint(lacks));
        if are_needed(&lacks) {
            self.marks.reach("spared");
        }
        if let Some(before) = self.lacks.insert(hello.zone.clone(), lacks.clone())
            && are_needed(&before.difference(&lacks).copied().collect())
        {
            self.marks.reach("learned");
        }
    }

    fn stopped(&mut self, event: &Event, how: StopHow) {
        match how {
            StopHow::Killed => {}
            StopHow::PowerLoss => {
                self.marks.reach("power-lost");
                if self.submitted.get(&event.node).is_some_and(|submitted| *submitted > event.synced) {
                    self.marks.reach("unstored-at-power-loss");
                }
            }
            StopHow::StoreFailed => self.marks.reach("store-failed"),
        }
        self.submitted.remove(&event.node);
        self.frozen.retain(|(who, ..)| *who != event.node);
    }

    fn operated(&mut self, operation: &Operation) {
        if matches!(operation, Operation::Adopt | Operation::AdoptZone(_)) {
            self.marks.reach("adopted");
        }
    }

    fn zone_step(&mut self, who: &NodeId, step: &Step<ZoneInput>) {
        match step {
            Step::Input(ZoneInput::Dialed(Ok((session, _)))) => _ = self.present.insert(who.clone(), *session),
            Step::Input(ZoneInput::Response(session, _)) if self.present.get(who).is_some_and(|present| present != session) => {
                self.marks.reach("late-push");
            }
            Step::Input(ZoneInput::Operate { operation, .. }) => self.operated(operation),
            _ => {}
        }
    }

    // ---- what is said ------------------------------------------------------------------------------

    fn global_emit(&mut self, who: &NodeId, emit: &Emit<GlobalEffect>) {
        match emit {
            Emit::Observed(change) => self.observed(who, Lane::Down, change),
            Emit::Effect(GlobalEffect::Request(session, request)) => self.request(who, *session, request),
            Emit::Effect(GlobalEffect::Response(session, response)) => self.response(who, *session, response),
            Emit::Effect(GlobalEffect::Close { why, .. }) => self.closed(why),
            Emit::Effect(GlobalEffect::Done { outcome, .. }) => self.answered(outcome),
            Emit::Store(_) => {}
        }
    }

    fn zone_emit(&mut self, who: &NodeId, emit: &Emit<ZoneEffect>) {
        match emit {
            Emit::Observed(change) => self.observed(who, Lane::Up, change),
            Emit::Effect(ZoneEffect::Request(session, request)) => self.request(who, *session, request),
            Emit::Effect(ZoneEffect::Response(session, response)) => self.response(who, *session, response),
            Emit::Effect(ZoneEffect::Done { outcome, .. }) => self.answered(outcome),
            Emit::Effect(_) | Emit::Store(_) => {}
        }
    }

    fn answered(&mut self, outcome: &EditOutcome) {
        if outcome.is_err() {
            self.marks.reach("edit-refused");
        }
    }

    fn closed(&mut self, why: &Refusal) {
        match why {
            Refusal::Superseded => self.marks.reach("superseded"),
            Refusal::NameTaken => self.marks.reach("name-taken"),
            Refusal::Silent => self.marks.reach("silent"),
            _ => {}
        }
    }

    fn request(&mut self, who: &NodeId, session: Session, request: &Request) {
        if let RequestBody::Nack { kind, .. } = &request.body {
            self.marks.reach("nack");
            self.refused.insert((who.clone(), session, kind.clone()));
        }
    }

    fn response(&mut self, who: &NodeId, session: Session, response: &Response) {
        let ResponseBody::Resources { kind, gone, transfer, .. } = &response.body else {
            return;
        };
        if !gone.is_empty() {
            self.marks.reach("deletion");
        }
        if *who == NodeId::Global && gone.iter().any(|key| self.held.contains(key)) {
            self.marks.reach("entitlement-lost");
        }
        // Sessions are numbered alike at both ends in no world; only the kind tells that it is offered again.
        if self.refused.iter().any(|(refuser, _, refused)| refuser != who && refused == kind) {
            self.marks.reach("offered-again");
        }
        let Some(transfer) = transfer else {
            return self.marks.reach("kuma-response");
        };
        self.marks.reach(if transfer.from.is_none() { "full-transfer" } else { "delta" });
        if transfer.from.is_none() && self.forgot.contains(who) {
            self.marks.reach("all-after-forgetting");
        }
        if transfer.part > 0 {
            self.marks.reach("several-parts");
        }
        if self.begun.insert((who.clone(), session)) && transfer.part > 0 {
            self.marks.reach("resumed-transfer");
        }
    }

    // ---- what is shown -----------------------------------------------------------------------------

    fn observed(&mut self, who: &NodeId, provides: Lane, change: &ObservationChange) {
        match change {
            ObservationChange::Holds(resource) => self.holds(who, resource),
            ObservationChange::Vip { service, vip } => {
                self.owners.see(who, service, *vip).into_iter().for_each(|mark| self.marks.reach(mark));
            }
            ObservationChange::Ended { .. } => self.marks.reach("session-over"),
            ObservationChange::Waiting { why: Some(WaitReason::NotAdmitted), .. } => self.marks.reach("waiting-not-admitted"),
            ObservationChange::Waiting { why: Some(WaitReason::NotAdopted), .. } => self.marks.reach("waiting-not-adopted"),
            ObservationChange::Waiting { why: Some(WaitReason::Queued), .. } => self.marks.reach("waiting-queued"),
            ObservationChange::StoreFailed(_) => self.marks.reach("store-failed"),
            ObservationChange::Rejected { rejection: Some(_), .. } => self.marks.reach("rejected"),
            ObservationChange::Lane { zone, lane, status } if *lane != provides => {
                let at = (who.clone(), zone.clone(), *lane);
                match status.frozen {
                    Some(why) => {
                        self.frozen.insert(at);
                        self.marks.reach(match why {
                            FreezeReason::Forked => "frozen-forked",
                            FreezeReason::MeshMissing => "frozen-mesh-missing",
                            FreezeReason::MassRemoval => "frozen-mass-removal",
                        });
                    }
                    None if self.frozen.remove(&at) => self.marks.reach("thawed"),
                    None => {}
                }
            }
            _ => {}
        }
    }

    fn holds(&mut self, who: &NodeId, resource: &Resource) {
        if *who == NodeId::Global && is_tied_to_a_mesh(&resource.key) {
            self.held.insert(resource.key.clone());
        }
        if *who == NodeId::Global {
            let needs = Feature::needed_for(resource);
            if self.lacks.values().any(|lacks| !lacks.is_disjoint(&needs)) {
                self.marks.reach("spared");
            }
            if needs.is_empty() {
                self.needs.remove(&resource.key);
            } else {
                self.needs.insert(resource.key.clone(), needs);
            }
        }
        match who {
            NodeId::Global if resource.origin() == Some(Origin::Zone) => self.marks.reach("came-from-a-zone"),
            NodeId::Zone(here) if resource.zone().is_some_and(|home| home != *here) => self.marks.reach("went-on-across"),
            _ => {}
        }
    }
}

fn is_tied_to_a_mesh(key: &Key) -> bool {
    matches!(key.kind.as_str(), "Mesh" | "Secret")
}
