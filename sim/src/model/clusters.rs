//! Clusters of Kubernetes: what happens in them, and how the zone control plane follows its own.
use super::{
    ModelWorld,
    agenda::{Happening, HostId, Slot},
    proxies::Proxy,
};
use crate::{
    cluster::{Happened, SimCluster, TOKEN, addresses, rest, wall},
    proxy::AT_HOME,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    time::Duration,
};
use strait_core::{
    Step,
    kubernetes::{Change, CustomKind, News, OWN, Object, ObjectId, ObjectKind, Seen, read},
    node::{ObservationChange, ZoneInput},
    time::Mono,
};
use strait_scenarios::{
    cluster::SYSTEM,
    event::NodeId,
    kubernetes::{Answer, Request, Watch},
    workload::{AtWorkload, ProxyId},
    world::Setup,
};
use strait_shell::kubernetes::path;

/// A cluster, and how far its zone control plane has followed it.
pub(super) struct Cluster {
    pub(super) sim: SimCluster,
    home: HostId,
    wake: Option<Slot>,
    follows: BTreeMap<ObjectKind, Follows>,
    /// The kinds of the mesh that its zone control plane was told that there are.
    defined: Option<BTreeSet<CustomKind>>,
    /// How often that could not be found out since it last could.
    undefined: u32,
}

/// How often it is asked which kinds of the mesh there are.
const LOOKS_EVERY: Duration = Duration::from_secs(5);

/// How far one kind is followed.
#[derive(Debug, Default)]
struct Follows {
    /// From where it is watched; `None`: it has to be listed.
    version: Option<u64>,
    watch: Option<Watch>,
    /// How often it failed since it last did not.
    failed: u32,
    /// How often it was listed since a list was last not stale.
    stale: u32,
    /// How often a watch expired since one last told something.
    expired: u32,
    /// When it is asked for next.
    due: Option<Slot>,
}

impl Cluster {
    /// The host of its zone control plane.
    pub(super) fn home(&self) -> HostId {
        self.home
    }

    /// What was on the agenda has come.
    pub(super) fn was_woken(&mut self) {
        self.wake = None;
    }
}

impl ModelWorld {
    /// Lays the clusters of a setup.
    pub(super) fn place_clusters(&mut self, setup: &Setup) -> Result<(), String> {
        let mut places = addresses(setup);
        for (zone, plan) in &setup.clusters {
            let (Some(home), Some(places)) = (self.find(&NodeId::Zone(zone.clone())), places.remove(zone)) else { continue };
            let sim = SimCluster::new(zone, plan, places, setup.seed.fork(&format!("cluster {zone}")))?;
            self.clusters.push(Cluster { sim, home, wake: None, follows: BTreeMap::new(), defined: None, undefined: 0 });
            let index = self.clusters.len() - 1;
            self.follow_anew(home);
            self.tend_cluster(index);
        }
        Ok(())
    }

    pub(super) fn cluster_of(&self, home: HostId) -> Option<usize> {
        self.clusters.iter().position(|cluster| cluster.home == home)
    }

    /// Lets happen what is due in a cluster, and tells its zone control plane.
    pub(super) fn tend_cluster(&mut self, index: usize) {
        let now = self.now;
        let home = self.clusters[index].home;
        for happened in self.clusters[index].sim.tend(now) {
            match happened {
                Happened::Appears(at) => {
                    if let AtWorkload::Appears { who, .. } = &at {
                        self.place_pod(index, who.clone());
                    }
                    self.at_workload(home, at);
                }
                Happened::Starts(who) => {
                    if let Some(proxy) = self.proxies.find(&who) {
                        self.start_proxy(proxy);
                    }
                }
                Happened::Ends(who) => {
                    if let Some(proxy) = self.proxies.find(&who) {
                        self.end_proxy(proxy);
                    }
                }
            }
        }
        self.hear_watches(index);
        let cluster = &mut self.clusters[index];
        if let Some(slot) = cluster.wake.take() {
            self.agenda.remove(slot);
        }
        let cluster = &mut self.clusters[index];
        // What is due now was done.
        cluster.wake = cluster.sim.wake_at().map(|at| self.agenda.add(at.max(Mono(now.0 + 1)), Happening::Cluster(index)));
    }

    fn place_pod(&mut self, index: usize, who: ProxyId) {
        let cluster = &self.clusters[index];
        let Some((does, address)) = cluster.sim.does(&who).cloned() else { return };
        let rng = self.pods_seed.fork(&format!("pod {who}")).rng();
        self.proxies.add(Proxy::pod(who, does, IpAddr::V4(address), cluster.home, rng));
    }

    /// A pod's proxy has taken its configuration.
    pub(super) fn pod_is_configured(&mut self, home: HostId, who: &ProxyId) {
        if let Some(index) = self.cluster_of(home) {
            self.clusters[index].sim.is_configured(self.now, who);
            self.tend_cluster(index);
        }
    }

    // ---- following ---------------------------------------------------------------------------------

