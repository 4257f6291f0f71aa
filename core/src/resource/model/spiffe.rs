//! Whether a text is a SPIFFE ID.

/// What is wrong with a text that should be a SPIFFE ID, in the words of go-spiffe, as Kuma passes them on.
pub(crate) fn why_not_spiffe_id(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("cannot be empty");
    }
    let Some(rest) = text.strip_prefix("spiffe://") else { return Some("scheme is missing or invalid") };
    let (domain, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    if domain.is_empty() {
        return Some("trust domain is missing");
    }
    if !domain.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte)) {
        return Some("trust domain characters are limited to lowercase letters, numbers, dots, dashes, and underscores");
    }
    let path = path.strip_prefix('/')?;
    if path.is_empty() || path.ends_with('/') {
        return Some("path cannot have a trailing slash");
    }
    path.split('/').find_map(|segment| match segment {
        "" => Some("path cannot contain empty segments"),
        "." | ".." => Some("path cannot contain dot segments"),
        _ if segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) => None,
        _ => Some("path segment characters are limited to letters, numbers, dots, dashes, and underscores"),
    })
}
