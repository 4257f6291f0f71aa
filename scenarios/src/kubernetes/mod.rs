//! A model of the Kubernetes API, and of the controllers that a mesh needs: a request in, an answer out.
//!
//! It does no I/O and knows no clock: time is handed in, and what is random elsewhere (uids, names) is derived from a seed and a counter. The simulators
//! step it, and the testbed serves it over HTTPS, where unmodified clients hold it against what they expect (`docs/kubernetes.md`).
//!
//! - [`Api::handle`] answers one request. A watch is a cursor, which [`Api::events_after`] moves on.
//! - [`Api::step`] lets the controllers see what changed, and act.
//! - [`Api::faults_mut`] makes it misbehave.
//! - [`kubelet::Kubelet`] is the nodes of its cluster, as far as they can be without running anything.
mod answer;
mod callers;
mod controllers;
mod discovery;
mod events;
mod failure;
mod faults;
mod form;
mod json_path;
pub mod kubelet;
mod object;
mod operator;
mod patch;
mod protobuf;
mod read;
mod request;
mod resource;
mod route;
mod rule;
mod schema;
mod selector;
mod served;
mod store;
mod table;
mod watch;
mod write;

pub use answer::{Answer, Reply, Response};
pub use callers::User;
pub use failure::{Cause, Failure};
pub use faults::{Faults, Refusal, RefusedWith};
pub use request::Request;
pub use rule::Rule;
pub use watch::{Events, Watch};

use callers::Callers;
use controllers::Controllers;
use request::Query;
use resource::Resource;
use route::{Place, Route};
use served::Served;
use siphasher::sip::SipHasher13;
use std::{collections::BTreeMap, hash::Hasher as _, net::Ipv4Addr, sync::Arc};
use store::{Key, Store};
use strait_core::time::Wall;

/// The release of Kubernetes whose behaviour this is.
pub const VERSION: &str = "v1.37.0";

/// What differs between clusters.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What uids and the ends of names are derived from.
    pub seed: u64,
    /// Where clients are told that the API is: `10.0.0.1:6443`.
    pub address: String,
    /// For whom tokens are when nobody says.
    pub audience: String,
    /// By whose certificate, in PEM, the API is known; namespaces hold it for their pods. Empty: nobody's.
    pub certificate: String,
    /// The first address of services, and how many there are.
    pub service_addresses: (Ipv4Addr, u32),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 0,
            address: "127.0.0.1:6443".to_owned(),
            audience: "https://kubernetes.default.svc.cluster.local".to_owned(),
            certificate: String::new(),
            service_addresses: (Ipv4Addr::new(10, 96, 0, 0), 1 << 16),
        }
    }
}

/// The API of one cluster, and all that it keeps.
#[derive(Debug)]
pub struct Api {
    settings: Settings,
    store: Store,
    served: Served,
    /// The version of the last change of what is served.
    defined_at: u64,
    callers: Callers,
    faults: Faults,
    controllers: Controllers,
    /// How many uids and names were made up.
    made_up: u64,
    /// How many requests came for objects, by verb and kind.
    requests: BTreeMap<(&'static str, String), u64>,
}

/// A request for objects, taken apart.
struct Asked<'a> {
    now: Wall,
    user: User,
    resource: Arc<Resource>,
    /// The kind as which it is kept: another one for what is served under two names.
    kept: Arc<Resource>,
    place: Place,
    query: Query,
    accept: &'a str,
    /// Who writes, for the record of who owns which field.
    manager: String,
}

impl Asked<'_> {
    fn key(&self) -> Key {
        Key::new(&self.resource.id(), &self.place.namespace, &self.place.name)
    }
}

impl Api {
    /// The API of a new cluster.
    pub fn new(settings: Settings, now: Wall) -> Self {
        let mut api = Self {
            settings,
            store: Store::default(),
            served: Served::new(),
            defined_at: 0,
            callers: Callers::default(),
            faults: Faults::default(),
            controllers: Controllers::default(),
            made_up: 0,
            requests: BTreeMap::new(),
        };
        api.found(now);
        api
    }

    /// The version of the last change: whoever serves watches looks for what is new when it has grown.
    pub fn version(&self) -> u64 {
        self.store.version()
    }

    /// How many requests of this verb came for objects of this kind, such as `list` and `pods`, while it was not away; each part of a list is one.
    pub fn requests(&self, verb: &'static str, plural: &str) -> u64 {
        self.requests.get(&(verb, plural.to_owned())).copied().unwrap_or_default()
    }

    /// What is kept of an object, whatever the API answers: for those who look from outside.
    pub fn held(&self, resource: &str, namespace: &str, name: &str) -> Option<&serde_json::Value> {
        self.store.get(&Key::new(resource, namespace, name)).map(|object| &**object)
    }

    /// All objects of a kind that are kept, in all namespaces; the same.
    pub fn all_held<'a>(&'a self, resource: &'a str) -> impl Iterator<Item = &'a Arc<serde_json::Value>> {
        self.store.all(resource, "").map(|(_, object)| object)
    }

    /// Answers a request.
    pub fn handle(&mut self, now: Wall, request: &Request) -> Reply {
        let after = self.faults.slow;
        if self.faults.is_away {
            return Reply { after, answer: Answer::Cut };
        }
        Reply { after, answer: self.route(now, request).unwrap_or_else(|failure| Answer::Whole(failure.into())) }
    }

