//! What anyone may know about a node: whole on demand, as changes while it runs.
//!
//! The whole is the fold of the changes by construction: a node alters its [`Observation`] through [`Observation::apply`] only,
//! with the very change that it emits. Everything here is durable.
use crate::{
    ineffective::{Ineffective, ineffective},
    kubernetes::{ObjectId, ObjectKind, Problem},
    machine::StoreFailure,
    names::ServiceId,
    node::{ClusterStatus, ProxyStatus, RotationStatus, StaleList},
    resource::{Key, Kind, MeshName, Resource, ZoneName},
    sync::{Dialect, Lane, Position, Session},
    time::Mono,
};
use serde::{Deserialize, Deserializer, Serialize};
use std::{collections::BTreeMap, fmt, net::Ipv4Addr, sync::Arc, time::Duration};

/// The format of [`Observation`]; other processes read it.
pub const OBSERVATION_VERSION: u32 = 1;

/// What proxies and the resolver are served from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Every resource that this control plane holds, its own and others'.
    #[serde(serialize_with = "values", deserialize_with = "by_key")]
    pub resources: BTreeMap<Key, Arc<Resource>>,
    /// In a zone: the virtual IP of each service that it knows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", serialize_with = "all", deserialize_with = "pairs")]
    pub vips: BTreeMap<ServiceId, VipState>,
    /// In a zone: by mesh, which service a name leads to. Names are in lower case, without a dot at their end.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<MeshName, BTreeMap<String, ServiceId>>,
}

/// What a service is reached by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VipState {
    /// By this address.
    Given(Ipv4Addr),
    /// By none: all addresses of the range are given, or rest after they were. It gets the next.
    Exhausted,
}

impl View {
    /// The address that a name leads to in a mesh: `None` if it leads nowhere, `Some(None)` if the service has no address.
    pub fn resolve(&self, mesh: &MeshName, name: &str) -> Option<Option<Ipv4Addr>> {
        let service = self.names.get(mesh)?.get(name)?;
        Some(match self.vips.get(service) {
            Some(VipState::Given(address)) => Some(*address),
            Some(VipState::Exhausted) | None => None,
        })
    }
}

impl View {
    fn name(&mut self, mesh: &MeshName, name: &str, service: Option<&ServiceId>) {
        let names = self.names.entry(mesh.clone()).or_default();
        match service {
            Some(service) => names.insert(name.to_owned(), service.clone()),
            None => names.remove(name),
        };
        if names.is_empty() {
            self.names.remove(mesh);
        }
    }
}

fn all<S: serde::Serializer>(vips: &BTreeMap<ServiceId, VipState>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(vips)
}

fn values<S: serde::Serializer>(resources: &BTreeMap<Key, Arc<Resource>>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(resources.values())
}

fn by_key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Key, Arc<Resource>>, D::Error> {
    let resources = Vec::<Arc<Resource>>::deserialize(deserializer)?;
    Ok(resources.into_iter().map(|resource| (resource.key.clone(), resource)).collect())
}

/// What anyone may know about a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// [`OBSERVATION_VERSION`].
    pub version: u32,
    /// What is held.
    pub view: View,
    /// The head of this store's own history.
    pub head: Option<Position>,
    /// Why the store takes no writes: the node serves what it last held durably, and takes nothing, until it is brought back.
    pub store_failure: Option<StoreFailure>,
    /// The other ends: in a zone one, under the name of the zone itself; on global one for each zone ever seen.
    pub peers: BTreeMap<ZoneName, PeerStatus>,
    /// What of the resources that are held does nothing for the traffic here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", serialize_with = "ineffective_ones", deserialize_with = "pairs")]
    pub ineffective: BTreeMap<Key, Vec<Ineffective>>,
    /// In a zone: the proxies that are connected, by their `Dataplane`s.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", serialize_with = "proxies", deserialize_with = "pairs")]
    pub proxies: BTreeMap<Key, ProxyStatus>,
    /// In a zone: the rotations that are under way, by `MeshIdentity` and trust domain.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", serialize_with = "rotations", deserialize_with = "pairs")]
    pub rotations: BTreeMap<(Key, String), RotationStatus>,
    /// In a zone whose proxies are pods: what is known of its cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterStatus>,
}

/// What is known about the other end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PeerStatus {
    /// The session, while there is one.
    pub session: Option<SessionStatus>,
    /// The lane on which this node provides.
    pub provided: LaneStatus,
    /// The lane on which this node consumes.
    pub consumed: LaneStatus,
    /// Why nothing moves although a session is open.
    pub waiting: Option<WaitReason>,
    /// Why the last session, or the last attempt to have one, ended.
    pub last_end: Option<String>,
    /// What the receiver of a lane refused, by key as the receiver names it.
    #[serde(serialize_with = "rejections", deserialize_with = "pairs")]
    pub rejected: BTreeMap<Key, Rejection>,
    /// Kinds of which a plain Kuma is sent nothing: all of one would be a larger message than is allowed. About how many bytes.
    pub too_large: BTreeMap<Kind, u64>,
}

