//! S2: nobody but its origin changes or deletes a resource.
//!
//! What a node's own users wrote changes only by their edits there, in their order; a copy says what its owner once said; and
//! no name changes hands without having been free.
use super::{Broken, Invariant};
use crate::event::{DiskProvenance, NodeId};
use crate::oracle::{
    cluster::{Told, made_of},
    edits::Edits,
    history::{Owners, Whose},
    moment::Moment,
    sameness::{same, same_but_for_servers},
    truth::{Passing, Truth},
};
use std::{collections::BTreeMap, sync::Arc};
use strait_core::{
    node::{Change, ProxySession},
    resource::{Key, Kind, Resource, labels},
    sync::Dialect,
};

/// Who makes services of what proxies say that they serve, as Kuma calls it.
const GENERATOR: &str = "meshservice-generator";

/// Who says where other zones come in.
const INGRESS: &str = "strait-zone-ingress";

/// S2.
#[derive(Debug, Default)]
pub(super) struct OriginAuthority {
    edits: BTreeMap<NodeId, Edits>,
    held: BTreeMap<NodeId, BTreeMap<Key, Arc<Resource>>>,
    /// The `Dataplane`s that proxies have brought along, while they are connected. With that they ask for it, and for its end when they go.
    brought: BTreeMap<(NodeId, ProxySession), Key>,
    /// What zones have been told of their clusters, of whose objects they make some.
    clusters: BTreeMap<NodeId, Told>,
}

impl OriginAuthority {
    fn judge(&mut self, owners: &Owners, node: &NodeId, moment: &Moment<'_>) -> Result<(), String> {
        match moment {
            Moment::Edit(_, changes) => self.edits.entry(node.clone()).or_default().add(changes),
            Moment::Operate(_, operation) if *node == NodeId::Global => self.edits.entry(node.clone()).or_default().operate(operation),
            Moment::Operate(..) => self.clusters.entry(node.clone()).or_default().operated(),
            Moment::Kubernetes(news) => self.clusters.entry(node.clone()).or_default().hear(news),
            Moment::ProxyOpened { session, dataplane: Some(dataplane) } => {
                self.brought.insert((node.clone(), *session), dataplane.key.clone());
                let edits = self.edits.entry(node.clone()).or_default();
                if *dataplane.kind() == Kind::zone_ingress() {
                    // It is not told of elsewhere before it listens.
                    let mut kept_here = (*dataplane).clone();
                    kept_here.labels.insert(labels::KDS_SYNC.to_owned(), "disabled".to_owned());
                    edits.add(&[Change::Put(kept_here)]);
                }
                edits.add(&[Change::Put((*dataplane).clone())]);
            }
            Moment::ProxyClosed { session } => {
                let left = self.brought.remove(&(node.clone(), *session));
                // Not if it has connected anew meanwhile.
                let is_here = |key: &Key| self.brought.iter().any(|((at, newer), brought)| at == node && newer > session && brought == key);
                if let Some(key) = left.filter(|key| !is_here(key)) {
                    self.edits.entry(node.clone()).or_default().add(&[Change::Delete(key)]);
                }
            }
            Moment::Holds(resource) => {
                let before = self.held.entry(node.clone()).or_default().insert(resource.key.clone(), Arc::clone(resource));
                keeps_hands(owners, node, before.as_ref(), resource)?;
                self.is_rightly(owners, node, before.as_ref(), resource)?;
            }
            Moment::Dropped(key) => {
                let before = self.held.get_mut(node).and_then(|held| held.remove(key));
                self.is_rightly_gone(owners, node, before.as_ref())?;
            }
            Moment::Started { observation, disk } => {
                // Their proxies have to find it again, or are gone.
                let brought: Vec<_> = self.brought.keys().filter(|(at, _)| at == node).cloned().collect();
                let left: Vec<Change> = brought.iter().filter_map(|at| self.brought.remove(at)).map(Change::Delete).collect();
                self.edits.entry(node.clone()).or_default().add(&left);
                let found = observation.view.resources.clone();
                let before = self.held.insert(node.clone(), found.clone()).unwrap_or_default();
                return self.started(owners, node, &before, &found, disk);
            }
            _ => {}
        }
        Ok(())
    }

    /// What is found after a start was written before, seen or not. A disk that is not its own may hold any of it.
    fn started(
        &mut self,
        owners: &Owners,
        node: &NodeId,
        before: &BTreeMap<Key, Arc<Resource>>,
        found: &BTreeMap<Key, Arc<Resource>>,
        disk: &DiskProvenance,
    ) -> Result<(), String> {
        let is_own_disk = *disk == DiskProvenance::Own;
        for resource in found.values() {
            let is_own = owners.whose(node, resource) == Whose::Own;
            if is_own_disk || !is_own {
                self.is_rightly(owners, node, before.get(&resource.key), resource)?;
            }
        }
        let missing = before.iter().filter(|(key, _)| is_own_disk && !found.contains_key(key));
        missing.map(|(_, held)| held).try_for_each(|held| self.is_rightly_gone(owners, node, Some(held)))
    }

