//! The few requests of rtnetlink(7) that networks are built of. A socket works in the namespace of the thread that opened it, from any thread.
use nix::{
    errno::Errno,
    sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType, socket},
    unistd::{read, write},
};
use std::{
    fmt, io,
    net::Ipv4Addr,
    os::fd::{AsRawFd, BorrowedFd, OwnedFd},
    thread,
    time::{Duration, Instant},
};

/// From `linux/veth.h`.
const VETH_INFO_PEER: u16 = 1;
/// From `linux/if_link.h`.
const IFLA_GSO_MAX_SEGS: u16 = 40;
const UP: u32 = libc::IFF_UP as u32;
const RUNNING: i32 = libc::IFF_RUNNING;
/// It takes less than a millisecond, unless the machine is very busy.
const CARRIES_WITHIN: Duration = Duration::from_secs(10);
const HEADER_BYTES: usize = 16;
/// What a kernel puts into one answer at most, with room.
const ANSWER_BYTES: usize = 32 << 10;

/// The address of a network device.
pub(crate) type Mac = [u8; 6];

/// A network device of some namespace. Its number is chosen when it is made, so that nobody need ask for it.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) name: String,
    pub(crate) number: u32,
}

impl Device {
    /// The one that every namespace has.
    pub(crate) fn loopback() -> Self {
        Self { name: "lo".to_owned(), number: 1 }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// One end of a pair of devices.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End<'a> {
    pub(crate) device: &'a Device,
    pub(crate) mac: Mac,
}

/// Where a route leads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Hop {
    /// Straight to the destination.
    Direct,
    /// To this gateway, which is taken to be reachable through the device.
    Gateway(Ipv4Addr),
}

/// Something to ask of the kernel, and what it is called when it is refused.
#[derive(Debug)]
pub(crate) struct Request {
    what: String,
    kind: u16,
    flags: u16,
    body: Vec<u8>,
}

impl Request {
    /// Makes a pair of devices that are one cable: one here, which is up, and one in another namespace, which must be let up there.
    pub(crate) fn cable(here: End<'_>, there: End<'_>, namespace: BorrowedFd<'_>) -> Self {
        let mut request = Self::new(
            format!("a cable from {} to {}", here.device, there.device),
            libc::RTM_NEWLINK,
            CREATE,
            &link_header(here.device.number, UP, UP),
        );
        request.text(libc::IFLA_IFNAME, &here.device.name).attribute(libc::IFLA_ADDRESS, &here.mac);
        request.nested(libc::IFLA_LINKINFO, |info| {
            info.attribute(libc::IFLA_INFO_KIND, b"veth").nested(libc::IFLA_INFO_DATA, |data| {
                data.nested(VETH_INFO_PEER, |peer| {
                    peer.body.extend(link_header(there.device.number, 0, 0));
                    peer.text(libc::IFLA_IFNAME, &there.device.name)
                        .attribute(libc::IFLA_ADDRESS, &there.mac)
                        .attribute(libc::IFLA_NET_NS_FD, &namespace.as_raw_fd().to_ne_bytes());
                });
            });
        });
        request
    }

    /// Lets a device carry packets.
    pub(crate) fn device_up(device: &Device) -> Self {
        Self::new(format!("{device} up"), libc::RTM_NEWLINK, 0, &link_header(device.number, UP, UP))
    }

    /// Takes a device away, and the other end of its cable with it.
    pub(crate) fn remove_device(device: &Device) -> Self {
        Self::new(format!("{device} away"), libc::RTM_DELLINK, 0, &link_header(device.number, 0, 0))
    }

    /// How many packets of a connection a device takes in one piece.
    pub(crate) fn segments_at_once(device: &Device, segments: u32) -> Self {
        let mut request = Self::new(format!("segments at once of {device}"), libc::RTM_NEWLINK, 0, &link_header(device.number, 0, 0));
        request.attribute(IFLA_GSO_MAX_SEGS, &segments.to_ne_bytes());
        request
    }

    /// Gives a device an address of its own, without a network around it.
    pub(crate) fn address(device: &Device, address: Ipv4Addr) -> Self {
        let mut body = vec![INET, 32, 0, 0];
        body.extend(device.number.to_ne_bytes());
        let mut request = Self::new(format!("the address {address} of {device}"), libc::RTM_NEWADDR, CREATE, &body);
        request.attribute(libc::IFA_LOCAL, &address.octets()).attribute(libc::IFA_ADDRESS, &address.octets());
        request
    }

