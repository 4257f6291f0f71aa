//! Which names and labels are allowed.
use crate::kubernetes::{failure::Cause, object, resource::Resource};
use serde_json::{Value, json};

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SERVICE: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

fn is_label(text: &str, longest: usize) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    (1..=longest).contains(&bytes.len())
        && bytes.iter().all(|byte| letter(*byte) || *byte == b'-')
        && letter(bytes[0])
        && letter(bytes[bytes.len() - 1])
}

fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(|label| is_label(label, 253))
}

/// What is wrong with the name of an object.
pub(super) fn check(resource: &Resource, name: &str) -> Vec<Cause> {
    let field = "metadata.name";
    if name.is_empty() {
        return vec![Cause::required(field, "name or generateName is required")];
    }
    let (fits, rule) = match resource.id().as_str() {
        "services" => (is_label(name, 63) && !name.starts_with(|letter: char| letter.is_ascii_digit()), SERVICE),
        "namespaces" => (is_label(name, 63), LABEL),
        _ => (is_subdomain(name), SUBDOMAIN),
    };
    if fits { Vec::new() } else { vec![Cause::invalid(field, &json!(name), rule)] }
}

/// What is wrong with the labels of an object.
pub(super) fn check_labels(object: &Value) -> Vec<Cause> {
    let part = |text: &str| {
        let letter = |byte: u8| byte.is_ascii_alphanumeric();
        let bytes = text.as_bytes();
        (1..=63).contains(&bytes.len())
            && bytes.iter().all(|byte| letter(*byte) || b"-_.".contains(byte))
            && letter(bytes[0])
            && letter(bytes[bytes.len() - 1])
    };
    let mut causes = Vec::new();
    let (labels, annotations) = (&object["metadata"]["labels"], &object["metadata"]["annotations"]);
    for (field, map) in [("metadata.labels", labels), ("metadata.annotations", annotations)] {
        for (key, value) in object::texts(map, &[]) {
            let (prefix, name) = key.rsplit_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
            if !part(name) || !prefix.is_none_or(|prefix| is_subdomain(&prefix.to_lowercase())) {
                let rule = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
                causes.push(Cause::invalid(field, &json!(key), rule));
            }
            if field == "metadata.labels" && !value.is_empty() && !part(value) {
                causes.push(Cause::invalid(field, &json!(value), VALUE));
            }
        }
    }
    causes
}
