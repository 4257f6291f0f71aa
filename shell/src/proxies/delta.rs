//! One stream of delta xDS, without its bytes: what the proxy asks and answers, and what it is told next.
//!
//! A plan becomes another without a moment in which something leads nowhere (make before break): clusters come first, then their
//! endpoints, then the listeners that lead to them; clusters that nothing leads to any more go last. Of each type one response is under way
//! at a time. An update counts as taken once nothing is left to be said and all was answered.
//!
//! Endpoints follow clusters that were said, not those that were answered: once it has started, Envoy answers about clusters only when all of
//! them have their endpoints, and where these are probed until each was probed once, which takes as long as a probe may take if one of them is
//! cut off. That answer is what listeners wait for that lead to other proxies; those that lead to the workload, which say who may connect, do not.
use super::refusal;
use crate::envoy::{Rendered, XdsType, render, render_names};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use strait_core::{
    node::{FromProxy, PlanUpdate},
    plan::{Part, PartName},
};
use strait_proto::discovery::{DeltaDiscoveryRequest, DeltaDiscoveryResponse, Resource};

/// What a stream has come to.
#[derive(Debug, Default)]
pub struct Delta {
    /// What the proxy is to hold.
    wanted: BTreeMap<XdsType, BTreeMap<String, Resource>>,
    /// What each part of the plan is rendered to.
    of_parts: BTreeMap<PartName, Vec<(XdsType, String)>>,
    types: BTreeMap<XdsType, Asked>,
    /// What was refused and is still wanted so, and why.
    refused: BTreeMap<(XdsType, String), Arc<str>>,
    /// Listeners that lead to the workload, those too that are to go.
    inside: BTreeSet<String>,
    /// Clusters that were said before their endpoints were asked for on this stream.
    early: BTreeSet<String>,
    /// How much the proxy has asked for, in bytes of names.
    asked_bytes: usize,
    /// The one that has not been taken yet.
    update: Option<u64>,
    /// The last one.
    last: u64,
    /// What the proxy is to hold is known.
    is_known: bool,
    nonces: u64,
    /// Where the launcher beside it asks for names; `None`: it does not.
    names_at: Option<String>,
}

/// What the proxy asked for of one type, and what it has.
#[derive(Debug, Default)]
struct Asked {
    all: bool,
    names: BTreeSet<String>,
    /// Versions, by name.
    held: BTreeMap<String, String>,
    /// What is under way: its nonce, and what it says.
    under_way: Option<(String, BTreeSet<String>)>,
    /// Nothing was answered yet: the answer may be that there is nothing.
    waits: bool,
    /// What was asked for by name since the last answer.
    anew: BTreeSet<String>,
}

/// Why a stream ends: the proxy said something that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Nonsense {
    /// A type that there is none of here.
    #[error("there is nothing of type `{0}` here; a proxy asks for listeners, clusters, endpoints and secrets")]
    Type(String),
    /// More than is bounded.
    #[error("it asks for more than {MOST_NAMES} resources of one type")]
    TooMuch,
    /// Longer than is bounded.
    #[error("the names of what it asks for have more than {MOST_BYTES} bytes")]
    TooLong,
}

/// So says Envoy that a port is another process's, or that it may not listen there.
const CANNOT_LISTEN: &str = "cannot bind";
/// So many resources of one type a proxy may ask for by name.
const MOST_NAMES: usize = 100_000;
/// So long may all the names be that a proxy asks by, in bytes.
const MOST_BYTES: usize = 4 << 20;

impl Delta {
    /// A stream that begins. `names_at`: the socket on which the launcher beside the proxy asks for names, if it does.
    pub fn new(names_at: Option<String>) -> Self {
        Self { names_at, ..Self::default() }
    }

