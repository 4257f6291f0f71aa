//! What holds for the traffic that one inbound receives: rules, each with at most one match, the most specific first (Kuma 2.14.3).
use super::{
    items::Policy,
    kind::{FromItems, InboundItems},
    merge::{Contribution, merge},
    proxy::InboundAddress,
    resolved::{InboundRule, InboundRules},
};
use crate::resource::model::Match;
use std::collections::BTreeSet;

/// A policy, and the inbounds that it is about.
pub(super) type Selected<'a> = (&'a Policy, BTreeSet<InboundAddress>);

/// The rules of an inbound, of sorted policies.
pub(super) fn inbound_rules(kind: &InboundItems, policies: &[Selected<'_>], inbound: &InboundAddress) -> InboundRules {
    let mut rules = Vec::new();
    for (policy, _) in policies.iter().filter(|(_, inbounds)| inbounds.contains(inbound)) {
        for item in &policy.rules {
            let rule = |matching: Option<Match>| InboundRule { matching, conf: item.conf.clone(), origin: item.origin.clone() };
            if item.matches.is_empty() {
                rules.push(rule(None));
            }
            rules.extend(item.matches.iter().map(|matching| rule(Some(matching.clone()))));
        }
        if policy.rules.is_empty() && kind.from == FromItems::AreRules {
            let rule = |item: &super::items::FromItem| InboundRule { matching: None, conf: item.conf.clone(), origin: item.origin.clone() };
            rules.extend(policy.from.iter().map(rule));
        }
    }
    // What is equally specific stays in the order of the policies.
    rules.sort_by_key(|rule| rule.matching.as_ref().map_or((2, 2), specificity));
    let catch_alls: Vec<_> =
        rules.iter().filter(|rule| rule.matching.is_none()).map(|rule| Contribution { conf: &rule.conf, origin: &rule.origin }).collect();
    let effective = (kind.is_merged && !catch_alls.is_empty()).then(|| merge(&catch_alls));
    InboundRules { rules, effective }
}

/// By the client first, exactly before by prefix, then by the server name. How long a prefix is does not count.
fn specificity(matching: &Match) -> (u8, u8) {
    let client = match &matching.spiffe_id {
        Some(id) if id.match_type == "Exact" => 0,
        Some(_) => 1,
        None => 2,
    };
    (client, u8::from(matching.sni.is_none()))
}