    fn route(&mut self, now: Wall, request: &Request) -> Result<Answer, Failure> {
        let Some(route) = Route::of(&request.path) else {
            return Ok(Answer::Whole(Response::text(404, "text/plain; charset=utf-8", b"404 page not found\n".to_vec())));
        };
        let user = self.caller(now, request.token.as_deref())?;
        let place = match route {
            Route::Objects(place) => place,
            other => {
                let open = matches!(other, Route::Version | Route::Health);
                if user.name == "system:anonymous" && !open {
                    let why = format!("forbidden: User {:?} cannot get path {:?}", user.name, request.path);
                    return Err(Failure { details: serde_json::json!({}), ..Failure::new(403, "Forbidden", why) });
                }
                if let Some(refusal) = self.refused(&user, "get", None, "")? {
                    return Ok(refusal);
                }
                return if request.method == "GET" {
                    self.document(&other, &request.accept).map(Answer::Whole)
                } else {
                    Err(Failure::method_not_allowed())
                };
            }
        };
        let resource = self.served.find(&place.group, &place.version, &place.plural).ok_or_else(Failure::no_such_resource)?;
        let query = Query::parse(&request.query);
        let resource = Arc::clone(resource);
        let manager = query.get("fieldManager").map_or_else(
            || request.user_agent.split('/').next().filter(|name| !name.is_empty()).unwrap_or("unknown").to_owned(),
            str::to_owned,
        );
        let kept = self.served.by_id(&resource.id()).cloned().unwrap_or_else(|| Arc::clone(&resource));
        let asked = Asked { now, user, resource, kept, place, query, accept: &request.accept, manager };
        self.objects(&asked, request)
    }

    fn document(&self, route: &Route, accept: &str) -> Result<Response, Failure> {
        Ok(match route {
            Route::Version => discovery::version(),
            Route::Health => Response::text(200, "text/plain; charset=utf-8", b"ok".to_vec()),
            Route::CoreVersions => self.core_versions(accept),
            Route::Groups => self.groups(accept),
            Route::Group(group) => self.group(group)?,
            Route::Kinds(group, version) => self.kinds(group, version)?,
            Route::OpenApiV2 => self.open_api_v2(accept),
            Route::OpenApiV3 => self.open_api_v3(),
            Route::OpenApiV3Of(path) => self.open_api_v3_of(path, accept)?,
            Route::Objects(_) => return Err(Failure::no_such_resource()),
        })
    }

    fn objects(&mut self, asked: &Asked, request: &Request) -> Result<Answer, Failure> {
        let place = &asked.place;
        if asked.resource.namespaced && place.namespace.is_empty() && (!place.name.is_empty() || request.method != "GET") {
            return Err(Failure::no_such_resource());
        }
        if !asked.resource.namespaced && !place.namespace.is_empty() {
            return Err(Failure::no_such_resource());
        }
        let (one, part) = (!place.name.is_empty(), !place.subresource.is_empty());
        let verb = match (request.method.as_str(), one) {
            ("GET", _) if asked.query.is_true("watch") => "watch",
            ("GET", true) => "get",
            ("GET", false) => "list",
            ("POST", false) => "create",
            ("POST", true) if part => "create",
            ("PUT", true) => "update",
            ("PATCH", true) => "patch",
            ("DELETE", true) if !part => "delete",
            ("DELETE", false) => "deletecollection",
            _ => return Err(Failure::method_not_allowed()),
        };
        *self.requests.entry((verb, asked.resource.plural.clone())).or_default() += 1;
        if !asked.resource.kept && verb != "create" {
            return Err(Failure::method_not_allowed());
        }
        if asked.resource.kept || asked.user.name == "system:anonymous" {
            self.authorize(asked, verb)?;
        }
        if let Some(refusal) = self.refused(&asked.user, verb, Some(&asked.resource), &place.name)? {
            return Ok(refusal);
        }
        let mut response = match verb {
            "watch" => return self.watch(asked),
            _ if part => self.subresource(asked, request, verb)?,
            "get" => self.get(asked)?,
            "list" => self.list(asked)?,
            "create" => self.create_asked(asked, request)?,
            "update" => self.update_asked(asked, request)?,
            "patch" => self.patch_asked(asked, request)?,
            "delete" => self.delete_asked(asked, request)?,
            _ => self.delete_all_asked(asked, request)?,
        };
        response.warnings.extend(asked.resource.deprecation.clone());
        Ok(Answer::Whole(response))
    }

    fn hash(&mut self) -> u64 {
        self.made_up += 1;
        let mut hasher = SipHasher13::new_with_keys(self.settings.seed, self.made_up);
        hasher.write(b"kubernetes");
        hasher.finish()
    }

    /// A uid that nobody has yet.
    fn new_uid(&mut self) -> String {
        let (high, low) = (self.hash(), self.hash());
        let (first, second) = (high >> 32, high >> 16 & 0xffff);
        format!("{first:08x}-{second:04x}-4{:03x}-{:04x}-{:012x}", high & 0xfff, low >> 48 & 0x3fff | 0x8000, low & 0xffff_ffff_ffff)
    }

    /// The end of a name: five letters, none of which make words.
    fn new_suffix(&mut self) -> String {
        const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        let mut hash = self.hash();
        let mut suffix = String::new();
        for _ in 0..5 {
            suffix.push(char::from(LETTERS[(hash % LETTERS.len() as u64) as usize]));
            hash /= LETTERS.len() as u64;
        }
        suffix
    }
}
