//! A workload that asks: its name is resolved, a connection made, and what comes back is understood. Must be called on a thread that lives in
//! the namespace of its host, whose redirection leads all of that to its proxy.
use super::kept::Kept;
use crate::{
    lookup::{Resolver, left},
    workload::{Said, TAKES},
};
use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{IpAddr, SocketAddr, TcpStream},
    time::Instant,
};
use strait_core::resource::{ResourceName, ZoneName};
use strait_scenarios::workload::{Answer, Ask, Connection, ProxyId, Spoken, Wants};

/// No answer here is longer, in bytes.
const LONGEST: usize = 64 << 10;

/// Asks, and waits for the answer as long as its author does.
pub(super) fn ask(number: u64, ask: &Ask, resolver: &Resolver, kept: &Kept) -> Answer {
    let deadline = Instant::now() + ask.patience();
    if let Some(answer) = ask_kept(ask, kept, deadline) {
        return answer;
    }
    let address = match resolver.resolve(number, &ask.name, deadline) {
        Ok(Some(address)) => address,
        Ok(None) => return Answer::NoSuchName,
        Err(why) => return Answer::Failed(format!("the name cannot be resolved: {why}")),
    };
    if ask.wants == Wants::Address {
        return match address {
            IpAddr::V4(address) => Answer::Leads(address),
            IpAddr::V6(address) => Answer::Failed(format!("no service has the address {address}")),
        };
    }
    let asked = match ask.speaks {
        Spoken::Http => ask_new(SocketAddr::new(address, ask.port), ask, kept, deadline),
        Spoken::Tcp => connect(SocketAddr::new(address, ask.port), deadline).and_then(|stream| bytes(&stream)),
    };
    asked.unwrap_or_else(|error| Answer::Failed(in_words(&error)))
}

/// Asks a gateway from outside, as whoever has its address does, and waits for the answer as long as its author does.
pub(super) fn ask_gateway(gateway: SocketAddr, ask: &Ask) -> Answer {
    let deadline = Instant::now() + ask.patience();
    let asked = connect(gateway, deadline).and_then(|stream| request(&stream, &gateway.to_string(), ask));
    match asked {
        Ok(Some((answer, _))) => answer,
        Ok(None) => Answer::Failed("the connection was closed, and nothing said".to_owned()),
        Err(error) => Answer::Failed(in_words(&error)),
    }
}

fn connect(to: SocketAddr, deadline: Instant) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&to, left(deadline)?)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(left(deadline)?))?;
    Ok(stream)
}

/// Asks over a connection that was kept. `None`: there is none, or it was closed meanwhile, which says nothing of whoever is there now.
fn ask_kept(ask: &Ask, kept: &Kept, deadline: Instant) -> Option<Answer> {
    let stream = if ask.connection == Connection::Kept { kept.take(ask)? } else { return None };
    match ask_over(stream, ask, kept, deadline) {
        Ok(answer) => answer,
        Err(error) if is_closed(&error) => None,
        Err(error) => Some(Answer::Failed(in_words(&error))),
    }
}

fn ask_new(to: SocketAddr, ask: &Ask, kept: &Kept, deadline: Instant) -> io::Result<Answer> {
    let answer = ask_over(connect(to, deadline)?, ask, kept, deadline)?;
    Ok(answer.unwrap_or_else(|| Answer::Failed("the connection was closed, and nothing said".to_owned())))
}

/// Makes a request, and keeps the connection if both ends want that. `None`: it was closed before anything was said.
fn ask_over(stream: TcpStream, ask: &Ask, kept: &Kept, deadline: Instant) -> io::Result<Option<Answer>> {
    stream.set_read_timeout(Some(left(deadline)?))?;
    let said = request(&stream, &ask.name, ask)?;
    if let Some((_, Stays::Open)) = said {
        kept.keep(ask, stream);
    }
    Ok(said.map(|(answer, _)| answer))
}

/// What becomes of a connection after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stays {
    Open,
    Closed,
}

