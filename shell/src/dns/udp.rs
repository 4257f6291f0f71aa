//! Questions in datagrams.
use super::{LARGEST_DATAGRAM, LARGEST_QUESTION, Over, Respond, Response};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::UdpSocket, task::JoinSet, time::sleep};

/// How long it rests when the system refuses to receive.
const REST: Duration = Duration::from_millis(100);

/// Answers them, one after the other: an answer takes microseconds. Those that have to wait keep nobody else waiting.
pub(super) async fn serve(socket: UdpSocket, responder: impl Respond) {
    let (socket, mut waiting) = (Arc::new(socket), JoinSet::new());
    // Of a longer one the rest is dropped, and it makes no sense then.
    let mut buffer = vec![0; LARGEST_QUESTION];
    let mut rests = false;
    loop {
        let received = tokio::select! {
            biased;
            Some(_) = waiting.join_next() => continue,
            received = socket.recv_from(&mut buffer) => received,
        };
        let (length, from) = match received {
            Ok(received) => received,
            Err(error) => {
                // Said once, and not with each attempt.
                if !std::mem::replace(&mut rests, true) {
                    tracing::warn!(%error, "questions of DNS cannot be received");
                }
                sleep(REST).await;
                continue;
            }
        };
        rests = false;
        // Nobody is at port 0.
        if from.port() == 0 {
            continue;
        }
        match responder.hear(&buffer[..length], from, Over::Udp { most: LARGEST_DATAGRAM }) {
            Response::Now(answer) => send(&socket, from, answer).await,
            Response::Later(answer) => {
                let socket = Arc::clone(&socket);
                waiting.spawn(async move { send(&socket, from, answer.await).await });
            }
        }
    }
}

async fn send(socket: &UdpSocket, to: SocketAddr, answer: Option<Vec<u8>>) {
    if let Some(answer) = answer
        && let Err(error) = socket.send_to(&answer, to).await
    {
        tracing::debug!(%to, %error, "an answer of DNS was not sent");
    }
}
