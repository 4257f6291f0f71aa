//! What one event amounts to, said alike for both kinds of nodes.
use crate::event::{Emits, Event, Stepped, What};
use strait_core::{
    Emit, Step,
    node::{EditOutcome, GlobalEffect, GlobalInput, ObservationChange, Operation, Ticket, ZoneEffect, ZoneInput},
    resource::ZoneName,
    sync::{Dialect, Request, Response, Session},
};

/// One thing that went into a node, or came out of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Turn<'a> {
    /// A session began.
    Opened {
        /// Its number at this node.
        session: Session,
        /// Of which zone.
        zone: &'a ZoneName,
        /// What it speaks.
        dialect: Dialect,
    },
    /// A session ended, by whichever end.
    Closed(Session),
    /// The node was asked.
    HeardRequest(Session, &'a Request),
    /// The node was provided for.
    HeardResponse(Session, &'a Response),
    /// An operator decided.
    Operated(&'a Operation),
    /// A zone dials global.
    Dials,
    /// The node asked, or answered what was provided.
    SaidRequest(Session, &'a Request),
    /// The node provided.
    SaidResponse(Session, &'a Response),
    /// An edit or an operation was answered.
    Done(Ticket, &'a EditOutcome),
    /// The node made something known.
    Observed(&'a ObservationChange),
}

/// What an event amounts to, in order.
pub(crate) fn turns(event: &Event) -> Vec<Turn<'_>> {
    match &event.what {
        What::Started { emits: Emits::Global(emits), .. } => emits.iter().filter_map(from_global).collect(),
        What::Started { emits: Emits::Zone(emits), .. } => emits.iter().filter_map(from_zone).collect(),
        What::Stepped(Stepped::Global { step, emits }) => {
            let input = if let Step::Input(input) = step { into_global(input) } else { None };
            input.into_iter().chain(emits.iter().filter_map(from_global)).collect()
        }
        What::Stepped(Stepped::Zone { step, emits }) => {
            let input = match (step, event.node.zone()) {
                (Step::Input(input), Some(zone)) => into_zone(zone, input),
                _ => None,
            };
            input.into_iter().chain(emits.iter().filter_map(from_zone)).collect()
        }
        What::RefusedToStart { .. } | What::Stopped { .. } | What::Paused | What::Resumed | What::Workload(_) => Vec::new(),
    }
}

fn into_global(input: &GlobalInput) -> Option<Turn<'_>> {
    Some(match input {
        GlobalInput::Opened { session, zone, dialect } => Turn::Opened { session: *session, zone, dialect: *dialect },
        GlobalInput::Closed { session } => Turn::Closed(*session),
        GlobalInput::Request(session, request) => Turn::HeardRequest(*session, request),
        GlobalInput::Response(session, response) => Turn::HeardResponse(*session, response),
        GlobalInput::Operate { operation, .. } => Turn::Operated(operation),
        GlobalInput::Receiving(_) | GlobalInput::Stuck { .. } | GlobalInput::Edit { .. } => return None,
    })
}

fn into_zone<'a>(zone: &'a ZoneName, input: &'a ZoneInput) -> Option<Turn<'a>> {
    Some(match input {
        ZoneInput::Dialed(Ok((session, dialect))) => Turn::Opened { session: *session, zone, dialect: *dialect },
        ZoneInput::Closed { session, .. } => Turn::Closed(*session),
        ZoneInput::Request(session, request) => Turn::HeardRequest(*session, request),
        ZoneInput::Response(session, response) => Turn::HeardResponse(*session, response),
        ZoneInput::Operate { operation, .. } => Turn::Operated(operation),
        ZoneInput::Dialed(Err(_))
        | ZoneInput::Receiving(_)
        | ZoneInput::Stuck { .. }
        | ZoneInput::Edit { .. }
        | ZoneInput::Proxy(..)
        | ZoneInput::Issued(_)
        | ZoneInput::Kubernetes(_)
        | ZoneInput::KubernetesAnswered(_) => return None,
    })
}

fn from_global(emit: &Emit<GlobalEffect>) -> Option<Turn<'_>> {
    Some(match emit {
        Emit::Effect(GlobalEffect::Request(session, request)) => Turn::SaidRequest(*session, request),
        Emit::Effect(GlobalEffect::Response(session, response)) => Turn::SaidResponse(*session, response),
        Emit::Effect(GlobalEffect::Close { session, .. }) => Turn::Closed(*session),
        Emit::Effect(GlobalEffect::Done { ticket, outcome }) => Turn::Done(*ticket, outcome),
        Emit::Observed(change) => Turn::Observed(change),
        Emit::Store(_) => return None,
    })
}

fn from_zone(emit: &Emit<ZoneEffect>) -> Option<Turn<'_>> {
    Some(match emit {
        Emit::Effect(ZoneEffect::Request(session, request)) => Turn::SaidRequest(*session, request),
        Emit::Effect(ZoneEffect::Response(session, response)) => Turn::SaidResponse(*session, response),
        Emit::Effect(ZoneEffect::Hangup { session }) => Turn::Closed(*session),
        Emit::Effect(ZoneEffect::Done { ticket, outcome }) => Turn::Done(*ticket, outcome),
        Emit::Observed(change) => Turn::Observed(change),
        Emit::Effect(ZoneEffect::Dial { .. }) => Turn::Dials,
        Emit::Store(_)
        | Emit::Effect(ZoneEffect::Published { .. } | ZoneEffect::Proxy(..) | ZoneEffect::Issue(_) | ZoneEffect::Kubernetes(_)) => {
            return None;
        }
    })
}
