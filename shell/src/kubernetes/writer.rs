//! Asks the API for what the node wants, and tells it how that went: once for each ask.
use super::{failed::Failed, informer::ask, path, reach::Reach};
use kube::{
    Client,
    api::{DeleteParams, PostParams, Preconditions},
    core::Request,
};
use serde_json::Value;
use strait_core::{
    kubernetes::{Answered, Ask, NotDone, ObjectId, Seen, Wish, read},
    node::ZoneInput,
};
use tokio::sync::mpsc;

/// Who writes, in the records of the API of who owns which field.
const MANAGER: &str = "strait-zone";

/// Writes to the API of one cluster.
pub(super) struct Writer {
    pub(super) client: Client,
    pub(super) mailbox: mpsc::Sender<ZoneInput>,
    pub(super) reach: Reach,
}

impl Writer {
    /// Asks, without waiting.
    pub(super) fn carry_out(&self, ask: Ask) {
        let (client, mailbox, reach) = (self.client.clone(), self.mailbox.clone(), self.reach.clone());
        tokio::spawn(async move {
            let done = carried_out(&client, &ask.id, &ask.wish).await;
            reach.written(done.as_ref().err().map(ToString::to_string));
            let answered = Answered { number: ask.number, outcome: done.or_else(|failed| outcome(&ask.wish, &failed)) };
            // The node is gone, if nobody takes it.
            _ = mailbox.send(ZoneInput::KubernetesAnswered(answered)).await;
        });
    }
}

async fn carried_out(client: &Client, id: &ObjectId, wish: &Wish) -> Result<Option<Seen>, Failed> {
    let at = Request::new(path::beside(id.kind, &id.name));
    let by = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
    let asked = match wish {
        Wish::Create(object) => at.create(&by, object.to_string().into_bytes()),
        Wish::Replace(object) => at.replace(&id.name.name, &by, object.to_string().into_bytes()),
        Wish::Delete { uid, version } => {
            let preconditions = Preconditions { uid: Some(uid.clone()), resource_version: Some(version.to_string()) };
            at.delete(&id.name.name, &DeleteParams { preconditions: Some(preconditions), ..DeleteParams::background() })
        }
    };
    let answer: Value = ask(client, asked.map_err(|error| Failed::Else(error.to_string()))?).await?;
    if matches!(wish, Wish::Delete { .. }) {
        return Ok(None);
    }
    read(&answer, Some(id.kind)).map(Some).map_err(|error| Failed::Else(format!("an answer that is no object: {error}")))
}

/// What a failure means for what was asked.
fn outcome(wish: &Wish, failed: &Failed) -> Result<Option<Seen>, NotDone> {
    match wish {
        // It is gone, as it was to be.
        Wish::Delete { .. } if failed.is_not_found() => Ok(None),
        Wish::Replace(_) if failed.is_not_found() => Err(NotDone::Conflict),
        Wish::Create(_) if failed.is_conflict() => Err(NotDone::AlreadyThere),
        _ if failed.is_conflict() => Err(NotDone::Conflict),
        _ if failed.is_final() => Err(NotDone::Refused(failed.to_string())),
        _ => {
            let wait_ms = u64::try_from(failed.wait().as_millis()).unwrap_or(u64::MAX);
            Err(NotDone::Unknown { why: failed.to_string(), wait_ms })
        }
    }
}
