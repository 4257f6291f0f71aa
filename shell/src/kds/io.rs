//! Byte streams that carry the number of their connection, so that calls over one connection can be told from others, and that
//! count what comes.
use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tonic::transport::server::Connected;

/// Which connection a call came over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ConnectionId(pub(super) usize);

/// How many bytes have come over a connection.
#[derive(Debug, Default)]
pub(crate) struct Received {
    bytes: AtomicU64,
    /// So many had come when a message was last whole.
    whole: AtomicU64,
}

impl Received {
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// What came since a message was last whole.
    pub(super) fn of_part(&self) -> u64 {
        self.bytes().saturating_sub(self.whole.load(Ordering::Relaxed))
    }

    /// A message is whole.
    pub(super) fn message(&self) {
        self.whole.store(self.bytes(), Ordering::Relaxed);
    }
}

/// Which connection it is, and what came over it.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(super) id: ConnectionId,
    pub(super) received: Arc<Received>,
}

/// A numbered connection.
pub(crate) struct Numbered<S> {
    pub(super) connection: Connection,
    pub(super) stream: S,
}

impl<S> Numbered<S> {
    pub(super) fn new(id: ConnectionId, stream: S) -> Self {
        Self { connection: Connection { id, received: Arc::default() }, stream }
    }

    /// One that nothing has to be told from.
    pub(crate) fn alone(stream: S) -> Self {
        Self::new(ConnectionId(0), stream)
    }
}

impl<S> Connected for Numbered<S> {
    type ConnectInfo = Connection;

    fn connect_info(&self) -> Connection {
        self.connection.clone()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Numbered<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, into);
        self.connection.received.bytes.fetch_add((into.filled().len() - before) as u64, Ordering::Relaxed);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Numbered<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