    /// What the proxy is to be from now on.
    pub fn update(&mut self, update: PlanUpdate) {
        let gone = update.gone.into_iter().map(|name| (name, Vec::new()));
        let put = update.put.iter().map(|part| (part.name(), self.rendered(part)));
        for (name, rendered) in gone.chain(put).collect::<Vec<_>>() {
            for (of, name) in self.of_parts.remove(&name).unwrap_or_default() {
                self.wanted.entry(of).or_default().remove(&name);
            }
            let mut names = Vec::new();
            for Rendered { of, resource } in rendered {
                names.push((of, resource.name.clone()));
                if of == XdsType::Listener && matches!(name, PartName::Inbound(_)) {
                    self.inside.insert(resource.name.clone());
                }
                self.wanted.entry(of).or_default().insert(resource.name.clone(), resource);
            }
            if !names.is_empty() {
                self.of_parts.insert(name, names);
            }
        }
        self.refused.retain(|(of, name), _| self.wanted.get(of).is_some_and(|wanted| wanted.contains_key(name)));
        (self.update, self.last) = (Some(update.number), update.number);
        self.is_known = true;
    }

    fn rendered(&self, part: &Part) -> Vec<Rendered> {
        match (part, &self.names_at) {
            (Part::Names(names), Some(at)) => vec![render_names(names, at)],
            _ => render(part),
        }
    }

    /// A secret that the proxy is to have from now on, whatever its plan says: a certificate is renewed while that stays as it is.
    pub fn secret(&mut self, secret: Rendered) {
        let Rendered { of, resource } = secret;
        self.wanted.entry(of).or_default().insert(resource.name.clone(), resource);
    }

    /// Takes what the proxy says.
    ///
    /// # Errors
    /// It makes no sense.
    pub fn request(&mut self, request: DeltaDiscoveryRequest) -> Result<(), Nonsense> {
        let of = XdsType::of(&request.type_url).ok_or_else(|| Nonsense::Type(request.type_url.chars().take(200).collect()))?;
        let is_first = !self.types.contains_key(&of);
        let has_clusters = self.types.contains_key(&XdsType::Cluster);
        let asked = self.types.entry(of).or_default();
        if is_first {
            // An empty first question is for all there is, as is the name `*`.
            asked.all = request.resource_names_subscribe.is_empty();
            self.asked_bytes += request.initial_resource_versions.iter().map(|(name, version)| name.len() + version.len()).sum::<usize>();
            asked.held = request.initial_resource_versions;
            asked.waits = true;
        }
        if is_first && of == XdsType::Endpoints {
            // What it held when it asked is of no use to a cluster that was said since.
            std::mem::take(&mut self.early).iter().for_each(|name| _ = asked.held.remove(name));
            // Envoy asks for clusters first, unless some that it has already wait for their endpoints; which ones it does not say.
            if !has_clusters {
                asked.held.clear();
            }
        }
        for name in request.resource_names_subscribe {
            if name == "*" {
                asked.all = true;
            } else {
                // Asked for again, it is to be said again; but a stream begins with all that is asked for, and what is held of it.
                if !is_first {
                    asked.held.remove(&name);
                }
                asked.anew.insert(name.clone());
                let bytes = name.len();
                if asked.names.insert(name) {
                    self.asked_bytes += bytes;
                }
            }
        }
        for name in request.resource_names_unsubscribe {
            if name == "*" {
                asked.all = false;
            }
            if asked.names.remove(&name) {
                self.asked_bytes -= name.len();
            }
            asked.anew.remove(&name);
            asked.held.remove(&name);
        }
        if asked.names.len() > MOST_NAMES || asked.held.len() > MOST_NAMES {
            return Err(Nonsense::TooMuch);
        }
        if self.asked_bytes > MOST_BYTES {
            return Err(Nonsense::TooLong);
        }
        let Some((_, said)) = asked.under_way.take_if(|(nonce, _)| *nonce == request.response_nonce) else { return Ok(()) };
        let (refused, why) = match &request.error_detail {
            Some(error) => (refusal::refused(&error.message, &said), refusal::shortened(&error.message)),
            None => (BTreeSet::new(), "".into()),
        };
        for name in said {
            if refused.contains(&name) {
                // It keeps what it had. The same is not said again: it would be refused again.
                self.refused.insert((of, name), Arc::clone(&why));
            } else {
                self.refused.remove(&(of, name));
            }
        }
        Ok(())
    }

    /// Whether the proxy refused a listener that it may take later, as it is: its port was another process's.
    pub fn may_listen_later(&self) -> bool {
        self.waiting_for_ports().next().is_some()
    }

