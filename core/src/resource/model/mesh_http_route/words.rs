//! The words of a `MeshHTTPRoute`, as Kuma's schema has them. A newer Kuma may send others: what is matched by one of those takes nothing, and all
//! else goes on. Users are told.
use super::{MeshHttpRoute, ValueMatch};
use crate::resource::model::{
    mesh_timeout::items,
    path::{Path, Violations},
};

const METHODS: &[&str] = &["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];
const PATH_MATCHES: &[&str] = &["Exact", "PathPrefix", "RegularExpression"];
const HEADER_MATCHES: &[&str] = &["Exact", "Present", "RegularExpression", "Absent", "Prefix"];
const PARAMETER_MATCHES: &[&str] = &["Exact", "RegularExpression"];
const FILTERS: &[&str] = &["RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite", "RequestMirror"];

impl MeshHttpRoute {
    pub(in crate::resource::model) fn check_words(&self, found: &mut Violations) {
        let spec = Path::Root.field("spec");
        let rules = items(self.to.as_ref())
            .iter()
            .enumerate()
            .flat_map(|(to, item)| items(item.rules.as_ref()).iter().enumerate().map(move |(index, rule)| (to, index, rule)));
        for (to, index, rule) in rules {
            let at = spec.field("to");
            let at = at.index(to);
            let at = at.field("rules");
            let at = at.index(index);
            for (index, one) in items(rule.matches.as_ref()).iter().enumerate() {
                let at = at.field("matches");
                let at = at.index(index);
                if let Some(path) = &one.path {
                    check(&path.match_type, PATH_MATCHES, &at.field("path").field("type"), found);
                }
                if let Some(method) = &one.method {
                    check(method, METHODS, &at.field("method"), found);
                }
                for (index, header) in items(one.headers.as_ref()).iter().enumerate() {
                    header.check_header_word(&at.field("headers").index(index), found);
                }
                for (index, parameter) in items(one.query_params.as_ref()).iter().enumerate() {
                    check(&parameter.match_type, PARAMETER_MATCHES, &at.field("queryParams").index(index).field("type"), found);
                }
            }
            for (index, filter) in items(rule.default.filters.as_ref()).iter().enumerate() {
                let at = at.field("default");
                let at = at.field("filters");
                let at = at.index(index);
                check(&filter.filter_type, FILTERS, &at.field("type"), found);
                if let Some(scheme) = filter.request_redirect.as_ref().and_then(|redirect| redirect.scheme.as_ref()) {
                    check(scheme, &["http", "https"], &at.field("requestRedirect").field("scheme"), found);
                }
            }
        }
    }
}

impl ValueMatch {
    /// How a header is compared; without a word, with what it says.
    pub(in crate::resource::model) fn check_header_word(&self, at: &Path<'_>, found: &mut Violations) {
        if !self.match_type.is_empty() {
            check(&self.match_type, HEADER_MATCHES, &at.field("type"), found);
        }
    }
}

fn check(word: &str, allowed: &[&str], at: &Path<'_>, found: &mut Violations) {
    if !allowed.contains(&word) {
        found.add(at, format!("must be one of {}", allowed.join(", ")));
    }
}
