//! `DataplaneInsight`s: what this control plane knows of each proxy that connects to it, as Kuma's says it. They travel up, so that global shows
//! which proxies of all zones are connected.
//!
//! What happens is counted in memory, and written at whole seconds, for each proxy once in ten at most: what a proxy costs does not follow how
//! much it is told. What is written is worked out from what is held then. Of what is sent only totals are known here: which of Envoy's types an
//! update becomes is the shell's. A subscription that is open and of no connection of this process is one that its process did not live to
//! close (Kuma has a component for that); it ends when somebody notices.
use super::ZoneNode;
use crate::{
    machine::Out,
    node::{Change, ProxyVersion, ZoneEffect},
    plan::Identity,
    resource::{
        Key, Kind, Labels, Resource, ResourceName, Spec, ZoneName, labels,
        model::{DataplaneInsight, ProxyCertificate, Subscription},
    },
    sync::{
        Epoch,
        catalog::{Catalog, Write},
    },
    time::{Mono, Wall},
};
use rand::{RngExt, rngs::ChaCha8Rng};
use serde::Deserialize as _;
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// So many connections of a proxy are remembered, the newest (Kuma's `metrics.dataplane.subscriptionLimit`).
const REMEMBERED_CONNECTIONS: usize = 2;

/// How soon something is written after it happened: what belongs together comes together.
const FIRST_AFTER: Duration = Duration::from_secs(1);

/// How long nothing is written of a proxy after that (Kuma's `xdsServer.dataplaneStatusFlushInterval`).
const THEN_EVERY: Duration = Duration::from_secs(10);

/// Who writes an insight, as its label says; what users write is left alone until its proxy connects.
const BY: &str = "strait-zone";

/// What is known of proxies that is not written yet, and of those that are connected.
#[derive(Debug)]
pub(super) struct Insights {
    /// What this process is called in them.
    instance: String,
    rng: ChaCha8Rng,
    /// By the `Dataplane`.
    of: BTreeMap<Key, Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// Those that are not written as they ended, the newest last; of one that is open all of it.
    connections: Vec<Connection>,
    certified: Option<Certified>,
    /// When it is to be written.
    due: Option<Mono>,
    written: Option<Mono>,
    /// The last time it could not be written. What is known waits until its mesh comes, or something else happens.
    is_refused: bool,
}

/// What was known of a proxy when it was to be written.
#[derive(Debug, Default)]
struct Unwritten {
    /// Those that had ended.
    connections: Vec<Connection>,
    certified: Option<Certified>,
    was_refused: bool,
}

#[derive(Debug)]
struct Connection {
    id: String,
    version: ProxyVersion,
    began: Wall,
    ended: Option<Wall>,
    sent: u64,
    took: u64,
    refused: u64,
    last_update: Option<Wall>,
}

/// The certificates since the insight was written last.
#[derive(Debug)]
struct Certified {
    count: u32,
    made: Wall,
    valid_until: Wall,
    by: String,
}

impl Insights {
    /// Of what is held. Whatever of that is not as it is to be follows at once.
    pub(super) fn recover(zone: &ZoneName, epoch: Epoch, rng: ChaCha8Rng, own: &Catalog, now: Mono) -> Self {
        let mut insights = Self { instance: format!("{zone}-{:04x}", epoch.0 & 0xffff), rng, of: BTreeMap::new() };
        for insight in kind().iter().flat_map(|kind| own.of_kind(kind)).filter(|insight| is_ours(insight)) {
            let dataplane = Key { kind: Kind::dataplane(), ..insight.key.clone() };
            if own.get(&dataplane).is_none() || read(insight).is_online() {
                insights.of.entry(dataplane).or_default().due = Some(now);
            }
        }
        insights
    }

    /// When something is to be written.
    pub(super) fn deadline(&self) -> Option<(Mono, &'static str)> {
        self.of.values().filter_map(|known| known.due).min().map(|at| (at, "write what is known of proxies"))
    }