    /// Routes one address, or everything (`None`), through a device. `from`: the address that packets from here bear.
    pub(crate) fn route(to: Option<Ipv4Addr>, device: &Device, hop: Hop, from: Option<Ipv4Addr>) -> Self {
        let scope = if matches!(hop, Hop::Direct) { libc::RT_SCOPE_LINK } else { libc::RT_SCOPE_UNIVERSE };
        let prefix = if to.is_some() { 32 } else { 0 };
        let mut body = vec![INET, prefix, 0, 0, libc::RT_TABLE_MAIN, libc::RTPROT_BOOT, scope, libc::RTN_UNICAST];
        body.extend(if matches!(hop, Hop::Gateway(_)) { RTNH_F_ONLINK } else { 0 }.to_ne_bytes());
        let what = format!("a route to {} through {device}", to.map_or_else(|| "everything".to_owned(), |to| to.to_string()));
        let mut request = Self::new(what, libc::RTM_NEWROUTE, CREATE, &body);
        if let Some(to) = to {
            request.attribute(libc::RTA_DST, &to.octets());
        }
        if let Hop::Gateway(gateway) = hop {
            request.attribute(libc::RTA_GATEWAY, &gateway.octets());
        }
        if let Some(from) = from {
            request.attribute(libc::RTA_PREFSRC, &from.octets());
        }
        request.attribute(libc::RTA_OIF, &device.number.to_ne_bytes());
        request
    }

    /// Says once and for all which device has an address: nobody need ask, and the entry does not count against the machine's limit.
    pub(crate) fn neighbour(address: Ipv4Addr, device: &Device, mac: Mac) -> Self {
        let mut body = vec![INET, 0, 0, 0];
        body.extend(device.number.to_ne_bytes());
        body.extend(libc::NUD_PERMANENT.to_ne_bytes());
        body.extend([0, libc::RTN_UNICAST]);
        let mut request = Self::new(format!("{address} at {device}"), libc::RTM_NEWNEIGH, CREATE, &body);
        request.attribute(libc::NDA_DST, &address.octets()).attribute(libc::NDA_LLADDR, &mac);
        request
    }

    fn new(what: String, kind: u16, flags: u16, body: &[u8]) -> Self {
        Self { what, kind, flags, body: body.to_vec() }
    }

    fn attribute(&mut self, kind: u16, value: &[u8]) -> &mut Self {
        self.nested(kind, |inner| inner.body.extend_from_slice(value))
    }

    fn text(&mut self, kind: u16, value: &str) -> &mut Self {
        self.nested(kind, |inner| inner.body.extend(value.bytes().chain([0])))
    }

    fn nested(&mut self, kind: u16, fill: impl FnOnce(&mut Self)) -> &mut Self {
        let begin = self.body.len();
        self.body.extend([0, 0]);
        self.body.extend(kind.to_ne_bytes());
        fill(self);
        let bytes = u16::try_from(self.body.len() - begin).unwrap_or(u16::MAX);
        self.body[begin..begin + 2].copy_from_slice(&bytes.to_ne_bytes());
        self.body.resize(self.body.len().next_multiple_of(4), 0);
        self
    }

    fn write_to(&self, out: &mut Vec<u8>) {
        let bytes = u32::try_from(HEADER_BYTES + self.body.len()).unwrap_or(u32::MAX);
        out.extend(bytes.to_ne_bytes());
        out.extend(self.kind.to_ne_bytes());
        out.extend((self.flags | (libc::NLM_F_REQUEST | libc::NLM_F_ACK) as u16).to_ne_bytes());
        out.extend([0; 8]);
        out.extend(&self.body);
        out.resize(out.len().next_multiple_of(4), 0);
    }
}

/// A conversation with the kernel about one namespace.
#[derive(Debug)]
pub(crate) struct Netlink(OwnedFd);

