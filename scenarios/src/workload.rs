//! Workloads with their proxies, and what they ask each other.
use crate::{
    cluster::OfPod,
    gateway::{Begins, PassesOn},
    zone_pair::ZonePair,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};
use strait_core::resource::{Key, Kind, Labels, MeshName, Resource, ResourceName, Spec, ZoneName};

/// How long whoever asks waits for an answer, beyond what the answer is to take.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// What a workload asks for if nothing else is said.
pub const PORT: u16 = 80;
/// Where what others send to a workload arrives at its proxy (Kuma's port).
pub const INBOUND_PORT: u16 = 15_006;
/// Where what a workload sends arrives at its proxy (Kuma's port).
const OUTBOUND_PORT: u16 = 15_001;

/// A workload, and the proxy beside it, on a host of their own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProxyId {
    /// Where it is.
    pub zone: ZoneName,
    /// What its `Dataplane` is called.
    pub name: ResourceName,
}

impl fmt::Display for ProxyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.zone, self.name)
    }
}

/// What a workload is, and what its proxy says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workload {
    /// Its mesh.
    pub mesh: MeshName,
    /// What it serves; its labels `app` and `kuma.io/workload`, too.
    pub service: String,
    /// Where it is reached.
    pub port: u16,
    /// What is spoken there.
    pub protocol: Spoken,
    /// It is a gateway, and this is what it does; `None`: it is none, and answers itself.
    pub gateway: Option<PassesOn>,
    /// It is a pod, which its zone knows from its cluster; `None`: its proxy brings its `Dataplane` along.
    pub pod: Option<OfPod>,
}

/// What a workload speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Spoken {
    /// Requests and answers.
    Http,
    /// Bytes: who connects says a line, and is told who is there. What speaks first itself, Envoy lets through before it judges who connects.
    Tcp,
}

impl fmt::Display for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
        })
    }
}

impl Workload {
    /// The `Dataplane` that its proxy brings along, at this address: a transparent one, as on a machine of Kuma's. That of a gateway has no inbounds:
    /// what comes from outside is not for its proxy.
    pub fn dataplane(&self, name: &ResourceName, address: IpAddr) -> Resource {
        let key = Key { kind: Kind::dataplane(), mesh: Some(self.mesh.clone()), name: name.clone() };
        let labels = [("app", &self.service), ("kuma.io/workload", &self.service)];
        let (field, takes) = match &self.gateway {
            None => {
                let tags = json!({"kuma.io/service": self.service, "kuma.io/protocol": self.protocol.to_string()});
                ("inbound", json!([{"port": self.port, "tags": tags}]))
            }
            Some(_) => ("gateway", json!({"type": "DELEGATED", "tags": {"kuma.io/service": self.service}})),
        };
        let spec = json!({"networking": {
            "address": address.to_string(),
            field: takes,
            "transparentProxying": {"redirectPortInbound": INBOUND_PORT, "redirectPortOutbound": OUTBOUND_PORT},
        }});
        let labels: Labels = labels.into_iter().map(|(label, value)| (label.to_owned(), value.clone())).collect();
        Resource { key, labels, spec: Spec::new(spec), status: None }
    }
}

/// What somebody who asks wants to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wants {
    /// What a workload answers.
    #[default]
    Answer,
    /// Only where the name leads.
    Address,
}

/// Over which connection something is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Connection {
    /// One of its own.
    #[default]
    New,
    /// One that the same workload has left open when it asked the same host name on the same port, if one is left and nobody asks over it just
    /// now; it is left open again. The name is not looked up for it. If it turns out to be closed, a new one.
    Kept,
}

impl Connection {
    /// One of its own.
    pub fn is_new(&self) -> bool {
        *self == Self::New
    }
}

/// What a workload asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Who.
    pub from: ProxyId,
    /// Whom: a host name.
    pub name: String,
    /// On this port.
    pub port: u16,
    /// For this.
    pub path: String,
    /// With these headers, in small letters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// How.
    pub speaks: Spoken,
    /// Over which connection.
    #[serde(default, skip_serializing_if = "Connection::is_new")]
    pub connection: Connection,
    /// So long the workload that answers takes for it.
    pub takes: Duration,
    /// Where it begins.
    #[serde(default, skip_serializing_if = "Begins::is_there")]
    pub begins: Begins,
    /// What it wants to know.
    #[serde(default)]
    pub wants: Wants,
}

impl Ask {
    /// Where a name leads.
    pub fn address(from: ProxyId, name: String) -> Self {
        Self {
            from,
            name,
            port: PORT,
            path: "/".to_owned(),
            headers: BTreeMap::new(),
            speaks: Spoken::Http,
            connection: Connection::New,
            takes: Duration::ZERO,
            begins: Begins::There,
            wants: Wants::Address,
        }
    }

    /// How long its author waits.
    pub fn patience(&self) -> Duration {
        PATIENCE + self.takes
    }
}

/// How a question ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// A workload answered.
    By {
        /// Which.
        proxy: ProxyId,
        /// Who it believes to have been asked by: a SPIFFE ID. `None`: it does not know.
        asker: Option<String>,
    },
    /// A permission refuses it, and the answer says so: only requests have such an answer.
    Denied,
    /// Of bytes: the connection to its own proxy stood, and was closed with nothing said. So a permission refuses it, and so it ends where nobody
    /// is there; who asks cannot tell which.
    Closed,
    /// The name leads there, which was all that was asked.
    Leads(Ipv4Addr),
    /// The name does not exist.
    NoSuchName,
    /// Nobody could be asked, or nobody answered (why).
    Failed(String),
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::By { proxy, asker: Some(asker) } => write!(f, "{proxy} answered {asker}"),
            Self::By { proxy, asker: None } => write!(f, "{proxy} answered somebody it does not know"),
            Self::Denied => f.write_str("it was denied"),
            Self::Closed => f.write_str("the connection was closed, and nothing said"),
            Self::Leads(address) => write!(f, "the name leads to {address}"),
            Self::NoSuchName => f.write_str("there is no such name"),
            Self::Failed(why) => write!(f, "it failed: {why}"),
        }
    }
}

/// What happens at a workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AtWorkload {
    /// A pod that nobody knew of is about to begin: a workload, or (`None`) a way in for other zones.
    Appears {
        /// Which.
        who: ProxyId,
        /// What it is.
        workload: Option<Box<Workload>>,
    },
    /// Its host came up, with its proxy; of a pod, all of its containers.
    Started(ProxyId),
    /// Its host is gone.
    Stopped(ProxyId),
    /// What workloads of these zones ask each other gets nowhere.
    Cut(ZonePair),
    /// It gets there again.
    Healed(ZonePair),
    /// It asks.
    Asks {
        /// Which question.
        number: u64,
        /// What.
        ask: Ask,
    },
    /// What it asked is answered, once.
    Answered {
        /// Which question.
        number: u64,
        /// How.
        answer: Answer,
    },
}