    fn is_rightly(&mut self, owners: &Owners, node: &NodeId, before: Option<&Arc<Resource>>, resource: &Resource) -> Result<(), String> {
        if before
            .is_some_and(|before| same(before, resource) || (before.labels == resource.labels && same_but_for_servers(before, resource)))
        {
            return Ok(());
        }
        match owners.whose(node, resource) {
            Whose::Own if is_exempt(owners, node, &resource.key) || self.is_made_by_the_zone(node, resource) => Ok(()),
            Whose::Own if made_of(resource).is_some() => {
                let is_told = self.clusters.entry(node.clone()).or_default().is_rightly(resource);
                let said = || format!("{node} makes {} of an object that its cluster never had", resource.key);
                if is_told { Ok(()) } else { Err(said()) }
            }
            Whose::Own => match self.edits.entry(node.clone()).or_default().explain_put(resource) {
                true => Ok(()),
                false => Err(format!("at {node}, its own {} changes although no user of {node} wrote that", resource.key)),
            },
            Whose::Copy(provider) if !owners.are_kumas(node, &provider) => {
                let known = owners.ledger(&provider).is_some_and(|ledger| ledger.has_source(resource));
                let said = || format!("{node} holds {} in a version that {provider} never had: {}", resource.key, spec(resource));
                if known { Ok(()) } else { Err(said()) }
            }
            Whose::Copy(_) | Whose::Unclear => Ok(()),
        }
    }

    /// What a zone makes itself of what its proxies are, under names that no user has.
    fn is_made_by_the_zone(&self, node: &NodeId, resource: &Resource) -> bool {
        let is_such = match resource.kind().as_str() {
            "MeshService" => resource.labels.get(labels::MANAGED_BY).is_some_and(|by| by == GENERATOR),
            "MeshZoneAddress" => resource.labels.get(labels::MANAGED_BY).is_some_and(|by| by == INGRESS),
            "MeshTrust" | "DataplaneInsight" => true,
            _ => false,
        };
        // What a user writes of a proxy that is connected, its zone writes over.
        let proxy = Key { kind: Kind::dataplane(), ..resource.key.clone() };
        let is_here = |at: &NodeId, brought: &Key| at == node && *brought == proxy;
        let is_of_one_here =
            resource.kind().as_str() == "DataplaneInsight" && self.brought.iter().any(|((at, _), brought)| is_here(at, brought));
        is_such && node.zone().is_some() && (is_of_one_here || !self.edits.get(node).is_some_and(|edits| edits.are_about(&resource.key)))
    }

    /// What a zone takes back of that: a service when nobody serves it any more, an entrance that is no more or of no mesh of the zone, and what it says of a proxy when that is gone. A `MeshTrust` stays, as certificates
    /// of what it says may be in use.
    fn is_taken_back_by_the_zone(&self, node: &NodeId, resource: &Resource) -> bool {
        let may_go = match resource.kind().as_str() {
            "MeshService" | "MeshZoneAddress" => true,
            "DataplaneInsight" => {
                let dataplane = Key { kind: Kind::dataplane(), ..resource.key.clone() };
                self.held.get(node).is_none_or(|held| !held.contains_key(&dataplane))
            }
            _ => false,
        };
        may_go && self.is_made_by_the_zone(node, resource)
    }

    fn is_rightly_gone(&mut self, owners: &Owners, node: &NodeId, before: Option<&Arc<Resource>>) -> Result<(), String> {
        let Some(before) = before.filter(|before| owners.whose(node, before) == Whose::Own) else {
            return Ok(());
        };
        if made_of(before).is_some() {
            let is_of_a_mesh = before.mesh().is_none_or(|mesh| {
                let key = |held: &Key| *held.kind.as_str() == *"Mesh" && held.name.as_str() == mesh.as_str();
                self.held.get(node).is_some_and(|held| held.keys().any(key))
            });
            let is_told = self.clusters.get(node).is_some_and(|told| told.is_rightly_gone(before));
            let said =
                || format!("at {node}, {} disappears although its cluster said nothing of the object that it is made of", before.key);
            return if is_told || !is_of_a_mesh { Ok(()) } else { Err(said()) };
        }
        let is_taken_back = is_exempt(owners, node, &before.key) || self.is_taken_back_by_the_zone(node, before);
        if is_taken_back || self.edits.entry(node.clone()).or_default().explain_delete(&before.key) {
            return Ok(());
        }
        Err(format!("at {node}, its own {} disappears although no user of {node} deleted it", before.key))
    }
}

/// A name goes from one owner to another only by being free in between.
fn keeps_hands(owners: &Owners, node: &NodeId, before: Option<&Arc<Resource>>, resource: &Resource) -> Result<(), String> {
    let Some(before) = before.filter(|_| owners.dialect(node) == Dialect::Strait) else {
        return Ok(());
    };
    let (was, is) = (owners.whose(node, before), owners.whose(node, resource));
    if was == is {
        return Ok(());
    }
    Err(format!("at {node}, {} of {} is overwritten by one of {}", resource.key, in_words(&was, node), in_words(&is, node)))
}

/// A Kuma global is not ours, nor is a zone of it. What a Kuma zone makes of itself has no user.
fn is_exempt(owners: &Owners, node: &NodeId, key: &Key) -> bool {
    let is_kuma = owners.dialect(node) == Dialect::Kuma;
    is_kuma && (owners.are_kumas(node, &NodeId::Global) || key.kind.as_str() == "HostnameGenerator")
}

fn in_words(whose: &Whose, node: &NodeId) -> String {
    match whose {
        Whose::Own => format!("{node}'s own users"),
        Whose::Copy(NodeId::Global) => "global".to_owned(),
        Whose::Copy(zone) => format!("zone {zone}"),
        Whose::Unclear => "nobody known".to_owned(),
    }
}

fn spec(resource: &Resource) -> String {
    resource.spec.value().map_or_else(|| "opaque".to_owned(), |value| value.to_string().chars().take(200).collect())
}

impl Invariant for OriginAuthority {
    fn id(&self) -> &'static str {
        "S2"
    }

    fn slug(&self) -> &'static str {
        "origin-authority"
    }

    fn pass(&mut self, truth: &Truth, passing: &Passing<'_>) -> Result<(), Broken> {
        let judged = self.judge(&truth.owners, &passing.event.node, passing.moment);
        judged.map_err(|what| Broken::at(passing.event, what))
    }
}