    /// A process has started: it knows nothing of its cluster.
    pub(super) fn follow_anew(&mut self, home: HostId) {
        let Some(index) = self.cluster_of(home) else { return };
        let cluster = &mut self.clusters[index];
        (cluster.defined, cluster.undefined) = (None, 0);
        let before: Vec<Slot> = std::mem::take(&mut cluster.follows).into_values().filter_map(|follows| follows.due).collect();
        before.into_iter().for_each(|slot| self.agenda.remove(slot));
        for kind in ObjectKind::ALL.into_iter().chain([ObjectKind::ConfigMap]) {
            self.begin_to_follow(index, kind);
        }
        self.defines_later(index, AT_HOME);
    }

    fn begin_to_follow(&mut self, index: usize, kind: ObjectKind) {
        self.clusters[index].follows.insert(kind, Follows::default());
        self.follow_later(index, kind, AT_HOME);
    }

    fn defines_later(&mut self, index: usize, after: Duration) {
        let start = self.hosts[self.clusters[index].home].starts;
        self.agenda.add(self.now.after(after), Happening::Defines { cluster: index, start });
    }

    /// A zone control plane asks which kinds of the mesh there are.
    pub(super) fn defines(&mut self, index: usize, start: u64) {
        let (now, cluster) = (wall(self.now), &mut self.clusters[index]);
        let host = &self.hosts[cluster.home];
        if host.process.is_none() || host.starts != start {
            return;
        }
        let reply = cluster.sim.api_mut().handle(now, &Request::get(&path::custom_kinds()).as_bearer(TOKEN));
        let served = match &reply.answer {
            Answer::Whole(response) if response.code == 404 => Some(BTreeSet::new()),
            Answer::Whole(response) if response.code == 200 => kinds(&response.body),
            _ => None,
        };
        let Some(served) = served else {
            let after = rest(cluster.undefined);
            cluster.undefined += 1;
            return self.defines_later(index, after);
        };
        cluster.undefined = 0;
        let before = cluster.defined.replace(served.clone());
        let gone: Vec<CustomKind> = before.iter().flatten().filter(|kind| !served.contains(kind)).copied().collect();
        for kind in gone {
            let follows = self.clusters[index].follows.remove(&ObjectKind::Custom(kind));
            follows.and_then(|follows| follows.due).into_iter().for_each(|slot| self.agenda.remove(slot));
        }
        if before.as_ref() != Some(&served) {
            self.tell_news(index, News::Defined(served.clone()), reply.after);
        }
        for kind in served.into_iter().filter(|kind| before.as_ref().is_none_or(|before| !before.contains(kind))) {
            self.begin_to_follow(index, ObjectKind::Custom(kind));
        }
        self.defines_later(index, LOOKS_EVERY);
    }

    fn follow_later(&mut self, index: usize, kind: ObjectKind, after: Duration) {
        let start = self.hosts[self.clusters[index].home].starts;
        let slot = self.agenda.add(self.now.after(after), Happening::Follows { cluster: index, start, kind });
        let Some(follows) = self.clusters[index].follows.get_mut(&kind) else { return };
        if let Some(before) = follows.due.replace(slot) {
            self.agenda.remove(before);
        }
    }

    /// A zone control plane asks the API for a kind: a list, or a watch from where it is.
    pub(super) fn follows(&mut self, index: usize, start: u64, kind: ObjectKind) {
        let (now, cluster) = (wall(self.now), &mut self.clusters[index]);
        let host = &self.hosts[cluster.home];
        if host.process.is_none() || host.starts != start {
            return;
        }
        let Some(follows) = cluster.follows.get_mut(&kind) else { return };
        follows.due = None;
        let (path, selected) = match kind {
            ObjectKind::ConfigMap => (path::within(kind, SYSTEM), format!("labelSelector={}", OWN.replace('=', "%3D"))),
            _ => (path::all(kind), String::new()),
        };
        let asked = match follows.version {
            None => Request::get(&format!("{path}?{selected}")),
            Some(version) => {
                Request::get(&format!("{path}?watch=true&allowWatchBookmarks=true&timeoutSeconds=290&resourceVersion={version}&{selected}"))
            }
        };
        let reply = cluster.sim.api_mut().handle(now, &asked.as_bearer(TOKEN));
        match reply.answer {
            Answer::Whole(response) if response.code == 200 && follows.version.is_none() => match listed(kind, &response.body) {
                Some((version, objects)) => {
                    (follows.version, follows.failed) = (Some(version), 0);
                    let news = News::Listed { kind, version, objects };
                    self.tell_news(index, news, reply.after);
                    self.follow_later(index, kind, reply.after + AT_HOME * 2);
                }
                None => self.follow_failed(index, kind, reply.after),
            },
            Answer::Watch(watch) => {
                follows.watch = Some(*watch);
                self.hear_watches(index);
            }
            Answer::Whole(response) if response.code == 410 => {
                follows.version = None;
                self.has_expired(index, kind, reply.after);
            }
            Answer::Whole(_) | Answer::Cut => self.follow_failed(index, kind, reply.after),
        }
    }

