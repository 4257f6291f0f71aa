//! What no proxy can be told of a `MeshHTTPRoute`, though Kuma takes it: Envoy refuses a whole outbound for one expression, name or value that it
//! cannot read. Nobody may write such a route here; and of what a Kuma sends it is left out, with the reason.
//!
//! The limits are those of Envoy's API (`envoy.config.route.v3`, as it is validated).
use super::{HeaderModifier, MeshHttpRoute, RouteConf, RouteFilter, RouteItem, ValueMatch, re2::why_not_re2};
use crate::resource::model::{
    mesh_timeout::items,
    path::{Path, Violations},
};

/// Of the name and of the value of a header, in bytes.
const LONGEST_HEADER: usize = 16_384;
/// Of the name of a parameter, in bytes.
const LONGEST_PARAMETER: usize = 1024;
/// That one route may set and add.
const MOST_HEADERS: usize = 1000;

impl MeshHttpRoute {
    pub(in crate::resource::model) fn check_limits(&self, found: &mut Violations) {
        let spec = Path::Root.field("spec");
        for (index, item) in items(self.to.as_ref()).iter().enumerate() {
            item.check_limits(&spec.field("to").index(index), found);
        }
    }
}

impl RouteItem {
    pub(in crate::resource::model) fn check_limits(&self, at: &Path<'_>, found: &mut Violations) {
        for (index, host) in items(self.hostnames.as_ref()).iter().enumerate() {
            let at = at.field("hostnames");
            found.add_if(host.is_empty(), &at.index(index), "must not be empty");
            check_text(host, &at.index(index), found);
        }
        for (index, rule) in items(self.rules.as_ref()).iter().enumerate() {
            let at = at.field("rules");
            let at = at.index(index);
            for (index, one) in items(rule.matches.as_ref()).iter().enumerate() {
                let at = at.field("matches");
                let at = at.index(index);
                one.path.iter().for_each(|path| path.check_path_limits(&at.field("path"), found));
                for (index, header) in items(one.headers.as_ref()).iter().enumerate() {
                    let at = at.field("headers");
                    let at = at.index(index);
                    header.check_header_limits(&at, found);
                }
                for (index, parameter) in items(one.query_params.as_ref()).iter().enumerate() {
                    let at = at.field("queryParams");
                    let at = at.index(index);
                    let length = parameter.name.len();
                    let wrong = !(1..=LONGEST_PARAMETER).contains(&length);
                    found.add_if(wrong, &at.field("name"), format!("must have 1 to {LONGEST_PARAMETER} bytes"));
                    parameter.check_value_limits(&at, found);
                }
            }
            rule.default.check_limits(&at.field("default"), found);
        }
    }
}

impl ValueMatch {
    fn check_path_limits(&self, at: &Path<'_>, found: &mut Violations) {
        let value = at.field("value");
        match self.match_type.as_str() {
            "RegularExpression" => check_expression(&self.value, &value, found),
            "PathPrefix" => {
                found.add_if(self.value.contains(['?', '#']), &value, "must not contain `?` or `#`: it is compared with the path alone");
                check_text(&self.value, &value, found);
            }
            _ => check_text(&self.value, &value, found),
        }
    }

    pub(in crate::resource::model) fn check_header_limits(&self, at: &Path<'_>, found: &mut Violations) {
        check_header_name(&self.name, &at.field("name"), found);
        self.check_value_limits(at, found);
    }

    fn check_value_limits(&self, at: &Path<'_>, found: &mut Violations) {
        match self.match_type.as_str() {
            "RegularExpression" => check_expression(&self.value, &at.field("value"), found),
            "Prefix" => found.add_if(self.value.is_empty(), &at.field("value"), "must not be empty with type Prefix"),
            _ => {}
        }
    }
}

impl RouteConf {
    fn check_limits(&self, at: &Path<'_>, found: &mut Violations) {
        let filters = items(self.filters.as_ref());
        for (index, filter) in filters.iter().enumerate() {
            filter.check_limits(&at.field("filters").index(index), found);
        }
        let count = |change: Option<&HeaderModifier>| change.map_or(0, |one| items(one.set.as_ref()).len() + items(one.add.as_ref()).len());
        let of_requests: usize = filters.iter().map(|filter| count(filter.request_header_modifier.as_ref())).sum();
        let of_answers: usize = filters.iter().map(|filter| count(filter.response_header_modifier.as_ref())).sum();
        let too_many = of_requests.max(of_answers) > MOST_HEADERS;
        found.add_if(too_many, &at.field("filters"), format!("must not set and add more than {MOST_HEADERS} headers"));
        let at = at.field("backendRefs");
        let backends = items(self.backend_refs.as_ref());
        let sum: u64 = backends.iter().map(|backend| u64::from(backend.weight.unwrap_or(1))).sum();
        found.add_if(sum > u64::from(u32::MAX), &at, format!("the weights must come to {} at most, together", u32::MAX));
        for (index, backend) in backends.iter().enumerate() {
            let wrong = backend.port.is_some_and(|port| !(1..=65535).contains(&port));
            found.add_if(wrong, &at.index(index).field("port"), "must be from 1 to 65535");
        }
    }
}

