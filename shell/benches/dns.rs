//! What an answer costs: its bytes alone, and over a socket on loopback. Over the socket the processor's time of the server counts, since who asks
//! shares the machine with it. Floor: a server that sends back what it receives.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]
use criterion::{Criterion, Throughput, criterion_group};
use rustix::time::{ClockId, clock_gettime};
use std::{
    hint::black_box,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};
use strait_core::{
    names::ServiceId,
    node::{Observation, ObservationChange, VipState},
    resource::{Key, Kind, Labels, MeshName, Resource, ResourceName, Spec, ZoneName},
    sync::{Epoch, Position},
};
use strait_shell::{
    dns::{LARGEST_DATAGRAM, Over, Responder, Sockets, Table, serve},
    kds::Local,
    process::Desk,
};
use tokio::runtime::{Builder, Runtime};

const SERVICES: u32 = 10_000;
const QUESTIONS: usize = 200_000;
/// So many are under way at a time.
const WINDOW: usize = 64;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A table of many services; within a runtime.
fn table() -> Table {
    let (mailbox, _) = tokio::sync::mpsc::channel(1);
    let table = Table::new(Desk::of_zone(Observation::new(), mailbox));
    let mesh = MeshName::new("default").unwrap();
    let key = Key { kind: Kind::mesh(), mesh: None, name: ResourceName::new("default").unwrap() };
    let held = Resource { key, labels: Labels::new(), spec: Spec::new(serde_json::json!({})), status: None };
    let mut changes = vec![ObservationChange::Holds(Arc::new(held))];
    for number in 0..SERVICES {
        let service = ServiceId {
            mesh: mesh.clone(),
            kind: Kind::new("MeshService").unwrap(),
            zone: Some(ZoneName::new("east").unwrap()),
            namespace: None,
            name: format!("service-{number}"),
        };
        let address = Ipv4Addr::from(u32::from(Ipv4Addr::new(241, 0, 0, 0)) + number);
        changes.push(ObservationChange::Vip { service: service.clone(), vip: Some(VipState::Given(address)) });
        let name = format!("service-{number}.svc.mesh.local");
        changes.push(ObservationChange::Named { mesh: mesh.clone(), name, service: Some(service) });
    }
    changes.push(ObservationChange::Head(Position { epoch: Epoch(1), seq: 1 }));
    changes.into_iter().for_each(|change| table.hear(Local::Observed(change)));
    table
}

fn responder() -> Responder {
    Responder::new(table(), MeshName::new("default").unwrap())
}

fn question(name: &str) -> Vec<u8> {
    let mut bytes = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.as_bytes());
    }
    bytes.extend([0, 0, 1, 0, 1]);
    bytes
}

fn bytes(criterion: &mut Criterion) {
    let runtime = runtime();
    let responder = runtime.block_on(async { responder() });
    let mut group = criterion.benchmark_group("an answer, its bytes alone");
    group.throughput(Throughput::Elements(1));
    let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
    for (what, name) in
        [("an address", "service-4711.svc.mesh.local"), ("no such name", "nothing.svc.mesh.local"), ("elsewhere", "www.example.com")]
    {
        let asked = question(name);
        group.bench_function(what, |bencher| {
            bencher.iter(|| responder.respond(black_box(&asked), from, Over::Udp { most: LARGEST_DATAGRAM }).unwrap());
        });
    }
    group.finish();
}

/// A server in a thread of its own: where it is, and how much of the processor its thread has had, each time one asks.
fn server(echoes: bool) -> (SocketAddr, mpsc::Sender<()>, mpsc::Receiver<Duration>) {
    let (at, address) = mpsc::channel();
    let (ask, asked) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let runtime = runtime();
        runtime.block_on(async {
            let listen = SocketAddr::from(([127, 0, 0, 1], 0));
            let mut serving = None;
            if echoes {
                let socket = tokio::net::UdpSocket::bind(listen).await.unwrap();
                at.send(socket.local_addr().unwrap()).unwrap();
                tokio::spawn(async move {
                    let mut buffer = [0; 2048];
                    while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                        let _ = socket.send_to(&buffer[..length], from).await;
                    }
                });
            } else {
                let sockets = Sockets::bind(listen).await.unwrap();
                at.send(sockets.address().unwrap()).unwrap();
                serving = Some(serve(sockets, responder()));
            }
            loop {
                tokio::time::sleep(Duration::from_millis(1)).await;
                match asked.try_recv() {
                    Ok(()) => {
                        let had = clock_gettime(ClockId::ThreadCPUTime);
                        let had = Duration::new(u64::try_from(had.tv_sec).unwrap(), u32::try_from(had.tv_nsec).unwrap());
                        tell.send(had).unwrap();
                    }
                    Err(mpsc::TryRecvError::Empty) => {}
                    Err(mpsc::TryRecvError::Disconnected) => break,
                }
            }
            drop(serving);
        });
    });
    (address.recv().unwrap(), ask, told)
}

fn over_loopback(what: &str, echoes: bool) {
    let (at, ask, told) = server(echoes);
    let had = || {
        ask.send(()).unwrap();
        told.recv().unwrap()
    };
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(at).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let asked: Vec<Vec<u8>> = (0..WINDOW).map(|number| question(&format!("service-{}.svc.mesh.local", number * 97))).collect();
    let (before, began) = (had(), Instant::now());
    let mut buffer = [0; 2048];
    for _ in 0..QUESTIONS / WINDOW {
        for question in &asked {
            socket.send(question).unwrap();
        }
        for _ in &asked {
            socket.recv(&mut buffer).unwrap();
        }
    }
    let (took, cost) = (began.elapsed(), had() - before);
    let questions = QUESTIONS / WINDOW * WINDOW;
    let count = f64::from(u32::try_from(questions).unwrap());
    println!(
        "{what}: {questions} questions in {took:.2?}; {:.2} us of the server's processor each, {:.0} a second of it",
        cost.as_secs_f64() * 1e6 / count,
        count / cost.as_secs_f64()
    );
}

criterion_group!(benches, bytes);

fn main() {
    benches();
    over_loopback("over UDP, one answer of 10,000 names", false);
    over_loopback("floor: sent back as they came", true);
}
