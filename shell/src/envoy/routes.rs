//! Requests and where they go.
use super::{
    parts::{duration, limit},
    retries::policy,
};
use strait_core::plan::{
    Filter, Header, HostRoutes, Matcher, Named, Outbound, OutboundTimeouts, PathMatch, RewritePath, Route as Plan, Weighted,
};
use strait_proto::envoy::{
    config::{
        core::v3::{HeaderValue, HeaderValueOption, RuntimeFractionalPercent, header_value_option::HeaderAppendAction},
        route::v3::{
            DirectResponseAction, HeaderMatcher, QueryParameterMatcher, RedirectAction, Route, RouteAction, RouteConfiguration, RouteMatch,
            VirtualHost, WeightedCluster,
            header_matcher::HeaderMatchSpecifier,
            query_parameter_matcher::QueryParameterMatchSpecifier,
            redirect_action::{PathRewriteSpecifier, RedirectResponseCode},
            route::Action,
            route_action::{ClusterSpecifier, MaxStreamDuration, RequestMirrorPolicy},
            route_match::PathSpecifier,
            weighted_cluster::ClusterWeight,
        },
    },
    r#type::{
        matcher::v3::{RegexMatchAndSubstitute, RegexMatcher, StringMatcher, string_matcher::MatchPattern},
        v3::{FractionalPercent, fractional_percent::DenominatorType},
    },
};