impl Netlink {
    /// About the namespace of the calling thread.
    pub(crate) fn open() -> io::Result<Self> {
        Ok(Self(socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkRoute)?))
    }

    /// Asks for all of it, in order. The error names the first that was refused; what follows it was done or refused by itself.
    pub(crate) fn ask(&self, requests: &[Request]) -> io::Result<()> {
        let mut message = Vec::new();
        requests.iter().for_each(|request| request.write_to(&mut message));
        write(&self.0, &message)?;
        let mut refused = Ok(());
        let mut answered = 0;
        while answered < requests.len() {
            for errno in self.hear()?.into_iter().filter_map(|said| said.refusal()) {
                let what = requests.get(answered).map_or("", |request| &request.what);
                answered += 1;
                if errno != 0 && refused.is_ok() {
                    let why = io::Error::from_raw_os_error(errno);
                    refused = Err(io::Error::new(why.kind(), format!("{what}: {why}")));
                }
            }
        }
        refused
    }

    /// Waits until a device that is up, as is the other end of its cable, carries packets. The kernel sees to that a little later, on a
    /// thread of its own, and drops what comes before: the first packet of a connection would be sent again only after a second.
    pub(crate) fn wait_until_it_carries(&self, device: &Device) -> io::Result<()> {
        let begin = Instant::now();
        while !self.carries(device)? {
            if begin.elapsed() > CARRIES_WITHIN {
                return Err(io::Error::new(io::ErrorKind::TimedOut, format!("{device} does not carry packets")));
            }
            thread::park_timeout(Duration::from_millis(1));
        }
        Ok(())
    }

    fn carries(&self, device: &Device) -> io::Result<bool> {
        let mut message = Vec::new();
        Request::new(String::new(), libc::RTM_GETLINK, 0, &link_header(device.number, 0, 0)).write_to(&mut message);
        write(&self.0, &message)?;
        let mut carries = false;
        loop {
            for said in self.hear()? {
                match said.refusal() {
                    Some(0) => return Ok(carries),
                    Some(errno) => return Err(io::Error::from_raw_os_error(errno)),
                    None => carries |= said.flags_of_device().is_some_and(|flags| flags & RUNNING != 0),
                }
            }
        }
    }

    /// What the kernel says, in one piece.
    fn hear(&self) -> io::Result<Vec<Said>> {
        let mut buffer = vec![0; ANSWER_BYTES];
        let length = loop {
            match read(&self.0, &mut buffer) {
                Err(Errno::EINTR) => {}
                done => break done?,
            }
        };
        let mut rest = &buffer[..length];
        let mut all = Vec::new();
        while let Some((bytes, said)) = Said::first_of(rest) {
            all.push(said);
            rest = rest.get(bytes.next_multiple_of(4)..).unwrap_or_default();
        }
        Ok(all)
    }
}

/// One message of the kernel.
struct Said {
    kind: u16,
    body: Vec<u8>,
}

impl Said {
    /// The first message in there, with its length.
    fn first_of(messages: &[u8]) -> Option<(usize, Self)> {
        let bytes = usize::try_from(u32::from_ne_bytes(messages.get(..4)?.try_into().ok()?)).ok()?;
        let kind = u16::from_ne_bytes(messages.get(4..6)?.try_into().ok()?);
        let body = messages.get(HEADER_BYTES..bytes)?.to_vec();
        Some((bytes, Self { kind, body }))
    }

    /// The error number that answers a request; 0: it was done.
    fn refusal(&self) -> Option<i32> {
        (self.kind == libc::NLMSG_ERROR as u16).then(|| -self.number(0).unwrap_or_default())
    }

    fn flags_of_device(&self) -> Option<i32> {
        (self.kind == libc::RTM_NEWLINK).then(|| self.number(8))?
    }

    fn number(&self, at: usize) -> Option<i32> {
        Some(i32::from_ne_bytes(self.body.get(at..at + 4)?.try_into().ok()?))
    }
}

const CREATE: u16 = (libc::NLM_F_CREATE | libc::NLM_F_EXCL) as u16;
const INET: u8 = libc::AF_INET as u8;
/// From `linux/rtnetlink.h`.
const RTNH_F_ONLINK: u32 = 4;

/// `struct ifinfomsg`.
fn link_header(number: u32, flags: u32, change: u32) -> Vec<u8> {
    [[0; 4], number.to_ne_bytes(), flags.to_ne_bytes(), change.to_ne_bytes()].concat()
}
