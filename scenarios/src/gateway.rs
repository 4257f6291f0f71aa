//! Gateways: reverse proxies that take plain requests from outside of the mesh, each beside a proxy through which it passes them on. Not to be
//! mixed up with an ingress, which lets other zones in and nobody else.
use crate::workload::Answer;
use serde::{Deserialize, Serialize};

/// Where a gateway passes requests on to, by its own proxy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassesOn {
    /// A host name of its mesh.
    pub to: String,
    /// On this port.
    pub port: u16,
}

/// Where a question begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Begins {
    /// At the workload that asks.
    #[default]
    There,
    /// On a host that is in no mesh, which asks the gateway in plain. What the gateway makes of that is the question: for all others, the gateway asks.
    Outside,
}

impl Begins {
    /// At the workload that asks.
    pub fn is_there(&self) -> bool {
        *self == Self::There
    }
}

/// What is told outside of how the question of a gateway ended: what others say is passed on, what the gateway has to say itself is an answer, too.
pub fn passed_on(answer: Answer) -> Answer {
    match answer {
        Answer::NoSuchName | Answer::Closed => Answer::Failed(format!("502: {answer}")),
        Answer::By { .. } | Answer::Denied | Answer::Leads(_) | Answer::Failed(_) => answer,
    }
}