fn proxies<S: serde::Serializer>(proxies: &BTreeMap<Key, ProxyStatus>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(proxies)
}

fn rotations<S: serde::Serializer>(rotations: &BTreeMap<(Key, String), RotationStatus>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(rotations)
}

fn ineffective_ones<S: serde::Serializer>(found: &BTreeMap<Key, Vec<Ineffective>>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(found)
}

fn rejections<S: serde::Serializer>(rejected: &BTreeMap<Key, Rejection>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(rejected)
}

fn pairs<'de, D: Deserializer<'de>, K: Deserialize<'de> + Ord, V: Deserialize<'de>>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error> {
    Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
}

/// An open session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionStatus {
    /// Which.
    pub session: Session,
    /// What it speaks.
    pub dialect: Dialect,
}

/// How far one lane has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LaneStatus {
    /// What the receiver holds durably of the owner's history, as far as this node knows.
    pub position: Option<Position>,
    /// The last moment at which the receiver was known to hold all that the owner had.
    pub current_at: Option<Mono>,
    /// Nothing is under way and nothing waits to be sent: what is sent was acknowledged. Judged by this node as the provider.
    pub settled: bool,
    /// The lane is frozen: nothing is taken until an operator decides.
    pub frozen: Option<FreezeReason>,
}

impl LaneStatus {
    /// How old what the receiver holds may be; `None` if it was never known to be current in this process's time.
    pub fn staleness(&self, now: Mono) -> Option<Duration> {
        self.current_at.map(|at| now.since(at))
    }
}

/// What a receiver refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// On which lane.
    pub lane: Lane,
    /// Why.
    pub why: String,
}

/// Why a receiver takes nothing until an operator decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FreezeReason {
    /// The position held is not on the owner's lineage: a restored backup, an empty disk.
    Forked,
    /// A plain Kuma global's first response lacks a Mesh that is held.
    MeshMissing,
    /// A plain Kuma global would remove more than half of a kind.
    MassRemoval,
}

impl fmt::Display for FreezeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forked => "forked",
            Self::MeshMissing => "mesh-missing",
            Self::MassRemoval => "mass-removal",
        })
    }
}

/// Why a session is open and yet nothing moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitReason {
    /// A plain Kuma zone that no operator has admitted.
    NotAdmitted,
    /// This global runs from a backup, or was shown a position off its lineage: it answers no plain Kuma zone until adopted.
    NotAdopted,
    /// It is to be sent everything, as others are now; it waits for its turn.
    Queued,
}

impl fmt::Display for WaitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAdmitted => "not-admitted",
            Self::NotAdopted => "not-adopted",
            Self::Queued => "queued",
        })
    }
}

/// One thing that became different.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ObservationChange {
    /// A resource is held in this version.
    Holds(Arc<Resource>),
    /// A resource is no longer held.
    Dropped(Key),
    /// A service has an address or waits for one, or is no more.
    Vip {
        /// Which.
        service: ServiceId,
        /// Its address; `None` when it is no more.
        vip: Option<VipState>,
    },
    /// A name leads to a service, or no longer leads anywhere.
    Named {
        /// In which mesh.
        mesh: MeshName,
        /// The name.
        name: String,
        /// Which service.
        service: Option<ServiceId>,
    },
    /// This store's own history has come this far.
    Head(Position),
    /// The store takes no writes.
    StoreFailed(StoreFailure),
    /// A session began.
    Opened {
        /// With which zone (in a zone: its own name).
        zone: ZoneName,
        /// The session.
        status: SessionStatus,
    },
    /// The session ended, or could not begin.
    Ended {
        /// With which zone.
        zone: ZoneName,
        /// Why.
        why: String,
    },
    /// A session was refused that would have spoken for the zone, or global refused this zone.
    Refused {
        /// Which zone.
        zone: ZoneName,
        /// Why.
        why: String,
    },
    /// A lane's state.
    Lane {
        /// Which zone's.
        zone: ZoneName,
        /// Which lane.
        lane: Lane,
        /// Its state now.
        status: LaneStatus,
    },
    /// Nothing moves, or it does again.
    Waiting {
        /// Which zone.
        zone: ZoneName,
        /// Why.
        why: Option<WaitReason>,
    },
    /// A resource was refused by the receiver, or no longer is.
    Rejected {
        /// Which zone's session.
        zone: ZoneName,
        /// Which resource.
        key: Key,
        /// Why; `None` when it is settled.
        rejection: Option<Rejection>,
    },
    /// A proxy is connected, was sent something or has taken it; `None`: it is gone.
    Proxy {
        /// Which.
        proxy: Key,
        /// How far it is.
        status: Option<ProxyStatus>,
    },
    /// How far the rotation of an authority is; `None`: none is under way any more.
    Rotation {
        /// By which `MeshIdentity`.
        identity: Key,
        /// Of which trust domain.
        trust_domain: String,
        /// How far it is.
        status: Option<RotationStatus>,
    },
    /// The objects of a kind were listed; or the list was older than what is known.
    Listed {
        /// Of which kind.
        kind: ObjectKind,
        /// How old the list was, if it counts for nothing.
        stale: Option<StaleList>,
    },
    /// What is wrong with an object, all of it; empty: nothing is any more.
    Object {
        /// Which.
        id: ObjectId,
        /// What.
        problems: Vec<Problem>,
    },
    /// All of a kind is a larger message than may be sent to a plain Kuma, so that nothing of it is; or no longer.
    TooLarge {
        /// Which zone's session.
        zone: ZoneName,
        /// Which kind.
        kind: Kind,
        /// About how large it is; `None` when it is settled.
        bytes: Option<u64>,
    },
}

