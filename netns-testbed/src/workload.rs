//! A workload: a small application that says who it is, and who asks, as far as its proxy lets it know.
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    io::{self, BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    thread,
    time::Duration,
};
use strait_scenarios::workload::Spoken;

/// Says how long the answer is to take, in milliseconds.
pub(crate) const TAKES: &str = "x-takes-ms";
/// By what Envoy tells who asks.
const CLIENT: &str = "x-forwarded-client-cert";
/// Whoever says nothing for so long is gone.
const SAYS_WITHIN: Duration = Duration::from_secs(60);
/// More lines than this has no request here.
const MOST_LINES: usize = 100;

/// What it says.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said {
    /// Who it is.
    pub(crate) by: String,
    /// The SPIFFE ID of whoever asks; `None`: it does not know.
    pub(crate) asker: Option<String>,
}

/// Answers on a port of every address, until the process ends.
///
/// # Errors
/// The port cannot be listened on.
pub fn serve_workload(called: &str, port: u16, speaks: Spoken) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))?;
    for stream in listener.incoming().flatten() {
        let called = called.to_owned();
        thread::spawn(move || match speaks {
            Spoken::Http => while answer(&called, &stream).unwrap_or(false) {},
            Spoken::Tcp => drop(answer_line(&called, &stream)),
        });
    }
    Ok(())
}

/// Answers one request, and says whether another may follow.
fn answer(called: &str, stream: &TcpStream) -> io::Result<bool> {
    stream.set_read_timeout(Some(SAYS_WITHIN))?;
    stream.set_nodelay(true)?;
    let mut headers = BTreeMap::new();
    let mut lines = BufReader::new(stream).lines().take(MOST_LINES);
    let Some(first) = lines.next() else {
        return Ok(false);
    };
    first?;
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    if let Some(takes) = headers.get(TAKES).and_then(|takes| takes.parse().ok()) {
        thread::park_timeout(Duration::from_millis(takes));
    }
    let asker = headers.get(CLIENT).and_then(|client| client.split(';').find_map(|part| part.strip_prefix("URI=")));
    let body = text(&Said { by: called.to_owned(), asker: asker.map(str::to_owned) });
    write!(&mut &*stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())?;
    Ok(true)
}

/// Answers the first line, whatever it says.
fn answer_line(called: &str, stream: &TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(SAYS_WITHIN))?;
    match BufReader::new(stream).lines().next() {
        None => Ok(()),
        Some(line) => line.and_then(|_| writeln!(&mut &*stream, "{}", text(&Said { by: called.to_owned(), asker: None }))),
    }
}

fn text(said: &Said) -> String {
    serde_json::to_string(said).expect("it is plain data")
}