    /// It connected.
    pub(super) fn opened(&mut self, (now, wall): (Mono, Wall), proxy: &Key, version: ProxyVersion) {
        let id = uuid(&mut self.rng);
        let connection = Connection { id, version, began: wall, ended: None, sent: 0, took: 0, refused: 0, last_update: None };
        let known = self.of.entry(proxy.clone()).or_default();
        known.connections.push(connection);
        known.bound();
        known.happened(now);
    }

    /// Its connection ended.
    pub(super) fn closed(&mut self, (now, wall): (Mono, Wall), proxy: &Key) {
        self.of_connection(now, proxy, |connection| connection.ended = Some(wall));
    }

    /// It was sent an update.
    pub(super) fn sent(&mut self, (now, wall): (Mono, Wall), proxy: &Key) {
        self.of_connection(now, proxy, |connection| {
            connection.sent += 1;
            connection.last_update = Some(wall);
        });
    }

    /// It took an update, or refused something of it.
    pub(super) fn answered(&mut self, (now, wall): (Mono, Wall), proxy: &Key, has_refused: bool) {
        self.of_connection(now, proxy, |connection| {
            *if has_refused { &mut connection.refused } else { &mut connection.took } += 1;
            connection.last_update = Some(wall);
        });
    }

    /// It was given a certificate.
    pub(super) fn certified(&mut self, (now, wall): (Mono, Wall), proxy: &Key, identity: &Identity) {
        let Some(known) = self.of.get_mut(proxy) else { return };
        let count = known.certified.as_ref().map_or(0, |certified| certified.count) + 1;
        // Certificates count whole seconds.
        let valid_until = Wall((wall.0 / 1000).saturating_add(identity.valid_for_seconds).saturating_mul(1000));
        known.certified = Some(Certified { count, made: wall, valid_until, by: identity.name.clone() });
        known.happened(now);
    }

    fn of_connection(&mut self, now: Mono, proxy: &Key, change: impl FnOnce(&mut Connection)) {
        let Some(known) = self.of.get_mut(proxy) else { return };
        if let Some(connection) = known.connections.last_mut().filter(|connection| connection.ended.is_none()) {
            change(connection);
            known.happened(now);
        }
    }

    /// Of whom something is to be written now.
    fn due(&self, now: Mono) -> Vec<Key> {
        self.of.iter().filter(|(_, known)| known.due.is_some_and(|at| at <= now)).map(|(proxy, _)| proxy.clone()).collect()
    }

    /// All that is known of them is being written: what happens from now on is new. Says what that was.
    fn begin(&mut self, now: Mono, proxies: &[Key]) -> BTreeMap<Key, Unwritten> {
        let mut begun = BTreeMap::new();
        for proxy in proxies {
            let Some(known) = self.of.get_mut(proxy) else { continue };
            let connections = known.connections.extract_if(.., |connection| connection.ended.is_some()).collect();
            let unwritten = Unwritten { connections, certified: known.certified.take(), was_refused: known.is_refused };
            (known.due, known.written, known.is_refused) = (None, Some(now), false);
            begun.insert(proxy.clone(), unwritten);
        }
        begun
    }

    /// It could not be written. It is known on, beside what has happened meanwhile.
    fn keep(&mut self, proxy: &Key, unwritten: Unwritten) {
        let Unwritten { connections, certified, .. } = unwritten;
        let known = self.of.entry(proxy.clone()).or_default();
        known.is_refused = true;
        known.connections.splice(..0, connections);
        known.bound();
        if let Some(before) = certified {
            let count = before.count;
            known.certified.get_or_insert(Certified { count: 0, ..before }).count += count;
        }
    }

    /// What was written is forgotten once it may be written again at once.
    fn forget(&mut self, now: Mono) {
        self.of.retain(|_, known| known.is_refused || !known.connections.is_empty() || known.due.is_some() || known.rests_until(now) > now);
    }

