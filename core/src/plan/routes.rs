//! Which requests go where: `MeshHTTPRoute`, as policies come to it for one destination.
//!
//! What no route is about goes to the destination itself (Kuma 2.14). A route all of whose backends are unknown goes nowhere, and whoever asks is told
//! so: to answer from somewhere else would be worse, and a route may be written before its services (Kuma 3.0; 2.14 leaves such a route out).
use super::Destination;
use crate::{
    policy::{Merged, Origin},
    resource::model::TargetRef,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
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

/// A backend as a route writes it.
#[derive(Default, Deserialize)]
#[serde(default, expecting = "a map")]
pub(super) struct Backend {
    #[serde(flatten)]
    pub(super) target: TargetRef,
    pub(super) port: Option<u32>,
    weight: Option<u32>,
}

/// Says which destination a backend is; the origin says whose names it uses.
pub(super) type Resolve<'a> = dyn Fn(&Backend, &Origin) -> Option<Destination> + 'a;

/// The routes to a destination, in the order in which they are tried.
pub(super) fn routes(confs: &[Merged], own: &Destination, resolve: &Resolve<'_>) -> Vec<HostRoutes> {
    let mut hosts: Vec<HostRoutes> = Vec::new();
    for merged in confs {
        let conf: Conf = Deserialize::deserialize(&merged.conf).unwrap_or_default();
        let routes = of_rules(conf.rules.unwrap_or_default(), merged, own, resolve);
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
    Route { matching: RouteMatch::default(), filters: Vec::new(), to: vec![Weighted { to: own.clone(), weight: 1 }] }
}

fn of_rules(rules: Vec<Rule>, merged: &Merged, own: &Destination, resolve: &Resolve<'_>) -> Vec<Route> {
    let mut routes = Vec::new();
    for (index, rule) in rules.into_iter().enumerate() {
        let action = rule.default.unwrap_or_default();
        let whose = |field: &str| {
            let of_field = merged.values.get(&format!("/rules/{index}/default/{field}"));
            of_field.or_else(|| merged.origins.last())
        };
        let to = match &action.backend_refs {
            None => vec![Weighted { to: own.clone(), weight: 1 }],
            Some(backends) if backends.is_empty() => vec![Weighted { to: own.clone(), weight: 1 }],
            Some(backends) => whose("backendRefs").map(|origin| weighted(backends, origin, resolve)).unwrap_or_default(),
        };
        let origin = whose("filters");
        let filters: Vec<Filter> = action.filters.iter().flatten().filter_map(|filter| filter.read(origin, resolve)).collect();
        let matches = rule.matches.filter(|matches| !matches.is_empty()).unwrap_or_else(|| vec![Matches::default()]);
        // A match that is not understood is left out: what it would take goes on to the next.
        let matches = matches.iter().filter_map(Matches::read);
        routes.extend(matches.map(|matching| Route { matching, filters: filters.clone(), to: to.clone() }));
    }
    routes
}

fn weighted(backends: &[Backend], origin: &Origin, resolve: &Resolve<'_>) -> Vec<Weighted> {
    let found = backends.iter().filter_map(|backend| Some((resolve(backend, origin)?, backend.weight.unwrap_or(1))));
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

#[derive(Default, Deserialize)]
#[serde(default, expecting = "a map")]
struct Conf {
    hostnames: Option<Vec<String>>,
    rules: Option<Vec<Rule>>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "a map")]
struct Rule {
    matches: Option<Vec<Matches>>,
    default: Option<Action>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
struct Action {
    filters: Option<Vec<WrittenFilter>>,
    backend_refs: Option<Vec<Backend>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
struct Matches {
    path: Option<WrittenMatch>,
    method: Option<String>,
    headers: Option<Vec<WrittenMatch>>,
    query_params: Option<Vec<WrittenMatch>>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "a map")]
struct WrittenMatch {
    #[serde(rename = "type")]
    match_type: String,
    name: String,
    value: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
struct WrittenFilter {
    request_header_modifier: Option<HeaderChange>,
    response_header_modifier: Option<HeaderChange>,
    request_redirect: Option<WrittenRedirect>,
    #[serde(rename = "urlRewrite")]
    url_rewrite: Option<WrittenRewrite>,
    request_mirror: Option<WrittenMirror>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
struct WrittenRedirect {
    scheme: Option<String>,
    hostname: Option<String>,
    port: Option<u16>,
    path: Option<WrittenPath>,
    status_code: Option<u16>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "a map")]
struct WrittenRewrite {
    hostname: Option<String>,
    path: Option<WrittenPath>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
struct WrittenPath {
    replace_full_path: Option<String>,
    replace_prefix_match: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
struct WrittenMirror {
    /// A number, or a text with one.
    percentage: Option<Value>,
    backend_ref: Option<Backend>,
}

impl Matches {
    /// `None`: something of it is not understood. The rest of it would take more requests than were meant.
    fn read(&self) -> Option<RouteMatch> {
        let named = |list: &Option<Vec<WrittenMatch>>| list.iter().flatten().map(WrittenMatch::read).collect::<Option<_>>();
        Some(RouteMatch {
            path: match &self.path {
                Some(path) => Some(path.read_path()?),
                None => None,
            },
            method: self.method.clone(),
            headers: named(&self.headers)?,
            query: named(&self.query_params)?,
        })
    }
}

impl WrittenMatch {
    fn read(&self) -> Option<Named> {
        let value = self.value.clone().unwrap_or_default();
        let is = match self.match_type.as_str() {
            "" | "Exact" => Matcher::Exact(value),
            "RegularExpression" => Matcher::Regex(value),
            "Prefix" => Matcher::Prefix(value),
            "Present" => Matcher::Present,
            "Absent" => Matcher::Absent,
            _ => return None,
        };
        Some(Named { name: self.name.clone(), is })
    }

    fn read_path(&self) -> Option<PathMatch> {
        let value = self.value.clone().unwrap_or_default();
        Some(match self.match_type.as_str() {
            "" | "PathPrefix" => PathMatch::Prefix(value),
            "Exact" => PathMatch::Exact(value),
            "RegularExpression" => PathMatch::Regex(value),
            _ => return None,
        })
    }
}

impl WrittenFilter {
    fn read(&self, origin: Option<&Origin>, resolve: &Resolve<'_>) -> Option<Filter> {
        if let Some(change) = &self.request_header_modifier {
            return Some(Filter::RequestHeaders(change.clone()));
        }
        if let Some(change) = &self.response_header_modifier {
            return Some(Filter::ResponseHeaders(change.clone()));
        }
        if let Some(redirect) = &self.request_redirect {
            return Some(Filter::Redirect {
                scheme: redirect.scheme.clone(),
                host: redirect.hostname.clone(),
                port: redirect.port,
                path: redirect.path.as_ref().and_then(WrittenPath::read),
                status: redirect.status_code.unwrap_or(302),
            });
        }
        if let Some(rewrite) = &self.url_rewrite {
            return Some(Filter::Rewrite { host: rewrite.hostname.clone(), path: rewrite.path.as_ref().and_then(WrittenPath::read) });
        }
        let mirror = self.request_mirror.as_ref()?;
        let to = resolve(mirror.backend_ref.as_ref()?, origin?)?;
        Some(Filter::Mirror { millionths: mirror.percentage.as_ref().map_or(1_000_000, millionths), to })
    }
}

impl WrittenPath {
    fn read(&self) -> Option<RewritePath> {
        let full = self.replace_full_path.clone().map(RewritePath::Full);
        full.or_else(|| self.replace_prefix_match.clone().map(RewritePath::Prefix))
    }
}

/// Of a percentage.
fn millionths(percentage: &Value) -> u32 {
    let number = percentage.as_f64().or_else(|| percentage.as_str()?.parse().ok()).unwrap_or(100.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and a million")]
    let millionths = (number.clamp(0.0, 100.0) * 10_000.0).round() as u32;
    millionths
}
