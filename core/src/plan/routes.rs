//! Which requests go where: `MeshHTTPRoute`, as policies come to it for one destination.
//!
//! What no route is about goes to the destination itself (Kuma 2.14). A route all of whose backends are unknown goes nowhere, and whoever asks is told
//! so: to answer from somewhere else would be worse, and a route may be written before its services (Kuma 3.0; 2.14 leaves such a route out).
mod written;

use super::{Destination, Protocol, Retries, RouteTimeouts};
use crate::{
    policy::{Merged, Origin},
    resource::model::{RequestMatch, RouteBackend, RouteConf, RouteItem, RouteRule},
};
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, collections::BTreeSet};

/// The routes of some hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostRoutes {
    /// Which hosts, in small letters, each in one [`HostRoutes`] only; empty: all.
    pub hosts: Vec<String>,
    /// A request takes the first that fits; the last fits all.
    pub routes: Vec<Route>,
}

/// One route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Which requests.
    pub matching: RouteMatch,
    /// What is done with them.
    pub filters: Vec<Filter>,
    /// Where they go, by weight; empty: nowhere, and the answer is 500.
    pub to: Vec<Weighted>,
    /// How long is waited, where that is said of this route; else as of the destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeouts: Option<RouteTimeouts>,
    /// What is tried again, where that is said of this route; else as of the destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<Retries>,
}

/// Which requests: those that meet all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteMatch {
    /// By their path.
    pub path: Option<PathMatch>,
    /// By their method.
    pub method: Option<String>,
    /// By headers.
    pub headers: Vec<Named>,
    /// By parameters of the query.
    pub query: Vec<Named>,
}

/// How a path is compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PathMatch {
    /// It is this.
    Exact(String),
    /// It is this, or lies below it.
    Prefix(String),
    /// It fits this expression (RE2) as a whole.
    Regex(String),
}

/// A header or a parameter, and what is asked of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// What is asked.
    pub is: Matcher,
}

/// What is asked of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Matcher {
    /// It is this.
    Exact(String),
    /// It begins with this.
    Prefix(String),
    /// It fits this expression (RE2) as a whole.
    Regex(String),
    /// It is there.
    Present,
    /// It is not there.
    Absent,
}

/// What is done with a request on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Filter {
    /// Its headers are changed.
    RequestHeaders(HeaderChange),
    /// The headers of its answer are changed.
    ResponseHeaders(HeaderChange),
    /// Its host or its path becomes another.
    Rewrite {
        /// This host.
        host: Option<String>,
        /// This path.
        path: Option<RewritePath>,
    },
    /// The client is sent elsewhere.
    Redirect {
        /// With this scheme.
        scheme: Option<String>,
        /// To this host.
        host: Option<String>,
        /// To this port.
        port: Option<u16>,
        /// To this path.
        path: Option<RewritePath>,
        /// With this code.
        status: u16,
    },
    /// A copy goes to another destination, too, whose answer nobody sees.
    Mirror {
        /// Of how many requests, in millionths.
        millionths: u32,
        /// Where.
        to: Destination,
    },
}

/// How headers are changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, expecting = "a map")]
pub struct HeaderChange {
    /// These have this value, whatever they had.
    pub set: Vec<Header>,
    /// These are added beside what is there.
    pub add: Vec<Header>,
    /// These go.
    pub remove: Vec<String>,
}

/// One header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Which path a request gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RewritePath {
    /// This.
    Full(String),
    /// The one that it has, with this instead of the prefix by which it was matched.
    Prefix(String),
}

/// A destination, and how much of the traffic it gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weighted {
    /// Which.
    pub to: Destination,
    /// Its part of the sum of all weights.
    pub weight: u32,
}

/// What is asked about routes while they are planned.
pub(super) trait Lookup {
    /// Which destination a backend is; the origin says whose names it uses.
    fn backend(&self, backend: &RouteBackend, origin: &Origin) -> Option<Destination>;

    /// How long is waited for the requests of a `MeshHTTPRoute`, where that is said.
    fn timeouts(&self, route: &Origin) -> Option<RouteTimeouts>;

    /// What is tried again of them, where that is said.
    fn retries(&self, route: &Origin, protocol: Protocol) -> Option<Retries>;
}

/// The routes to a destination, in the order in which they are tried.
pub(super) fn routes(confs: &[Merged], own: &Destination, protocol: Protocol, lookup: &dyn Lookup) -> Vec<HostRoutes> {
    let mut hosts: Vec<HostRoutes> = Vec::new();
    for merged in confs {
        let conf = RouteItem::deserialize(&merged.conf).unwrap_or_default();
        let routes = of_rules(conf.rules.unwrap_or_default(), merged, (own, protocol), lookup);
        for one in one_by_one(&conf.hostnames.unwrap_or_default()) {
            match hosts.iter_mut().find(|of| of.hosts == one) {
                // Of two that mean the same hosts the one that comes later counts more, as in merging.
                Some(same) => _ = same.routes.splice(..0, routes.iter().cloned()),
                None => hosts.push(HostRoutes { hosts: one, routes: routes.clone() }),
            }
        }
    }
    if hosts.iter().all(|of| !of.hosts.is_empty()) {
        hosts.push(HostRoutes { hosts: Vec::new(), routes: Vec::new() });
    }
    for of in &mut hosts {
        of.routes.sort_by_key(|route| Reverse(route.matching.weight()));
        if !of.routes.last().is_some_and(|last| last.matching.takes_all()) {
            of.routes.push(all_to(own));
        }
    }
    hosts
}

