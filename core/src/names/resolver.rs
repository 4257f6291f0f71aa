//! What is answered to a question of DNS. Bytes and sockets are the shell's.
//!
//! Kuma's own resolver passes on what it does not know (2.14), or said that unknown names have no address (1.x); neither tells a client that a
//! name does not exist. Here the zone speaks for its domains with authority (RFC 1035, RFC 2308), passes nothing on, and says nothing of what
//! it has not read yet.
//!
//! Names and addresses stand in [`View`] alone. Beside them it keeps what the view is not ordered by, and follows every change of it.
use super::{askers::Askers, domains::Domains, tree::Tree};
use crate::{
    node::{Observation, ObservationChange, View},
    resource::{Key, MeshName, Resource},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr},
};

/// So long a client may use an address, in seconds: Kuma's (kumahq/kuma#13353).
pub const ANSWER_TTL_SECONDS: u32 = 30;

/// So long a client may believe that a name does not exist, or has no address of a kind, in seconds (RFC 2308): less, because a service that
/// begins is asked for before it is there.
pub const NEGATIVE_TTL_SECONDS: u32 = 5;

/// The domain of Kuma's default names.
pub const MESH_DOMAIN: &str = "mesh.local";

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The name, in lower case, without a dot at its end.
    pub name: &'a str,
    /// What is to be known of it.
    pub wanted: Wanted,
    /// Who asks.
    pub from: IpAddr,
    /// The mesh that is meant if the address of whoever asks says nothing: that of the listener.
    pub mesh: &'a MeshName,
}

/// What is to be known of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Its IPv4 addresses: `A`.
    Ipv4,
    /// Its IPv6 addresses: `AAAA`. No service has one.
    Ipv6,
    /// Whatever there is of it: `ANY`.
    Anything,
    /// Who speaks for its domain: `SOA`.
    Authority,
    /// Something else.
    Other,
}

/// What is answered. `domain`: how many of the name's last labels are the domain for which the zone speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This address.
    Address(Ipv4Addr),
    /// The name is a domain's, which is what was asked.
    Authority,
    /// The name is there, or one below it, but nothing of what was asked: no error, and no record.
    Nothing {
        /// Labels of the domain.
        domain: u8,
    },
    /// There is no such name: NXDOMAIN.
    NoSuchName {
        /// Labels of the domain.
        domain: u8,
    },
    /// Not known yet, or of a mesh that this zone does not hold: SERVFAIL.
    Unknown,
    /// The zone does not speak for this name: REFUSED.
    Elsewhere,
}

/// Answers questions from a view.
#[derive(Debug)]
pub struct Resolver {
    domains: Domains,
    askers: Askers,
    meshes: BTreeSet<MeshName>,
    names: BTreeMap<MeshName, Tree>,
    /// What was stored has been read, with its names.
    is_loaded: bool,
    /// No resource has come or gone of which the names may still follow.
    is_whole: bool,
}

impl Resolver {
    /// Of what is shown by now.
    pub fn of(shown: &Observation) -> Self {
        let mut resolver = Self {
            domains: Domains::new(),
            askers: Askers::default(),
            meshes: BTreeSet::new(),
            names: BTreeMap::new(),
            is_loaded: false,
            is_whole: false,
        };
        shown.view.resources.values().for_each(|resource| resolver.held(&resource.key, Some(resource)));
        for (mesh, names) in &shown.view.names {
            names.keys().for_each(|name| resolver.named(mesh, name, true));
        }
        if shown.head.is_some() {
            resolver.is_loaded = true;
            resolver.is_whole = true;
        }
        resolver
    }

    /// Follows one change of what is shown.
    pub fn apply(&mut self, change: &ObservationChange) {
        match change {
            ObservationChange::Holds(resource) => {
                self.is_whole = false;
                self.held(&resource.key, Some(resource));
            }
            ObservationChange::Dropped(key) => {
                self.is_whole = false;
                self.held(key, None);
            }
            ObservationChange::Named { mesh, name, service } => self.named(mesh, name, service.is_some()),
            // Last of what a node shows when it begins.
            ObservationChange::Head(_) => {
                self.is_loaded = true;
                self.is_whole = true;
            }
            _ => {}
        }
    }

    /// All that follows from what came and went was shown, too.
    pub fn published(&mut self) {
        self.is_whole = true;
    }

    /// Answers from this view, which is the one whose changes were followed.
    pub fn answer(&self, view: &View, question: &Question<'_>) -> Answer {
        let name = question.name;
        let mesh = self.askers.mesh(question.from).unwrap_or(question.mesh);
        let found = view.resolve(mesh, name);
        // A generator may make all of a name from labels: such a name lies in no domain, and so is one.
        let Some(domain) = self.domains.around(name).or(found.map(|_| name)) else {
            return if self.is_loaded { Answer::Elsewhere } else { Answer::Unknown };
        };
        if !self.is_loaded || !self.meshes.contains(mesh) {
            return Answer::Unknown;
        }
        let labels = u8::try_from(domain.split('.').count()).unwrap_or(u8::MAX);
        match (found, question.wanted) {
            (_, Wanted::Authority) if name == domain => Answer::Authority,
            (Some(Some(address)), Wanted::Ipv4 | Wanted::Anything) => Answer::Address(address),
            // A service that goes takes its address along before its name.
            (Some(None), _) if !self.is_whole => Answer::Unknown,
            (Some(_), _) => Answer::Nothing { domain: labels },
            (None, _) if !self.is_whole => Answer::Unknown,
            (None, _) if name == domain || self.is_above(mesh, name) => Answer::Nothing { domain: labels },
            (None, _) => Answer::NoSuchName { domain: labels },
        }
    }

    fn is_above(&self, mesh: &MeshName, name: &str) -> bool {
        self.names.get(mesh).is_some_and(|names| names.has_below(name)) || self.domains.has_below(name)
    }

    fn held(&mut self, key: &Key, resource: Option<&Resource>) {
        self.domains.apply(key, resource);
        self.askers.apply(key, resource);
        if key.kind.as_str() == "Mesh"
            && let Ok(mesh) = MeshName::new(key.name.as_str())
        {
            match resource {
                Some(_) => self.meshes.insert(mesh),
                None => self.meshes.remove(&mesh),
            };
        }
    }

    fn named(&mut self, mesh: &MeshName, name: &str, is_there: bool) {
        let names = self.names.entry(mesh.clone()).or_default();
        if is_there {
            names.insert(name);
        } else {
            names.remove(name);
            if names.is_empty() {
                self.names.remove(mesh);
            }
        }
    }
}
