//! Who may connect to an inbound: what `MeshTrafficPermission` comes to (Kuma 2.14), in the form in which it is enforced.
use crate::{
    policy::{InboundRules, PermittedClients},
    resource::model::{Match, TextMatch},
};
use serde::{Deserialize, Serialize};

/// Who may connect to an inbound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// Everybody: the proxy has no identity, so that nobody can prove his to it.
    Anybody,
    /// Who shows a certificate that is trusted, and is allowed to: what denies counts for more than what allows, and what nobody allows is
    /// denied.
    Known {
        /// These are denied.
        deny: Vec<Caller>,
        /// Of the others these are allowed.
        allow: Vec<Caller>,
    },
}

/// Callers that meet all of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// Their SPIFFE ID.
    pub spiffe_id: Option<SpiffeMatch>,
    /// The server name that they ask for.
    pub sni: Option<String>,
}

/// How a SPIFFE ID is compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SpiffeMatch {
    /// It is this.
    Exact(String),
    /// It begins with this: a prefix of the text, not of the path.
    Prefix(String),
}

impl Access {
    /// Of those that show certificates, by the rules of an inbound; none: nobody.
    pub(super) fn known(rules: Option<&InboundRules>) -> Self {
        let (mut deny, mut allow) = (Vec::new(), Vec::new());
        for rule in rules.into_iter().flat_map(|rules| &rules.rules) {
            let clients = PermittedClients::of(&rule.conf);
            deny.extend(clients.deny.iter().filter_map(caller));
            allow.extend(clients.allow.iter().filter_map(caller));
        }
        Self::Known { deny, allow }
    }
}

/// A match without parts is met by nobody; so is one that compares in a way that is not known.
fn caller(one: &Match) -> Option<Caller> {
    let spiffe_id = match &one.spiffe_id {
        Some(TextMatch { match_type, value, .. }) if match_type == "Exact" => Some(SpiffeMatch::Exact(value.clone())),
        Some(TextMatch { match_type, value, .. }) if match_type == "Prefix" => Some(SpiffeMatch::Prefix(value.clone())),
        Some(_) => return None,
        None => None,
    };
    let sni = match &one.sni {
        Some(sni) if sni.match_type == "Exact" => Some(sni.value.clone()),
        Some(_) => return None,
        None => None,
    };
    (spiffe_id.is_some() || sni.is_some()).then_some(Caller { spiffe_id, sni })
}
