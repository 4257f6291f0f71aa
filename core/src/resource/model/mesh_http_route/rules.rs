//! What Kuma 2.14.3 refuses in a `MeshHTTPRoute`.
use super::{HeaderModifier, MeshHttpRoute, PathRewrite, RequestMatch, RouteBackend, RouteFilter, RouteItem, RouteRule, ValueMatch};
use crate::resource::{
    Resource, labels,
    model::{
        address::{is_ip, why_not_subdomain},
        mesh_timeout::items,
        path::{Path, Violations},
        target_ref::Allowed,
    },
};
use std::collections::BTreeSet;

/// What stands in place of a service that a route of Kubernetes names and that is not there: no name of a service looks like that.
const UNRESOLVED: &str = "kuma.io/unresolved-backend";

impl MeshHttpRoute {
    pub(in crate::resource::model) fn check(&self, resource: &Resource, found: &mut Violations) {
        let spec = Path::Root.field("spec");
        if let Some(target) = &self.target_ref {
            let of_everybody = resource.labels.get(labels::POLICY_ROLE).is_none_or(|role| role.is_empty() || role == "system");
            let kinds = ["Mesh", "MeshSubset", "MeshService", "MeshServiceSubset", "Dataplane", "MeshGateway"];
            let allowed = Allowed { listener_tags: of_everybody, ..Allowed::kinds(if of_everybody { &kinds } else { &kinds[..5] }) };
            target.check(&allowed, &spec.field("targetRef"), found);
        }
        let of_gateway = self.target_ref.as_ref().is_some_and(|target| target.kind == "MeshGateway");
        for (index, item) in items(self.to.as_ref()).iter().enumerate() {
            item.check(of_gateway, &spec.field("to").index(index), found);
        }
    }
}

impl RouteItem {
    fn check(&self, of_gateway: bool, at: &Path<'_>, found: &mut Violations) {
        let kinds: &[&str] = if of_gateway { &["Mesh"] } else { &["MeshService", "MeshExternalService", "MeshMultiZoneService"] };
        self.target_ref.check(&Allowed::kinds(kinds), &at.field("targetRef"), found);
        for (index, rule) in items(self.rules.as_ref()).iter().enumerate() {
            rule.check(of_gateway, &at.field("rules").index(index), found);
        }
        let named = !of_gateway && !items(self.hostnames.as_ref()).is_empty();
        found.add_if(named, &at.field("hostnames"), "must not be defined");
    }
}

impl RouteRule {
    fn check(&self, of_gateway: bool, at: &Path<'_>, found: &mut Violations) {
        let matches = items(self.matches.as_ref());
        for (index, one) in matches.iter().enumerate() {
            one.check(&at.field("matches").index(index), found);
        }
        let at = at.field("default");
        let by_prefix = matches.iter().all(|one| one.path.as_ref().is_some_and(|path| path.match_type == "PathPrefix"));
        let filters = items(self.default.filters.as_ref());
        for (index, filter) in filters.iter().enumerate() {
            filter.check(of_gateway, by_prefix, &at.field("filters").index(index), found);
        }
        let at = at.field("backendRefs");
        let backends = items(self.default.backend_refs.as_ref());
        let redirects = filters.iter().any(|filter| filter.filter_type == "RequestRedirect");
        found.add_if(of_gateway && backends.is_empty() && !redirects, &at, "must not be empty");
        let kinds = ["MeshService", "MeshServiceSubset", "MeshExternalService", "MeshMultiZoneService"];
        for (index, backend) in backends.iter().enumerate() {
            backend.check(&kinds, &at.index(index), found);
            let lacks_port = backend.target.kind == "MeshMultiZoneService" && backend.port.is_none();
            found.add_if(lacks_port, &at.index(index).field("port"), "must be defined with kind MeshMultiZoneService");
        }
    }
}

impl RequestMatch {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        if let Some(path) = &self.path {
            path.check_path(&at.field("path").field("value"), found);
        }
        let mut named = BTreeSet::new();
        for (index, parameter) in items(self.query_params.as_ref()).iter().enumerate() {
            let what = format!("multiple entries for name {}", parameter.name);
            found.add_if(!named.insert(&parameter.name), &at.field("queryParams").index(index).field("name"), what);
        }
        for (index, header) in items(self.headers.as_ref()).iter().enumerate() {
            let wrong = matches!(header.match_type.as_str(), "Present" | "Absent") && !header.value.is_empty();
            found.add_if(wrong, &at.field("headers").index(index).field("value"), "must not be defined");
        }
    }
}