    /// What could not be written may be, now that this mesh is here.
    fn retry(&mut self, now: Mono, mesh: &ResourceName) {
        let is_of_mesh = |proxy: &Key| proxy.mesh.as_ref().is_some_and(|of| of.as_str() == mesh.as_str());
        let refused = self.of.iter_mut().filter(|(proxy, known)| known.is_refused && is_of_mesh(proxy));
        refused.for_each(|(_, known)| known.happened(now));
    }

    /// What is to be held of a proxy, where this is.
    fn insight(&self, proxy: &Key, wall: Wall, held: Option<&Resource>) -> DataplaneInsight {
        let mut insight = held.map(read).unwrap_or_default();
        let Some(known) = self.of.get(proxy) else { return insight };
        insight.subscriptions.retain(|held| known.connections.iter().all(|connection| connection.id != held.id));
        for open in insight.subscriptions.iter_mut().filter(|held| held.connect_time.is_some() && held.disconnect_time.is_none()) {
            open.disconnect_time = Some(wall.rfc3339());
        }
        insight.subscriptions.extend(known.connections.iter().map(|connection| connection.subscription(&self.instance)));
        let too_many = insight.subscriptions.len().saturating_sub(REMEMBERED_CONNECTIONS);
        insight.subscriptions.drain(..too_many);
        if let Some(certified) = &known.certified {
            let before = insight.mtls.take().unwrap_or_default();
            insight.mtls = Some(ProxyCertificate {
                certificate_expiration_time: Some(certified.valid_until.rfc3339()),
                last_certificate_regeneration: Some(certified.made.rfc3339()),
                certificate_regenerations: before.certificate_regenerations.saturating_add(certified.count),
                issued_backend: certified.by.clone(),
                supported_backends: vec![certified.by.clone()],
                unknown: before.unknown,
            });
        }
        insight
    }
}

impl Known {
    fn bound(&mut self) {
        let too_many = self.connections.len().saturating_sub(REMEMBERED_CONNECTIONS);
        self.connections.drain(..too_many);
    }

    fn happened(&mut self, now: Mono) {
        let at = self.rests_until(now).max(now.after(FIRST_AFTER));
        // At whole seconds, so that what happened to many is one batch.
        self.due.get_or_insert(Mono(at.0.div_ceil(1000).saturating_mul(1000)));
    }

    fn rests_until(&self, now: Mono) -> Mono {
        self.written.map_or(now, |at| at.after(THEN_EVERY))
    }
}

impl Connection {
    fn subscription(&self, instance: &str) -> Subscription {
        // As protobuf says it: nothing of what is zero, and numbers of 64 bits as texts.
        let counted = |counts: &[(&str, u64)]| -> Map<String, Value> {
            counts.iter().filter(|(_, count)| *count > 0).map(|(name, count)| ((*name).to_owned(), json!(count.to_string()))).collect()
        };
        let counts = [("responsesSent", self.sent), ("responsesAcknowledged", self.took), ("responsesRejected", self.refused)];
        let mut status = Map::from_iter([("total".to_owned(), Value::Object(counted(&counts)))]);
        status.extend(self.last_update.map(|at| ("lastUpdateTime".to_owned(), json!(at.rfc3339()))));
        Subscription {
            id: self.id.clone(),
            control_plane_instance_id: instance.to_owned(),
            connect_time: Some(self.began.rfc3339()),
            disconnect_time: self.ended.map(Wall::rfc3339),
            status: Some(Value::Object(status)),
            version: self.version(),
            ..Subscription::default()
        }
    }

    fn version(&self) -> Option<Value> {
        let ProxyVersion { launcher, envoy, envoy_build } = &self.version;
        let said = |fields: &[(&str, &String)]| -> Map<String, Value> {
            fields.iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| ((*name).to_owned(), json!(text))).collect()
        };
        let parts = [("kumaDp", said(&[("version", launcher)])), ("envoy", said(&[("version", envoy), ("build", envoy_build)]))];
        let known =
            parts.into_iter().filter(|(_, fields)| !fields.is_empty()).map(|(name, fields)| (name.to_owned(), Value::Object(fields)));
        Some(known.collect::<Map<_, _>>()).filter(|version| !version.is_empty()).map(Value::Object)
    }
}

