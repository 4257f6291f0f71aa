//! Who may ask whom, worked out naively from what a zone holds; and since when the proxies that must refuse somebody know it.
//!
//! Only where who a workload is follows from what is held in a plain way: one `MeshIdentity` in its mesh, for everybody, that says nothing of
//! SPIFFE IDs.
use super::policy::{self, Expected, Written};
use crate::{
    event::{Event, Stepped, What},
    workload::{ProxyId, Workload},
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use strait_core::{
    Emit,
    node::{ObservationChange, ProxyStatus},
    resource::{Key, Kind, Resource},
    time::Mono,
};

/// How long a proxy that has taken what is different may still judge by what was before, in its other threads and for connections that stand.
pub(crate) const DRAINED_WITHIN: Duration = Duration::from_secs(1);

/// Who may ask whom in one zone.
#[derive(Debug)]
pub(crate) struct Permissions {
    /// Those of the zone.
    workloads: BTreeMap<ProxyId, Workload>,
    /// Those of all zones.
    askers: BTreeMap<ProxyId, Workload>,
    held: BTreeMap<Key, Written>,
    /// Of those of which it can be said.
    verdicts: BTreeMap<(ProxyId, ProxyId), Verdict>,
    content: BTreeSet<Key>,
}

/// Whether one may ask another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// He may, and the other's proxy has known that since then; `None`: it may not know yet.
    Allowed(Option<Mono>),
    /// He may not, and the other's proxy has known that since then; `None`: it may not know yet.
    Denied(Option<Mono>),
}

impl Permissions {
    /// In a zone with these workloads, which those of all zones may ask.
    pub(crate) fn new(workloads: BTreeMap<ProxyId, Workload>, askers: BTreeMap<ProxyId, Workload>) -> Self {
        Self { workloads, askers, held: BTreeMap::new(), verdicts: BTreeMap::new(), content: BTreeSet::new() }
    }

    /// A pod is there that nobody knew of, in this zone or elsewhere.
    pub(crate) fn appears(&mut self, who: &ProxyId, workload: &Workload, is_here: bool) {
        self.askers.insert(who.clone(), workload.clone());
        if is_here {
            self.workloads.insert(who.clone(), workload.clone());
        }
        self.work_out();
    }

    /// Whether one may ask another; `None`: it cannot be said.
    pub(crate) fn verdict(&self, asker: &ProxyId, by: &ProxyId) -> Option<Verdict> {
        self.verdicts.get(&(asker.clone(), by.clone())).copied()
    }

    /// Takes over what a process shows when it starts, or what became different in a step.
    pub(crate) fn follow(&mut self, event: &Event) {
        let matters = match &event.what {
            What::Started { observation, .. } => {
                self.content.clear();
                self.held.clear();
                observation.view.resources.values().for_each(|resource| _ = self.holds(&resource.key, Some(resource)));
                true
            }
            What::Stepped(Stepped::Zone { emits, .. }) => {
                let mut matters = false;
                for emit in emits {
                    match emit {
                        Emit::Observed(ObservationChange::Holds(resource)) => matters |= self.holds(&resource.key, Some(resource)),
                        Emit::Observed(ObservationChange::Dropped(key)) => matters |= self.holds(key, None),
                        Emit::Observed(ObservationChange::Proxy { proxy, status }) => self.stands(proxy, status.as_ref()),
                        _ => {}
                    }
                }
                matters
            }
            _ => return,
        };
        if matters {
            self.work_out();
        }
        for ((_, by), verdict) in &mut self.verdicts {
            let is_content = self.workloads.get(by).is_some_and(|workload| self.content.contains(&dataplane(by, workload)));
            match verdict {
                Verdict::Denied(since @ None) | Verdict::Allowed(since @ None) if is_content => *since = Some(event.at),
                _ => {}
            }
        }
    }

    fn holds(&mut self, key: &Key, resource: Option<&Resource>) -> bool {
        let kinds = ["Mesh", "MeshIdentity", "MeshTrafficPermission", "MeshService"];
        if key.kind != Kind::dataplane() && !kinds.contains(&key.kind.as_str()) {
            return false;
        }
        match resource {
            Some(resource) => _ = self.held.insert(key.clone(), Written::of(resource)),
            None => _ = self.held.remove(key),
        }
        true
    }

