//! A small application, and whoever asks it: HTTP by hand, since nothing more is needed.
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

/// An answer takes longer only if something is wrong.
const WITHIN: Duration = Duration::from_secs(5);

/// It says who it is, and who asks, as far as its proxy knows that.
pub(super) struct Application {
    port: u16,
}

impl Application {
    pub(super) fn start(name: &'static str) -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        let port = listener.local_addr().map_err(|error| error.to_string())?.port();
        thread::spawn(move || listener.incoming().map_while(Result::ok).for_each(|stream| serve(name, &stream)));
        Ok(Self { port })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

fn serve(name: &str, stream: &TcpStream) {
    let _ = stream.set_read_timeout(Some(WITHIN));
    let head = BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    let mut client = String::new();
    for line in head.collect::<Vec<_>>() {
        if let Some((header, value)) = line.split_once(": ")
            && header.eq_ignore_ascii_case("x-forwarded-client-cert")
        {
            value.clone_into(&mut client);
        }
    }
    let client = client.split(';').find_map(|part| part.strip_prefix("URI=")).unwrap_or("nobody that I know");
    let body = format!("here is {name}, you are {client}");
    let _ = write!(&mut &*stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
}

/// The code of an answer, and what it says; 0: there was none.
pub(super) fn ask(port: u16) -> (u16, String) {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return (0, String::new()) };
    let _ = stream.set_read_timeout(Some(WITHIN));
    let _ = stream.write_all(b"GET / HTTP/1.1\r\nhost: stock\r\nconnection: close\r\n\r\n");
    let mut reader = BufReader::new(&stream);
    let head: Vec<String> = reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let code = head.first().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or_default();
    let length = head.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok()).unwrap_or_default();
    // Not until the end of the connection: Envoy gives clients a second to close it themselves.
    let mut body = String::new();
    let _ = reader.take(length).read_to_string(&mut body);
    (code, body)
}