/// Hosts as they are compared: letters are not told apart by their size, and `*` is all hosts, as is none at all.
fn one_by_one(hostnames: &[String]) -> BTreeSet<Vec<String>> {
    let one = |host: &String| if host == "*" { Vec::new() } else { vec![host.to_ascii_lowercase()] };
    if hostnames.is_empty() { BTreeSet::from([Vec::new()]) } else { hostnames.iter().map(one).collect() }
}

fn all_to(own: &Destination) -> Route {
    let to = vec![Weighted { to: own.clone(), weight: 1 }];
    Route { matching: RouteMatch::default(), filters: Vec::new(), to, timeouts: None, retries: None }
}

fn of_rules(rules: Vec<RouteRule>, merged: &Merged, (own, protocol): (&Destination, Protocol), lookup: &dyn Lookup) -> Vec<Route> {
    let mut routes = Vec::new();
    for (index, rule) in rules.into_iter().enumerate() {
        let RouteConf { filters, backend_refs, .. } = rule.default;
        let whose = |field: &str| {
            let of_field = merged.values.get(&format!("/rules/{index}/{field}"));
            of_field.or_else(|| merged.origins.last())
        };
        let to = match backend_refs.filter(|backends| !backends.is_empty()) {
            None => vec![Weighted { to: own.clone(), weight: 1 }],
            Some(backends) => whose("default/backendRefs").map(|origin| weighted(&backends, origin, lookup)).unwrap_or_default(),
        };
        let origin = whose("default/filters");
        let filters: Vec<Filter> = filters.iter().flatten().filter_map(|filter| written::filter(filter, origin, lookup)).collect();
        // Of several that have this rule the most important one counts (Kuma 2.14).
        let timeouts = whose("matches").and_then(|origin| lookup.timeouts(origin));
        let retries = whose("matches").and_then(|origin| lookup.retries(origin, protocol));
        let matches = rule.matches.filter(|matches| !matches.is_empty()).unwrap_or_else(|| vec![RequestMatch::default()]);
        // A match that is not understood is left out: what it would take goes on to the next.
        let matches = matches.iter().filter_map(written::matching);
        let (filters, to) = (&filters, &to);
        let route =
            |matching| Route { matching, filters: filters.clone(), to: to.clone(), timeouts: timeouts.clone(), retries: retries.clone() };
        routes.extend(matches.map(route));
    }
    routes
}

fn weighted(backends: &[RouteBackend], origin: &Origin, lookup: &dyn Lookup) -> Vec<Weighted> {
    let found = backends.iter().filter_map(|backend| Some((lookup.backend(backend, origin)?, backend.weight.unwrap_or(1))));
    found.map(|(to, weight)| Weighted { to, weight }).filter(|weighted| weighted.weight > 0).collect()
}

impl HostRoutes {
    /// Every destination that a request may come to, mirrors included.
    pub fn leads_to(&self) -> impl Iterator<Item = &Destination> {
        self.routes.iter().flat_map(|route| {
            let mirrors = route.filters.iter().filter_map(|filter| match filter {
                Filter::Mirror { to, .. } => Some(to),
                _ => None,
            });
            route.to.iter().map(|weighted| &weighted.to).chain(mirrors)
        })
    }
}

impl RouteMatch {
    fn takes_all(&self) -> bool {
        let any_path = matches!(&self.path, None | Some(PathMatch::Prefix(_))) && self.path.as_ref().is_none_or(|path| path.text() == "/");
        any_path && self.method.is_none() && self.headers.is_empty() && self.query.is_empty()
    }

    /// How exactly it says which requests are meant, as Kuma compares it.
    fn weight(&self) -> (u8, usize, bool, usize, usize) {
        let rank = match &self.path {
            Some(PathMatch::Exact(_)) => 3,
            Some(PathMatch::Prefix(_)) => 2,
            Some(PathMatch::Regex(_)) => 1,
            None => 0,
        };
        // Two exact paths never fit one request.
        let length = self.path.as_ref().filter(|_| rank < 3).map_or(0, |path| path.text().len());
        (rank, length, self.method.is_some(), self.headers.len(), self.query.len())
    }
}

impl PathMatch {
    fn text(&self) -> &str {
        let (Self::Exact(text) | Self::Prefix(text) | Self::Regex(text)) = self;
        text
    }
}
