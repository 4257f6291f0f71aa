//! A case: what is drawn from one seed. Plain data.
use super::{
    op::Op,
    ops::{OPS, OpClass, OpFacts, joins, moves},
    place::{Brought, Place},
    workloads,
};
use crate::{
    event::NodeId,
    features::Feature,
    language::{Venue, link::PLAIN},
    limits::Limits,
    scenario::{Left, Scenario},
    world::{Link, StoreKind},
    zone_pair::Between,
};
use rand::{RngExt, rngs::ChaCha8Rng, seq::IndexedRandom};
use std::{collections::BTreeSet, path::PathBuf, sync::Arc, time::Duration};
use strait_core::{
    Seed,
    resource::{MeshName, ZoneName},
    sync::Dialect,
    vip::VipRange,
};

/// No case has more operations.
pub(super) const MOST_OPS: usize = 40;

/// One case.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// From which the world draws.
    pub seed: Seed,
    /// Where it plays.
    pub place: Place,
    /// What is done.
    pub ops: Vec<Op>,
    /// Who is left dead or cut off at the end, whatever happened before.
    pub left: Vec<LeftOut>,
}

/// The topology of a case, and how long faults last at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What global is.
    pub global: Dialect,
    /// Where global keeps its records, if it is ours.
    pub global_store: StoreKind,
    /// What all that are ours may do and keep at most.
    pub limits: Limits,
    /// The zones, by position.
    pub zones: Vec<ZoneTerms>,
    /// How many meshes there are to begin with.
    pub meshes: usize,
    /// In how many zones there are workloads, and an ingress; if there are so many that can have some.
    pub workloads: usize,
    /// A link or a host stays as it is for so long at least, in milliseconds: else nothing would ever get on.
    pub rest_ms: u32,
}

/// One zone of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZoneTerms {
    /// Its name is made of this.
    pub number: usize,
    /// What it is.
    pub dialect: Dialect,
    /// Where it keeps its records, if it is ours.
    pub store: StoreKind,
    /// What its build does not understand.
    pub lacks: Option<Feature>,
    /// Its link to global.
    pub link: Link,
}

/// A zone of which nothing is expected at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Which, modulo the zones there are.
    pub which: u16,
    /// How.
    pub how: LeftHow,
}

/// What becomes of a zone that is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftHow {
    /// Its process was killed.
    Killed,
    /// Its host is dark.
    Dark,
    /// Its link is cut, and connections over it wait.
    Stalled,
    /// Its link is cut, and connections over it are dead.
    Severed,
}

impl Case {
    /// The case of a seed.
    pub fn draw(seed: Seed) -> Self {
        let rng = &mut seed.fork("operations").rng();
        let words: Vec<[u16; 6]> = (0..rng.random_range(1..=MOST_OPS)).map(|_| rng.random()).collect();
        Self::of(seed, &words)
    }

    /// The case of a seed, but with the operations that these numbers say.
    pub fn of(seed: Seed, words: &[[u16; 6]]) -> Self {
        let rng = &mut seed.fork("case").rng();
        let terms = Terms::draw(rng).on_disks(&mut seed.fork("disks").rng()).of_builds(&mut seed.fork("builds").rng());
        let terms = terms.of_workloads(&mut seed.fork("workloads").rng()).of_ranges(&mut seed.fork("ranges").rng());
        let mut enabled = swarm(rng);
        if terms.limits.vips != VipRange::MESH_SERVICE {
            enabled.extend(OPS.iter().filter(|facts| facts.class == OpClass::Addresses));
        }
        if terms.workloads > 0 {
            enabled.extend(OPS.iter().filter(|facts| facts.class == OpClass::Workloads));
        }
        let mut ops: Vec<Op> = admissions(&terms, rng);
        ops.extend(words.iter().filter_map(|words| Op::of(*words, &enabled)));
        ops.truncate(MOST_OPS);
        Self { seed, left: left_out(rng), place: Place::Drawn(terms), ops }
    }

