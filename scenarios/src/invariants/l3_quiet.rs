//! L3: once converged, only heartbeats travel: no dial, no transfer, no refusal. But where global still refuses something of a zone, that is
//! offered again now and then; once it is taken, the others hear of it. What becomes of proxies and their certificates goes on to be told,
//! and so does whom to trust by a zone whose authority is rotated just then.
use super::{Breach, Broken};
use crate::event::{Event, NodeId, Stepped, What};
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{
    Emit, Step,
    node::{GlobalEffect, GlobalInput, Observation, ZoneEffect},
    sync::{Request, RequestBody, Response, ResponseBody, Session, clocks},
    time::Mono,
};

/// The quiet that must follow.
pub struct Quiet {
    judged: BTreeSet<NodeId>,
    /// Their sessions on global. One of which global shows nothing yet is none of those that have converged.
    sessions: BTreeSet<Session>,
    /// Zones that rotate, or have done so meanwhile: what whom to trust becomes is told.
    rotating: BTreeSet<NodeId>,
    /// Somebody has told global something that may be told now: all may hear of it.
    news: bool,
    /// What may still be told of what came before: up to where global's history has gone on.
    told_until: Mono,
}

impl Quiet {
    /// From now on nothing may happen between global and these zones.
    pub fn new(judged: BTreeSet<NodeId>, observations: &BTreeMap<NodeId, Observation>, now: Mono) -> Self {
        let peers = observations.get(&NodeId::Global).map(|global| &global.peers);
        let open = peers.into_iter().flatten().filter_map(|(zone, peer)| Some((zone, peer.session?.session)));
        let sessions = open.filter(|(zone, _)| judged.iter().any(|judged| judged.zone() == Some(zone))).map(|(_, session)| session);
        let rotating = observations.iter().filter(|(_, shown)| !shown.rotations.is_empty()).map(|(who, _)| who.clone()).collect();
        Self { sessions: sessions.collect(), judged, rotating, news: false, told_until: now.after(clocks::BEAT_EVERY) }
    }

    /// Looks at one event.
    ///
    /// # Errors
    /// It was not quiet.
    pub fn see(&mut self, event: &Event) -> Result<(), Breach> {
        if let (What::Stepped(Stepped::Global { step: Step::Input(GlobalInput::Opened { session, .. }), .. }), Some(caller)) =
            (&event.what, &event.caller)
            && self.judged.contains(caller)
        {
            self.sessions.insert(*session);
        }
        if let What::Stepped(Stepped::Global { step: Step::Input(GlobalInput::Response(session, response)), .. }) = &event.what {
            // Global's history goes on with an insight, too, and all hear up to where.
            let is_rotated = !self.rotating.is_empty() && is_trust(response);
            self.news |= (!self.sessions.contains(session) || is_insight(response) || is_rotated) && brings(response);
        }
        let what = match &event.what {
            What::Stepped(Stepped::Global { emits, .. }) => emits.iter().find_map(|emit| self.on_global(emit, event.at)),
            What::Stepped(Stepped::Zone { emits, .. }) if self.judged.contains(&event.node) => {
                let rotates = self.rotating.contains(&event.node);
                emits.iter().find_map(|emit| in_zone(emit, rotates))
            }
            _ => None,
        };
        match what {
            Some(what) => Err(breach(Broken::at(event, format!("all had converged, and yet: {what}")))),
            None => Ok(()),
        }
    }

    fn on_global(&self, emit: &Emit<GlobalEffect>, at: Mono) -> Option<String> {
        let Emit::Effect(effect) = emit else {
            return None;
        };
        let (session, what) = match effect {
            GlobalEffect::Request(session, request) => (session, refusal(request)?),
            GlobalEffect::Response(_, response) if self.news && transfer(response).is_some() => return None,
            GlobalEffect::Response(_, response) if !brings(response) && at < self.told_until => return None,
            GlobalEffect::Response(session, response) => (session, transfer(response)?),
            GlobalEffect::Close { session, why } => (session, format!("global closes the session: {why}")),
            GlobalEffect::Done { .. } => return None,
        };
        self.sessions.contains(session).then_some(what)
    }
}

fn breach(broken: Broken) -> Breach {
    Breach { id: "L3", slug: "quiet", broken }
}

fn in_zone(emit: &Emit<ZoneEffect>, rotates: bool) -> Option<String> {
    let Emit::Effect(effect) = emit else {
        return None;
    };
    match effect {
        ZoneEffect::Dial { attempt } => Some(format!("it dials (attempt {attempt})")),
        ZoneEffect::Hangup { .. } => Some("it hangs up".to_owned()),
        ZoneEffect::Request(_, request) => refusal(request),
        ZoneEffect::Response(_, response) if is_insight(response) || (rotates && is_trust(response)) => None,
        ZoneEffect::Response(_, response) => transfer(response),
        ZoneEffect::Kubernetes(ask) => Some(format!("it writes {} to its cluster", ask.id)),
        ZoneEffect::Published { .. } | ZoneEffect::Done { .. } | ZoneEffect::Proxy(..) | ZoneEffect::Issue(_) => None,
    }
}

fn refusal(request: &Request) -> Option<String> {
    match &request.body {
        RequestBody::Nack { kind, message, .. } => Some(format!("{kind} is refused: {message}")),
        _ => None,
    }
}

fn transfer(response: &Response) -> Option<String> {
    match &response.body {
        ResponseBody::Resources { kind, put, gone, .. } => Some(format!("{} of {kind} are sent, {} taken back", put.len(), gone.len())),
        _ => None,
    }
}

/// Whether it tells how proxies stand. That it tells nothing twice is judged by B6.
fn is_insight(response: &Response) -> bool {
    matches!(&response.body, ResponseBody::Resources { kind, .. } if kind.as_str() == "DataplaneInsight")
}

/// Whether it tells whom to trust.
fn is_trust(response: &Response) -> bool {
    matches!(&response.body, ResponseBody::Resources { kind, .. } if kind.as_str() == "MeshTrust")
}

/// Whether something is different by it.
fn brings(response: &Response) -> bool {
    matches!(&response.body, ResponseBody::Resources { put, gone, .. } if !put.is_empty() || !gone.is_empty())
}
