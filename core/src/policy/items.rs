//! A policy as resolving needs it: read once, its nulls taken out and Kuma's defaults written in.
use super::{
    destination::Wanted,
    kind::{PolicyKind, default_of},
    merge::{Origin, without_nulls},
    order::{Rank, Role},
    subset::Clients,
    target_ref::{Target, given},
};
use crate::resource::{
    Key, MeshName, Origin as Side, Resource, labels,
    model::{self, Match, TargetRef, Violation},
};
use serde::Deserialize;
use serde_json::{Map, Value};

const NO_MAP: &str = "must be a map";

/// A policy.
#[derive(Debug, PartialEq)]
pub(super) struct Policy {
    pub(super) key: Key,
    pub(super) display_name: String,
    pub(super) role: Role,
    pub(super) side: Option<Side>,
    /// The zone it was written in; empty: nobody said.
    pub(super) zone: String,
    pub(super) namespace: String,
    /// Only shown, never in effect.
    pub(super) is_shadow: bool,
    pub(super) target: Target,
    pub(super) rank: Rank,
    pub(super) to: Vec<ToItem>,
    pub(super) from: Vec<FromItem>,
    pub(super) rules: Vec<RuleItem>,
}

/// For what a proxy sends.
#[derive(Debug, PartialEq)]
pub(super) struct ToItem {
    pub(super) wanted: Wanted,
    pub(super) rank: (u8, bool),
    pub(super) conf: Value,
    pub(super) origin: Origin,
}

/// For what a proxy receives from these clients.
#[derive(Debug, PartialEq)]
pub(super) struct FromItem {
    pub(super) clients: Clients,
    pub(super) conf: Value,
    pub(super) origin: Origin,
}

/// For what a proxy receives. Without matches: all of it.
#[derive(Debug, PartialEq)]
pub(super) struct RuleItem {
    pub(super) matches: Vec<Match>,
    pub(super) conf: Value,
    pub(super) origin: Origin,
}

/// As it is written. What else there is, is the kind's.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
struct Written {
    target_ref: Option<TargetRef>,
    to: Option<Vec<Item>>,
    from: Option<Vec<Item>>,
    rules: Option<Vec<Item>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
struct Item {
    target_ref: Option<TargetRef>,
    matches: Option<Vec<Match>>,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

impl Policy {
    /// Reads a policy of this kind.
    ///
    /// # Errors
    /// Where it has another form than resolving understands. More is not asked: whether it makes sense was asked when it was written.
    pub(super) fn of(resource: &Resource, kind: &PolicyKind) -> Result<Self, Vec<Violation>> {
        let at = |path: &str| if path.is_empty() { "spec".to_owned() } else { format!("spec.{path}") };
        let wrong = |path: &str, why: String| vec![(at(path), why)];
        let mesh = resource.mesh().ok_or_else(|| vec![("mesh".to_owned(), "must be set".to_owned())])?;
        let value = resource.spec.value().ok_or_else(|| wrong("", "cannot be decoded".to_owned()))?;
        if !value.is_object() {
            return Err(wrong("", NO_MAP.to_owned()));
        }
        let written: Written = model::read(value).map_err(|(path, why)| wrong(&path, why))?;
        let label = |label: &str| resource.labels.get(label).cloned().unwrap_or_default();
        let (zone, namespace) = (label(labels::ZONE), label(labels::NAMESPACE));
        let home = (mesh, zone.as_str(), namespace.as_str());
        let target = match &written.target_ref {
            Some(target) => Target::of(target, home).map_err(|(field, why)| wrong(&format!("targetRef.{field}"), why))?,
            None => Target::Mesh(super::target_ref::ProxyTypes::default()),
        };
        let items = Items { kind, key: &resource.key, home };
        let place = |(path, why): (String, String)| wrong(&path, why);
        let policy = Self {
            key: resource.key.clone(),
            display_name: resource.display_name().to_owned(),
            role: Role::of(label(labels::POLICY_ROLE).as_str()),
            side: resource.origin(),
            is_shadow: label(labels::EFFECT) == "shadow",
            rank: Rank::of(resource, written.target_ref.as_ref()),
            to: items.to(written.to.unwrap_or_default()).map_err(place)?,
            from: items.from(written.from.unwrap_or_default()).map_err(place)?,
            rules: items.rules(written.rules.unwrap_or_default()).map_err(place)?,
            target,
            zone,
            namespace,
        };
        Ok(policy)
    }
}

/// Reads items of one policy.
struct Items<'a> {
    kind: &'a PolicyKind,
    key: &'a Key,
    home: (&'a MeshName, &'a str, &'a str),
}

type Misread = (String, String);

impl Items<'_> {
    fn to(&self, written: Vec<Item>) -> Result<Vec<ToItem>, Misread> {
        let Some(kind) = &self.kind.to else { return Ok(Vec::new()) };
        let read = |(index, item): (usize, Item)| {
            let at = format!("to[{index}]");
            let target = item.target_ref.unwrap_or_default();
            let rank = super::target_ref::rank(&target.kind).ok_or_else(|| (format!("{at}.targetRef.kind"), unsupported(&target.kind)))?;
            let is_named_part = target.kind == "MeshService" && given(target.section_name.as_ref()).is_some();
            let conf = self.conf((kind.conf)(&item.fields), &at, kind.at)?;
            let wanted = Wanted::of(&target, self.home);
            Ok(ToItem { wanted, rank: (rank, is_named_part), conf, origin: self.origin(index) })
        };
        written.into_iter().enumerate().map(read).collect()
    }

    fn from(&self, written: Vec<Item>) -> Result<Vec<FromItem>, Misread> {
        if self.kind.inbound.is_none() {
            return Ok(Vec::new());
        }
        let read = |(index, item): (usize, Item)| {
            let at = format!("from[{index}]");
            let target = item.target_ref.unwrap_or_default();
            let clients = Clients::of(&target).ok_or_else(|| (format!("{at}.targetRef.kind"), unsupported(&target.kind)))?;
            Ok(FromItem { clients, conf: self.conf(default_of(&item.fields), &at, "default")?, origin: self.origin(index) })
        };
        written.into_iter().enumerate().map(read).collect()
    }

    fn rules(&self, written: Vec<Item>) -> Result<Vec<RuleItem>, Misread> {
        if self.kind.inbound.is_none() {
            return Ok(Vec::new());
        }
        let read = |(index, item): (usize, Item)| {
            let conf = self.conf(default_of(&item.fields), &format!("rules[{index}]"), "default")?;
            Ok(RuleItem { matches: item.matches.unwrap_or_default(), conf, origin: self.origin(index) })
        };
        written.into_iter().enumerate().map(read).collect()
    }

    fn conf(&self, conf: Value, item: &str, at: &str) -> Result<Value, Misread> {
        let mut conf = without_nulls(conf);
        let place = |path: &str| [item, at, path].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".");
        // A list would be read as the fields of a map, one after the other.
        let checked = if conf.is_object() { (self.kind.check)(&conf) } else { Err((String::new(), NO_MAP.to_owned())) };
        checked.map_err(|(path, why)| (place(&path), why))?;
        (self.kind.write_defaults)(&mut conf);
        Ok(conf)
    }

    fn origin(&self, rule: usize) -> Origin {
        Origin { policy: self.key.clone(), rule }
    }
}

fn unsupported(kind: &str) -> String {
    if kind.is_empty() { "must be defined".to_owned() } else { format!("value '{kind}' is not supported") }
}
