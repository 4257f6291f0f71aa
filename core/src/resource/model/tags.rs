//! Tags of proxies, and selectors over them.
use super::path::{Path, Violations};
use std::collections::BTreeMap;

pub(crate) const SERVICE: &str = "kuma.io/service";
pub(crate) const PROTOCOL: &str = "kuma.io/protocol";

/// What Kuma 2.14 says when it lists protocols; it also takes `tls` and `mysql`.
pub(super) const PROTOCOLS_HINT: &str = "Allowed values: grpc, http, http2, kafka, tcp";

pub(super) type Tags = BTreeMap<String, String>;

/// Tags that a proxy carries.
pub(super) fn check_tags(tags: &Tags, at: &Path<'_>, found: &mut Violations) {
    check(tags, at, found, |value| {
        (!value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte)))
            .then_some("tag value must consist of alphanumeric characters, dots, dashes and underscores")
    });
}

/// Tags that select proxies; `*` stands for any value.
pub(super) fn check_selector(tags: &Tags, at: &Path<'_>, found: &mut Violations) {
    check(tags, at, found, |value| {
        (value != "*" && !is_of_tag_name(value))
            .then_some("tag value must consist of alphanumeric characters, dots, dashes, slashes and underscores or be \"*\"")
    });
}

pub(super) fn require_service(tags: &Tags, at: &Path<'_>, found: &mut Violations) {
    found.add_if(!tags.contains_key(SERVICE), at, format!("mandatory tag {SERVICE:?} is missing"));
}

pub(crate) fn is_protocol(name: &str) -> bool {
    matches!(name.to_lowercase().as_str(), "http" | "http2" | "tcp" | "tls" | "grpc" | "kafka" | "mysql")
}

fn is_of_tag_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:/".contains(&byte))
}

fn check(tags: &Tags, at: &Path<'_>, found: &mut Violations, value_is_wrong: impl Fn(&str) -> Option<&'static str>) {
    for (name, value) in tags {
        let tag = at.key(name);
        found.add_if(name.is_empty(), at, "tag name must be non-empty");
        let what = "tag name must consist of alphanumeric characters, dots, dashes, slashes and underscores";
        found.add_if(!is_of_tag_name(name), &tag, what);
        found.add_if(value.is_empty(), &tag, "tag value must be non-empty");
        if let Some(what) = value_is_wrong(value) {
            found.add(&tag, what);
        }
    }
}
