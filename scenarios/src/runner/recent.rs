//! What happened just before something went wrong, in one line each.
use crate::{
    event::{Event, Stepped, What},
    workload::AtWorkload,
};
use std::collections::VecDeque;
use strait_core::{
    Emit, Step,
    node::{GlobalInput, ObservationChange, VipState, ZoneInput},
    sync::{RequestBody, Response, ResponseBody, Transfer},
};

/// So many events are kept.
const KEPT: usize = 400;
/// So many are shown.
const SHOWN: usize = 6;

/// The last events.
#[derive(Default)]
pub(super) struct Recent {
    events: VecDeque<Event>,
}

impl Recent {
    pub(super) fn enter(&mut self, event: Event) {
        if self.events.len() == KEPT {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    /// The last ones that tell something, at one node or at all.
    pub(super) fn lines(&self, node: &str) -> Vec<String> {
        let here = |event: &&Event| event.node.to_string() == node;
        let known = self.events.iter().any(|event| here(&event));
        let telling = self.events.iter().rev().filter(|event| !known || here(event)).filter_map(|event| {
            let what = in_words(event)?;
            Some(format!("{} {} {what}", event.at, event.node))
        });
        let mut lines: Vec<String> = telling.take(SHOWN).collect();
        lines.reverse();
        lines
    }
}

/// An event in words; `None` for what happens all the time.
fn in_words(event: &Event) -> Option<String> {
    let (step, caused) = match &event.what {
        What::Started { disk, observation, .. } => {
            return Some(format!("started, holding {} resources (disk: {disk:?})", observation.view.resources.len()));
        }
        What::RefusedToStart { why } => return Some(format!("refused to start: {why}")),
        What::Stopped { how } => return Some(format!("stopped: {how:?}")),
        What::Paused => return Some("paused".to_owned()),
        What::Resumed => return Some("resumed".to_owned()),
        What::Workload(at) => return at_workload(at),
        What::Stepped(Stepped::Global { step, emits }) => (global_step(step), observed(emits)),
        What::Stepped(Stepped::Zone { step, emits }) => (zone_step(step), observed(emits)),
    };
    match (step, caused.is_empty()) {
        (None, true) => None,
        (Some(step), true) => Some(step),
        (step, false) => Some(format!("{} => {}", step.unwrap_or_else(|| "then".to_owned()), caused.join(", "))),
    }
}

fn at_workload(at: &AtWorkload) -> Option<String> {
    match at {
        AtWorkload::Appears { who, .. } => Some(format!("{who} appears")),
        AtWorkload::Started(proxy) => Some(format!("{proxy} started")),
        AtWorkload::Stopped(proxy) => Some(format!("{proxy} stopped")),
        AtWorkload::Cut(pair) => Some(format!("the link between {pair} is cut")),
        AtWorkload::Healed(pair) => Some(format!("the link between {pair} is whole")),
        AtWorkload::Asks { .. } => None,
        AtWorkload::Answered { number, answer } => Some(format!("question {number}: {answer}")),
    }
}

fn global_step(step: &Step<GlobalInput>) -> Option<String> {
    match step {
        Step::Tick | Step::Input(GlobalInput::Receiving(_)) => None,
        Step::Stored { upto } => Some(format!("stored {}", upto.0)),
        Step::StoreFailed { why, .. } => Some(format!("store failed: {why}")),
        Step::Input(GlobalInput::Request(session, request)) => request_words(&request.body).map(|what| format!("<- {what} ({session})")),
        Step::Input(GlobalInput::Response(session, response)) => response_words(response).map(|what| format!("<- {what} ({session})")),
        Step::Input(other) => Some(format!("<- {}", short(other))),
    }
}

fn zone_step(step: &Step<ZoneInput>) -> Option<String> {
    match step {
        Step::Tick | Step::Input(ZoneInput::Receiving(_)) => None,
        Step::Stored { upto } => Some(format!("stored {}", upto.0)),
        Step::StoreFailed { why, .. } => Some(format!("store failed: {why}")),
        Step::Input(ZoneInput::Request(session, request)) => request_words(&request.body).map(|what| format!("<- {what} ({session})")),
        Step::Input(ZoneInput::Response(session, response)) => response_words(response).map(|what| format!("<- {what} ({session})")),
        Step::Input(other) => Some(format!("<- {}", short(other))),
    }
}

fn request_words(body: &RequestBody) -> Option<String> {
    match body {
        RequestBody::Beat { .. } | RequestBody::Ack { .. } => None,
        RequestBody::Subscribe { kind, .. } => Some(format!("Subscribe {kind}")),
        RequestBody::SubscribeAll { held, .. } => {
            Some(format!("SubscribeAll held={}", held.map_or_else(|| "nothing".to_owned(), |held| held.to_string())))
        }
        RequestBody::Nack { kind, message, .. } => Some(format!("Nack {kind}: {message}")),
    }
}

fn response_words(response: &Response) -> Option<String> {
    match &response.body {
        ResponseBody::Beat { .. } => None,
        ResponseBody::History { lineage } => Some(format!("History head={}", lineage.head())),
        ResponseBody::Resources { kind, put, gone, transfer, .. } => {
            let transfer = transfer.map_or_else(String::new, |transfer| transfer_words(&transfer));
            let mut names: Vec<String> = put.iter().map(|resource| format!("+{}", resource.display_name())).collect();
            names.extend(gone.iter().map(|key| format!("-{}", key.name)));
            names.truncate(4);
            Some(format!("Resources {kind} put={} gone={} [{}]{transfer}", put.len(), gone.len(), names.join(" ")))
        }
    }
}

fn transfer_words(transfer: &Transfer) -> String {
    let from = transfer.from.map_or_else(|| "everything".to_owned(), |from| format!("from {from}"));
    format!(" {from} upto {}{}", transfer.upto, if transfer.last { "" } else { ", more follows" })
}

/// What became different, but for resources that are held as they should.
fn observed<E>(emits: &[Emit<E>]) -> Vec<String> {
    let changes = emits.iter().filter_map(|emit| if let Emit::Observed(change) = emit { Some(change) } else { None });
    let words = changes.filter_map(|change| match change {
        ObservationChange::Holds(resource) => Some(format!("holds {}", resource.key)),
        ObservationChange::Dropped(key) => Some(format!("drops {key}")),
        ObservationChange::Opened { .. } => Some("session open".to_owned()),
        ObservationChange::StoreFailed(why) => Some(format!("takes nothing: {why}")),
        ObservationChange::Ended { why, .. } => Some(format!("session over: {why}")),
        ObservationChange::Refused { why, .. } => Some(format!("refused: {why}")),
        ObservationChange::Lane { lane, status, .. } => status.frozen.map(|reason| format!("lane {lane} frozen: {reason}")),
        ObservationChange::Waiting { why, .. } => why.map(|why| format!("waiting: {why}")),
        ObservationChange::Rejected { key, rejection, .. } => {
            rejection.as_ref().map(|rejection| format!("rejects {key}: {}", rejection.why))
        }
        ObservationChange::TooLarge { kind, bytes, .. } => bytes.map(|bytes| format!("{kind} is too large: about {bytes} bytes")),
        ObservationChange::Proxy { proxy, status: Some(status) } => Some(format!("{proxy} took {} of {}", status.took, status.sent)),
        ObservationChange::Rotation { trust_domain, status: Some(status), .. } => Some(format!("rotation of {trust_domain}, {status}")),
        ObservationChange::Rotation { trust_domain, status: None, .. } => Some(format!("rotation of {trust_domain}: it is over")),
        ObservationChange::Proxy { proxy, status: None } => Some(format!("{proxy} is gone")),
        ObservationChange::Vip { service, vip: Some(VipState::Given(address)) } => Some(format!("{address} for {service}")),
        ObservationChange::Vip { service, vip: Some(VipState::Exhausted) } => Some(format!("no address for {service}")),
        ObservationChange::Vip { service, vip: None } => Some(format!("no more address for {service}")),
        ObservationChange::Named { name, service: Some(service), .. } => Some(format!("{name} is {service}")),
        ObservationChange::Named { name, service: None, .. } => Some(format!("{name} is nobody")),
        ObservationChange::Listed { kind, stale: None } => Some(format!("{kind}s are listed")),
        ObservationChange::Listed { kind, stale: Some(stale) } => {
            Some(format!("{kind}s are listed as of {}, not {}", stale.listed, stale.known))
        }
        ObservationChange::Object { id, problems } => problems.first().map(|problem| format!("{id}: {problem}")),
        ObservationChange::Head(_) => None,
    });
    let mut words: Vec<String> = words.collect();
    if words.len() > 4 {
        let more = words.len() - 4;
        words.truncate(4);
        words.push(format!("and {more} more"));
    }
    words
}

fn short(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
