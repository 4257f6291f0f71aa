//! A gateway: a small reverse proxy, which knows nothing of meshes. What it is asked in plain it asks by a name, as any application does, and passes on
//! what is answered. It is beside a proxy of the mesh, to which a redirection leads what it sends.
use crate::lookup::{Resolver, left};
use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

/// So long it waits for an answer, and for a name: longer than whoever asks.
const WAITS: Duration = Duration::from_secs(60);
/// More lines than this has no request and no answer here.
const MOST_LINES: usize = 100;
/// No answer here is longer, in bytes.
const LONGEST: usize = 64 << 10;
/// What concerns one connection only, and is not passed on.
const OF_ONE_CONNECTION: [&str; 5] = ["host", "connection", "keep-alive", "transfer-encoding", "upgrade"];

/// Takes requests on a port of every address, and passes each on to a host name, on a port of that, until the process ends.
///
/// # Errors
/// The port cannot be listened on.
pub fn serve_gateway(port: u16, to: &(String, u16)) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))?;
    for (number, stream) in (1..).zip(listener.incoming().flatten()) {
        let to = to.clone();
        // Who is gone by then needs no answer.
        thread::spawn(move || drop(pass_on(number, &stream, &to)));
    }
    Ok(())
}

/// One request, after which the connection is closed.
fn pass_on(number: u64, stream: &TcpStream, to: &(String, u16)) -> io::Result<()> {
    stream.set_read_timeout(Some(WAITS))?;
    stream.set_nodelay(true)?;
    let Some((first, headers)) = head(&mut BufReader::new(stream))? else {
        return Ok(());
    };
    let (status, body) = match ask(number, &first, &headers, to) {
        Ok(answered) => answered,
        Err(error) => ("502 Bad Gateway".to_owned(), error.to_string().into_bytes()),
    };
    let mut answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len()).into_bytes();
    answer.extend(body);
    (&*stream).write_all(&answer)
}

/// The first line, and the headers.
type Head = (String, Vec<(String, String)>);

/// What comes before the body. `None`: nothing was said.
fn head(stream: &mut impl io::BufRead) -> io::Result<Option<Head>> {
    let mut lines = stream.by_ref().lines().take(MOST_LINES);
    let Some(first) = lines.next().transpose()? else {
        return Ok(None);
    };
    let mut headers = Vec::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    Ok(Some((first, headers)))
}

/// Asks in the mesh: the status of the answer, with its reason, and its body.
fn ask(number: u64, first: &str, headers: &[(String, String)], (name, port): &(String, u16)) -> io::Result<(String, Vec<u8>)> {
    let deadline = Instant::now() + WAITS;
    let address = Resolver::default().resolve(number, name, deadline)?.ok_or_else(|| io::Error::other("there is no such name"))?;
    let server = TcpStream::connect_timeout(&SocketAddr::new(address, *port), left(deadline)?)?;
    server.set_nodelay(true)?;
    server.set_read_timeout(Some(left(deadline)?))?;
    let mut request = format!("{first}\r\nhost: {name}\r\nconnection: close\r\n");
    for (name, value) in headers.iter().filter(|(name, _)| !OF_ONE_CONNECTION.contains(&name.as_str())) {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    (&server).write_all((request + "\r\n").as_bytes())?;
    let mut reader = BufReader::new((&server).take(LONGEST as u64));
    let (first, headers) = head(&mut reader)?.ok_or_else(|| io::Error::other("the connection was closed, and nothing said"))?;
    let status = first.split_once(' ').map_or("502 Bad Gateway", |(_, status)| status).to_owned();
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, length)| length.parse::<usize>().ok());
    let mut body = vec![0; length.unwrap_or_default().min(LONGEST)];
    reader.read_exact(&mut body)?;
    Ok((status, body))
}
