//! `topology`: the control planes, the links between them, the meshes.
use super::{
    Check, Node,
    check::Line,
    clusters, forwarders, ingress, link, proxies,
    tree::{Content, Key},
};
use crate::{
    cluster::ClusterPlan,
    event::NodeId,
    features::Feature,
    forwarder::{Forwarder, ForwarderId},
    limits::Limits,
    scenario::{Left, Scenario},
    workload::{ProxyId, Workload},
    world::{Link, StoreKind},
    zone_pair::{Between, ZonePair},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};
use strait_core::{
    resource::{MeshName, ZoneName},
    sync::Dialect,
    vip::VipRange,
};

/// More zones than this no run gets through.
const MOST_ZONES: usize = 10_000;

pub(super) struct Topology {
    pub(super) global: Dialect,
    pub(super) zones: BTreeMap<ZoneName, Dialect>,
    pub(super) links: BTreeMap<ZoneName, Link>,
    pub(super) stores: BTreeMap<NodeId, StoreKind>,
    pub(super) limits: BTreeMap<NodeId, Limits>,
    pub(super) lacks: BTreeMap<ZoneName, BTreeSet<Feature>>,
    pub(super) proxies: BTreeMap<ProxyId, Workload>,
    pub(super) clusters: BTreeMap<ZoneName, ClusterPlan>,
    pub(super) ingresses: BTreeSet<ProxyId>,
    pub(super) between: Between,
    pub(super) forwarders: BTreeMap<ForwarderId, Forwarder>,
    pub(super) meshes: Vec<MeshName>,
}

impl Topology {
    /// A scenario that plays there, and in which nothing happens.
    pub(super) fn stage(self, name: String, why: String, path: &Path) -> Scenario {
        Scenario {
            name,
            why,
            file: path.to_path_buf(),
            global: self.global,
            zones: self.zones,
            links: self.links,
            joins: BTreeMap::new(),
            stores: self.stores,
            limits: self.limits,
            too_old: BTreeSet::new(),
            lacks: self.lacks,
            proxies: self.proxies,
            clusters: self.clusters,
            ingresses: self.ingresses,
            moves: BTreeSet::new(),
            between: self.between,
            forwarders: self.forwarders,
            meshes: self.meshes,
            resources: Vec::new(),
            steps: Vec::new(),
            never: Vec::new(),
            crash_points: None,
            left: Left::default(),
            under_traffic: false,
        }
    }
}

pub(super) fn read(node: &Node, check: &mut Check) -> Option<Topology> {
    let fields = check.fields(node, "`topology`", &["global", "zones", "links", "meshes"])?;
    let (mut stores, mut limits, mut lacks) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let global = match fields.get("global") {
        Some(global) if !global.is_empty() => {
            let is = control_plane(global, "`global`", &["dialect", "store", "remembered_removals", "snapshots"], check)?;
            stores.insert(NodeId::Global, is.store);
            limits.insert(NodeId::Global, is.limits);
            is.dialect
        }
        _ => Dialect::Strait,
    };
    check.global = global;
    let zones = fields.need(check, "zones")?;
    let entries = check.entries(zones, "`zones`");
    if entries.is_empty() {
        check.mistake(zones.place, "a topology has at least one zone", "such as `zones: { east: { kind: universal } }`");
    }
    for (key, value) in entries {
        let allowed = &[
            "kind",
            "dialect",
            "store",
            "remembered_removals",
            "vips",
            "lacks",
            "proxies",
            "ingress",
            "forwarders",
            "count",
            "manifests",
            "pods",
        ];
        let is = if value.is_empty() { None } else { control_plane(value, "a zone", allowed, check) }.unwrap_or_default();
        for zone in names(key, value, check) {
            stores.insert(NodeId::Zone(zone.clone()), is.store);
            limits.insert(NodeId::Zone(zone.clone()), is.limits);
            if !is.lacks.is_empty() {
                lacks.insert(zone.clone(), is.lacks.clone());
                check.lacks.insert(zone.clone());
            }
            if check.zones.insert(zone.clone(), is.dialect).is_some() {
                check.mistake(key.place, format!("there is a zone `{zone}` already"), "every zone has a name of its own");
            }
        }
    }
    if check.zones.len() > MOST_ZONES {
        check.mistake(zones.place, format!("these are {} zones", check.zones.len()), format!("at most {MOST_ZONES}"));
    }
    let (links, between) = links(fields.get("links"), check);
    let meshes = meshes(fields.get("meshes"), check);
    let clusters = clusters::read(&check.entries(zones, "`zones`"), check);
    let proxies = proxies::read(check.entries(zones, "`zones`"), check);
    let forwarders = forwarders::read(check.entries(zones, "`zones`"), check);
    let ingresses = ingress::read(check.entries(zones, "`zones`"), check);
    Some(Topology {
        global,
        zones: check.zones.clone(),
        links,
        stores,
        limits,
        lacks,
        proxies,
        clusters,
        ingresses,
        between,
        forwarders,
        meshes,
    })
}

