//! An event taken apart into the moments that the checkers of resources look at, in the order in which they happened.
use crate::event::{DiskProvenance, Event, NodeId, Stepped, What};
use std::{collections::BTreeSet, sync::Arc};
use strait_core::{
    Emit, Step,
    kubernetes::News,
    node::{
        Change, FromProxy, GlobalEffect, GlobalInput, Observation, ObservationChange, Operation, ProxySession, Ticket, ZoneEffect,
        ZoneInput,
    },
    resource::{Key, Resource, ZoneName},
    sync::{Position, Request, RequestBody, Response, Session},
};

/// One thing of an event.
#[derive(Debug)]
pub(crate) enum Moment<'a> {
    /// A process recovered.
    Started { observation: &'a Observation, disk: &'a DiskProvenance },
    /// A user asked for changes.
    Edit(Ticket, &'a [Change]),
    /// An operator decided.
    Operate(Ticket, &'a Operation),
    /// An edit or a decision was answered.
    Done(Ticket),
    /// A zone opened a session with global.
    Opened { session: Session, zone: &'a ZoneName, caller: Option<&'a NodeId> },
    /// A zone says what it understands, with a request that reached global.
    Understands { session: Session, features: &'a BTreeSet<String> },
    /// A resource is held in this version.
    Holds(&'a Arc<Resource>),
    /// A resource is no longer held.
    Dropped(&'a Key),
    /// The history of a node has come to here.
    Head(Position),
    /// A session is known to have begun, and to speak for the zone.
    Began { zone: &'a ZoneName, session: Session },
    /// A response reached global.
    Hears { session: Session, response: &'a Response },
    /// A proxy connected to a zone, and brought along what it is, if it did.
    ProxyOpened { session: ProxySession, dataplane: Option<&'a Resource> },
    /// A zone is told of its cluster.
    Kubernetes(&'a News),
    /// It is gone.
    ProxyClosed { session: ProxySession },
    /// A response left.
    Sends { session: Session, response: &'a Response },
}

/// The moments of an event.
pub(crate) fn moments(event: &Event) -> Vec<Moment<'_>> {
    match &event.what {
        What::Started { observation, disk, .. } => vec![Moment::Started { observation, disk }],
        What::RefusedToStart { .. } | What::Stopped { .. } | What::Paused | What::Resumed | What::Workload(_) => Vec::new(),
        What::Stepped(Stepped::Global { step, emits }) => {
            let input = match step {
                Step::Input(GlobalInput::Edit { ticket, changes }) => Some(Moment::Edit(*ticket, changes)),
                Step::Input(GlobalInput::Operate { ticket, operation }) => Some(Moment::Operate(*ticket, operation)),
                Step::Input(GlobalInput::Opened { session, zone, .. }) => {
                    Some(Moment::Opened { session: *session, zone, caller: event.caller.as_ref() })
                }
                Step::Input(GlobalInput::Request(session, request)) => understood(*session, request),
                Step::Input(GlobalInput::Response(session, response)) => Some(Moment::Hears { session: *session, response }),
                _ => None,
            };
            let emitted = emits.iter().filter_map(|emit| match emit {
                Emit::Observed(change) => observed(change),
                Emit::Effect(GlobalEffect::Response(session, response)) => Some(Moment::Sends { session: *session, response }),
                Emit::Effect(GlobalEffect::Done { ticket, .. }) => Some(Moment::Done(*ticket)),
                _ => None,
            });
            input.into_iter().chain(emitted).collect()
        }
        What::Stepped(Stepped::Zone { step, emits }) => {
            let input = match step {
                Step::Input(ZoneInput::Edit { ticket, changes }) => Some(Moment::Edit(*ticket, changes)),
                Step::Input(ZoneInput::Operate { ticket, operation }) => Some(Moment::Operate(*ticket, operation)),
                Step::Input(ZoneInput::Proxy(session, FromProxy::Opened { dataplane, .. })) => {
                    Some(Moment::ProxyOpened { session: *session, dataplane: dataplane.as_deref() })
                }
                Step::Input(ZoneInput::Kubernetes(news)) => Some(Moment::Kubernetes(news)),
                Step::Input(ZoneInput::Proxy(session, FromProxy::Closed)) => Some(Moment::ProxyClosed { session: *session }),
                _ => None,
            };
            let emitted = emits.iter().filter_map(|emit| match emit {
                Emit::Observed(change) => observed(change),
                Emit::Effect(ZoneEffect::Response(session, response)) => Some(Moment::Sends { session: *session, response }),
                Emit::Effect(ZoneEffect::Done { ticket, .. }) => Some(Moment::Done(*ticket)),
                _ => None,
            });
            input.into_iter().chain(emitted).collect()
        }
    }
}

fn understood(session: Session, request: &Request) -> Option<Moment<'_>> {
    match &request.body {
        RequestBody::Subscribe { hello, .. } | RequestBody::SubscribeAll { hello, .. } => {
            Some(Moment::Understands { session, features: &hello.features })
        }
        _ => None,
    }
}

fn observed(change: &ObservationChange) -> Option<Moment<'_>> {
    match change {
        ObservationChange::Holds(resource) => Some(Moment::Holds(resource)),
        ObservationChange::Dropped(key) => Some(Moment::Dropped(key)),
        ObservationChange::Head(head) => Some(Moment::Head(*head)),
        ObservationChange::Opened { zone, status } => Some(Moment::Began { zone, session: status.session }),
        _ => None,
    }
}