    /// The case of a seed on what a user brought.
    pub fn on(venue: &Arc<Venue>, seed: Seed) -> Self {
        let rng = &mut seed.fork("operations").rng();
        let words: Vec<[u16; 6]> = (0..rng.random_range(1..=MOST_OPS)).map(|_| rng.random()).collect();
        let rng = &mut seed.fork("case").rng();
        let rest_ms = draw_rest(rng);
        let mut enabled = swarm(rng);
        enabled.extend(of_venue(venue, &mut seed.fork("venue").rng()));
        let kept = |facts: &&OpFacts| facts.class == OpClass::Mend || facts.called().iter().all(|name| !venue.without.contains(*name));
        enabled.retain(kept);
        let ops = words.iter().filter_map(|words| Op::of(*words, &enabled)).collect();
        let place = Place::Brought(Brought { venue: Arc::clone(venue), rest_ms, asks: true });
        let has_faults = !venue.without.contains(OpClass::Fault.called());
        Self { seed, place, ops, left: if has_faults { left_out(rng) } else { Vec::new() } }
    }

    /// The case on what a user brought in which nothing is drawn.
    pub fn bare(venue: &Arc<Venue>, seed: Seed) -> Self {
        Self { ops: Vec::new(), left: Vec::new(), ..Self::on(venue, seed) }
    }

    /// The scenario of this case, still without its steps.
    pub fn stage(&self) -> Scenario {
        let mut stage = match &self.place {
            Place::Drawn(terms) => self.drawn(terms),
            Place::Brought(Brought { venue, .. }) => Scenario { name: format!("case-{}", self.seed), ..venue.scenario.clone() },
        };
        // A world must know before it begins who joins, and who moves.
        if stage.global == Dialect::Strait {
            stage.joins.extend(joins(&self.ops, &self.place.fair_zones()));
        }
        stage.moves.extend(moves(&self.ops, &stage, self.place.venue().map(AsRef::as_ref)));
        for (zone, how) in self.left_zones() {
            match how {
                LeftHow::Killed | LeftHow::Dark => stage.left.down.insert(zone),
                LeftHow::Stalled | LeftHow::Severed => stage.left.cut.insert(zone),
            };
        }
        stage
    }

    fn drawn(&self, terms: &Terms) -> Scenario {
        let names = self.place.zones();
        let zones = || names.iter().zip(&terms.zones);
        let mut stage = Scenario {
            name: format!("case-{}", self.seed),
            why: "An explored case.".to_owned(),
            file: PathBuf::new(),
            global: terms.global,
            zones: zones().map(|(name, terms)| (name.clone(), terms.dialect)).collect(),
            links: zones().map(|(name, terms)| (name.clone(), terms.link)).collect(),
            joins: Default::default(),
            stores: terms.ours().collect(),
            too_old: Default::default(),
            proxies: Default::default(),
            clusters: Default::default(),
            ingresses: Default::default(),
            moves: Default::default(),
            between: Between { otherwise: PLAIN, ..Between::default() },
            forwarders: Default::default(),
            lacks: zones().filter_map(|(name, terms)| Some((name.clone(), BTreeSet::from([terms.lacks?])))).collect(),
            limits: terms.ours().map(|(who, _)| (who.clone(), terms.limits_of(&who))).collect(),
            meshes: (0..terms.meshes).filter_map(mesh_name).collect(),
            resources: Vec::new(),
            steps: Vec::new(),
            never: Vec::new(),
            crash_points: None,
            left: Left::default(),
            under_traffic: false,
        };
        workloads::add(terms, &mut stage);
        stage
    }

    /// Who is left out, each zone once.
    pub(super) fn left_zones(&self) -> Vec<(ZoneName, LeftHow)> {
        let mut found: Vec<(ZoneName, LeftHow)> = Vec::new();
        let mut zones = self.place.fair_zones();
        zones.retain(|_| self.place.venue().is_none_or(|venue| !venue.spares("global")));
        for left in &self.left {
            let zone = usize::from(left.which).checked_rem(zones.len()).and_then(|index| zones.get(index).cloned());
            if let Some(zone) = zone.filter(|zone| found.iter().all(|(other, _)| other != zone)) {
                found.push((zone, left.how));
            }
        }
        found
    }
}

