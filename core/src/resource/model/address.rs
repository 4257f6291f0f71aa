//! Addresses, ports and names, checked as Kuma 2.14 checks them.
use super::path::{Path, Violations};
use std::net::IpAddr;

/// Port 0 is none.
pub(super) fn check_port(port: u32, at: &Path<'_>, found: &mut Violations) {
    found.add_if(!(1..=65535).contains(&port), at, "port must be in the range [1, 65535]");
}

/// The field `address` below `at`.
pub(super) fn check_address(address: &str, at: &Path<'_>, found: &mut Violations) {
    let at = at.field("address");
    if address.is_empty() {
        return found.add(&at, "address can't be empty");
    }
    found.add_if(matches!(address, "0.0.0.0" | "::"), &at, "must not be 0.0.0.0 or ::");
    found.add_if(!is_ip(address) && !is_loose_host_name(address), &at, "address has to be valid IP address or domain name");
}

pub(super) fn is_ip(address: &str) -> bool {
    address.parse::<IpAddr>().is_ok()
}

/// Whether what listens on `address` is reached through 127.0.0.1.
pub(super) fn overlaps_loopback(address: &str) -> bool {
    address.parse::<IpAddr>().is_ok_and(|ip| ip.is_unspecified() || ip.to_canonical() == IpAddr::from([127, 0, 0, 1]))
}

/// More than RFC 1123 allows: upper case, `_`, and a dot or `_` at the end.
fn is_loose_host_name(name: &str) -> bool {
    let stripped = name.strip_suffix(['.', '_']).filter(|name| !name.is_empty()).unwrap_or(name);
    let is_label = |label: &str| {
        label.len() <= 63
            && label.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    name.bytes().filter(|byte| *byte != b'.').count() <= 255 && stripped.split('.').all(is_label)
}

/// An RFC 1123 subdomain of any length.
pub(super) fn is_subdomain(name: &str) -> bool {
    let edge = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.split('.').all(|label| {
        label.bytes().next().is_some_and(edge)
            && label.bytes().last().is_some_and(edge)
            && label.bytes().all(|byte| edge(byte) || byte == b'-')
    })
}

/// Whether a name can be asked for: an RFC 1123 subdomain of labels that DNS can carry.
pub(crate) fn is_host_name(name: &str) -> bool {
    why_not_subdomain(name).is_empty() && name.split('.').all(|label| label.len() <= 63)
}

/// What Kubernetes says of a name that is no RFC 1123 subdomain.
pub(super) fn why_not_subdomain(name: &str) -> Vec<&'static str> {
    let mut why = Vec::new();
    if name.len() > 253 {
        why.push("must be no more than 253 characters");
    }
    if !is_subdomain(name) {
        why.push(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with \
             an alphanumeric character (e.g. 'example.com', regex used for validation is \
             '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        );
    }
    why
}