    /// Says such listeners again; then it counts anew whether all was taken.
    pub fn listen_again(&mut self) {
        let waiting: Vec<String> = self.waiting_for_ports().cloned().collect();
        let Some(asked) = self.types.get_mut(&XdsType::Listener).filter(|asked| asked.under_way.is_none()) else { return };
        waiting.iter().for_each(|name| _ = asked.held.remove(name));
        self.update = Some(self.last);
    }

    fn waiting_for_ports(&self) -> impl Iterator<Item = &String> {
        let refused = self.refused.iter().filter(|((of, _), why)| *of == XdsType::Listener && why.contains(CANNOT_LISTEN));
        refused.map(|((_, name), _)| name)
    }

    /// What the proxy is told next, if anything is.
    pub fn next_response(&mut self) -> Option<DeltaDiscoveryResponse> {
        if !self.is_known {
            return None;
        }
        for of in [XdsType::Secret, XdsType::Cluster, XdsType::Endpoints] {
            if let Some(response) = self.due(of, Removals::NotYet).and_then(|due| self.say(of, due)) {
                return Some(response);
            }
        }
        let awaits = self.awaits_clusters();
        let listeners = self.due(XdsType::Listener, Removals::NotYet);
        let listeners = if awaits { listeners.and_then(|due| self.meanwhile(due)) } else { listeners };
        if let Some(response) = listeners.and_then(|due| self.say(XdsType::Listener, due)) {
            return Some(response);
        }
        if awaits || self.is_behind(XdsType::Listener, Removals::NotYet) {
            return None;
        }
        let due = self.due(XdsType::Cluster, Removals::Now)?;
        self.say(XdsType::Cluster, due)
    }

    /// Of what is due of listeners what can be said while clusters are awaited: of those that the proxy has and that lead to the workload, what is
    /// another.
    fn meanwhile(&self, due: Difference) -> Option<Difference> {
        let asked = self.types.get(&XdsType::Listener)?;
        // The first answer is all there is. What takes the address of one that goes comes together with its end.
        if asked.waits || due.gone.iter().any(|name| self.inside.contains(name)) {
            return None;
        }
        let put = due.put.into_iter().filter(|name| self.inside.contains(name) && asked.held.contains_key(name)).collect();
        Some(Difference { put, gone: BTreeSet::new() })
    }

    /// Listeners lead to clusters, which are of use once their endpoints are there.
    fn awaits_clusters(&self) -> bool {
        let has_clusters = self.types.contains_key(&XdsType::Cluster);
        !has_clusters || self.is_behind(XdsType::Cluster, Removals::NotYet) || self.is_behind(XdsType::Endpoints, Removals::NotYet)
    }

    /// What is said of an update once it has been taken.
    pub fn taken(&mut self) -> Option<FromProxy> {
        let all = [XdsType::Cluster, XdsType::Listener];
        let is_asked = all.iter().all(|of| self.types.contains_key(of));
        let is_behind = XdsType::ALL.iter().any(|of| self.is_behind(*of, Removals::Now));
        if !is_asked || is_behind {
            return None;
        }
        let update = self.update?;
        self.update = None;
        let refused = self.refused.iter().map(|((of, name), why)| format!("{of} {name}: {why}"));
        Some(if self.refused.is_empty() {
            FromProxy::Took { update }
        } else {
            FromProxy::Refused { update, why: refusal::listed(refused), parts: self.refused_parts() }
        })
    }

    /// The parts of the plan of which something was refused.
    fn refused_parts(&self) -> BTreeSet<PartName> {
        let is_refused = |rendered: &&Vec<(XdsType, String)>| rendered.iter().any(|one| self.refused.contains_key(one));
        self.of_parts.iter().filter(|(_, rendered)| is_refused(rendered)).map(|(name, _)| name.clone()).collect()
    }

    /// Whether something of a type is under way or remains to be said. What a cluster needs and nobody asked for yet remains, too.
    fn is_behind(&self, of: XdsType, removals: Removals) -> bool {
        let Some(asked) = self.types.get(&of) else {
            // Asked for once there are clusters that need it.
            return of == XdsType::Endpoints && self.types.contains_key(&XdsType::Cluster) && !self.expected().is_empty();
        };
        let unasked = of == XdsType::Endpoints && self.expected().iter().any(|name| !asked.names.contains(*name));
        let nothing = BTreeMap::new();
        let wanted = self.wanted.get(&of).unwrap_or(&nothing);
        let waits = of != XdsType::Secret && (asked.waits || asked.anew.iter().any(|name| !wanted.contains_key(name)));
        asked.under_way.is_some() || waits || unasked || !self.difference(of, removals).is_empty()
    }