    fn stands(&mut self, proxy: &Key, status: Option<&ProxyStatus>) {
        match status {
            Some(ProxyStatus { sent, took, refused: None, .. }) if *sent > 0 && sent == took => _ = self.content.insert(proxy.clone()),
            _ => _ = self.content.remove(proxy),
        }
    }

    /// Who may ask whom now. What was so before stays so since then.
    fn work_out(&mut self) {
        let mut verdicts = BTreeMap::new();
        for (by, answerer) in &self.workloads {
            let resolved = policy::resolve(&self.held, &BTreeSet::new(), &dataplane(by, answerer), "MeshTrafficPermission");
            let Expected::Comes(permissions) = resolved else { continue };
            for (asker, workload) in self.askers.iter().filter(|(_, workload)| workload.mesh == answerer.mesh) {
                let Some(spiffe_id) = self.spiffe_id(asker, workload) else { continue };
                let pair = (asker.clone(), by.clone());
                let verdict = match (denies(&permissions, &spiffe_id), self.verdicts.get(&pair)) {
                    (false, Some(Verdict::Allowed(since))) => Verdict::Allowed(*since),
                    (false, _) => Verdict::Allowed(None),
                    (true, Some(Verdict::Denied(since))) => Verdict::Denied(*since),
                    (true, _) => Verdict::Denied(None),
                };
                verdicts.insert(pair, verdict);
            }
        }
        self.verdicts = verdicts;
    }

    fn spiffe_id(&self, asker: &ProxyId, workload: &Workload) -> Option<String> {
        let of_mesh = |key: &&Key| key.kind.as_str() == "MeshIdentity" && key.mesh.as_ref() == Some(&workload.mesh);
        let mut identities = self.held.keys().filter(of_mesh);
        let (Some(only), None) = (identities.next(), identities.next()) else {
            return None;
        };
        let spec = self.held[only].spec();
        let is_for_everybody = spec["selector"]["dataplane"]["matchLabels"].as_object().is_some_and(serde_json::Map::is_empty);
        // Another provider, or an authority that is brought along, gives nobody an identity here.
        let provider = &spec["provider"];
        let is_given = provider["type"] == "Bundled" && provider["bundled"]["autogenerate"]["enabled"] == true;
        let is_plain = is_for_everybody && is_given && spec["spiffeID"].is_null();
        is_plain.then(|| format!("spiffe://{}.{}.mesh.local/workload/{}", workload.mesh, asker.zone, workload.service))
    }
}

fn dataplane(proxy: &ProxyId, workload: &Workload) -> Key {
    Key { kind: Kind::dataplane(), mesh: Some(workload.mesh.clone()), name: proxy.name.clone() }
}

/// Whoever is denied by one rule is denied; so is whom none allows.
fn denies(permissions: &Value, spiffe_id: &str) -> bool {
    let rules = permissions["inboundRules"].as_object().into_iter().flat_map(serde_json::Map::values).filter_map(Value::as_array).flatten();
    let rules: Vec<&Value> = rules.map(|rule| &rule["conf"]).collect();
    let some = |field: &str| {
        let listed = rules.iter().filter_map(|conf| conf[field].as_array()).flatten();
        let mut listed = listed.filter(|one| one["sni"].is_null());
        listed.any(|one| match (one["spiffeID"]["type"].as_str(), one["spiffeID"]["value"].as_str()) {
            (Some("Exact"), Some(value)) => value == spiffe_id,
            (Some("Prefix"), Some(value)) => spiffe_id.starts_with(value),
            _ => false,
        })
    };
    // What hangs on the server name is not worked out here.
    let hangs_on_sni = rules.iter().any(|conf| ["allow", "allowWithShadowDeny"].iter().any(|field| names_sni(&conf[*field])));
    some("deny") || (!hangs_on_sni && !some("allow") && !some("allowWithShadowDeny"))
}

fn names_sni(listed: &Value) -> bool {
    listed.as_array().is_some_and(|listed| listed.iter().any(|one| !one["sni"].is_null()))
}
