//! Reading one lane.
use super::{io::Received, sessions::Stop};
use crate::convert::Malformed;
use std::{sync::Arc, time::Duration};
use tokio::{sync::mpsc, time::sleep};
use tonic::{Code, Status, Streaming};

/// How often it is looked whether more of a message has come.
const REPORT_EVERY: Duration = Duration::from_secs(1);
/// Less than this is what HTTP/2 itself has to say.
const PART_BYTES: u64 = 512;

/// How a lane ended.
pub(super) enum End {
    /// The session has ended otherwise.
    Stopped,
    /// The peer or the connection ended it.
    Closed(Option<Status>),
    /// The peer said what makes no sense.
    Malformed(Malformed),
}

/// Hands on what is said on a lane, in order, until it ends. A full mailbox makes the peer wait.
pub(super) async fn read<W, I>(
    inbound: &mut Streaming<W>,
    stop: &mut Stop,
    mailbox: &mpsc::Sender<I>,
    received: &Received,
    understand: impl Fn(W) -> Result<I, Malformed>,
) -> End {
    loop {
        let message = tokio::select! {
            biased;
            _ = stop.changed() => return End::Stopped,
            () = mailbox.closed() => return End::Closed(Some(Status::unavailable("the control plane is stopping"))),
            message = inbound.message() => message,
        };
        received.message();
        let input = match message.map(|message| message.map(&understand)) {
            Ok(Some(Ok(input))) => input,
            Ok(Some(Err(malformed))) => return End::Malformed(malformed),
            Ok(None) => return End::Closed(None),
            Err(status) => return unreadable(&status).map_or_else(|| End::Closed(Some(status)), End::Malformed),
        };
        // If nobody takes it any more, that is noticed above.
        let _ = mailbox.send(input).await;
    }
}

/// Says about once in a second that more of a message has come, while none gets whole.
pub(super) async fn report<I>(received: Arc<Received>, mut stop: Stop, mailbox: mpsc::Sender<I>, input: impl Fn() -> I) {
    let mut before = received.bytes();
    loop {
        tokio::select! {
            biased;
            _ = stop.changed() => return,
            () = mailbox.closed() => return,
            () = sleep(REPORT_EVERY) => {}
        }
        let bytes = received.bytes();
        if bytes > before && received.of_part() >= PART_BYTES {
            let _ = mailbox.send(input()).await;
        }
        before = bytes;
    }
}

/// What came is a message that cannot be read, rather than the end of the stream.
fn unreadable(status: &Status) -> Option<Malformed> {
    let limit = super::LARGEST_MESSAGE;
    match status.code() {
        Code::OutOfRange => Some(Malformed(format!("a message is larger than {limit} bytes"))),
        Code::Internal if status.message().contains("decode") => Some(Malformed("a message is no protobuf of its type".to_owned())),
        _ => None,
    }
}
