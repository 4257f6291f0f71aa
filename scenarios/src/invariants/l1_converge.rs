//! L1: once the faults stopped, every zone and global hold everything of each other within the bound that follows from the clocks
//! of the wire, or show why not.
use super::{Breach, Broken};
use crate::{
    conditions::Scene,
    event::NodeId,
    oracle::agreement::{self, Hearing, Hears, MeshGoes},
    scenario::Scenario,
    world::Link,
};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    sync::Arc,
    time::Duration,
};
use strait_core::{
    node::PeerStatus,
    resource::{Key, Resource},
    sync::{Dialect, clocks},
};

/// What the bytes of a scenario may need on a link, and a store for its writes: neither is what suites are about.
const TRANSMIT: Duration = Duration::from_secs(2);
/// A transfer that is under way may be overtaken by another, and what is said of a resource beside its spec weighs too.
const TIMES_OVER: u64 = 4;
const ENVELOPE: u64 = 300;
/// So many resources are remembered; there are few at any time.
const REMEMBERED: usize = 1 << 14;
const STORE: Duration = Duration::from_millis(50);

/// What the sessions of a zone speak.
pub(crate) fn dialect(scenario: &Scenario, zone: &NodeId) -> Dialect {
    // Kuma's is the smaller one, which both understand.
    scenario.global.min(scenario.dialect(zone))
}

/// How long a zone may take over a link on which no more than `weight` bytes have to travel at once.
pub fn bound(dialect: Dialect, link: &Link, weight: impl FnOnce() -> u64) -> Duration {
    let transmit = if link.rate.is_some() { TRANSMIT + link.transmit(weight() * TIMES_OVER) } else { TRANSMIT };
    clocks::converge_within(dialect, link.round_trip() + link.resending(), transmit, STORE)
}

/// What resources weigh in bytes of JSON, each version once: large ones are looked at for long on a narrow link.
#[derive(Debug, Default)]
pub(crate) struct Weights {
    /// By where they are in memory. They are kept there, so that no other can come to be at that place.
    known: RefCell<BTreeMap<usize, (Arc<Resource>, u64)>>,
    heaviest: Cell<u64>,
}

impl Weights {
    /// What everything weighs that one of them holds at most, or has held when it was last asked: what went since may still be on its way.
    pub(crate) fn of(&self, scene: &Scene<'_>) -> u64 {
        let mut known = self.known.borrow_mut();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        let mut weigh = |resource: &Arc<Resource>| {
            known.entry(Arc::as_ptr(resource).addr()).or_insert_with(|| (Arc::clone(resource), weight(resource))).1
        };
        let held = scene.observations.values().map(|node| node.view.resources.values().map(&mut weigh).sum());
        self.heaviest.set(self.heaviest.get().max(held.max().unwrap_or(0)));
        self.heaviest.get()
    }
}

fn weight(resource: &Resource) -> u64 {
    serde_json::to_vec(&resource.spec.value()).map_or(0, |spec| spec.len() as u64) + ENVELOPE
}

/// It is broken so.
pub(crate) fn breach(broken: Broken) -> Breach {
    Breach { id: "L1", slug: "converge", broken }
}

/// What a zone and global do not hold of each other although both say that they hold everything.
pub(crate) fn disagreement(scene: &Scene<'_>, zone: &NodeId) -> Option<String> {
    let (global, here) = (scene.observe(&NodeId::Global).ok()?, scene.observe(zone).ok()?);
    let hears = match (scene.scenario.global, scene.scenario.dialect(zone)) {
        (Dialect::Strait, Dialect::Strait) => Hearing { down: Hears::All, up: Hears::All },
        (Dialect::Strait, Dialect::Kuma) => Hearing { down: Hears::KnownKinds, up: Hears::UnlessEmpty },
        (Dialect::Kuma, Dialect::Strait) => Hearing { down: Hears::UnlessEmpty, up: Hears::All },
        (Dialect::Kuma, Dialect::Kuma) => Hearing { down: Hears::UnlessEmpty, up: Hears::UnlessEmpty },
    };
    let went = |key: &Key| scene.ledger.mesh_went_since(zone, key);
    let goes = if scene.scenario.global == Dialect::Kuma { MeshGoes::WithAll(&went) } else { MeshGoes::WithItsOwn };
    agreement::disagreement(global, here, zone.zone()?, hears, goes, &|resource| scene.understands(zone, resource))
}

/// Whether it is visible why a zone does not get on.
pub fn says_why_not(scene: &Scene<'_>, zone: &NodeId) -> bool {
    let here = scene.sync_of(zone).ok().flatten();
    // Where several claim one zone, what global shows is about the one that has a session.
    let is_meant = !scene.scenario.is_contested(zone) || here.is_some_and(|peer| peer.session.is_some());
    let global = scene.observe(&NodeId::Global).ok().filter(|_| is_meant);
    let global = global.and_then(|global| global.peers.get(zone.zone()?));
    // A plain Kuma holds a whole kind back for one resource that it refuses, and is sent nothing of one that is too large.
    let kuma = dialect(scene.scenario, zone) == Dialect::Kuma;
    let shown = |peer: &PeerStatus| peer.consumed.frozen.is_some() || (kuma && !(peer.rejected.is_empty() && peer.too_large.is_empty()));
    let frozen = [global, here].into_iter().flatten().any(shown);
    let waiting = global.is_some_and(|peer| peer.waiting.is_some());
    // Who is refused tries again now and then, and then has a session of which global knows nothing yet.
    let apart = [global, here].into_iter().flatten().any(|peer| peer.session.is_none());
    let was_refused = |peer: &PeerStatus| peer.last_end.as_ref().is_some_and(|why| is_refusal(why));
    // On a bad link the zone's last attempt may have failed before it heard that again; then global shows it.
    let refused = apart && (here.is_some_and(was_refused) || global.is_some_and(|peer| peer.session.is_none() && was_refused(peer)));
    let nodes = [scene.observe(&NodeId::Global).ok(), scene.observe(zone).ok()];
    let cannot_store = nodes.into_iter().flatten().any(|node| node.store_failure.is_some());
    frozen || waiting || refused || cannot_store
}

/// A reason that an operator must look at; a connection that broke is none.
fn is_refusal(why: &str) -> bool {
    ["name-taken", "superseded", "removed", "too-old", "store"].iter().any(|refusal| why.contains(refusal))
}