impl Observation {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self {
            version: OBSERVATION_VERSION,
            view: View::default(),
            head: None,
            store_failure: None,
            peers: BTreeMap::new(),
            ineffective: BTreeMap::new(),
            proxies: BTreeMap::new(),
            rotations: BTreeMap::new(),
            cluster: None,
        }
    }

    /// Folds one change in. `provides` is the lane on which the observed node is the provider.
    pub fn apply(&mut self, change: &ObservationChange, provides: Lane) {
        match change {
            ObservationChange::Holds(resource) => {
                self.view.resources.insert(resource.key.clone(), Arc::clone(resource));
                match ineffective(resource) {
                    found if found.is_empty() => _ = self.ineffective.remove(&resource.key),
                    found => _ = self.ineffective.insert(resource.key.clone(), found),
                }
            }
            ObservationChange::Dropped(key) => {
                self.view.resources.remove(key);
                self.ineffective.remove(key);
            }
            ObservationChange::Vip { service, vip } => {
                match vip {
                    Some(vip) => self.view.vips.insert(service.clone(), *vip),
                    None => self.view.vips.remove(service),
                };
            }
            ObservationChange::Named { mesh, name, service } => self.view.name(mesh, name, service.as_ref()),
            ObservationChange::Head(position) => self.head = Some(*position),
            ObservationChange::StoreFailed(why) => self.store_failure = Some(*why),
            ObservationChange::Opened { zone, status } => self.peer(zone).session = Some(*status),
            ObservationChange::Ended { zone, why } => {
                let peer = self.peer(zone);
                peer.session = None;
                peer.last_end = Some(why.clone());
            }
            ObservationChange::Refused { zone, why } => self.peer(zone).last_end = Some(why.clone()),
            ObservationChange::Lane { zone, lane, status } => {
                let peer = self.peer(zone);
                *if *lane == provides { &mut peer.provided } else { &mut peer.consumed } = status.clone();
            }
            ObservationChange::Waiting { zone, why } => self.peer(zone).waiting = *why,
            ObservationChange::Rejected { zone, key, rejection } => {
                let rejected = &mut self.peer(zone).rejected;
                match rejection {
                    Some(rejection) => rejected.insert(key.clone(), rejection.clone()),
                    None => rejected.remove(key),
                };
            }
            ObservationChange::Proxy { proxy, status } => {
                match status {
                    Some(status) => self.proxies.insert(proxy.clone(), status.clone()),
                    None => self.proxies.remove(proxy),
                };
            }
            ObservationChange::Rotation { identity, trust_domain, status } => {
                let which = (identity.clone(), trust_domain.clone());
                match status {
                    Some(status) => self.rotations.insert(which, status.clone()),
                    None => self.rotations.remove(&which),
                };
            }
            ObservationChange::Listed { kind, stale } => self.cluster.get_or_insert_default().list(*kind, *stale),
            ObservationChange::Object { id, problems } => self.cluster.get_or_insert_default().judge(id, problems),
            ObservationChange::TooLarge { zone, kind, bytes } => {
                let too_large = &mut self.peer(zone).too_large;
                match bytes {
                    Some(bytes) => too_large.insert(kind.clone(), *bytes),
                    None => too_large.remove(kind),
                };
            }
        }
    }

    fn peer(&mut self, zone: &ZoneName) -> &mut PeerStatus {
        self.peers.entry(zone.clone()).or_default()
    }
}

impl Default for Observation {
    fn default() -> Self {
        Self::new()
    }
}