/// All requests to one cluster.
pub(super) fn all_to(cluster: &str, timeout_ms: u64) -> RouteConfiguration {
    let action = RouteAction {
        cluster_specifier: Some(ClusterSpecifier::Cluster(cluster.to_owned())),
        timeout: duration(timeout_ms),
        ..RouteAction::default()
    };
    let matching = RouteMatch { path_specifier: Some(PathSpecifier::Prefix("/".to_owned())), ..RouteMatch::default() };
    let route = Route { r#match: Some(matching), action: Some(Action::Route(action)), ..Route::default() };
    RouteConfiguration { name: cluster.to_owned(), virtual_hosts: vec![host(cluster, &[], vec![route])], ..RouteConfiguration::default() }
}

/// What a workload sends to one destination.
pub(super) fn routes(outbound: &Outbound) -> RouteConfiguration {
    let name = outbound.destination.to_string();
    let hosts = outbound.hosts.iter().map(|HostRoutes { hosts, routes }| {
        let routes = routes.iter().map(|one| route(one, &outbound.timeouts)).collect();
        let host = host(hosts.first().map_or(&name, |first| first), hosts, routes);
        VirtualHost { retry_policy: outbound.retries.as_ref().map(policy), ..host }
    });
    // A cluster may come a moment later than a route to it.
    RouteConfiguration {
        virtual_hosts: hosts.collect(),
        validate_clusters: Some(false),
        // A client says the port beside the host or not, as it likes.
        ignore_port_in_host_matching: true,
        name: name.clone(),
        ..RouteConfiguration::default()
    }
}

/// No hosts: all.
fn host(name: &str, hosts: &[String], routes: Vec<Route>) -> VirtualHost {
    let domains = if hosts.is_empty() { vec!["*".to_owned()] } else { hosts.to_vec() };
    VirtualHost { name: name.to_owned(), domains, routes, retry_policy: None }
}

fn route(plan: &Plan, timeouts: &OutboundTimeouts) -> Route {
    let matching = RouteMatch {
        path_specifier: Some(path(plan.matching.path.as_ref())),
        headers: plan
            .matching
            .method
            .iter()
            .map(|method| exact(":method", method))
            .chain(plan.matching.headers.iter().map(header))
            .collect(),
        query_parameters: plan.matching.query.iter().map(parameter).collect(),
    };
    let mut route = Route { r#match: Some(matching), ..Route::default() };
    for filter in &plan.filters {
        match filter {
            Filter::RequestHeaders(change) => {
                route.request_headers_to_add.extend(added(&change.set, &change.add));
                route.request_headers_to_remove.extend(change.remove.iter().cloned());
            }
            Filter::ResponseHeaders(change) => {
                route.response_headers_to_add.extend(added(&change.set, &change.add));
                route.response_headers_to_remove.extend(change.remove.iter().cloned());
            }
            Filter::Rewrite { .. } | Filter::Redirect { .. } | Filter::Mirror { .. } => {}
        }
    }
    route.action = Some(action(plan, timeouts));
    route
}

fn action(plan: &Plan, timeouts: &OutboundTimeouts) -> Action {
    if let Some(redirect) = plan.filters.iter().find_map(|filter| redirect(plan.matching.path.as_ref(), filter)) {
        return Action::Redirect(redirect);
    }
    let Some(to) = to(&plan.to) else {
        return Action::DirectResponse(DirectResponseAction { status: 500, ..DirectResponseAction::default() });
    };
    let own = plan.timeouts.as_ref();
    let mut action = RouteAction {
        cluster_specifier: Some(to),
        timeout: duration(own.map_or(timeouts.request_ms, |own| own.request_ms)),
        // Else it is the connection manager's, which is that of the destination.
        idle_timeout: own.and_then(|own| own.stream_idle_ms).and_then(duration),
        retry_policy: plan.retries.as_ref().map(policy),
        max_stream_duration: limit(timeouts.max_stream_ms).map(|most| MaxStreamDuration { max_stream_duration: Some(most) }),
        ..RouteAction::default()
    };
    for filter in &plan.filters {
        match filter {
            Filter::Rewrite { host, path } => {
                action.host_rewrite_literal = host.clone().unwrap_or_default();
                action.regex_rewrite = path.as_ref().map(|path| rewrite(plan.matching.path.as_ref(), path));
            }
            Filter::Mirror { millionths, to } => action.request_mirror_policies.push(RequestMirrorPolicy {
                cluster: to.to_string(),
                runtime_fraction: Some(RuntimeFractionalPercent {
                    default_value: Some(FractionalPercent { numerator: *millionths, denominator: DenominatorType::Million.into() }),
                }),
            }),
            Filter::RequestHeaders(_) | Filter::ResponseHeaders(_) | Filter::Redirect { .. } => {}
        }
    }
    Action::Route(action)
}

fn to(to: &[Weighted]) -> Option<ClusterSpecifier> {
    match to {
        [] => None,
        [one] => Some(ClusterSpecifier::Cluster(one.to.to_string())),
        several => {
            let clusters = several.iter().map(|one| ClusterWeight { name: one.to.to_string(), weight: Some(one.weight) }).collect();
            Some(ClusterSpecifier::WeightedClusters(WeightedCluster { clusters }))
        }
    }
}

fn redirect(matched: Option<&PathMatch>, filter: &Filter) -> Option<RedirectAction> {
    let Filter::Redirect { scheme, host, port, path, status } = filter else { return None };
    let code = match status {
        301 => RedirectResponseCode::MovedPermanently,
        303 => RedirectResponseCode::SeeOther,
        307 => RedirectResponseCode::TemporaryRedirect,
        308 => RedirectResponseCode::PermanentRedirect,
        _ => RedirectResponseCode::Found,
    };
    let path = path.as_ref().map(|path| match path {
        // It may bring a query of its own, which an expression would put before the one that is there.
        RewritePath::Full(path) => PathRewriteSpecifier::PathRedirect(absolute(path)),
        RewritePath::Prefix(_) => PathRewriteSpecifier::RegexRewrite(rewrite(matched, path)),
    });
    Some(RedirectAction {
        scheme_redirect: scheme.clone().unwrap_or_default(),
        host_redirect: host.clone().unwrap_or_default(),
        port_redirect: port.unwrap_or_default().into(),
        response_code: code.into(),
        path_rewrite_specifier: path,
    })
}

/// `/` and what lies below it is everything; any other prefix ends where a part of the path does.
fn path(wanted: Option<&PathMatch>) -> PathSpecifier {
    match wanted {
        None => PathSpecifier::Prefix("/".to_owned()),
        Some(PathMatch::Exact(path)) => PathSpecifier::Path(path.clone()),
        Some(PathMatch::Regex(regex)) => PathSpecifier::SafeRegex(RegexMatcher { regex: regex.clone() }),
        Some(PathMatch::Prefix(prefix)) => match prefix.trim_end_matches('/') {
            "" => PathSpecifier::Prefix("/".to_owned()),
            prefix => PathSpecifier::PathSeparatedPrefix(prefix.to_owned()),
        },
    }
}

/// A prefix is replaced so that no slash is doubled and none is lost.
fn rewrite(matched: Option<&PathMatch>, path: &RewritePath) -> RegexMatchAndSubstitute {
    let (pattern, substitution) = match path {
        RewritePath::Full(path) => ("^.*$".to_owned(), absolute(path)),
        RewritePath::Prefix(new) => {
            let old = match matched {
                Some(PathMatch::Prefix(path) | PathMatch::Exact(path)) => path.trim_end_matches('/'),
                Some(PathMatch::Regex(_)) | None => "",
            };
            let new = absolute(new);
            match new.trim_end_matches('/') {
                // What follows begins with a slash, or there is nothing.
                new if !new.is_empty() && !old.is_empty() => (format!("^{}", quoted(old)), new.to_owned()),
                new => (format!("^{}/*", quoted(old)), format!("{new}/")),
            }
        }
    };
    RegexMatchAndSubstitute { pattern: Some(RegexMatcher { regex: pattern }), substitution: substitution.replace('\\', "\\\\") }
}

/// A path begins with a slash, also where that was not written.
fn absolute(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

/// A text as an expression that fits nothing else (RE2).
fn quoted(text: &str) -> String {
    let quote = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '/' | '_') || !c.is_ascii() { vec![c] } else { vec!['\\', c] };
    text.chars().flat_map(quote).collect()
}

fn exact(name: &str, value: &str) -> HeaderMatcher {
    let specifier = HeaderMatchSpecifier::StringMatch(text(MatchPattern::Exact(value.to_owned())));
    HeaderMatcher { name: name.to_owned(), header_match_specifier: Some(specifier), ..HeaderMatcher::default() }
}

fn text(pattern: MatchPattern) -> StringMatcher {
    StringMatcher { match_pattern: Some(pattern) }
}

/// `None`: it is only asked whether there is anything.
fn pattern(matcher: &Matcher) -> Option<StringMatcher> {
    Some(text(match matcher {
        Matcher::Exact(value) => MatchPattern::Exact(value.clone()),
        Matcher::Prefix(value) => MatchPattern::Prefix(value.clone()),
        Matcher::Regex(regex) => MatchPattern::SafeRegex(RegexMatcher { regex: regex.clone() }),
        Matcher::Present | Matcher::Absent => return None,
    }))
}

pub(super) fn header(named: &Named) -> HeaderMatcher {
    let specifier = pattern(&named.is).map_or(HeaderMatchSpecifier::PresentMatch(true), HeaderMatchSpecifier::StringMatch);
    HeaderMatcher { name: named.name.clone(), header_match_specifier: Some(specifier), invert_match: named.is == Matcher::Absent }
}

fn parameter(named: &Named) -> QueryParameterMatcher {
    let is_there = QueryParameterMatchSpecifier::PresentMatch(named.is != Matcher::Absent);
    let specifier = pattern(&named.is).map_or(is_there, QueryParameterMatchSpecifier::StringMatch);
    QueryParameterMatcher { name: named.name.clone(), query_parameter_match_specifier: Some(specifier) }
}

pub(super) fn added<'a>(set: &'a [Header], add: &'a [Header]) -> impl Iterator<Item = HeaderValueOption> + 'a {
    let option = |header: &Header, action: HeaderAppendAction| HeaderValueOption {
        // Envoy would put something else in place of what stands between two `%`, and refuses a single one: what is written is what is sent.
        header: Some(HeaderValue { key: header.name.clone(), value: header.value.replace('%', "%%") }),
        append_action: action.into(),
    };
    let set = set.iter().map(move |header| option(header, HeaderAppendAction::OverwriteIfExistsOrAdd));
    set.chain(add.iter().map(move |header| option(header, HeaderAppendAction::AppendIfExistsOrAdd)))
}
