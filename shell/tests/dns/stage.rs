//! A table with one service in it, served on loopback, and clients.
use hickory_proto::{
    op::{Edns, Message, Query},
    rr::{Name, RecordType},
};
use std::{
    future::Future,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use strait_core::{
    names::ServiceId,
    node::{Observation, ObservationChange, VipState},
    resource::{Key, Kind, Labels, MeshName, Resource, ResourceName, Spec, ZoneName},
    sync::{Epoch, Position},
};
use strait_shell::{
    dns::{Apart, Responder, Sockets, Table, serve, serve_apart},
    kds::Local,
    process::Desk,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpStream, UdpSocket},
    sync::mpsc,
    task::JoinSet,
    time::timeout,
};

pub(crate) const WEB: Ipv4Addr = Ipv4Addr::new(241, 0, 0, 7);
pub(crate) const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Nothing here takes so long, on the slowest machine.
const WITHIN: Duration = Duration::from_secs(60);

pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(WITHIN, future).await.unwrap_or_else(|_| panic!("{what} took too long"))
}

/// A table that has read nothing yet.
pub(crate) fn empty() -> Table {
    let (mailbox, _) = mpsc::channel(1);
    Table::new(Desk::of_zone(Observation::new(), mailbox))
}

/// The mesh `default` with the service `web`.
pub(crate) fn table() -> Table {
    let table = empty();
    let mesh = MeshName::new("default").unwrap();
    let key = Key { kind: Kind::mesh(), mesh: None, name: ResourceName::new("default").unwrap() };
    let held = Resource { key, labels: Labels::new(), spec: Spec::new(serde_json::json!({})), status: None };
    let kind = Kind::new("MeshService").unwrap();
    let service =
        ServiceId { mesh: mesh.clone(), kind, zone: Some(ZoneName::new("east").unwrap()), namespace: None, name: "web".to_owned() };
    let name = "web.svc.mesh.local".to_owned();
    for change in [
        ObservationChange::Holds(Arc::new(held)),
        ObservationChange::Vip { service: service.clone(), vip: Some(VipState::Given(WEB)) },
        ObservationChange::Named { mesh, name, service: Some(service) },
        ObservationChange::Head(Position { epoch: Epoch(1), seq: 1 }),
    ] {
        table.hear(Local::Observed(change));
    }
    table
}

pub(crate) fn responder(table: Table) -> Responder {
    Responder::new(table, MeshName::new("default").unwrap())
}

/// Where it is served, as long as the set is kept.
pub(crate) async fn served() -> (SocketAddr, JoinSet<()>) {
    let sockets = Sockets::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    (sockets.address().unwrap(), serve(sockets, responder(table())))
}

/// The same, with datagrams on a thread of their own.
pub(crate) async fn served_apart() -> (SocketAddr, Apart) {
    let sockets = Sockets::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    (sockets.address().unwrap(), serve_apart(sockets, responder(table())).unwrap())
}

pub(crate) fn question(name: &str, of: RecordType) -> Message {
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), of));
    message
}

pub(crate) fn with_edns(mut message: Message, version: u8, most: u16) -> Message {
    let mut edns = Edns::new();
    edns.set_version(version).set_max_payload(most);
    message.set_edns(edns);
    message
}

/// What a client for one question is told over UDP.
pub(crate) async fn over_udp(at: SocketAddr, asked: &[u8]) -> Message {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.send_to(asked, at).await.unwrap();
    let mut buffer = [0; 2048];
    let length = within("an answer over UDP", socket.recv(&mut buffer)).await.unwrap();
    Message::from_vec(&buffer[..length]).unwrap()
}

pub(crate) async fn say(stream: &mut TcpStream, asked: &[u8]) {
    stream.write_all(&u16::try_from(asked.len()).unwrap().to_be_bytes()).await.unwrap();
    stream.write_all(asked).await.unwrap();
}

pub(crate) async fn hear(stream: &mut TcpStream) -> Message {
    within("an answer over TCP", async {
        let mut answer = vec![0; usize::from(stream.read_u16().await.unwrap())];
        stream.read_exact(&mut answer).await.unwrap();
        Message::from_vec(&answer).unwrap()
    })
    .await
}

/// The address of `web`, asked for over both.
pub(crate) async fn is_answered(at: SocketAddr) {
    let asked = question("web.svc.mesh.local.", RecordType::A);
    let bytes = asked.to_vec().unwrap();
    let mut stream = TcpStream::connect(at).await.unwrap();
    say(&mut stream, &bytes).await;
    for answer in [over_udp(at, &bytes).await, hear(&mut stream).await] {
        assert_eq!((answer.metadata.id, address(&answer)), (asked.metadata.id, Some(WEB)));
    }
}

/// The one address of an answer.
pub(crate) fn address(answer: &Message) -> Option<Ipv4Addr> {
    match answer.answers.as_slice() {
        [record] => match record.data {
            hickory_proto::rr::RData::A(address) => Some(address.0),
            _ => None,
        },
        _ => None,
    }
}
