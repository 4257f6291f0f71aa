//! What the machine takes, whatever runs on it.
use super::table::line;
use std::{
    fs::File,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::unix::fs::FileExt as _,
    path::Path,
    time::{Duration, Instant},
};

const TIMES: usize = 300;

pub(crate) fn measure(folder: &Path) {
    line("floor: 4 KiB over what is there, and fdatasync", syncs(folder));
    line("floor: 64 bytes there and back over TCP on loopback", round_trips());
}

fn syncs(folder: &Path) -> Vec<Duration> {
    let file = File::create(folder.join("floor")).unwrap();
    file.write_all_at(&vec![0; 1 << 20], 0).unwrap();
    file.sync_all().unwrap();
    let once = |nth: usize| {
        let begun = Instant::now();
        file.write_all_at(&[nth as u8; 4096], (nth as u64 % 256) * 4096).unwrap();
        file.sync_data().unwrap();
        begun.elapsed()
    };
    (0..TIMES).map(once).collect()
}

fn round_trips() -> Vec<Duration> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        let mut said = [0; 64];
        while stream.read_exact(&mut said).is_ok() {
            stream.write_all(&said).unwrap();
        }
    });
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut said = [7; 64];
    let mut once = || {
        let begun = Instant::now();
        stream.write_all(&said).unwrap();
        stream.read_exact(&mut said).unwrap();
        begun.elapsed()
    };
    (0..TIMES).map(|_| once()).collect()
}