fn request(stream: &TcpStream, host: &str, ask: &Ask) -> io::Result<Option<(Answer, Stays)>> {
    let mut head = format!("GET {} HTTP/1.1\r\nhost: {host}\r\n{TAKES}: {}\r\n", ask.path, ask.takes.as_millis());
    if ask.connection == Connection::New {
        head.push_str("connection: close\r\n");
    }
    for (name, value) in &ask.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    (&*stream).write_all((head + "\r\n").as_bytes())?;
    let mut reader = BufReader::new(stream.take(LONGEST as u64));
    let mut lines = Vec::new();
    for line in reader.by_ref().lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    if lines.is_empty() {
        return Ok(None);
    }
    let closes = lines.iter().any(|line| line.eq_ignore_ascii_case("connection: close"));
    let stays = if closes || ask.connection == Connection::New { Stays::Closed } else { Stays::Open };
    let status = lines.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
    let length: usize =
        lines.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok()).unwrap_or_default();
    // Not until the end of the connection: Envoy gives clients a second to close it themselves.
    let mut body = vec![0; length.min(LONGEST)];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    let answer = match status.as_str() {
        "200" => answered(&body),
        "403" => Answer::Denied,
        "504" => Answer::Failed("504: the request timed out".to_owned()),
        _ => Answer::Failed(format!("{status}: {body}")),
    };
    Ok(Some((answer, stays)))
}

/// Of what only carries bytes: a connection that was let through says who is there.
fn bytes(mut stream: &TcpStream) -> io::Result<Answer> {
    let mut line = String::new();
    let asked = stream.write_all(b"who is there?\n");
    match asked.and_then(|()| BufReader::new(stream.take(LONGEST as u64)).read_line(&mut line)) {
        Ok(0) => Ok(Answer::Closed),
        Ok(_) => Ok(answered(&line)),
        Err(error) if is_closed(&error) => Ok(Answer::Closed),
        Err(error) => Err(error),
    }
}

fn answered(body: &str) -> Answer {
    let said: Option<(ProxyId, Option<String>)> = serde_json::from_str::<Said>(body.trim()).ok().and_then(|Said { by, asker }| {
        let (zone, name) = by.split_once('/')?;
        Some((ProxyId { zone: ZoneName::new(zone).ok()?, name: ResourceName::new(name).ok()? }, asker))
    });
    match said {
        Some((proxy, asker)) => Answer::By { proxy, asker },
        None => Answer::Failed(format!("what was answered is not understood: {body}")),
    }
}

fn is_closed(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe)
}

fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "nobody answered in time".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::{
        net::{Ipv4Addr, TcpListener},
        thread,
        time::Duration,
    };

    /// Answers so many requests over each connection, and then closes it. Each answer says over which connection it came.
    fn serve(listener: &TcpListener, each: usize) {
        for (nth, stream) in listener.incoming().flatten().enumerate() {
            let mut lines = BufReader::new(&stream).lines();
            for _ in 0..each {
                if lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty()).count() == 0 {
                    break;
                }
                let body = format!(r#"{{"by":"east/connection-{nth}","asker":null}}"#);
                write!(&mut &stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
            }
        }
    }

    #[test]
    fn a_connection_that_is_kept_is_asked_over_again_and_one_that_was_closed_is_replaced() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let to = listener.local_addr().unwrap();
        thread::spawn(move || serve(&listener, 2));
        let from = ProxyId { zone: ZoneName::new("east").unwrap(), name: ResourceName::new("web").unwrap() };
        let ask = Ask { wants: Wants::Answer, connection: Connection::Kept, ..Ask::address(from.clone(), "api".to_owned()) };
        let kept = Kept::default();
        let deadline = Instant::now() + Duration::from_secs(20);
        let by = |answer: Answer| if let Answer::By { proxy, .. } = answer { proxy.name.to_string() } else { panic!("{answer}") };
        let asked = || by(ask_kept(&ask, &kept, deadline).unwrap_or_else(|| ask_new(to, &ask, &kept, deadline).unwrap()));
        assert_eq!([asked(), asked(), asked(), asked()], ["connection-0", "connection-0", "connection-1", "connection-1"]);
        kept.forget(&from);
        assert_eq!(ask_kept(&ask, &kept, deadline), None);
    }
}
