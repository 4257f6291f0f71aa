//! Messages and states in words.
use super::data::{MarkKind, Says};
use strait_core::{
    node::{Change, ObservationChange, VipState},
    sync::{Lane, RequestBody, Response, ResponseBody, Transfer},
};

/// So many names are told of what a message carries.
const NAMED: usize = 12;

/// A message in words.
pub(super) struct Message {
    pub(super) says: Says,
    pub(super) label: String,
    pub(super) detail: String,
}

/// What a consumer says; `None`: a heartbeat.
pub(super) fn request(body: &RequestBody) -> Option<Message> {
    let (says, label, detail) = match body {
        RequestBody::Beat { .. } => return None,
        RequestBody::Subscribe { kind, .. } => (Says::Request, format!("asks for {kind}"), String::new()),
        RequestBody::SubscribeAll { held, staged, .. } => {
            let held = held.map_or_else(|| "holds nothing".to_owned(), |held| format!("holds {held}"));
            let staged = staged.map_or_else(String::new, |staged| format!("; {} parts are set aside", staged.parts));
            (Says::Request, "asks for all".to_owned(), format!("{held}{staged}"))
        }
        RequestBody::Ack { kind, nonce } => (Says::Ack, format!("ack {kind}"), format!("nonce {}", nonce.0)),
        RequestBody::Nack { kind, message, .. } => (Says::Nack, format!("nack {kind}"), message.clone()),
    };
    Some(Message { says, label, detail })
}

/// What a provider says; `None`: a heartbeat.
pub(super) fn response(response: &Response) -> Option<Message> {
    let (label, detail) = match &response.body {
        ResponseBody::Beat { .. } => return None,
        ResponseBody::History { lineage } => ("history".to_owned(), format!("up to {}", lineage.head())),
        ResponseBody::Resources { kind, put, gone, transfer, .. } => {
            let put_names = put.iter().map(|resource| format!("+{}", resource.display_name()));
            let gone_names = gone.iter().map(|key| format!("-{}", key.name));
            let names: Vec<String> = put_names.chain(gone_names).take(NAMED).collect();
            let label = match (put.len(), gone.len(), names.as_slice()) {
                (0, 0, _) => format!("{kind}: none"),
                (1, 0, [name]) | (0, 1, [name]) => format!("{kind} {name}"),
                (put, 0, _) => format!("{kind} +{put}"),
                (0, gone, _) => format!("{kind} -{gone}"),
                (put, gone, _) => format!("{kind} +{put} -{gone}"),
            };
            let more = (put.len() + gone.len()).saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            (label, format!("{}{more}{}", names.join(" "), transfer.map_or_else(String::new, transfer_words)))
        }
    };
    let lane = match response.lane {
        Lane::Down => "on lane down",
        Lane::Up => "on lane up",
    };
    let detail = if detail.is_empty() { lane.to_owned() } else { format!("{detail}; {lane}") };
    Some(Message { says: Says::Response, label, detail })
}

fn transfer_words(transfer: Transfer) -> String {
    let from = transfer.from.map_or_else(|| "everything".to_owned(), |from| format!("from {from}"));
    format!("; {from}, up to {}{}", transfer.upto, if transfer.last { "" } else { ", more follows" })
}

/// What somebody writes.
pub(super) fn edit(changes: &[Change]) -> String {
    let words = |change: &Change| match change {
        Change::Put(resource) => format!("edit of {}", resource.key),
        Change::Delete(key) => format!("delete of {key}"),
    };
    match changes {
        [] => "edit of nothing".to_owned(),
        [one] => words(one),
        [first, others @ ..] => format!("{} and {} more", words(first), others.len()),
    }
}

/// What a node lets know, if it is worth a mark of its own.
pub(super) fn told(change: &ObservationChange) -> Option<(MarkKind, String)> {
    Some(match change {
        ObservationChange::Holds(resource) => (MarkKind::Held, format!("holds {}", resource.key)),
        ObservationChange::Dropped(key) => (MarkKind::Held, format!("drops {key}")),
        ObservationChange::StoreFailed(why) => (MarkKind::Told, format!("takes nothing: {why}")),
        ObservationChange::Refused { zone, why } => (MarkKind::Told, format!("{zone} is refused: {why}")),
        ObservationChange::Waiting { zone, why: Some(why) } => (MarkKind::Told, format!("{zone} waits: {why}")),
        ObservationChange::Waiting { zone, why: None } => (MarkKind::Told, format!("{zone} waits no more")),
        ObservationChange::Rejected { key, rejection: Some(rejection), .. } => {
            (MarkKind::Told, format!("{key} is rejected: {}", rejection.why))
        }
        ObservationChange::Rejected { key, rejection: None, .. } => (MarkKind::Told, format!("{key} is rejected no more")),
        ObservationChange::TooLarge { kind, bytes: Some(bytes), .. } => {
            (MarkKind::Told, format!("{kind} is too large: about {bytes} bytes"))
        }
        ObservationChange::Vip { service, vip: Some(VipState::Exhausted) } => (MarkKind::Told, format!("no address for {service}")),
        ObservationChange::Rotation { trust_domain, status: Some(status), .. } => {
            (MarkKind::Told, format!("rotation of {trust_domain}, {status}"))
        }
        ObservationChange::Rotation { trust_domain, status: None, .. } => (MarkKind::Told, format!("rotation of {trust_domain} is over")),
        ObservationChange::Listed { kind, stale: Some(stale) } => {
            (MarkKind::Told, format!("{kind}s are listed as of {}, not {}", stale.listed, stale.known))
        }
        ObservationChange::Object { id, problems } => match problems.first() {
            Some(problem) => (MarkKind::Told, format!("{id}: {problem}")),
            None => (MarkKind::Mended, format!("{id}: nothing is wrong any more")),
        },
        ObservationChange::Opened { .. }
        | ObservationChange::Ended { .. }
        | ObservationChange::Lane { .. }
        | ObservationChange::Listed { stale: None, .. }
        | ObservationChange::TooLarge { bytes: None, .. }
        | ObservationChange::Proxy { .. }
        | ObservationChange::Vip { .. }
        | ObservationChange::Named { .. }
        | ObservationChange::Head(_) => return None,
    })
}
