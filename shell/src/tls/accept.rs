//! Connections that come in, after their handshake.
use super::{Identity, RECORD_BYTES, provider};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
    time::{sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::wrappers::ReceiverStream;

/// How long a handshake may take.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// So many handshakes may be under way; whoever comes meanwhile waits to be accepted.
const HANDSHAKES: usize = 256;
/// How long accepting rests when the system refuses it: no file descriptors are left, say.
const REST: Duration = Duration::from_millis(100);

/// Serves with this certificate: TLS 1.2 or 1.3, HTTP/2.
///
/// # Errors
/// The certificate or its key cannot be read, or they do not belong together.
pub fn acceptor(identity: &Identity) -> Result<TlsAcceptor, String> {
    // A plain Kuma zone refuses a server that does not choose it.
    speaking(identity, &[b"h2"])
}

/// The same for whoever may come with HTTP/1.1 too, such as a launcher of proxies.
///
/// # Errors
/// The certificate or its key cannot be read, or they do not belong together.
pub fn acceptor_for_all(identity: &Identity) -> Result<TlsAcceptor, String> {
    speaking(identity, &[b"h2", b"http/1.1"])
}

/// The same with HTTP/1.1 alone.
///
/// # Errors
/// The certificate or its key cannot be read, or they do not belong together.
pub fn acceptor_for_http1(identity: &Identity) -> Result<TlsAcceptor, String> {
    speaking(identity, &[b"http/1.1"])
}

fn speaking(identity: &Identity, protocols: &[&[u8]]) -> Result<TlsAcceptor, String> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(identity.certificate.as_bytes()).collect();
    let chain = chain.map_err(|error| format!("the certificate: {error}"))?;
    if chain.is_empty() {
        return Err("the certificate: there is none in PEM form".to_owned());
    }
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).map_err(|error| format!("the key: {error}"))?;
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth()
        .with_single_cert(chain, key);
    let mut config = config.map_err(|error| format!("the certificate and its key: {error}"))?;
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    config.max_fragment_size = Some(RECORD_BYTES);
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The connections of a listener whose handshake went well. A slow or broken handshake keeps nobody else.
pub fn accept(listener: TcpListener, acceptor: TlsAcceptor) -> ReceiverStream<io::Result<TlsStream<TcpStream>>> {
    let (ready, connections) = mpsc::channel(1);
    tokio::spawn(async move {
        let room = Arc::new(Semaphore::new(HANDSHAKES));
        let mut rests = false;
        while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
            let accepted = tokio::select! {
                biased;
                () = ready.closed() => return,
                accepted = listener.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => {
                    rests = false;
                    accepted
                }
                Err(error) => {
                    // Said once, and not with each attempt.
                    if !std::mem::replace(&mut rests, true) {
                        tracing::warn!(%error, "connections cannot be accepted");
                    }
                    sleep(REST).await;
                    continue;
                }
            };
            let (acceptor, ready) = (acceptor.clone(), ready.clone());
            tokio::spawn(async move {
                let _permit = permit;
                // Small messages are to leave at once.
                let _ = stream.set_nodelay(true);
                match timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => drop(ready.send(Ok(stream)).await),
                    Ok(Err(error)) => tracing::debug!(%peer, %error, "a handshake failed"),
                    Err(_) => tracing::debug!(%peer, "a handshake took too long"),
                }
            });
        }
    });
    ReceiverStream::new(connections)
}