impl RouteFilter {
    fn check_limits(&self, at: &Path<'_>, found: &mut Violations) {
        let changes =
            [("requestHeaderModifier", &self.request_header_modifier), ("responseHeaderModifier", &self.response_header_modifier)];
        for (name, change) in changes {
            change.iter().for_each(|change| change.check_limits(&at.field(name), found));
        }
        if let Some(redirect) = &self.request_redirect {
            let at = at.field("requestRedirect");
            let code = redirect.status_code.unwrap_or(302);
            let wrong = ![301, 302, 303, 307, 308].contains(&code);
            found.add_if(wrong, &at.field("statusCode"), "must be one of 301, 302, 303, 307, 308");
            let wrong = redirect.port.is_some_and(|port| !(1..=65535).contains(&port));
            found.add_if(wrong, &at.field("port"), "must be from 1 to 65535");
        }
        let redirect = self.request_redirect.as_ref().map(|one| ("requestRedirect", &one.hostname, &one.path));
        let rewrite = self.url_rewrite.as_ref().map(|one| ("urlRewrite", &one.hostname, &one.path));
        for (name, host, path) in redirect.into_iter().chain(rewrite) {
            let at = at.field(name);
            host.iter().for_each(|host| check_text(host, &at.field("hostname"), found));
            if let Some(path) = path {
                let at = at.field("path");
                let texts = [("replaceFullPath", &path.replace_full_path), ("replacePrefixMatch", &path.replace_prefix_match)];
                for (name, text) in texts {
                    text.iter().for_each(|text| check_text(text, &at.field(name), found));
                }
            }
        }
    }
}

impl HeaderModifier {
    pub(in crate::resource::model) fn check_limits(&self, at: &Path<'_>, found: &mut Violations) {
        for (list, headers) in [("set", &self.set), ("add", &self.add)] {
            for (index, header) in items(headers.as_ref()).iter().enumerate() {
                let at = at.field(list);
                let at = at.index(index);
                check_changed_name(&header.name, &at.field("name"), found);
                check_text(&header.value, &at.field("value"), found);
                // Each `%` is said twice.
                let length = header.value.len() + header.value.matches('%').count();
                found.add_if(length > LONGEST_HEADER, &at.field("value"), format!("must have {LONGEST_HEADER} bytes at most"));
            }
        }
        for (index, name) in items(self.remove.as_ref()).iter().enumerate() {
            check_changed_name(name, &at.field("remove").index(index), found);
        }
    }
}

/// Other headers say where a request goes.
fn check_changed_name(name: &str, at: &Path<'_>, found: &mut Violations) {
    check_header_name(name, at, found);
    let wrong = name.eq_ignore_ascii_case("host");
    found.add_if(wrong, at, "must not be `host`: to change that, use a filter of type URLRewrite");
}

/// A token of HTTP (RFC 9110), as Kuma's schema asks, in letters of any size.
pub(in crate::resource::model) fn check_header_name(name: &str, at: &Path<'_>, found: &mut Violations) {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let wrong = name.is_empty() || name.len() > LONGEST_HEADER || !name.bytes().all(is_token);
    found.add_if(wrong, at, "must be the name of a header: ASCII letters, digits and !#$%&'*+-.^_`|~");
}

fn check_expression(text: &str, at: &Path<'_>, found: &mut Violations) {
    if text.is_empty() {
        found.add(at, "must not be empty with type RegularExpression");
    } else if let Some(why) = why_not_re2(text) {
        found.add(at, format!("must be an expression that RE2 reads: {why}"));
    }
}

/// What can stand in a header.
pub(in crate::resource::model) fn check_text(text: &str, at: &Path<'_>, found: &mut Violations) {
    found.add_if(text.contains(['\0', '\r', '\n']), at, "must not contain line breaks or NUL");
}
