//! Reading values out of a tree, collecting every mistake instead of stopping at the first.
use super::{
    mistake::Mistake,
    tree::{Content, Key, Node, Place},
};
use crate::{event::NodeId, forwarder::ForwarderId, gateway::PassesOn, link::Link, workload::ProxyId, zone_pair::ZonePair};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};
use strait_core::{
    resource::{self, KNOWN_KINDS, Kind, MeshName, ResourceName, ZoneName},
    sync::Dialect,
};

/// What a file may name, and the mistakes found so far.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    pub(crate) mistakes: Vec<Mistake>,
    /// Files are named relative to this folder.
    pub(crate) folder: PathBuf,
    pub(crate) global: Dialect,
    pub(crate) zones: BTreeMap<ZoneName, Dialect>,
    pub(crate) proxies: BTreeSet<ProxyId>,
    /// Those of the proxies that stand beside a gateway, and where that passes requests on to.
    pub(crate) gateways: BTreeMap<ProxyId, PassesOn>,
    /// Zones that are clusters of Kubernetes: their proxies are pods.
    pub(crate) clusters: BTreeSet<ZoneName>,
    /// What steps apply there.
    pub(crate) applied: BTreeMap<ZoneName, Vec<serde_json::Value>>,
    pub(crate) ingresses: BTreeSet<ProxyId>,
    pub(crate) forwarders: BTreeSet<ForwarderId>,
    /// Ingresses that a step moves.
    pub(crate) moves: BTreeSet<ProxyId>,
    /// Links between zones, by their names.
    pub(crate) between: BTreeMap<String, ZonePair>,
    /// What a step before has called the questions that somebody asks again and again, and whether a step before has ended them.
    pub(crate) traffic: BTreeMap<String, bool>,
    /// Second control planes that a step before has let join, by what they are called, and the zone whose name they claim.
    pub(crate) joins: BTreeMap<ZoneName, ZoneName>,
    /// Links that have a name of their own, by the zone they lead to.
    pub(crate) links: BTreeMap<String, ZoneName>,
    /// What the links of the topology are like.
    pub(crate) links_are: BTreeMap<ZoneName, Link>,
    pub(crate) meshes: BTreeSet<String>,
    /// What a step before has told a control plane to reject.
    pub(crate) rejects: BTreeSet<(NodeId, resource::Key)>,
    /// Whose build is too old to read something, at some time.
    pub(crate) too_old: BTreeSet<NodeId>,
    /// Zones that do not understand everything.
    pub(crate) lacks: BTreeSet<ZoneName>,
    /// Backups that a step before has made, by who they are of.
    pub(crate) backups: BTreeSet<(NodeId, String)>,
}

/// No step and no bound is longer: a run would not end while anybody waits.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The fields of a map.
pub(crate) struct Fields<'a> {
    place: Place,
    what: &'static str,
    entries: Vec<(&'a str, &'a Node)>,
}

/// What can end and come back.
#[derive(Clone, Debug)]
pub(crate) enum Process {
    ControlPlane(NodeId),
    Proxy(ProxyId),
    Forwarder(ForwarderId),
}

/// A link, by its ends.
#[derive(Clone, Debug)]
pub(crate) enum Line {
    /// Between global and a zone.
    Up(ZoneName),
    Between(ZonePair),
}

/// Who asks or answers.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    ControlPlane(NodeId),
    Proxy(ProxyId),
}

