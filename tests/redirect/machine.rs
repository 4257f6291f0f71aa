//! A machine whose traffic is redirected, another one that it talks to, and who listens there.
use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    path::{Path, PathBuf},
    process::{Child, Command, Output},
    thread,
    time::Duration,
};
use strait_core::Seed;
use strait_netns_testbed::{HostId, Network, Plan};

const SOON: Duration = Duration::from_secs(20);
pub(crate) const MACHINE: HostId = HostId(0);
pub(crate) const OTHER: HostId = HostId(1);

/// Where nft is.
pub(crate) fn nft() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin", "/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join("nft")).find(|program| program.is_file())
}

pub(crate) fn strait(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strait"));
    command.args(["proxy", "redirect"]).args(arguments);
    command
}

/// Two hosts that reach each other.
pub(crate) struct Machines(Network);

impl Machines {
    pub(crate) fn build() -> Self {
        Self(Network::build(&Plan::uniform(1, 2), Seed(1)).unwrap())
    }

    pub(crate) fn at(&self, host: HostId, port: u16) -> SocketAddr {
        (self.0.address(host), port).into()
    }

    /// Answers there with these words, to whoever connects and to every datagram.
    pub(crate) fn serve(&self, host: HostId, port: u16, says: &'static str) {
        self.serve_at(host, (Ipv4Addr::UNSPECIFIED, port), says);
    }

    pub(crate) fn serve_at(&self, host: HostId, at: (Ipv4Addr, u16), says: &'static str) {
        let (tcp, udp) = self.within(host, move || (TcpListener::bind(at).unwrap(), UdpSocket::bind(at).unwrap()));
        thread::spawn(move || tcp.incoming().flatten().for_each(|mut stream| _ = stream.write_all(says.as_bytes())));
        thread::spawn(move || {
            let mut buffer = [0; 64];
            while let Ok((_, from)) = udp.recv_from(&mut buffer) {
                udp.send_to(says.as_bytes(), from).ok();
            }
        });
    }

    /// What somebody is told who connects, from a socket with this mark.
    pub(crate) fn connect(&self, from: HostId, to: SocketAddr, mark: u32) -> String {
        self.0.namespace(from).run(move || {
            let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
            if mark != 0 {
                socket.set_mark(mark).unwrap();
            }
            if let Err(why) = socket.connect_timeout(&to.into(), SOON) {
                return why.kind().to_string();
            }
            socket.set_read_timeout(Some(SOON)).unwrap();
            let mut said = String::new();
            std::net::TcpStream::from(socket).read_to_string(&mut said).unwrap();
            said
        })
    }

    /// What somebody is told who sends a datagram there, by whom it was sent to.
    pub(crate) fn send(&self, from: HostId, to: SocketAddr) -> String {
        self.send_from(from, 0, to, 0)
    }

    /// The same from a port, and from a socket with this mark.
    pub(crate) fn send_from(&self, from: HostId, port: u16, to: SocketAddr, mark: u32) -> String {
        self.0.namespace(from).run(move || {
            let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)).unwrap();
            if mark != 0 {
                socket2::SockRef::from(&socket).set_mark(mark).unwrap();
            }
            socket.set_read_timeout(Some(SOON)).unwrap();
            // Of others it hears nothing.
            socket.connect(to).unwrap();
            socket.send(b"?").unwrap();
            let mut buffer = [0; 64];
            match socket.recv(&mut buffer) {
                Ok(length) => String::from_utf8(buffer[..length].to_vec()).unwrap(),
                Err(why) => why.kind().to_string(),
            }
        })
    }

    /// Answers questions of DNS: there is no error, and nothing.
    pub(crate) fn serve_names(&self, host: HostId) {
        let udp = self.within(host, || UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 53)).unwrap());
        thread::spawn(move || {
            let mut buffer = [0; 512];
            while let Ok((length, from)) = udp.recv_from(&mut buffer) {
                buffer[2] |= 0x80;
                udp.send_to(&buffer[..length], from).ok();
            }
        });
    }

    /// Does something on a host.
    pub(crate) fn within<T: Send + 'static>(&self, host: HostId, job: impl FnOnce() -> T + Send + 'static) -> T {
        self.0.namespace(host).run(job)
    }

    pub(crate) fn spawn(&self, host: HostId, mut command: Command) -> Child {
        self.within(host, move || command.spawn()).unwrap()
    }

    pub(crate) fn redirect(&self, arguments: &[&str]) {
        let output = self.run(MACHINE, strait(arguments));
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The same on the machine through which the two reach each other.
    pub(crate) fn redirect_between(&self, arguments: &[&str]) {
        let mut command = strait(arguments);
        let output = self.0.router(self.0.site(MACHINE)).run(move || command.output()).unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    pub(crate) fn run(&self, host: HostId, mut command: Command) -> Output {
        self.within(host, move || command.output()).unwrap()
    }

    /// All rules of the kernel there.
    pub(crate) fn rules(&self) -> String {
        let output = self.nft("list ruleset");
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn nft(&self, words: &str) -> Output {
        let mut command = Command::new(nft().unwrap_or_else(|| Path::new("nft").to_owned()));
        command.args(words.split(' '));
        let output = self.run(MACHINE, command);
        assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }
}
