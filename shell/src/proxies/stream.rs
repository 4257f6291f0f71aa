//! One proxy's stream, between its bytes and the node.
use super::{Admit, Claim, Delta, NotAdmitted, Streams, asks_for_names_at, streams::Said};
use crate::token::Token;
use std::{sync::Arc, time::Duration};
use strait_core::node::{FromProxy, ProxySession, ToProxy, ZoneInput};
use strait_proto::discovery::{DeltaDiscoveryRequest, DeltaDiscoveryResponse};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::{Instant, sleep_until, timeout},
};
use tokio_stream::{Stream, StreamExt as _};
use tonic::Status;

/// So many responses may wait to be written: one of each type.
pub(super) const UNWRITTEN: usize = 4;

/// Who says nothing for so long after it came is not waited for.
pub(super) const SAYS_WITHIN: Duration = Duration::from_secs(10);
/// So many may be here before it is known who they are.
pub(super) const MOST_STRANGERS: usize = 256;

/// A proxy that could not listen is told to try again after so long, and then after twice as long each time.
const LISTENS_AGAIN: Duration = Duration::from_secs(2);
/// But no longer than this.
const LISTENS_AGAIN_AT_MOST: Duration = Duration::from_secs(30);

/// What a stream needs from around it.
#[derive(Clone)]
pub(super) struct Around {
    pub(super) mailbox: mpsc::Sender<ZoneInput>,
    pub(super) streams: Streams,
    pub(super) admit: Arc<dyn Admit>,
}

/// What goes out. In a box: a channel makes room for 32 at once, however few may wait, and every proxy has a channel.
pub(super) type Answer = Box<Result<DeltaDiscoveryResponse, Status>>;
pub(super) type Answers = mpsc::Sender<Answer>;

/// Serves a stream until it ends, from either side. `stranger`: its place among those of whom it is not known who they are.
pub(super) async fn serve<R>(around: Around, stranger: OwnedSemaphorePermit, token: Option<Token>, mut requests: R, answers: Answers)
where
    R: Stream<Item = Result<DeltaDiscoveryRequest, Status>> + Unpin,
{
    let first = match timeout(SAYS_WITHIN, requests.next()).await {
        Ok(Some(Ok(first))) => first,
        Ok(_) => return,
        Err(_) => {
            let late = format!("there was no request within {} s", SAYS_WITHIN.as_secs());
            let _ = answers.send(Box::new(Err(Status::deadline_exceeded(late)))).await;
            return;
        }
    };
    let claim = match admitted(&around, &first, token.as_ref()).await {
        Ok(claim) => claim,
        Err(why) => {
            tracing::warn!(%why, "a proxy was refused");
            let _ = answers.send(Box::new(Err(status(&why)))).await;
            return;
        }
    };
    drop(stranger);
    let (session, mut hearing) = around.streams.open();
    let proxy = claim.key();
    tracing::info!(%proxy, %session, "a proxy connected");
    let opened = FromProxy::Opened { mesh: claim.mesh, name: claim.name, dataplane: claim.dataplane.map(Box::new), version: claim.version };
    if around.mailbox.send(ZoneInput::Proxy(session, opened)).await.is_ok() {
        let why = converse(&around, session, first, &mut requests, &mut hearing, &answers).await;
        tracing::info!(%proxy, %session, why, "a proxy is gone");
    }
    if around.streams.close(session) {
        // A node that is gone needs to know nothing.
        let _ = around.mailbox.send(ZoneInput::Proxy(session, FromProxy::Closed)).await;
    }
}

async fn converse<R>(
    around: &Around,
    session: ProxySession,
    first: DeltaDiscoveryRequest,
    requests: &mut R,
    hearing: &mut mpsc::UnboundedReceiver<Box<Said>>,
    answers: &Answers,
) -> String
where
    R: Stream<Item = Result<DeltaDiscoveryRequest, Status>> + Unpin,
{
    let names_at = first.node.as_ref().and_then(|node| asks_for_names_at(node.metadata.as_ref()?));
    let mut delta = Delta::new(names_at);
    let mut asked = Some(first);
    // When a proxy that could not listen is told to try again, and how long it waits the next time.
    let mut again: Option<(Instant, Duration)> = None;
    loop {
        if let Some(request) = asked.take()
            && let Err(nonsense) = delta.request(request)
        {
            let _ = answers.send(Box::new(Err(Status::invalid_argument(nonsense.to_string())))).await;
            return nonsense.to_string();
        }
        while let Some(response) = delta.next_response() {
            if answers.send(Box::new(Ok(response))).await.is_err() {
                return "the connection ended".to_owned();
            }
        }
        if let Some(taken) = delta.taken()
            && around.mailbox.send(ZoneInput::Proxy(session, taken)).await.is_err()
        {
            return "the control plane is stopping".to_owned();
        }
        again = delta.may_listen_later().then(|| again.unwrap_or_else(|| (Instant::now() + LISTENS_AGAIN, LISTENS_AGAIN)));
        let (due, waited) = again.unwrap_or_else(|| (Instant::now(), LISTENS_AGAIN));
        tokio::select! {
            biased;
            said = hearing.recv() => match said.map(|said| *said) {
                Some(Said::Secret(secret)) => delta.secret(secret),
                Some(Said::ByNode(ToProxy::Plan(update))) => delta.update(update),
                Some(Said::ByNode(ToProxy::Close { why })) => {
                    let _ = answers.send(Box::new(Err(Status::aborted(why.to_string())))).await;
                    return why.to_string();
                }
                None => return "the control plane is stopping".to_owned(),
            },
            request = requests.next() => match request {
                Some(Ok(request)) => asked = Some(request),
                Some(Err(status)) => return format!("the connection ended: {}", status.message()),
                None => return "the connection ended".to_owned(),
            },
            () = sleep_until(due), if again.is_some() => {
                delta.listen_again();
                let waits = (waited * 2).min(LISTENS_AGAIN_AT_MOST);
                again = Some((Instant::now() + waits, waits));
            }
        }
    }
}

async fn admitted(around: &Around, first: &DeltaDiscoveryRequest, token: Option<&Token>) -> Result<Claim, NotAdmitted> {
    let node = first.node.as_ref().ok_or_else(|| NotAdmitted::Invalid("node: the first request must say who asks".to_owned()))?;
    let claim = Claim::of_node(node)?;
    around.admit.admit(&claim, token).await?;
    Ok(claim)
}

fn status(why: &NotAdmitted) -> Status {
    match why {
        NotAdmitted::Invalid(why) => Status::invalid_argument(why.clone()),
        NotAdmitted::Refused(why) => Status::unauthenticated(why.clone()),
        NotAdmitted::Unknown(why) => Status::not_found(why.clone()),
        NotAdmitted::NotYet(why) => Status::unavailable(why.clone()),
    }
}
