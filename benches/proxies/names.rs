//! How many questions of DNS a zone answers with a second of the processor, beside Unbound with the same names.
use super::{
    control_plane::{Connection, ControlPlane, processor, until},
    mesh,
    unbound::Unbound,
};
use serde_json::Value;
use std::{net::UdpSocket, path::Path, thread, time::Duration};

const SERVICES: usize = 1000;
const QUESTIONS: usize = 200_000;
/// So many are under way at a time.
const WINDOW: usize = 64;
/// One server after the other, so often.
const ROUNDS: usize = 5;

pub(crate) fn measure(folder: &Path) {
    let global = ControlPlane::global(folder);
    let zone = ControlPlane::zone(folder, "east", &global);
    mesh::begin(&global, 1000);
    mesh::serve(&zone, SERVICES);
    let names: Vec<(String, String)> = (0..SERVICES).map(|number| named(&zone, number)).collect();
    let asked: Vec<Vec<u8>> = names.iter().map(|(name, _)| question(name)).collect();
    let unbound = Unbound::start(folder, &names);
    let echo = UdpSocket::bind("127.0.0.1:0").unwrap();
    let floor = echo.local_addr().unwrap().to_string();
    thread::spawn(move || send_back(&echo));
    let mut servers = vec![("a zone", zone.dns.clone(), Some(zone.process()))];
    match &unbound {
        Some(unbound) => servers.push(("Unbound, one thread", unbound.at.clone(), Some(unbound.process()))),
        None => println!("\nUnbound is not here: `apt-get install unbound`"),
    }
    servers.push(("floor: sent back as they came, by a thread that blocks", floor, None));
    for (what, at, _) in &servers {
        until(&format!("{what} answers"), || answers(at, &asked[0]));
    }
    let mut had = vec![Vec::new(); servers.len()];
    for _ in 0..ROUNDS {
        for (nth, (_, at, process)) in servers.iter().enumerate() {
            had[nth].push(rate(at, *process, &asked));
        }
    }
    println!(
        "\n| {QUESTIONS} questions for {SERVICES} names over UDP, {WINDOW} under way | for a second of the server's processor | of all rounds |"
    );
    println!("| --- | --- | --- |");
    for ((what, ..), mut had) in servers.into_iter().zip(had) {
        had.sort_by(f64::total_cmp);
        println!("| {what} | {:.0} | {:.0} to {:.0} |", had[ROUNDS / 2], had[0], had[ROUNDS - 1]);
    }
    println!();
}

/// A service's name and its address, once it has one.
fn named(zone: &ControlPlane, number: usize) -> (String, String) {
    let mut address = None;
    until("the service has an address", || {
        let (_, said) = Connection::to(&zone.api).ask("GET", &format!("/meshes/default/meshservices/svc-{number}"), "");
        let said: Value = serde_json::from_str(&said).unwrap();
        address = said["status"]["vips"][0]["ip"].as_str().map(str::to_owned);
        address.is_some()
    });
    (format!("svc-{number}.svc.mesh.local"), address.unwrap())
}

/// Questions for each second of the processor that a server had for them.
fn rate(at: &str, process: Option<u32>, asked: &[Vec<u8>]) -> f64 {
    // A thread of this process: what it has is what this process has, less what this thread has.
    let had = || process.map_or_else(|| processor(std::process::id()) - own(), processor);
    let socket = socket(at, Duration::from_secs(5));
    let before = had();
    let (mut sent, mut received, mut buffer) = (0, 0, [0; 2048]);
    while received < QUESTIONS {
        while sent < QUESTIONS && sent - received < WINDOW {
            // Not in their order: what comes next is not what came last.
            socket.send(&asked[sent * 7919 % asked.len()]).unwrap();
            sent += 1;
        }
        // Loopback loses nothing while fewer are under way than fit into the buffer of a socket.
        let length = socket.recv(&mut buffer).unwrap();
        assert!(length > 12 && buffer[3] & 0xf == 0, "an answer is an error");
        received += 1;
    }
    QUESTIONS as f64 / (had() - before)
}

/// What this thread had of the processor, in seconds.
fn own() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    stat.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}

fn answers(at: &str, asked: &[u8]) -> bool {
    let socket = socket(at, Duration::from_millis(200));
    let mut buffer = [0; 2048];
    socket.send(asked).is_ok() && socket.recv(&mut buffer).is_ok_and(|_| buffer[3] & 0xf == 0)
}

fn socket(at: &str, within: Duration) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(at).unwrap();
    socket.set_read_timeout(Some(within)).unwrap();
    socket
}

fn send_back(socket: &UdpSocket) {
    let mut buffer = [0; 2048];
    while let Ok((length, from)) = socket.recv_from(&mut buffer) {
        let _ = socket.send_to(&buffer[..length], from);
    }
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
