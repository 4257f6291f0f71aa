//! What a kubelet wants done, and what it is told.
use serde_json::Value;
use std::{fmt, net::Ipv4Addr};

/// Which pod: another one of the same name is another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodId {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `metadata.uid`
    pub uid: String,
}

impl fmt::Display for PodId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// What is to be done at a pod.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// A container is to run.
    Run {
        /// Of which pod.
        pod: PodId,
        /// Where that is.
        address: Ipv4Addr,
        /// Which.
        container: Box<Container>,
    },
    /// A container is to end.
    Stop {
        /// Of which pod.
        pod: PodId,
        /// Its name.
        container: String,
        /// At once (SIGKILL); else it is asked to (SIGTERM).
        kill: bool,
    },
    /// Nothing of a pod runs any more: what was kept for it can go, and its address is free.
    Gone {
        /// Which pod.
        pod: PodId,
        /// Where it was.
        address: Ipv4Addr,
    },
}

/// A container, with all that its pod says of it worked out.
#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    /// Its name in its pod.
    pub name: String,
    /// What runs in it.
    pub image: String,
    /// What takes the place of the image's own program; empty: nothing does.
    pub command: Vec<String>,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its environment.
    pub env: Vec<(String, String)>,
    /// The files of its volumes: where they are in it, and what is in them.
    pub files: Vec<(String, Vec<u8>)>,
    /// Folders that it may write to, and that are empty when its pod begins; by the volume that containers of the pod share.
    pub folders: Vec<(String, String)>,
    /// How to know whether it is ready; `None`: as long as it runs.
    pub readiness: Option<Probe>,
    /// When it runs.
    pub turn: Turn,
    /// The pod as the API has it.
    pub of: Value,
}

/// When a container runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Before the others, to its end.
    First,
    /// Before the others and beside them: a sidecar (`restartPolicy: Always` of an init container).
    FirstAndBeside,
    /// When the first have had theirs.
    Main,
}

/// How to know whether a container is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What is asked.
    pub asks: Asks,
    /// How often, in seconds.
    pub every_seconds: u32,
}

/// What a probe asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asks {
    /// A `GET` that is answered with 200 to 399.
    Http {
        /// On this port of the pod.
        port: u16,
        /// For this.
        path: String,
    },
    /// A connection that comes about.
    Tcp {
        /// On this port of the pod.
        port: u16,
    },
}

/// What became of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It runs.
    Running,
    /// What its probe says.
    Ready(bool),
    /// It ended by itself, or because it was told to.
    Exited {
        /// 0: well. 128 and more: by a signal.
        code: i32,
    },
}
