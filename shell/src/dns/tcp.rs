//! Questions over connections.
use super::{
    LARGEST_QUESTION, Over, Respond, Response,
    connections::{Connections, Place},
};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::TcpListener,
    task::JoinSet,
    time::{sleep, timeout},
};

/// A connection is closed that has asked nothing whole for so long, or does not take an answer.
pub const IDLE_FOR: Duration = Duration::from_secs(10);

/// How long accepting rests when the system refuses it: no file descriptors are left, say.
const REST: Duration = Duration::from_millis(100);

/// So much is read at once, in bytes. Questions are shorter than that.
const READ_AT_ONCE: usize = 512;

/// Serves them side by side.
pub(super) async fn serve(listener: TcpListener, responder: impl Respond) {
    let (connections, mut serving, mut rests) = (Arc::new(Connections::default()), JoinSet::new(), false);
    loop {
        let accepted = tokio::select! {
            biased;
            // Those that ended are forgotten.
            Some(_) = serving.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Said once, and not with each attempt.
                if !std::mem::replace(&mut rests, true) {
                    tracing::warn!(%error, "connections to the resolver cannot be accepted");
                }
                sleep(REST).await;
                continue;
            }
        };
        rests = false;
        // Answers are small, and are to leave at once.
        let _ = stream.set_nodelay(true);
        let (mut place, closed) = connections.enter();
        let responder = responder.clone();
        serving.spawn(async move {
            tokio::select! {
                biased;
                _ = closed => {}
                ended = converse(stream, peer, &responder, &mut place) => {
                    if let Err(error) = ended {
                        tracing::debug!(%peer, %error, "a connection to the resolver ended");
                    }
                }
            }
        });
    }
}

/// Answers the questions of one connection, in their order, until it ends.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    from: SocketAddr,
    responder: &impl Respond,
    place: &mut Place,
) -> io::Result<()> {
    let mut stream = BufReader::with_capacity(READ_AT_ONCE, stream);
    let mut asked = Vec::new();
    loop {
        if !timeout(IDLE_FOR, read(&mut stream, &mut asked)).await?? {
            return Ok(());
        }
        place.asked();
        let answer = match responder.hear(&asked, from, Over::Tcp) {
            Response::Now(answer) => answer,
            Response::Later(answer) => answer.await,
        };
        let Some(answer) = answer else {
            return Ok(());
        };
        let mut framed = Vec::with_capacity(2 + answer.len());
        framed.extend(u16::try_from(answer.len()).map_err(io::Error::other)?.to_be_bytes());
        framed.extend(answer);
        timeout(IDLE_FOR, stream.write_all(&framed)).await??;
    }
}

/// Reads one question, after its length. `false`: there is none any more, or it is longer than questions are.
async fn read<S: AsyncRead + Unpin>(stream: &mut BufReader<S>, asked: &mut Vec<u8>) -> io::Result<bool> {
    let length = match stream.read_u16().await {
        Ok(length) => usize::from(length),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
        Err(error) => return Err(error),
    };
    if length > LARGEST_QUESTION {
        return Ok(false);
    }
    asked.resize(length, 0);
    stream.read_exact(asked).await?;
    Ok(true)
}