/// The names of the zones that an entry of `zones` means: one, or `NAME-1` to `NAME-COUNT`.
fn names(key: &Key, value: &Node, check: &mut Check) -> Vec<ZoneName> {
    let texts = match value.field("count") {
        None => vec![key.text.clone()],
        Some(node) => match check.number(node, "`count`") {
            None => return Vec::new(),
            Some(count) if count == 0 || count > MOST_ZONES as u64 => {
                check.mistake(node.place, format!("there cannot be {count} zones"), format!("1 to {MOST_ZONES}"));
                return Vec::new();
            }
            Some(count) => (1..=count).map(|number| format!("{}-{number}", key.text)).collect(),
        },
    };
    let mut names = Vec::new();
    for text in texts {
        match ZoneName::new(&text) {
            Ok(zone) if zone.as_str() == "global" => check.mistake(key.place, "a zone cannot be called `global`", ""),
            Ok(zone) => names.push(zone),
            Err(error) => {
                check.mistake(key.place, error.to_string(), "");
                break;
            }
        }
    }
    names
}

/// One control plane of a topology.
struct ControlPlane {
    dialect: Dialect,
    store: StoreKind,
    limits: Limits,
    lacks: BTreeSet<Feature>,
}

impl Default for ControlPlane {
    fn default() -> Self {
        Self { dialect: Dialect::Strait, store: StoreKind::Log, limits: Limits::default(), lacks: BTreeSet::new() }
    }
}

fn control_plane(node: &Node, what: &'static str, allowed: &[&str], check: &mut Check) -> Option<ControlPlane> {
    let fields = check.fields(node, what, allowed)?;
    if let Some(kind) = fields.get("kind") {
        check.choice(kind, "kind of zone", &["universal", "kubernetes"]);
    }
    let dialect = match fields.get("dialect") {
        Some(dialect) if check.choice(dialect, "dialect", &["strait", "kuma"])? == "kuma" => Dialect::Kuma,
        _ => Dialect::Strait,
    };
    for field in ["store", "remembered_removals", "snapshots", "vips"] {
        if let Some(set) = fields.get(field).filter(|_| dialect == Dialect::Kuma) {
            let message = format!("a model of Kuma keeps and sends what it does: `{field}` is for a Strait");
            check.mistake(set.place, message, format!("leave `{field}` out"));
            return None;
        }
    }
    let store = match fields.get("store") {
        Some(store) if check.choice(store, "store", &["log", "redb"])? == "redb" => StoreKind::Redb,
        _ => StoreKind::Log,
    };
    let mut limits = Limits::default();
    if let Some(set) = fields.get("remembered_removals") {
        limits.remembered_removals = at_least_one(set, "`remembered_removals`", check)?;
    }
    if let Some(set) = fields.get("snapshots") {
        limits.snapshots = at_least_one(set, "`snapshots`", check)?;
    }
    if let Some(range) = fields.get("vips") {
        limits.vips = vip_range(range, check)?;
    }
    let lacks = match fields.get("lacks") {
        Some(listed) => features(listed, check)?,
        None => BTreeSet::new(),
    };
    Some(ControlPlane { dialect, store, limits, lacks })
}