impl Terms {
    /// What one of them may do and keep. Global gives no addresses.
    fn limits_of(&self, who: &NodeId) -> Limits {
        let vips = if *who == NodeId::Global { VipRange::MESH_SERVICE } else { self.limits.vips };
        Limits { vips, ..self.limits }
    }

    /// The control planes that are ours, and where they keep their records.
    fn ours(&self) -> impl Iterator<Item = (NodeId, StoreKind)> {
        let global = (self.global == Dialect::Strait).then_some((NodeId::Global, self.global_store));
        let zones = self.zones.iter().filter(|zone| zone.dialect == Dialect::Strait);
        global.into_iter().chain(zones.filter_map(|zone| Some((NodeId::Zone(zone.name()?), zone.store))))
    }

    fn draw(rng: &mut ChaCha8Rng) -> Self {
        let dialect = |rng: &mut ChaCha8Rng, kumas: u32| if rng.random_ratio(kumas, 8) { Dialect::Kuma } else { Dialect::Strait };
        // Small worlds are as telling as large ones, and cheaper.
        let zones = *[1, 1, 2, 2, 2, 3, 3, 4, 5, 8].choose(rng).unwrap_or(&2);
        let global = dialect(rng, 2);
        let kumas = *[0, 0, 3, 6].choose(rng).unwrap_or(&0);
        let store = StoreKind::Log;
        let mut zone = |number| ZoneTerms { number, dialect: dialect(rng, kumas), store, lacks: None, link: draw_link(rng) };
        let zones = (1..=zones).map(&mut zone).collect();
        let (meshes, rest_ms) = (rng.random_range(1..=3), draw_rest(rng));
        Self { global, global_store: store, limits: Limits::default(), zones, meshes, workloads: 0, rest_ms }
    }

    /// The same, but in some cases with redb, and in some with limits that are reached.
    fn on_disks(mut self, rng: &mut ChaCha8Rng) -> Self {
        if rng.random_ratio(1, 4) {
            let mut store = || if rng.random() { StoreKind::Redb } else { StoreKind::Log };
            self.global_store = store();
            self.zones.iter_mut().for_each(|zone| zone.store = store());
        }
        if rng.random_ratio(1, 3) {
            self.limits.remembered_removals = *[1, 1, 2, 8].choose(rng).unwrap_or(&1);
            self.limits.snapshots = *[1, 1, 2, 64].choose(rng).unwrap_or(&1);
        }
        self
    }
}

impl Terms {
    /// The same, but in some cases with zones of older builds.
    fn of_builds(mut self, rng: &mut ChaCha8Rng) -> Self {
        if rng.random_ratio(1, 4) {
            let mut lacks = || if rng.random() { Feature::ALL.choose(rng).copied() } else { None };
            self.zones.iter_mut().for_each(|zone| zone.lacks = lacks());
        }
        self
    }

    /// The same, but in some cases with so few addresses for services that they are used up, and used again.
    fn of_ranges(mut self, rng: &mut ChaCha8Rng) -> Self {
        if rng.random_ratio(1, 2) {
            let drawn = ["241.0.0.0/29", "241.0.0.0/29", "241.0.0.0/28"].choose(rng).and_then(|range| range.parse().ok());
            self.limits.vips = drawn.unwrap_or(VipRange::MESH_SERVICE);
        }
        self
    }

    /// The same, but in some cases with workloads.
    fn of_workloads(mut self, rng: &mut ChaCha8Rng) -> Self {
        if rng.random_ratio(1, 5) {
            self.workloads = *[1, 2, 2, 3].choose(rng).unwrap_or(&2);
        }
        self
    }
}

