//! Matches and filters of a `MeshHTTPRoute`, as they are written, in the terms of plans.
use super::{Filter, Header, HeaderChange, Lookup, Matcher, Named, PathMatch, RewritePath, RouteMatch};
use crate::{
    policy::Origin,
    resource::model::{HeaderModifier, NamedValue, PathRewrite, RequestMatch, RouteFilter, ValueMatch},
};
use serde_json::Value;

/// `None`: something of it is not understood. The rest of it would take more requests than were meant.
pub(super) fn matching(one: &RequestMatch) -> Option<RouteMatch> {
    let named = |list: &Option<Vec<ValueMatch>>| list.iter().flatten().map(named).collect::<Option<_>>();
    Some(RouteMatch {
        path: match &one.path {
            Some(one) => Some(path(one)?),
            None => None,
        },
        method: one.method.clone(),
        headers: named(&one.headers)?,
        query: named(&one.query_params)?,
    })
}

fn named(one: &ValueMatch) -> Option<Named> {
    let value = one.value.clone();
    let is = match one.match_type.as_str() {
        "" | "Exact" => Matcher::Exact(value),
        "RegularExpression" => Matcher::Regex(value),
        "Prefix" => Matcher::Prefix(value),
        "Present" => Matcher::Present,
        "Absent" => Matcher::Absent,
        _ => return None,
    };
    Some(Named { name: one.name.clone(), is })
}

fn path(one: &ValueMatch) -> Option<PathMatch> {
    let value = one.value.clone();
    Some(match one.match_type.as_str() {
        "" | "PathPrefix" => PathMatch::Prefix(value),
        "Exact" => PathMatch::Exact(value),
        "RegularExpression" => PathMatch::Regex(value),
        _ => return None,
    })
}

/// `None`: it does nothing that is understood.
pub(super) fn filter(one: &RouteFilter, origin: Option<&Origin>, lookup: &dyn Lookup) -> Option<Filter> {
    if let Some(change) = &one.request_header_modifier {
        return Some(Filter::RequestHeaders(header_change(change)));
    }
    if let Some(change) = &one.response_header_modifier {
        return Some(Filter::ResponseHeaders(header_change(change)));
    }
    if let Some(redirect) = &one.request_redirect {
        return Some(Filter::Redirect {
            scheme: redirect.scheme.clone(),
            host: redirect.hostname.clone(),
            port: redirect.port.and_then(|port| u16::try_from(port).ok()),
            path: redirect.path.as_ref().and_then(rewrite),
            status: redirect.status_code.and_then(|code| u16::try_from(code).ok()).unwrap_or(302),
        });
    }
    if let Some(change) = &one.url_rewrite {
        return Some(Filter::Rewrite { host: change.hostname.clone(), path: change.path.as_ref().and_then(rewrite) });
    }
    let mirror = one.request_mirror.as_ref()?;
    let to = lookup.backend(&mirror.backend_ref, origin?)?;
    Some(Filter::Mirror { millionths: mirror.percentage.as_ref().map_or(1_000_000, millionths), to })
}

fn header_change(change: &HeaderModifier) -> HeaderChange {
    let header = |header: &NamedValue| Header { name: header.name.clone(), value: header.value.clone() };
    HeaderChange {
        set: change.set.iter().flatten().map(header).collect(),
        add: change.add.iter().flatten().map(header).collect(),
        remove: change.remove.clone().unwrap_or_default(),
    }
}

fn rewrite(path: &PathRewrite) -> Option<RewritePath> {
    let full = path.replace_full_path.clone().map(RewritePath::Full);
    full.or_else(|| path.replace_prefix_match.clone().map(RewritePath::Prefix))
}

/// Of a percentage.
fn millionths(percentage: &Value) -> u32 {
    let number = percentage.as_f64().or_else(|| percentage.as_str()?.parse().ok()).unwrap_or(100.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and a million")]
    let millionths = (number.clamp(0.0, 100.0) * 10_000.0).round() as u32;
    millionths
}
