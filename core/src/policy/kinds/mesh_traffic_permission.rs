//! `MeshTrafficPermission`: who may connect. Not merged but judged: what denies counts for more than what allows, whoever wrote it, and
//! what nobody allows is denied.
use crate::{
    policy::{FromItems, InboundRule, Origin, PolicyKind, kind::InboundItems},
    resource::model::{self, Match, Permission, TextMatch},
};
use serde::Deserialize;
use serde_json::Value;

pub(super) static KIND: PolicyKind = PolicyKind {
    name: "MeshTrafficPermission",
    order: 1100,
    to: None,
    inbound: Some(InboundItems { from: FromItems::AreSubsets, is_merged: false }),
    write_defaults: |_| {},
    check: |conf| model::read::<Permission>(conf).map(drop),
};

/// Who connects.
#[derive(Clone, Copy, Debug)]
pub struct Client<'a> {
    /// Its SPIFFE ID, as its certificate says.
    pub spiffe_id: &'a str,
    /// The server name that it asks for; empty: none.
    pub sni: &'a str,
}

/// Whether a client may connect, and whose word that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Allowed by this item.
    Allowed(Origin),
    /// Denied by this item.
    Denied(Origin),
    /// No item is about it.
    DeniedByDefault,
}

/// What the rules of an inbound say to a client (Kuma 2.14): any `deny` that matches, then any `allow` or `allowWithShadowDeny`, then no.
/// Neither the order of policies nor how exactly they match counts.
pub fn decide(rules: &[InboundRule], client: Client<'_>) -> Decision {
    let first = |list: fn(Clients) -> Vec<Match>| {
        let says = |rule: &&InboundRule| list(Clients::of(&rule.conf)).iter().any(|one| is_met(one, client));
        rules.iter().find(says).map(|rule| rule.origin.clone())
    };
    if let Some(by) = first(|clients| clients.deny) {
        return Decision::Denied(by);
    }
    first(|clients| clients.allow).map_or(Decision::DeniedByDefault, Decision::Allowed)
}

/// The clients that one rule is about.
pub(crate) struct Clients {
    /// They are denied.
    pub(crate) deny: Vec<Match>,
    /// They are allowed, some of them with a word in the log (`allowWithShadowDeny`).
    pub(crate) allow: Vec<Match>,
}

impl Clients {
    /// Those that the conf of a rule names. Its form was checked when it was read.
    pub(crate) fn of(conf: &Value) -> Self {
        let Permission { allow, deny, allow_with_shadow_deny, .. } = Permission::deserialize(conf).unwrap_or_default();
        let allow = [allow, allow_with_shadow_deny].into_iter().flatten().flatten().collect();
        Self { deny: deny.unwrap_or_default(), allow }
    }
}

/// Both parts have to be met; a match without parts is met by nobody.
pub(crate) fn is_met(one: &Match, client: Client<'_>) -> bool {
    let is = |wanted: Option<&TextMatch>, text: &str| {
        wanted.is_none_or(|wanted| match wanted.match_type.as_str() {
            "Exact" => text == wanted.value,
            // A prefix of the text, not of a path: Kuma 2.14.
            "Prefix" => text.starts_with(&wanted.value),
            _ => false,
        })
    };
    (one.spiffe_id.is_some() || one.sni.is_some()) && is(one.spiffe_id.as_ref(), client.spiffe_id) && is(one.sni.as_ref(), client.sni)
}
