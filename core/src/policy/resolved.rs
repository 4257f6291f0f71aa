//! What policies of one kind come to for one proxy.
use super::{
    merge::{Merged, Origin},
    proxy::InboundAddress,
    subset::Subset,
};
use crate::resource::{Key, Kind, Kri, model::Match};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;
use std::collections::BTreeMap;

/// What policies of one kind come to for one proxy.
///
/// Serialized it is what `strait policy resolve --output json` prints.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// The kind of the policies.
    pub kind: &'static str,
    /// The policies that are for it, the most important last.
    pub matched: Vec<Key>,
    /// For what it receives, by address and port: of every inbound that a policy selects. `None`: the kind is not about that.
    pub inbounds: Option<BTreeMap<InboundAddress, InboundRules>>,
    /// The same as the older `from` says it, of kinds where that is something else. `None`: the kind has none.
    pub from: Option<BTreeMap<InboundAddress, Vec<FromRule>>>,
    /// For what it sends, sorted by destination. `None`: the kind is not about that.
    pub to: Option<Vec<ToRule>>,
    /// What is in no effect, and why.
    pub warnings: Vec<String>,
}

/// What holds for an inbound.
#[derive(Clone, Debug, PartialEq)]
pub struct InboundRules {
    /// The rules, the most specific first; equally specific ones in ascending importance. They are not merged.
    pub rules: Vec<InboundRule>,
    /// What the rules without a match come to, of kinds whose confs are merged.
    pub effective: Option<Merged>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct InboundRule {
    /// Which traffic; `None`: all.
    pub matching: Option<Match>,
    /// What holds for it.
    pub conf: Value,
    /// Whose it is.
    pub origin: Origin,
}

/// What holds for a set of clients, the older way. A client takes the first that it fits.
#[derive(Clone, Debug, PartialEq)]
pub struct FromRule {
    /// Which clients.
    pub subset: Subset,
    /// What holds for them.
    pub merged: Merged,
}

/// What holds for a destination.
#[derive(Clone, Debug, PartialEq)]
pub struct ToRule {
    /// Which.
    pub destination: Kri,
    /// Which port of it; empty: all.
    pub section: String,
    /// What holds: one conf, but of routes one for each host that they name.
    pub confs: Vec<Merged>,
    /// Who contributed, each once, in ascending importance.
    pub origins: Vec<Origin>,
}

impl Resolved {
    /// The rule for a destination: that of its port, else its own, else that of the whole mesh. It is the whole truth: nothing more is merged
    /// (Kuma 2.14.3).
    pub fn towards(&self, destination: &Kri, section: &str) -> Option<&ToRule> {
        let of_mesh = || self.to.iter().flatten().find(|rule| rule.destination.kind == Kind::mesh());
        self.about(destination, section).or_else(|| self.about(destination, "")).or_else(of_mesh)
    }

    /// The rule that an item names exactly this in: a destination, or a route of requests. Empty section: all of it.
    pub fn about(&self, destination: &Kri, section: &str) -> Option<&ToRule> {
        let rules = self.to.as_deref().unwrap_or_default();
        let found = rules.binary_search_by(|rule| (&rule.destination, rule.section.as_str()).cmp(&(destination, section)));
        found.ok().map(|index| &rules[index])
    }
}

impl Serialize for Resolved {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", self.kind)?;
        map.serialize_entry("matchedPolicies", &self.matched.iter().map(|key| &key.name).collect::<Vec<_>>())?;
        let address = |(address, port): &InboundAddress| format!("{address}:{port}");
        if let Some(inbounds) = &self.inbounds {
            let rules: BTreeMap<_, _> = inbounds.iter().map(|(at, inbound)| (address(at), &inbound.rules)).collect();
            map.serialize_entry("inboundRules", &rules)?;
            let effective = |(at, inbound): (_, &InboundRules)| Some((address(at), inbound.effective.clone()?));
            let effective: BTreeMap<_, _> = inbounds.iter().filter_map(effective).collect();
            if !effective.is_empty() {
                map.serialize_entry("inboundEffective", &effective)?;
            }
        }
        if let Some(from) = &self.from {
            map.serialize_entry("fromRules", &from.iter().map(|(at, rules)| (address(at), rules)).collect::<BTreeMap<_, _>>())?;
        }
        if let Some(to) = &self.to {
            let rules: BTreeMap<_, _> = to.iter().map(|rule| (rule.destination.section(&rule.section), rule)).collect();
            map.serialize_entry("toResourceRules", &rules)?;
        }
        map.serialize_entry("warnings", &self.warnings)?;
        map.end()
    }
}

impl Serialize for InboundRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("match", &self.matching)?;
        map.serialize_entry("conf", &self.conf)?;
        map.serialize_entry("origin", &self.origin)?;
        map.end()
    }
}

impl Serialize for FromRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("matchers", &self.subset)?;
        map.serialize_entry("conf", &self.merged.conf)?;
        map.serialize_entry("origins", &self.merged.origins)?;
        map.serialize_entry("values", &self.merged.values)?;
        map.end()
    }
}

impl Serialize for ToRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("conf", &self.confs.iter().map(|merged| &merged.conf).collect::<Vec<_>>())?;
        map.serialize_entry("sectionName", &self.section)?;
        map.serialize_entry("origins", &self.origins)?;
        map.serialize_entry("values", &self.confs.iter().map(|merged| &merged.values).collect::<Vec<_>>())?;
        map.end()
    }
}

impl Serialize for Merged {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("conf", &self.conf)?;
        map.serialize_entry("origins", &self.origins)?;
        map.serialize_entry("values", &self.values)?;
        map.end()
    }
}