impl ValueMatch {
    fn check_path(&self, at: &Path<'_>, found: &mut Violations) {
        let path = self.value.as_str();
        let is_prefix = self.match_type == "PathPrefix";
        if is_prefix && path != "/" && path.ends_with('/') {
            found.add(at, "does not need a trailing slash because only a `/`-separated prefix or an entire path is matched");
        }
        let wrong = (is_prefix || self.match_type == "Exact") && !path.starts_with('/');
        found.add_if(wrong, at, "must be an absolute path");
    }
}

impl RouteFilter {
    /// `by_prefix`: whether all matches are by a prefix of the path.
    fn check(&self, of_gateway: bool, by_prefix: bool, at: &Path<'_>, found: &mut Violations) {
        let (field, is_there) = match self.filter_type.as_str() {
            "RequestHeaderModifier" => ("requestHeaderModifier", self.request_header_modifier.is_some()),
            "ResponseHeaderModifier" => ("responseHeaderModifier", self.response_header_modifier.is_some()),
            "RequestRedirect" => ("requestRedirect", self.request_redirect.is_some()),
            "URLRewrite" => ("urlRewrite", self.url_rewrite.is_some()),
            "RequestMirror" => ("requestMirror", self.request_mirror.is_some()),
            _ => return,
        };
        let at = at.field(field);
        found.add_if(!is_there, &at, "must be defined");
        match field {
            "requestHeaderModifier" => self.request_header_modifier.iter().for_each(|change| change.check(&at, found)),
            "responseHeaderModifier" => self.response_header_modifier.iter().for_each(|change| change.check(&at, found)),
            "requestRedirect" => {
                if let Some(redirect) = &self.request_redirect {
                    check_prefix(redirect.path.as_ref(), by_prefix, &at, found);
                    check_host(redirect.hostname.as_ref(), &at, found);
                }
            }
            "urlRewrite" => {
                if let Some(rewrite) = &self.url_rewrite {
                    check_prefix(rewrite.path.as_ref(), by_prefix, &at, found);
                    check_host(rewrite.hostname.as_ref(), &at, found);
                    let of_backend = rewrite.host_to_backend_hostname == Some(true);
                    let at = at.field("hostToBackendHostname");
                    found.add_if(of_backend && !of_gateway, &at, "can only be set with MeshGateway");
                    found.add_if(of_backend && rewrite.hostname.is_some(), &at, "cannot be set together with hostname");
                }
            }
            _ => {
                if let Some(mirror) = &self.request_mirror {
                    mirror.backend_ref.check(&["MeshService", "MeshServiceSubset"], &at.field("backendRef"), found);
                }
            }
        }
    }
}

impl RouteBackend {
    fn check(&self, kinds: &[&str], at: &Path<'_>, found: &mut Violations) {
        if self.target.name.as_deref() != Some(UNRESOLVED) {
            self.target.check(&Allowed::kinds(kinds), at, found);
        }
    }
}

impl HeaderModifier {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        if self.set.is_none() && self.add.is_none() && self.remove.is_none() {
            return found.add(at, "must have at least one defined: set, add, remove");
        }
        let mut named = BTreeSet::new();
        let mut check = |list: &str, index: usize, name: &String| {
            let twice = !named.insert(name.clone());
            found.add_if(twice, &at.field(list).index(index).field("name"), "duplicate header name");
        };
        for (list, headers) in [("set", &self.set), ("add", &self.add)] {
            items(headers.as_ref()).iter().enumerate().for_each(|(index, header)| check(list, index, &header.name));
        }
        items(self.remove.as_ref()).iter().enumerate().for_each(|(index, name)| check("remove", index, name));
    }
}

fn check_prefix(path: Option<&PathRewrite>, by_prefix: bool, at: &Path<'_>, found: &mut Violations) {
    let wrong = !by_prefix && path.is_some_and(|path| path.replace_prefix_match.is_some());
    found.add_if(wrong, &at.field("path").field("replacePrefixMatch"), "can only appear if all matches match a path prefix");
}

fn check_host(host: Option<&String>, at: &Path<'_>, found: &mut Violations) {
    let Some(host) = host else { return };
    if is_ip(host) {
        return found.add(&at.field("hostname"), "cannot be an IP address");
    }
    why_not_subdomain(host).into_iter().for_each(|why| found.add(&at.field("hostname"), why));
}