fn kind() -> Option<Kind> {
    Kind::new("DataplaneInsight").ok()
}

fn is_ours(insight: &Resource) -> bool {
    insight.labels.get(labels::MANAGED_BY).is_some_and(|by| by == BY)
}

/// What is held of a proxy; what cannot be read is as good as nothing.
fn read(insight: &Resource) -> DataplaneInsight {
    insight.spec.value().and_then(|value| DataplaneInsight::deserialize(value).ok()).unwrap_or_default()
}

/// A random one (RFC 9562, version 4).
fn uuid(rng: &mut ChaCha8Rng) -> String {
    let (high, low): (u64, u64) = (rng.random(), rng.random());
    let (high, low) = (high & !0xf000 | 0x4000, low & (u64::MAX >> 2) | 1 << 63);
    format!("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xffff, high & 0xffff, low >> 48, low & 0xffff_ffff_ffff)
}

impl ZoneNode {
    /// Writes what is due.
    pub(super) fn write_insights(&mut self, now: Mono, out: &mut Out<ZoneEffect>) {
        let due = self.insights.due(now);
        if due.is_empty() {
            return;
        }
        let changes = due.iter().filter_map(|proxy| Some((proxy.clone(), self.insight_change(proxy)?))).collect();
        self.write_each_insight(now, &due, changes, out);
        self.insights.forget(now);
        self.provide(now, false, out);
    }

    /// What is known of proxies that are no more goes with them. Of a mesh that comes, what could not be written is to be.
    pub(super) fn forget_insights(&mut self, now: Mono, changes: &[Write], out: &mut Out<ZoneEffect>) {
        let mut gone = Vec::new();
        for change in changes {
            match change {
                Write::Put(resource) if *resource.kind() == Kind::mesh() => self.insights.retry(now, &resource.key.name),
                Write::Delete(key) if key.kind == Kind::dataplane() => gone.push(key.clone()),
                Write::Put(_) | Write::Delete(_) => {}
            }
        }
        gone.iter().for_each(|proxy| _ = self.insights.of.remove(proxy));
        let changes = gone.into_iter().filter_map(|proxy| self.insight_change(&proxy).map(|change| (proxy, change))).collect();
        self.write_each_insight(now, &[], changes, out);
    }

    /// `due`: those of whom all that is known is in the changes.
    fn write_each_insight(&mut self, now: Mono, due: &[Key], changes: Vec<(Key, Change)>, out: &mut Out<ZoneEffect>) {
        // What follows from the writes may be known of them, too.
        let mut begun = self.insights.begin(now, due);
        let all = changes.iter().map(|(_, change)| change.clone()).collect();
        if changes.is_empty() || self.write(now, all, out).is_ok() {
            return;
        }
        // One that cannot be written, because its mesh was taken from the zone, keeps no other back.
        for (proxy, change) in changes {
            let Err(refused) = self.write(now, vec![change], out) else { continue };
            let unwritten = begun.remove(&proxy).unwrap_or_default();
            if !unwritten.was_refused {
                tracing::warn!(%proxy, %refused, "what is known of a proxy cannot be written for now");
            }
            self.insights.keep(&proxy, unwritten);
        }
    }

    /// What is to be written of a proxy.
    fn insight_change(&self, proxy: &Key) -> Option<Change> {
        let key = Key { kind: kind()?, ..proxy.clone() };
        let held = self.catalog.get(&key).map(Arc::as_ref);
        if self.catalog.get(proxy).is_none() {
            return held.filter(|held| is_ours(held)).map(|_| Change::Delete(key));
        }
        let insight = serde_json::to_value(self.insights.insight(proxy, self.wall, held)).ok()?;
        let mut carried = held.map_or_else(Labels::new, |held| held.labels.clone());
        carried.insert(labels::MANAGED_BY.to_owned(), BY.to_owned());
        Some(Change::Put(Resource { key, labels: carried, spec: Spec::new(insight), status: None }))
    }
}