impl ZoneTerms {
    /// Its name. It does not change when other zones go.
    pub(super) fn name(&self) -> Option<ZoneName> {
        ZoneName::new(&format!("zone-{}", self.number)).ok()
    }
}

impl LeftOut {
    fn draw(rng: &mut ChaCha8Rng) -> Self {
        let how = *[LeftHow::Killed, LeftHow::Dark, LeftHow::Stalled, LeftHow::Severed].choose(rng).unwrap_or(&LeftHow::Killed);
        Self { which: rng.random(), how }
    }
}

/// The name of a mesh, by position.
pub(super) fn mesh_name(index: usize) -> Option<MeshName> {
    MeshName::new(&if index == 0 { "default".to_owned() } else { format!("mesh-{index}") }).ok()
}

fn draw_link(rng: &mut ChaCha8Rng) -> Link {
    let ms = |of: &[u64], rng: &mut ChaCha8Rng| Duration::from_millis(of.choose(rng).copied().unwrap_or_default());
    let delay = ms(&[1, 5, 20, 20, 80, 300], rng);
    Link { delay, jitter: ms(&[0, 0, 2, 20, 100], rng).min(delay), ..Link::default() }
}

/// What users do and what mends is always there. Of faults and decisions each case has some: a mix of all hides what one of them finds.
fn swarm(rng: &mut ChaCha8Rng) -> Vec<&'static OpFacts> {
    let all = OPS.iter().filter(|facts| !matches!(facts.class, OpClass::Workloads | OpClass::Addresses) && !facts.class.is_of_venue());
    let enabled = all.filter(|facts| match facts.class {
        OpClass::Workload | OpClass::Mend => true,
        OpClass::Workloads | OpClass::Addresses | OpClass::Theirs | OpClass::Wayside | OpClass::WaysideMend => false,
        OpClass::Operator => rng.random_ratio(2, 3),
        OpClass::Fault => rng.random_ratio(2, 5),
        OpClass::Heavy => rng.random_ratio(1, 16),
    });
    enabled.collect()
}

/// What is drawn beside that on what a user brought: what users do with their own resources, what happens to workloads, and in some cases what happens
/// to what carries their questions.
fn of_venue(venue: &Venue, rng: &mut ChaCha8Rng) -> Vec<&'static OpFacts> {
    let (has_workloads, has_resources) = (!venue.scenario.proxies.is_empty(), !venue.scenario.resources.is_empty());
    let usual = Limits::default().vips;
    let has_few_addresses = venue.scenario.limits.values().any(|limits| limits.vips != usual);
    let enabled = OPS.iter().filter(|facts| match facts.class {
        OpClass::Theirs => has_resources,
        OpClass::Addresses => has_few_addresses,
        OpClass::Workloads | OpClass::WaysideMend => has_workloads,
        OpClass::Wayside => rng.random_ratio(2, 5) && has_workloads,
        _ => false,
    });
    enabled.collect()
}

fn draw_rest(rng: &mut ChaCha8Rng) -> u32 {
    *[0, 200, 2_000, 10_000].choose(rng).unwrap_or(&0)
}

fn left_out(rng: &mut ChaCha8Rng) -> Vec<LeftOut> {
    if rng.random_ratio(1, 3) { (0..rng.random_range(1..=2)).map(|_| LeftOut::draw(rng)).collect() } else { Vec::new() }
}

/// Plain Kuma zones are mostly admitted at once; else little would happen to them.
fn admissions(terms: &Terms, rng: &mut ChaCha8Rng) -> Vec<Op> {
    let Some(facts) = OPS.iter().find(|facts| facts.name == "admit") else {
        return Vec::new();
    };
    let kumas = terms.zones.iter().filter(|zone| zone.dialect == Dialect::Kuma).count();
    let admitted = (0..kumas).filter(|_| rng.random_ratio(4, 5));
    let which = |index: usize| [u16::try_from(index).unwrap_or_default(); 4];
    admitted.map(|index| Op { after_ms: 0, facts, which: which(index) }).collect()
}