    /// It was said, after so long, that it has to be listed: at once, but for one whose watches expire again and again.
    fn has_expired(&mut self, index: usize, kind: ObjectKind, takes: Duration) {
        let Some(follows) = self.clusters[index].follows.get_mut(&kind) else { return };
        let after = if follows.expired == 0 { AT_HOME } else { rest(follows.expired - 1) };
        follows.expired += 1;
        self.follow_later(index, kind, takes + after);
    }

    /// An answer was none, after so long.
    fn follow_failed(&mut self, index: usize, kind: ObjectKind, takes: Duration) {
        let Some(follows) = self.clusters[index].follows.get_mut(&kind) else { return };
        let after = rest(follows.failed);
        follows.failed += 1;
        self.follow_later(index, kind, takes + AT_HOME * 2 + after);
    }

    /// What is new for those who watch.
    fn hear_watches(&mut self, index: usize) {
        let kinds: Vec<ObjectKind> = self.clusters[index].follows.keys().copied().collect();
        for kind in kinds {
            let (now, cluster) = (wall(self.now), &mut self.clusters[index]);
            let Some(follows) = cluster.follows.get_mut(&kind) else { continue };
            let Some(watch) = &mut follows.watch else { continue };
            let told = cluster.sim.api().events_after(now, watch);
            let (mut changes, mut has_expired) = (Vec::new(), false);
            for event in &told.events {
                let object = &event["object"];
                let version = object["metadata"]["resourceVersion"].as_str().and_then(|version| version.parse().ok());
                match event["type"].as_str() {
                    Some("ERROR") => has_expired = true,
                    Some("BOOKMARK") => {}
                    Some(what) => changes.extend(changed(kind, object, what == "DELETED")),
                    None => {}
                }
                if event["type"] != "ERROR" {
                    follows.version = version.max(follows.version);
                    (follows.failed, follows.expired) = (0, 0);
                }
            }
            if has_expired {
                follows.version = None;
            }
            if told.ended || has_expired {
                follows.watch = None;
            }
            let (is_over, failed) = (follows.watch.is_none(), follows.failed);
            if !changes.is_empty() {
                self.tell_news(index, News::Changed(changes), Duration::ZERO);
            }
            match (is_over, has_expired) {
                (true, true) => self.has_expired(index, kind, Duration::ZERO),
                // It goes on at once, and rests if that fails, too.
                (true, false) if failed == 0 => self.follow_later(index, kind, AT_HOME),
                (true, false) => self.follow_failed(index, kind, Duration::ZERO),
                (false, _) => {}
            }
        }
    }

    fn tell_news(&mut self, index: usize, news: News, after: Duration) {
        let home = self.clusters[index].home;
        let start = self.hosts[home].starts;
        self.agenda.add(self.now.after(after + AT_HOME), Happening::News { host: home, start, news: Box::new(news) });
    }

    pub(super) fn news(&mut self, host: HostId, start: u64, news: News) {
        if self.hosts[host].starts == start {
            self.step_zone(host, Step::Input(ZoneInput::Kubernetes(news)));
        }
    }

    /// A node lets know that a list was older than what it knows: it is listed again, later each time.
    pub(super) fn heard_of_list(&mut self, home: HostId, change: &ObservationChange) {
        let ObservationChange::Listed { kind, stale } = change else { return };
        let Some(index) = self.cluster_of(home) else { return };
        let Some(follows) = self.clusters[index].follows.get_mut(kind) else { return };
        if stale.is_none() {
            follows.stale = 0;
            return;
        }
        let after = rest(follows.stale);
        follows.stale += 1;
        (follows.version, follows.watch) = (None, None);
        self.follow_later(index, *kind, after);
    }
}

/// The kinds of the mesh among those that are served.
fn kinds(body: &[u8]) -> Option<BTreeSet<CustomKind>> {
    let list: Value = serde_json::from_slice(body).ok()?;
    let named = |one: &Value| CustomKind::named(one["kind"].as_str()?).filter(|kind| one["name"] == kind.plural());
    Some(list["resources"].as_array()?.iter().filter_map(named).collect())
}

fn listed(kind: ObjectKind, body: &[u8]) -> Option<(u64, Vec<Seen>)> {
    let list: Value = serde_json::from_slice(body).ok()?;
    let version = list["metadata"]["resourceVersion"].as_str()?.parse().ok()?;
    let items = list["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    Some((version, items.iter().filter_map(|item| read(item, Some(kind)).ok()).collect()))
}

fn changed(kind: ObjectKind, object: &Value, is_gone: bool) -> Option<Change> {
    let seen = read(object, Some(kind)).ok()?;
    if !is_gone {
        return Some(Change::Put(seen));
    }
    let (id, version): (ObjectId, u64) = match &seen {
        Ok(object) => (Object::id(object), object.version()),
        Err(unreadable) => (unreadable.id.clone(), unreadable.version),
    };
    Some(Change::Gone { id, version })
}