    /// The endpoints that the proxy is going to ask for: those of the clusters that it was told.
    fn expected(&self) -> BTreeSet<&String> {
        let told = self.types.get(&XdsType::Cluster).into_iter().flat_map(|asked| asked.held.keys());
        let is_refused = |name: &String| self.refused.contains_key(&(XdsType::Cluster, name.clone()));
        let endpoints = self.wanted.get(&XdsType::Endpoints);
        told.filter(|name| endpoints.is_some_and(|wanted| wanted.contains_key(*name)) && !is_refused(name)).collect()
    }

    /// Names of what is to be said, and of what is to go.
    fn difference(&self, of: XdsType, removals: Removals) -> Difference {
        let nothing = BTreeMap::new();
        let (Some(asked), wanted) = (self.types.get(&of), self.wanted.get(&of).unwrap_or(&nothing)) else { return Difference::default() };
        let concerns = |name: &String| asked.all || asked.names.contains(name);
        let is_held = |(name, resource): &(&String, &Resource)| asked.held.get(*name) == Some(&resource.version);
        let put = wanted.iter().filter(|(name, _)| concerns(name)).filter(|one| !is_held(one)).map(|(name, _)| name.clone()).collect();
        let goes = match of {
            XdsType::Cluster => removals == Removals::Now,
            // They go with what needs them.
            XdsType::Endpoints | XdsType::Secret => false,
            XdsType::Listener => true,
        };
        let gone = asked.held.keys().filter(|name| goes && !wanted.contains_key(*name)).cloned().collect();
        Difference { put, gone }
    }

    /// What may be said of a type now; `None`: it was not asked for, or a response is under way.
    fn due(&self, of: XdsType, removals: Removals) -> Option<Difference> {
        self.types.get(&of).filter(|asked| asked.under_way.is_none())?;
        Some(self.difference(of, removals))
    }

    fn say(&mut self, of: XdsType, difference: Difference) -> Option<DeltaDiscoveryResponse> {
        let asked = self.types.get(&of)?;
        // Who asks for something by name that there is none of is told so; but a secret that is not there yet is being made.
        let wanted = self.wanted.entry(of).or_default();
        let absent: Vec<String> = if of == XdsType::Secret {
            Vec::new()
        } else {
            asked.anew.iter().filter(|name| !wanted.contains_key(*name)).cloned().collect()
        };
        let is_due = asked.waits && of != XdsType::Secret;
        if difference.is_empty() && absent.is_empty() && !is_due {
            return None;
        }
        let removed: BTreeSet<String> = difference.gone.iter().cloned().chain(absent).collect();
        self.nonces += 1;
        let nonce = self.nonces.to_string();
        let resources: Vec<Resource> = difference.put.iter().filter_map(|name| wanted.get(name)).cloned().collect();
        let asked = self.types.get_mut(&of)?;
        for resource in &resources {
            asked.held.insert(resource.name.clone(), resource.version.clone());
        }
        for name in &difference.gone {
            asked.held.remove(name);
            self.inside.remove(name);
        }
        asked.waits = false;
        asked.anew.clear();
        asked.under_way = Some((nonce.clone(), difference.put.clone()));
        if of == XdsType::Cluster {
            // A cluster that is replaced waits for its endpoints, also where the proxy has them.
            match self.types.get_mut(&XdsType::Endpoints) {
                Some(endpoints) => difference.put.iter().for_each(|name| _ = endpoints.held.remove(name)),
                None => self.early.extend(difference.put),
            }
        }
        Some(DeltaDiscoveryResponse {
            resources,
            removed_resources: removed.into_iter().collect(),
            type_url: of.url().to_owned(),
            nonce,
            ..DeltaDiscoveryResponse::default()
        })
    }
}

/// Whether clusters go that are no more.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Removals {
    NotYet,
    Now,
}

#[derive(Debug, Default)]
struct Difference {
    put: BTreeSet<String>,
    gone: BTreeSet<String>,
}

impl Difference {
    fn is_empty(&self) -> bool {
        self.put.is_empty() && self.gone.is_empty()
    }
}
