//! The floor of telling proxies something: as many bytes, over as many connections of TLS, and a short answer over each. No gRPC, no store, and one hop.
use rustls::pki_types::ServerName;
use std::time::{Duration, Instant};
use strait_shell::tls::{Authority, accept, acceptor, trusting};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    sync::{broadcast, mpsc},
};
use tokio_stream::StreamExt as _;

/// How long an answer is: about as long as one of a proxy.
const ANSWER: usize = 80;

/// When each of them was told, and the last.
pub(crate) fn measure(runtime: &Runtime, streams: usize, bytes: usize, times: usize) -> (Vec<Duration>, Vec<Duration>) {
    runtime.block_on(async {
        let authority = Authority::generate().unwrap();
        let acceptor = acceptor(&authority.certify(&["localhost".to_owned()]).unwrap()).unwrap();
        let connector = trusting(&authority.own.certificate).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let mut incoming = accept(listener, acceptor);
        let (say, _) = broadcast::channel(4);
        let (told, mut answers) = mpsc::channel(streams);
        for _ in 0..streams {
            let connector = connector.clone();
            let client = tokio::spawn(async move {
                let stream = TcpStream::connect(at).await.unwrap();
                stream.set_nodelay(true).unwrap();
                connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap()
            });
            let server = incoming.next().await.unwrap().unwrap();
            tokio::spawn(hear(client.await.unwrap(), bytes));
            tokio::spawn(tell(server, bytes, say.subscribe(), told.clone()));
        }
        let (mut each, mut last) = (Vec::new(), Vec::new());
        for _ in 0..times {
            let begun = Instant::now();
            say.send(()).unwrap();
            let mut slowest = Duration::ZERO;
            for _ in 0..streams {
                let at: Instant = answers.recv().await.unwrap();
                each.push(at - begun);
                slowest = slowest.max(at - begun);
            }
            last.push(slowest);
        }
        (each, last)
    })
}

async fn hear(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: usize) {
    let mut said = vec![0; bytes];
    while stream.read_exact(&mut said).await.is_ok() {
        let _ = stream.write_all(&[1; ANSWER]).await;
        let _ = stream.flush().await;
    }
}

async fn tell(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    bytes: usize,
    mut say: broadcast::Receiver<()>,
    told: mpsc::Sender<Instant>,
) {
    let (said, mut answer) = (vec![7; bytes], [0; ANSWER]);
    while say.recv().await.is_ok() {
        stream.write_all(&said).await.unwrap();
        stream.flush().await.unwrap();
        stream.read_exact(&mut answer).await.unwrap();
        told.send(Instant::now()).await.unwrap();
    }
}
