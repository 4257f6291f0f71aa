//! Questions in datagrams.
use super::{LARGEST_DATAGRAM, LARGEST_QUESTION, Over, Responder};
use std::time::Duration;
use tokio::{net::UdpSocket, time::sleep};

/// How long it rests when the system refuses to receive.
const REST: Duration = Duration::from_millis(100);

/// Answers them, one after the other: an answer takes microseconds, and waits for nobody.
pub(super) async fn serve(socket: UdpSocket, responder: Responder) {
    // Of a longer one the rest is dropped, and it makes no sense then.
    let mut buffer = vec![0; LARGEST_QUESTION];
    let mut rests = false;
    loop {
        let (length, from) = match socket.recv_from(&mut buffer).await {
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
        if let Some(answer) = responder.respond(&buffer[..length], from.ip(), Over::Udp { most: LARGEST_DATAGRAM })
            && let Err(error) = socket.send_to(&answer, from).await
        {
            tracing::debug!(%from, %error, "an answer of DNS was not sent");
        }
    }
}
