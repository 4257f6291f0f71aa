//! Which route a request takes, as Envoy chooses it.
use regex::Regex;
use std::collections::BTreeMap;
use strait_core::plan::{Filter, HostRoutes, Matcher, Named, Outbound, Part, PathMatch, RewritePath, Route};

/// A request on its way.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) host: String,
    pub(super) path: String,
    pub(super) headers: BTreeMap<String, String>,
}

/// All requests that workloads make here.
const METHOD: &str = "GET";

/// The route that a request takes; `None`: none.
pub(super) fn route<'a>(outbound: &'a Outbound, request: &Request) -> Option<&'a Route> {
    let of = |hosts: &&HostRoutes| hosts.hosts.iter().any(|host| means(host, &request.host));
    // The exact name first, then the longest pattern, then what is for all.
    let exact = outbound.hosts.iter().find(|hosts| hosts.hosts.contains(&request.host));
    let longest = |hosts: &&HostRoutes| hosts.hosts.iter().filter(|host| means(host, &request.host)).map(String::len).max();
    let pattern = outbound.hosts.iter().filter(of).max_by_key(longest);
    let all = outbound.hosts.iter().find(|hosts| hosts.hosts.is_empty());
    exact.or(pattern).or(all)?.routes.iter().find(|route| fits(route, request))
}

fn means(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(end) => host.len() > end.len() && host.ends_with(end),
        None => pattern == host,
    }
}

/// Whether a request has a header like this; `:method` is its method.
pub(super) fn asks_for(named: &Named, request: &Request) -> bool {
    let value = if named.name == ":method" { Some(METHOD) } else { request.headers.get(&named.name.to_lowercase()).map(String::as_str) };
    is(&named.is, value)
}

fn fits(route: &Route, request: &Request) -> bool {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let parameters: BTreeMap<&str, &str> = query.split('&').map(|one| one.split_once('=').unwrap_or((one, ""))).collect();
    let parameter = |named: &Named| is(&named.is, parameters.get(named.name.as_str()).copied());
    let matching = &route.matching;
    matching.path.as_ref().is_none_or(|wanted| leads_to(wanted, path))
        && matching.method.as_ref().is_none_or(|method| method == METHOD)
        && matching.headers.iter().all(|named| asks_for(named, request))
        && matching.query.iter().all(parameter)
}

fn leads_to(wanted: &PathMatch, path: &str) -> bool {
    match wanted {
        PathMatch::Exact(exact) => exact == path,
        PathMatch::Prefix(prefix) => below(prefix, path).is_some(),
        PathMatch::Regex(regex) => whole(regex).is_ok_and(|regex| regex.is_match(path)),
    }
}

/// What follows a prefix that ends where a segment does.
fn below<'a>(prefix: &str, path: &'a str) -> Option<&'a str> {
    let prefix = prefix.trim_end_matches('/');
    path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is(matcher: &Matcher, value: Option<&str>) -> bool {
    match (matcher, value) {
        (Matcher::Absent, value) => value.is_none(),
        (_, None) => false,
        (Matcher::Present, Some(_)) => true,
        (Matcher::Exact(exact), Some(value)) => exact == value,
        (Matcher::Prefix(prefix), Some(value)) => value.starts_with(prefix.as_str()),
        (Matcher::Regex(regex), Some(value)) => whole(regex).is_ok_and(|regex| regex.is_match(value)),
    }
}

/// An expression that has to fit as a whole.
fn whole(regex: &str) -> Result<Regex, String> {
    Regex::new(&format!("^(?:{regex})$")).map_err(|error| error.to_string())
}

/// What a route does to a request before it goes on.
pub(super) fn rewritten(mut request: Request, route: &Route) -> Request {
    for filter in &route.filters {
        match filter {
            Filter::RequestHeaders(change) => {
                for header in change.set.iter().chain(&change.add) {
                    request.headers.insert(header.name.to_lowercase(), header.value.clone());
                }
                for name in &change.remove {
                    request.headers.remove(&name.to_lowercase());
                }
            }
            Filter::Rewrite { host, path } => {
                if let Some(host) = host {
                    request.host.clone_from(host);
                }
                request.path = match (path, &route.matching.path) {
                    (Some(RewritePath::Full(full)), _) => full.clone(),
                    (Some(RewritePath::Prefix(to)), Some(PathMatch::Prefix(prefix))) => {
                        let rest = below(prefix, &request.path).unwrap_or_default();
                        format!("{}{rest}", to.trim_end_matches('/'))
                    }
                    _ => request.path,
                };
            }
            Filter::ResponseHeaders(_) | Filter::Redirect { .. } | Filter::Mirror { .. } => {}
        }
    }
    request
}

/// What of a part a proxy cannot read, so that it refuses the whole part.
pub(super) fn unreadable(part: &Part) -> Option<String> {
    let Part::Outbound(outbound) = part else {
        return None;
    };
    let routes = outbound.hosts.iter().flat_map(|hosts| &hosts.routes);
    let expressions = routes.flat_map(|route| {
        let path = route.matching.path.iter().filter_map(|path| if let PathMatch::Regex(regex) = path { Some(regex) } else { None });
        let named = route.matching.headers.iter().chain(&route.matching.query);
        path.chain(named.filter_map(|named| if let Matcher::Regex(regex) = &named.is { Some(regex) } else { None }))
    });
    expressions.filter_map(|regex| whole(regex).err()).next()
}