/// A range from which a zone gives addresses.
pub(crate) fn vip_range(node: &Node, check: &mut Check) -> Option<VipRange> {
    let parsed: Result<VipRange, _> = check.text(node, "a range of addresses")?.parse();
    parsed.map_err(|error| check.mistake(node.place, error.to_string(), "such as `241.0.0.0/29`")).ok()
}

fn features(listed: &Node, check: &mut Check) -> Option<BTreeSet<Feature>> {
    let mut features = BTreeSet::new();
    for item in check.items(listed, "`lacks`") {
        let named = check.choice(item, "feature", &Feature::NAMES)?;
        features.extend(Feature::ALL.into_iter().filter(|feature| feature.to_string() == named));
    }
    Some(features)
}

fn at_least_one(node: &Node, what: &str, check: &mut Check) -> Option<usize> {
    let number = check.number(node, what)?;
    if number == 0 {
        check.mistake(node.place, format!("{what} is at least 1"), "leave it out for the default");
        return None;
    }
    usize::try_from(number).ok()
}

fn links(node: Option<&Node>, check: &mut Check) -> (BTreeMap<ZoneName, Link>, Between) {
    let entries = node.map(|node| check.entries(node, "`links`")).unwrap_or_default();
    let allowed: Vec<&str> = link::FIELDS.iter().map(|field| field.name).collect();
    let default = entries.iter().find(|(key, _)| key.text == "default").and_then(|(_, value)| {
        let fields = check.fields(value, "a link", &allowed)?;
        link::read(&fields, Link::default(), check)
    });
    let mut links: BTreeMap<ZoneName, Link> = check.zones.keys().map(|zone| (zone.clone(), default.unwrap_or(link::PLAIN))).collect();
    let mut of_zones = Between { links: BTreeMap::new(), otherwise: default.unwrap_or(link::PLAIN) };
    let allowed: Vec<&str> = std::iter::once("between").chain(allowed).collect();
    for (key, value) in entries.into_iter().filter(|(key, _)| key.text != "default") {
        let Some(fields) = check.fields(value, "a link", &allowed) else {
            continue;
        };
        let between = fields.need(check, "between").and_then(|between| match &between.content {
            Content::List(_) => check.line(between),
            _ => {
                check.mistake(between.place, format!("`between` names two ends, not {}", between.what()), "such as `[global, east]`");
                None
            }
        });
        let (Some(link), Some(line)) = (link::read(&fields, Link::default(), check), between) else {
            continue;
        };
        let zone = match line {
            Line::Up(zone) => zone,
            Line::Between(pair) => {
                is_between(key, pair, link, &mut of_zones, check);
                continue;
            }
        };
        if let Some((other, _)) = check.links.iter().find(|(_, leads_to)| **leads_to == zone) {
            let message = format!("the link between global and {zone} has the name `{other}` already");
            check.mistake(key.place, message, "");
        }
        check.links.insert(key.text.clone(), zone.clone());
        links.insert(zone, link);
    }
    check.links_are = links.clone();
    (links, of_zones)
}

/// A link between two zones. Of what links are like, worlds know only how long the way is.
fn is_between(key: &Key, pair: ZonePair, link: Link, between: &mut Between, check: &mut Check) {
    if (Link { delay: link.delay, ..Link::default() }) != link {
        check.mistake(key.place, "of a link between two zones only `delay` can be said", "leave the rest out");
    }
    if between.links.insert(pair.clone(), link).is_some() {
        check.mistake(key.place, format!("the link between {pair} has a name already"), "");
    }
    check.between.insert(key.text.clone(), pair);
}

fn meshes(node: Option<&Node>, check: &mut Check) -> Vec<MeshName> {
    let Some(node) = node else {
        check.meshes.insert("default".to_owned());
        return MeshName::new("default").into_iter().collect();
    };
    let mut meshes = Vec::new();
    for item in check.items(node, "`meshes`") {
        let Some(text) = check.text(item, "a mesh") else {
            continue;
        };
        match MeshName::new(text) {
            Ok(_) if check.meshes.contains(text) => check.mistake(item.place, format!("mesh `{text}` stands here twice"), ""),
            Ok(mesh) => {
                check.meshes.insert(text.to_owned());
                meshes.push(mesh);
            }
            Err(error) => check.mistake(item.place, error.to_string(), ""),
        }
    }
    meshes
}
