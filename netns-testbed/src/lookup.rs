//! Names are resolved as workloads do it: a question of DNS, which a redirection leads to the proxy.
use crate::cluster::{NDOTS, search};
use hickory_proto::{
    op::{Message, MessageType, OpCode, Query, ResponseCode},
    rr::{Name, RData, RecordType},
};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, UdpSocket},
    time::{Duration, Instant},
};

/// No host has this address: whoever asks it is answered by what redirects questions of DNS, or not at all.
const NAME_SERVER: (Ipv4Addr, u16) = (Ipv4Addr::new(10, 255, 255, 53), 53);
/// A question of DNS is asked again after so long.
const DNS_WITHIN: Duration = Duration::from_secs(1);

/// Whom a host asks for names, and how.
#[derive(Clone, Debug)]
pub(crate) struct Resolver {
    nameserver: (Ipv4Addr, u16),
    /// The domains in which names are looked for.
    search: Vec<String>,
    /// A name with so many dots is first asked for as it is.
    dots: usize,
}

impl Default for Resolver {
    /// Names are whole.
    fn default() -> Self {
        Self { nameserver: NAME_SERVER, search: Vec::new(), dots: 0 }
    }
}

impl Resolver {
    /// As in a pod of a namespace.
    pub(crate) fn of_pod(nameserver: Ipv4Addr, namespace: &str) -> Self {
        Self { nameserver: (nameserver, 53), search: search(namespace).into(), dots: NDOTS }
    }

    /// Where a name leads. `None`: there is none such.
    pub(crate) fn resolve(&self, number: u64, name: &str, deadline: Instant) -> io::Result<Option<IpAddr>> {
        let mut failed = None;
        for name in self.candidates(name) {
            match ask(self.nameserver, number, &name, deadline) {
                Ok(Some(found)) => return Ok(Some(found)),
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Err(error),
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(None), Err)
    }

    /// As what a name is asked for, in this order (resolv.conf(5)).
    fn candidates(&self, name: &str) -> Vec<String> {
        if let Some(whole) = name.strip_suffix('.') {
            return vec![whole.to_owned()];
        }
        let searched = self.search.iter().map(|domain| format!("{name}.{domain}"));
        let own = [name.to_owned()];
        if name.matches('.').count() >= self.dots { own.into_iter().chain(searched).collect() } else { searched.chain(own).collect() }
    }
}

fn ask(nameserver: (Ipv4Addr, u16), number: u64, name: &str, deadline: Instant) -> io::Result<Option<IpAddr>> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect(nameserver)?;
    #[expect(clippy::cast_possible_truncation, reason = "it is there to tell questions apart")]
    let id = number as u16;
    let mut question = Message::new(id, MessageType::Query, OpCode::Query);
    let name = Name::from_ascii(format!("{name}.")).map_err(io::Error::other)?;
    question.metadata.recursion_desired = true;
    question.add_query(Query::query(name, RecordType::A));
    let question = question.to_vec().map_err(io::Error::other)?;
    let mut bytes = [0; 4096];
    loop {
        socket.set_read_timeout(Some(DNS_WITHIN.min(left(deadline)?)))?;
        socket.send(&question)?;
        match socket.recv(&mut bytes) {
            Ok(length) => {
                let answer = Message::from_vec(&bytes[..length]).map_err(io::Error::other)?;
                let found =
                    answer.answers.iter().find_map(|record| if let RData::A(a) = &record.data { Some(IpAddr::V4(a.0)) } else { None });
                return match (answer.metadata.response_code, found) {
                    (ResponseCode::NoError, Some(address)) => Ok(Some(address)),
                    (ResponseCode::NXDomain, _) => Ok(None),
                    (code, _) => Err(io::Error::other(format!("{code}, and no address"))),
                };
            }
            // Whoever is to answer may be about to start.
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
    }
}

/// How long it is until then; never nothing.
pub(crate) fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_pod_names_are_looked_for_in_its_namespace_first() {
        let resolver = Resolver::of_pod(Ipv4Addr::LOCALHOST, "shop");
        let of_pod = ["web.shop.svc.cluster.local", "web.svc.cluster.local", "web.cluster.local", "web"];
        assert_eq!(resolver.candidates("web"), of_pod);
        assert_eq!(resolver.candidates("a.b.c.d.e.f")[0], "a.b.c.d.e.f");
        assert_eq!(resolver.candidates("web.shop."), ["web.shop"]);
        assert_eq!(Resolver::default().candidates("web"), ["web"]);
    }
}
