//! Who may connect, as Envoy enforces it (RBAC): of requests each is judged, and answered 403 if it may not be; of other connections each.
use strait_core::plan::{Caller, SpiffeMatch};
use strait_proto::{
    any::pack,
    envoy::{
        config::{
            listener::v3::Filter,
            rbac::v3::{
                Permission, Policy, Principal, Rbac, permission,
                principal::{Authenticated, Identifier},
                rbac::Action,
            },
        },
        extensions::filters::{
            http::rbac::v3::Rbac as HttpRbac,
            network::{http_connection_manager::v3::HttpFilter, rbac::v3::Rbac as NetworkRbac},
        },
        r#type::matcher::v3::{StringMatcher, string_matcher::MatchPattern},
    },
};

/// Of requests. What denies is asked first.
pub(super) fn of_requests(deny: &[Caller], allow: &[Caller]) -> Vec<HttpFilter> {
    let filter = |rules| HttpFilter {
        name: "envoy.filters.http.rbac".to_owned(),
        typed_config: Some(pack(&HttpRbac { rules: Some(rules), ..HttpRbac::default() })),
    };
    both(deny, allow).map(filter).collect()
}

/// Of connections.
pub(super) fn of_connections(stat_prefix: &str, deny: &[Caller], allow: &[Caller]) -> Vec<Filter> {
    let filter = |rules| Filter {
        name: "envoy.filters.network.rbac".to_owned(),
        typed_config: Some(pack(&NetworkRbac { rules: Some(rules), stat_prefix: format!("{stat_prefix}."), ..NetworkRbac::default() })),
    };
    both(deny, allow).map(filter).collect()
}

/// Without a policy that denies there is nothing to ask; without one that allows nobody is allowed.
fn both(deny: &[Caller], allow: &[Caller]) -> impl Iterator<Item = Rbac> {
    let denies = (!deny.is_empty()).then(|| rules(Action::Deny, "deny", deny));
    denies.into_iter().chain([rules(Action::Allow, "allow", allow)])
}

fn rules(action: Action, name: &str, callers: &[Caller]) -> Rbac {
    let policies = callers.iter().enumerate().map(|(index, caller)| (format!("{name}-{index}"), policy(caller)));
    Rbac { action: action.into(), policies: policies.collect() }
}

fn policy(caller: &Caller) -> Policy {
    let text = |pattern| StringMatcher { match_pattern: Some(pattern) };
    let asks = caller
        .sni
        .as_ref()
        .map_or(permission::Rule::Any(true), |sni| permission::Rule::RequestedServerName(text(MatchPattern::Exact(sni.clone()))));
    let is = caller.spiffe_id.as_ref().map_or(Identifier::Any(true), |id| {
        let pattern = match id {
            SpiffeMatch::Exact(id) => MatchPattern::Exact(id.clone()),
            SpiffeMatch::Prefix(prefix) => MatchPattern::Prefix(prefix.clone()),
        };
        Identifier::Authenticated(Authenticated { principal_name: Some(text(pattern)) })
    });
    Policy { permissions: vec![Permission { rule: Some(asks) }], principals: vec![Principal { identifier: Some(is) }] }
}
