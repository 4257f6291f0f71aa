//! The names of a cluster: those of its services, as its DNS knows them. Everything else is asked of the zone control plane, which knows the names of
//! meshes; where that speaks for a name neither, nobody does.
use super::services::{list, ready_of, text};
use hickory_proto::{
    op::{Message, MessageType, OpCode, ResponseCode},
    rr::{Name, RData, Record, RecordType, rdata::A},
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use strait_shell::dns::{Over, Respond, Response};
use tokio::{net::UdpSocket, time::timeout};

/// The domain of every cluster.
pub(super) const DOMAIN: &str = "cluster.local";
/// How soon an answer may be another, in seconds.
const TTL: u32 = 5;
/// How long the zone control plane may take.
const ANSWERED_WITHIN: Duration = Duration::from_secs(2);

/// Where each name of a cluster leads, in small letters and without a dot at its end.
pub(super) type Names = BTreeMap<String, BTreeSet<Ipv4Addr>>;

/// The names of services, and of the endpoints of headless ones that have a host name.
pub(super) fn names<'a>(services: impl Iterator<Item = &'a Value>, slices: &[&'a Value]) -> Names {
    let mut names = Names::new();
    for service in services {
        let name = format!("{}.{}.svc.{DOMAIN}", text(&service["metadata"]["name"]), text(&service["metadata"]["namespace"]));
        match text(&service["spec"]["clusterIP"]) {
            "None" => {
                let of = |slice: &&&Value| {
                    slice["metadata"]["namespace"] == service["metadata"]["namespace"]
                        && slice["metadata"]["labels"]["kubernetes.io/service-name"] == service["metadata"]["name"]
                };
                for endpoint in slices.iter().filter(of).flat_map(|slice| list(&slice["endpoints"])) {
                    let address = list(&endpoint["addresses"]).first().and_then(|address| text(address).parse().ok());
                    if let (Some(host), Some(address)) = (endpoint["hostname"].as_str(), address) {
                        names.entry(format!("{host}.{name}")).or_default().insert(address);
                    }
                }
                names.insert(name, ready_of(service, slices));
            }
            address => names.extend(address.parse().ok().map(|address| (name, BTreeSet::from([address])))),
        }
    }
    names
}

/// Answers what is asked in a cluster.
#[derive(Clone)]
pub(super) struct ClusterDns {
    names: Arc<RwLock<Names>>,
    /// The zone control plane.
    meshes: SocketAddr,
}

impl ClusterDns {
    pub(super) fn new(meshes: SocketAddr) -> Self {
        Self { names: Arc::default(), meshes }
    }

    pub(super) fn set(&self, names: Names) {
        *self.names.write().unwrap_or_else(PoisonError::into_inner) = names;
    }

    /// What is answered of a name of the cluster.
    fn own(&self, name: &str, wanted: RecordType) -> (ResponseCode, BTreeSet<Ipv4Addr>) {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        match names.get(name) {
            Some(addresses) if wanted == RecordType::A => (ResponseCode::NoError, addresses.clone()),
            Some(_) => (ResponseCode::NoError, BTreeSet::new()),
            None => {
                let is_above = names.keys().any(|known| known.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')));
                (if is_above { ResponseCode::NoError } else { ResponseCode::NXDomain }, BTreeSet::new())
            }
        }
    }
}

impl Respond for ClusterDns {
    fn hear(&self, asked: &[u8], _: SocketAddr, _: Over) -> Response {
        let Ok(asked) = Message::from_vec(asked) else { return Response::Now(None) };
        let Some(query) = asked.queries.first().filter(|_| asked.metadata.message_type == MessageType::Query).cloned() else {
            return Response::Now(None);
        };
        let name = plain(query.name());
        if name == DOMAIN || name.strip_suffix(DOMAIN).is_some_and(|rest| rest.ends_with('.')) {
            let (code, addresses) = self.own(&name, query.query_type());
            let mut answer = answer(&asked, code);
            answer.metadata.authoritative = true;
            answer.answers = addresses.into_iter().map(|at| Record::from_rdata(query.name().clone(), TTL, RData::A(A(at)))).collect();
            return Response::Now(answer.to_vec().ok());
        }
        let meshes = self.meshes;
        Response::Later(Box::pin(async move {
            let said = match timeout(ANSWERED_WITHIN, ask(meshes, &asked)).await {
                Ok(Ok(said)) => said,
                _ => answer(&asked, ResponseCode::ServFail),
            };
            said.to_vec().ok()
        }))
    }
}

fn answer(asked: &Message, code: ResponseCode) -> Message {
    let mut answer = Message::new(asked.metadata.id, MessageType::Response, OpCode::Query);
    answer.metadata.recursion_desired = asked.metadata.recursion_desired;
    answer.metadata.recursion_available = true;
    answer.metadata.response_code = code;
    answer.queries.clone_from(&asked.queries);
    answer
}

async fn ask(meshes: SocketAddr, asked: &Message) -> io::Result<Message> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
    socket.connect(meshes).await?;
    socket.send(&asked.to_vec().map_err(io::Error::other)?).await?;
    let mut bytes = vec![0; usize::from(u16::MAX)];
    loop {
        let length = socket.recv(&mut bytes).await?;
        let Ok(said) = Message::from_vec(&bytes[..length]) else { continue };
        if said.metadata.id != asked.metadata.id {
            continue;
        }
        // It speaks for meshes only, and nobody else is there to be asked.
        let is_nobodys = said.metadata.response_code == ResponseCode::Refused;
        return Ok(if is_nobodys { answer(asked, ResponseCode::NXDomain) } else { said });
    }
}

fn plain(name: &Name) -> String {
    name.to_lowercase().to_ascii().trim_end_matches('.').to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_service_has_a_name_and_what_is_above_it_is_none() {
        let service = json!({"metadata": {"namespace": "shop", "name": "web"}, "spec": {"clusterIP": "10.96.0.7"}});
        let headless = json!({"metadata": {"namespace": "shop", "name": "all"}, "spec": {"clusterIP": "None"}});
        let slice = json!({"metadata": {"namespace": "shop", "labels": {"kubernetes.io/service-name": "all"}}, "addressType": "IPv4",
            "endpoints": [{"addresses": ["10.1.0.1"], "hostname": "one"}, {"addresses": ["10.1.0.2"], "conditions": {"ready": false}}]});
        let dns = ClusterDns::new(([127, 0, 0, 1], 5653).into());
        dns.set(names([&service, &headless].into_iter(), &[&slice]));
        let one = |last: [u8; 4]| (ResponseCode::NoError, BTreeSet::from([Ipv4Addr::from(last)]));
        let asked = |name: &str| dns.own(name, RecordType::A);
        assert_eq!(asked("web.shop.svc.cluster.local"), one([10, 96, 0, 7]));
        assert_eq!(asked("all.shop.svc.cluster.local"), one([10, 1, 0, 1]));
        assert_eq!(asked("one.all.shop.svc.cluster.local"), one([10, 1, 0, 1]));
        assert_eq!(asked("shop.svc.cluster.local"), (ResponseCode::NoError, BTreeSet::new()));
        assert_eq!(asked("op.svc.cluster.local"), (ResponseCode::NXDomain, BTreeSet::new()));
        assert_eq!(dns.own("web.shop.svc.cluster.local", RecordType::AAAA), (ResponseCode::NoError, BTreeSet::new()));
    }
}
