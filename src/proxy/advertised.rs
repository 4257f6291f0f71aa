//! Where other zones reach an ingress. Its owner may say that by a host name: others are told the address to which that leads here, as Envoy and
//! control planes elsewhere know addresses alone, and it is looked up again and again.
use std::{
    fmt, io,
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
    str::FromStr,
    time::Duration,
};
use strait_shell::dns::look_up;
use tokio::{task::spawn_blocking, time::sleep};

/// An address, or a host name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Advertised {
    Is(IpAddr),
    Named(String),
}

impl FromStr for Advertised {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse() {
            return usable(&address)
                .then_some(Self::Is(address))
                .ok_or_else(|| "it is one address, by which other zones reach it".to_owned());
        }
        let is_label = |label: &str| {
            let letters = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
            (1..64).contains(&label.len()) && letters && !label.starts_with('-') && !label.ends_with('-')
        };
        let name = text.strip_suffix('.').unwrap_or(text);
        let looks_like_an_address = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
        if name.len() < 254 && name.split('.').all(is_label) && !looks_like_an_address {
            return Ok(Self::Named(name.to_ascii_lowercase()));
        }
        Err("it is an IP address, such as `203.0.113.7`, or a host name, such as `ingress.example.com`, without a port".to_owned())
    }
}

fn usable(address: &IpAddr) -> bool {
    !address.is_unspecified() && !address.is_multicast()
}

/// So often in a row a name has to lead elsewhere: whoever answers in turns what there is means no move.
const TIMES_ELSEWHERE: u32 = 3;

/// A host name that is looked up.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) host: String,
    /// Who is asked; `None`: whoever the machine asks.
    pub(super) nameserver: Option<SocketAddr>,
    /// How often.
    pub(super) every: Duration,
    /// Where it leads, as others are told.
    pub(super) is: IpAddr,
}

/// A name leads nowhere.
#[derive(Debug)]
pub(super) struct LeadsNowhere {
    host: String,
    why: String,
}

impl fmt::Display for LeadsNowhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the host name `{}` leads to no address: {}", self.host, self.why)
    }
}

impl Named {
    /// Looks it up. Blocks.
    pub(super) fn find(host: String, nameserver: Option<SocketAddr>, every: Duration) -> Result<Self, LeadsNowhere> {
        let found = addresses(&host, nameserver).map_err(|error| error.to_string());
        match found.and_then(|found| chosen(None, &found).ok_or_else(|| "it has none that others could use".to_owned())) {
            Ok(is) => {
                if is_near(&is) {
                    tracing::warn!(%host, %is, "the advertised host name leads to this machine or link only: other zones are told so, and will not get here");
                }
                Ok(Self { host, nameserver, every, is })
            }
            Err(why) => Err(LeadsNowhere { host, why }),
        }
    }

    /// Waits until it leads elsewhere, and says where to. A name that leads nowhere for now is as it was.
    pub(super) async fn elsewhere(&self) -> IpAddr {
        let mut failed = String::new();
        let mut elsewhere = 0;
        loop {
            sleep(self.every).await;
            let (host, nameserver) = (self.host.clone(), self.nameserver);
            let found = spawn_blocking(move || addresses(&host, nameserver)).await.unwrap_or_else(|error| Err(io::Error::other(error)));
            let why = match found {
                Ok(found) => match chosen(Some(self.is), &found) {
                    Some(address) if address != self.is => {
                        elsewhere += 1;
                        if elsewhere == TIMES_ELSEWHERE {
                            return address;
                        }
                        continue;
                    }
                    Some(_) => {
                        elsewhere = 0;
                        String::new()
                    }
                    None => "it has no address".to_owned(),
                },
                Err(error) => error.to_string(),
            };
            // Said once, and not each time.
            if why != failed && !why.is_empty() {
                tracing::warn!(host = self.host, %why, still = %self.is, "the advertised host name leads nowhere: what it led to stays advertised");
            }
            failed = why;
        }
    }
}

/// Which of the addresses that a name has others are told: the one that they know, as long as it is among them; else the first, those of IPv4 before
/// others, and those that lead to the machine or the link itself last (`/etc/hosts` often has such a one for the machine's own name).
fn chosen(known: Option<IpAddr>, found: &[IpAddr]) -> Option<IpAddr> {
    let usable = || found.iter().copied().filter(usable);
    known.filter(|known| usable().any(|one| one == *known)).or_else(|| usable().min_by_key(|one| (is_near(one), *one)))
}

/// It leads no further than to the machine or the link itself.
fn is_near(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unicast_link_local(),
    }
}

fn addresses(host: &str, nameserver: Option<SocketAddr>) -> io::Result<Vec<IpAddr>> {
    match nameserver {
        Some(nameserver) => look_up(nameserver, host),
        None => Ok((host, 0).to_socket_addrs()?.map(|at| at.ip()).collect()),
    }
}