impl Check {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            mistakes: Vec::new(),
            folder,
            global: Dialect::Strait,
            zones: BTreeMap::new(),
            proxies: BTreeSet::new(),
            gateways: BTreeMap::new(),
            clusters: BTreeSet::new(),
            applied: BTreeMap::new(),
            ingresses: BTreeSet::new(),
            forwarders: BTreeSet::new(),
            moves: BTreeSet::new(),
            between: BTreeMap::new(),
            traffic: BTreeMap::new(),
            joins: BTreeMap::new(),
            links: BTreeMap::new(),
            links_are: BTreeMap::new(),
            meshes: BTreeSet::new(),
            rejects: BTreeSet::new(),
            too_old: BTreeSet::new(),
            lacks: BTreeSet::new(),
            backups: BTreeSet::new(),
        }
    }

    pub(crate) fn mistake(&mut self, place: Place, message: impl Into<String>, help: impl Into<String>) {
        self.mistakes.push(Mistake { place, message: message.into(), help: help.into() });
    }

    /// The fields of a map, of which only these are allowed.
    pub(crate) fn fields<'a>(&mut self, node: &'a Node, what: &'static str, allowed: &[&str]) -> Option<Fields<'a>> {
        let Content::Map(entries) = &node.content else {
            self.mistake(node.place, format!("{what} is a map, not {}", node.what()), format!("allowed fields: {}", list(allowed)));
            return None;
        };
        let mut found: Vec<(&str, &Node)> = Vec::new();
        for (key, value) in entries {
            if !allowed.contains(&key.text.as_str()) {
                self.mistake(key.place, format!("{what} has no field `{}`", key.text), did_you_mean(&key.text, allowed));
            } else {
                found.push((&key.text, value));
            }
        }
        Some(Fields { place: node.place, what, entries: found })
    }

    /// The entries of a map whose fields have names of their own.
    pub(crate) fn entries<'a>(&mut self, node: &'a Node, what: &str) -> Vec<(&'a Key, &'a Node)> {
        let Content::Map(entries) = &node.content else {
            self.mistake(node.place, format!("{what} is a map, not {}", node.what()), "");
            return Vec::new();
        };
        entries.iter().map(|(key, value)| (key, value)).collect()
    }

    pub(crate) fn items<'a>(&mut self, node: &'a Node, what: &str) -> &'a [Node] {
        match &node.content {
            Content::List(items) => items,
            Content::Scalar { .. } if node.is_empty() => &[],
            _ => {
                self.mistake(node.place, format!("{what} is a list, not {}", node.what()), "");
                &[]
            }
        }
    }

    pub(crate) fn text<'a>(&mut self, node: &'a Node, what: &str) -> Option<&'a str> {
        match &node.content {
            Content::Scalar { text, .. } if !node.is_empty() => Some(text),
            _ => {
                self.mistake(node.place, format!("{what} is a text, not {}", node.what()), "");
                None
            }
        }
    }

    /// A file that is named, and what is in it.
    pub(crate) fn file(&mut self, node: &Node) -> Option<(PathBuf, String)> {
        let name = self.text(node, "the name of a file")?;
        let path = self.folder.join(name);
        match super::read_text(&path) {
            Ok(text) => Some((path, text)),
            Err(error) => {
                self.mistake(node.place, format!("{} cannot be read: {error}", path.display()), "files are found relative to the scenario");
                None
            }
        }
    }

    pub(crate) fn number(&mut self, node: &Node, what: &str) -> Option<u64> {
        let text = self.text(node, what)?;
        let number = text.parse().ok();
        if number.is_none() {
            self.mistake(node.place, format!("{what} is a whole number, not `{text}`"), "such as 10");
        }
        number
    }

    pub(crate) fn port(&mut self, node: &Node) -> Option<u16> {
        let number = self.number(node, "a port")?;
        let port = u16::try_from(number).ok().filter(|port| *port != 0);
        if port.is_none() {
            self.mistake(node.place, format!("{number} is not a port"), "1 to 65535");
        }
        port
    }

    pub(crate) fn duration(&mut self, node: &Node, what: &str) -> Option<Duration> {
        const UNITS: &str = "a number with its unit, such as `200ms`, `10s`, `1m 30s` or `2h`";
        let text = self.text(node, what)?;
        if text.trim_start().starts_with('-') {
            self.mistake(node.place, format!("{what} cannot be negative"), UNITS);
            return None;
        }
        let parsed = text.parse::<jiff::SignedDuration>().ok().and_then(|parsed| Duration::try_from(parsed).ok());
        match parsed {
            None => self.mistake(node.place, format!("`{text}` is not a duration"), UNITS),
            Some(parsed) if parsed > LONGEST => {
                self.mistake(node.place, format!("{what} is too long"), format!("at most {}h", LONGEST.as_secs() / 3600));
                return None;
            }
            Some(_) => {}
        }
        parsed
    }

    pub(crate) fn choice(&mut self, node: &Node, what: &str, allowed: &[&'static str]) -> Option<&'static str> {
        let text = self.text(node, what)?;
        let chosen = allowed.iter().find(|choice| **choice == text).copied();
        if chosen.is_none() {
            self.mistake(node.place, format!("`{text}` is not a {what}"), did_you_mean(text, allowed));
        }
        chosen
    }

    pub(crate) fn zone(&mut self, node: &Node) -> Option<ZoneName> {
        let text = self.text(node, "a zone")?;
        let zone = ZoneName::new(text).ok().filter(|zone| self.zones.contains_key(zone));
        if zone.is_none() {
            let help = did_you_mean(text, &self.zone_names());
            self.mistake(node.place, format!("there is no zone `{text}` in the topology"), help);
        }
        zone
    }

    pub(crate) fn control_plane(&mut self, node: &Node) -> Option<NodeId> {
        let text = self.text(node, "a control plane")?;
        if text == "global" {
            return Some(NodeId::Global);
        }
        let found = self.speaker_named(text);
        if found.is_none() {
            let mut names = vec!["global"];
            names.extend(self.speaker_names());
            let help = did_you_mean(text, &names);
            self.mistake(node.place, format!("there is no control plane `{text}` in the topology"), help);
        }
        found
    }

    /// A zone control plane: a zone's, or one that has joined.
    pub(crate) fn speaker(&mut self, node: &Node) -> Option<NodeId> {
        let text = self.text(node, "a zone")?;
        let found = self.speaker_named(text);
        if found.is_none() {
            let help = did_you_mean(text, &self.speaker_names());
            self.mistake(node.place, format!("there is no zone `{text}` in the topology"), help);
        }
        found
    }

    /// A proxy: `ZONE/NAME`.
    pub(crate) fn proxy(&mut self, node: &Node) -> Option<ProxyId> {
        let text = self.text(node, "a proxy")?;
        let found = self.proxies.iter().find(|proxy| proxy.to_string() == text).cloned();
        if found.is_none() {
            let names: Vec<String> = self.proxies.iter().map(ToString::to_string).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let help = if names.is_empty() {
                "proxies stand in the topology: `zones: { east: { proxies: { web: { service: web } } } }`".to_owned()
            } else {
                did_you_mean(text, &names)
            };
            self.mistake(node.place, format!("there is no proxy `{text}` in the topology"), help);
        }
        found
    }

    /// A zone that is a cluster.
    pub(crate) fn cluster(&mut self, node: &Node) -> Option<ZoneName> {
        let zone = self.zone(node)?;
        if !self.clusters.contains(&zone) {
            self.mistake(node.place, format!("zone {zone} is no cluster"), "`kind: kubernetes` makes a zone one");
            return None;
        }
        Some(zone)
    }

    /// Pods: `ZONE/NAME.NAMESPACE`.
    pub(crate) fn pods(&mut self, node: &Node) -> Option<ProxyId> {
        let pods = self.proxy(node)?;
        if !self.clusters.contains(&pods.zone) {
            self.mistake(node.place, format!("zone {} is no cluster", pods.zone), "`kind: kubernetes` makes a zone one");
            return None;
        }
        Some(pods)
    }

    /// A control plane, or a proxy.
    pub(crate) fn who(&mut self, node: &Node) -> Option<Who> {
        match &node.content {
            Content::Scalar { text, .. } if text.contains('/') => self.proxy(node).map(Who::Proxy),
            _ => self.control_plane(node).map(Who::ControlPlane),
        }
    }

    /// What can end and come back: a control plane, or what is called `ZONE/NAME`.
    pub(crate) fn process(&mut self, node: &Node) -> Option<Process> {
        let text = match &node.content {
            Content::Scalar { text, .. } if text.contains('/') => text,
            _ => return self.control_plane(node).map(Process::ControlPlane),
        };
        let is_pod = |proxy: &&ProxyId| self.clusters.contains(&proxy.zone);
        if self.proxies.iter().filter(is_pod).any(|pod| pod.to_string() == *text) {
            let help = "`kubectl: { zone: ZONE, delete: … }` ends pods, and what makes them makes others";
            self.mistake(node.place, format!("`{text}` is pods of a cluster, which starts them"), help);
            return None;
        }
        let proxies = self.proxies.iter().chain(&self.ingresses).map(|proxy| (proxy.to_string(), Process::Proxy(proxy.clone())));
        let forwarders = self.forwarders.iter().map(|forwarder| (forwarder.to_string(), Process::Forwarder(forwarder.clone())));
        let all: BTreeMap<String, Process> = proxies.chain(forwarders).collect();
        let found = all.get(text).cloned();
        if found.is_none() {
            let help = did_you_mean(text, &all.keys().map(String::as_str).collect::<Vec<_>>());
            self.mistake(node.place, format!("there is no proxy or forwarder `{text}` in the topology"), help);
        }
        found
    }

    /// An ingress: `ZONE/NAME`.
    pub(crate) fn ingress(&mut self, node: &Node) -> Option<ProxyId> {
        let text = self.text(node, "an ingress")?;
        let found = self.ingresses.iter().find(|ingress| ingress.to_string() == text).cloned();
        if found.is_none() {
            let names: Vec<String> = self.ingresses.iter().map(ToString::to_string).collect();
            let help = if names.is_empty() {
                "ingresses stand in the topology: `zones: { west: { ingress: {} } }`".to_owned()
            } else {
                did_you_mean(text, &names.iter().map(String::as_str).collect::<Vec<_>>())
            };
            self.mistake(node.place, format!("there is no ingress `{text}` in the topology"), help);
        }
        found
    }

    fn speaker_named(&self, text: &str) -> Option<NodeId> {
        let name = ZoneName::new(text).ok()?;
        match self.joins.get(&name) {
            Some(zone) => Some(NodeId::Joined { called: name, zone: zone.clone() }),
            None => self.zones.contains_key(&name).then_some(NodeId::Zone(name)),
        }
    }

    fn speaker_names(&self) -> Vec<&str> {
        self.zones.keys().chain(self.joins.keys()).map(ZoneName::as_str).collect()
    }

    fn zone_names(&self) -> Vec<&str> {
        self.zones.keys().map(ZoneName::as_str).collect()
    }

    /// A link: by its name, or as the two ends between which it is.
    pub(crate) fn link(&mut self, node: &Node) -> Option<ZoneName> {
        match &node.content {
            Content::List(ends) => self.ends(node, ends),
            _ => {
                let text = self.text(node, "a link")?;
                let zone = self.links.get(text).cloned();
                if zone.is_none() {
                    let names: Vec<&str> = self.links.keys().map(String::as_str).collect();
                    let help = if names.is_empty() {
                        "a link is a name of `topology.links`, or `[global, ZONE]`".to_owned()
                    } else {
                        did_you_mean(text, &names)
                    };
                    self.mistake(node.place, format!("there is no link `{text}` in the topology"), help);
                }
                zone
            }
        }
    }

    /// A link between global and a zone, or between two zones.
    pub(crate) fn line(&mut self, node: &Node) -> Option<Line> {
        let zone = |node: &Node| if let Content::Scalar { text, .. } = &node.content { ZoneName::new(text).ok() } else { None };
        let pair = match &node.content {
            Content::List(ends) => match &ends[..] {
                [one, other] => ZonePair::new(&zone(one)?, &zone(other)?),
                _ => None,
            },
            Content::Scalar { text, .. } => self.between.get(text).cloned(),
            _ => None,
        };
        match pair.filter(|pair| pair.zones().iter().all(|zone| self.zones.contains_key(zone))) {
            Some(pair) => Some(Line::Between(pair)),
            None => self.link(node).map(Line::Up),
        }
    }

    fn ends(&mut self, node: &Node, ends: &[Node]) -> Option<ZoneName> {
        let [one, other] = ends else {
            self.mistake(node.place, format!("a link has two ends, not {}", ends.len()), "such as `[global, east]`");
            return None;
        };
        let (one, other) = (self.control_plane(one)?, self.control_plane(other)?);
        let link = match (one.link(), other.link()) {
            (None, link) | (link, None) => link.cloned(),
            (Some(_), Some(_)) => None,
        };
        if link.is_none() {
            self.mistake(
                node.place,
                "there is no such link: zones are connected to global only",
                "such as `[global, east]`; `cut` and `heal` know those between zones, too",
            );
        }
        link
    }

    pub(crate) fn kind(&mut self, node: &Node) -> Option<Kind> {
        let text = self.text(node, "a kind")?;
        let kind = Kind::new(text).ok().filter(|kind| kind.facts().is_some());
        if kind.is_none() {
            let known: Vec<&str> = KNOWN_KINDS.iter().map(|facts| facts.name).collect();
            let nearest = nearest(text, &known).map_or_else(|| "such as MeshTimeout".to_owned(), |name| format!("did you mean `{name}`?"));
            self.mistake(node.place, format!("there is no kind `{text}`"), nearest);
        }
        kind
    }

    pub(crate) fn mesh(&mut self, node: &Node) -> Option<MeshName> {
        let text = self.text(node, "a mesh")?;
        if !self.meshes.contains(text) {
            let names: Vec<&str> = self.meshes.iter().map(String::as_str).collect();
            let help = did_you_mean(text, &names);
            self.mistake(node.place, format!("mesh `{text}` does not exist"), help);
            return None;
        }
        MeshName::new(text).ok()
    }

    pub(crate) fn resource_name(&mut self, node: &Node) -> Option<ResourceName> {
        let text = self.text(node, "a resource's name")?;
        match ResourceName::new(text) {
            Ok(name) => Some(name),
            Err(error) => {
                self.mistake(node.place, error.to_string(), "");
                None
            }
        }
    }
}

impl<'a> Fields<'a> {
    pub(crate) fn get(&self, field: &str) -> Option<&'a Node> {
        self.entries.iter().find(|(name, _)| *name == field).map(|(_, value)| *value)
    }

    pub(crate) fn need(&self, check: &mut Check, field: &str) -> Option<&'a Node> {
        let found = self.get(field);
        if found.is_none() {
            check.mistake(self.place, format!("{} needs the field `{field}`", self.what), "");
        }
        found
    }

    pub(crate) fn place(&self) -> Place {
        self.place
    }
}

pub(crate) fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

pub(crate) fn did_you_mean(text: &str, allowed: &[&str]) -> String {
    match (nearest(text, allowed), allowed) {
        (_, []) => "there is none".to_owned(),
        (Some(name), _) => format!("did you mean `{name}`? allowed: {}", list(allowed)),
        (None, _) => format!("allowed: {}", list(allowed)),
    }
}

fn nearest<'a>(text: &str, allowed: &[&'a str]) -> Option<&'a str> {
    let close = |name: &&&str| strsim::damerau_levenshtein(name, text) <= 2.max(name.len() / 4);
    allowed.iter().filter(close).min_by_key(|name| strsim::damerau_levenshtein(name, text)).copied()
}
