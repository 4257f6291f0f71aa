//! What a workload is answered that asks for names: those of the services that its proxy reaches, by the proxy's own table; all others by
//! the nameservers of the machine.
//!
//! Envoy is told the names with everything else, and the launcher asks it for them. The last table is kept, so that names resolve also while
//! Envoy starts and no control plane is there.
//!
//! | module | what |
//! | --- | --- |
//! | `port` | where questions come in |
//! | `table` | the names, and what is answered of them |
//! | `follow` | Envoy is asked for them, again and again |
//! | `forward` | who else is asked |
//! | `nameservers` | who that is |
mod follow;
mod forward;
mod nameservers;
mod port;
mod table;

pub(super) use nameservers::upstream;
pub(super) use port::Answering;

use super::{exit::CannotRun, settings::ProxySettings};
use follow::follow;
use forward::Forward;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use strait_shell::{
    dns::{Heard, Over, Respond, Responder, Response, Sockets, serve},
    process::DataDir,
};
use table::Names;
use tokio::task::JoinSet;

/// The last table, in the data directory.
const KEPT: &str = "names.json";
/// In the last half of this byte of a header an answer says how it went (RFC 1035).
const CODE: usize = 3;
/// There: SERVFAIL, which is said if nobody else can say anything.
const SERVER_FAILURE: u8 = 2;

/// Answers a workload until it is dropped.
pub(super) struct Dns {
    names: Names,
    /// Where Envoy tells them.
    socket: String,
    _serving: Vec<JoinSet<()>>,
}

impl Dns {
    /// Begins with the table that was kept.
    pub(super) async fn start(port: u16, settings: &ProxySettings, directory: &DataDir) -> Result<Self, CannotRun> {
        let no_workload = || CannotRun::System("an ingress has no workload that asks for names".to_owned());
        let mesh = settings.proxy.mesh.as_ref().ok_or_else(no_workload)?;
        let names = Names::default();
        match directory.read(KEPT)?.map(|text| table::read(&text)) {
            Some(Ok(kept)) => names.set(kept),
            Some(Err(why)) => tracing::warn!(file = KEPT, why, "the names that are kept cannot be read: Envoy tells them"),
            None => {}
        }
        let listens = sockets(port).await?;
        let at = listens.iter().filter_map(|sockets| sockets.address().ok()).collect();
        let asks = Asks {
            own: Responder::new(names.clone(), mesh.clone()),
            forward: Forward::new(settings.dns_upstreams.clone(), settings.socket_mark, at),
        };
        let serving = listens.into_iter().map(|sockets| serve(sockets, asks.clone())).collect();
        tracing::info!(port, "names are answered");
        Ok(Self { names, socket: settings.names_at(), _serving: serving })
    }

    /// Follows what Envoy is told. Does not return.
    pub(super) async fn follow(&self, directory: &DataDir) {
        follow(&self.socket, |text, table| {
            self.names.set(table);
            if let Err(why) = directory.write(KEPT, text) {
                tracing::warn!(file = KEPT, %why, "the names cannot be kept: they are answered only while Envoy tells them");
            }
        })
        .await;
    }
}

/// On loopback: a redirection leads there. IPv6 where there is such a thing, because nameservers may be known by such an address.
async fn sockets(port: u16) -> Result<Vec<Sockets>, CannotRun> {
    let bind = |at: IpAddr| async move {
        let at = SocketAddr::new(at, port);
        Sockets::bind(at)
            .await
            .map_err(|why| CannotRun::Address(format!("names cannot be answered on {at} ({why}): `--dns-port` says where else")))
    };
    let first = bind(Ipv4Addr::LOCALHOST.into()).await?;
    let second = bind(Ipv6Addr::LOCALHOST.into()).await;
    if let Err(why) = &second {
        tracing::debug!(%why, "not over IPv6");
    }
    Ok([Some(first), second.ok()].into_iter().flatten().collect())
}

/// First the table, then others.
#[derive(Clone)]
struct Asks {
    own: Responder,
    forward: Forward,
}

impl Respond for Asks {
    fn hear(&self, asked: &[u8], from: SocketAddr, over: Over) -> Response {
        match self.own.hear(asked, from.ip(), over) {
            Heard::Nothing => Response::Now(None),
            Heard::Answered(answer) => Response::Now(Some(answer)),
            Heard::Elsewhere { refused: mut failed } => {
                if let Some(code) = failed.get_mut(CODE) {
                    *code = *code & 0xf0 | SERVER_FAILURE;
                }
                self.forward.pass(asked, from, over, failed)
            }
        }
    }
}
