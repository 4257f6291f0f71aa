//! What is too much for one resource: it could not be sent, or not be read back.
use super::{Resource, Spec, json_len::json_len};
use serde_json::Value;

/// The largest spec, in bytes of JSON or as a peer sent it. It leaves room in a KDS message, of which Kuma takes 10 MiB.
pub const MOST_BYTES: usize = 4 << 20;
/// The largest sum of all labels, in bytes: as Kubernetes allows for what stands beside a spec.
pub const MOST_LABEL_BYTES: usize = 256 << 10;
/// The deepest spec. What stores and messages put around it must still be readable: JSON ends at 128.
pub const MOST_DEPTH: usize = 100;

/// Which field is too much, and why.
pub(crate) fn unfit(resource: &Resource) -> Option<(&'static str, String)> {
    let labels: usize = resource.labels.iter().map(|(label, value)| label.len() + value.len()).sum();
    if labels > MOST_LABEL_BYTES {
        return Some(("labels", format!("must not be larger than {MOST_LABEL_BYTES} bytes together, they have {labels}")));
    }
    let status = resource.status.iter().map(|status| ("status", status));
    std::iter::once(("spec", &resource.spec)).chain(status).find_map(|(field, spec)| Some((field, unfit_spec(spec)?)))
}

fn unfit_spec(spec: &Spec) -> Option<String> {
    if spec.value().is_some_and(|value| is_deeper(value, MOST_DEPTH)) {
        return Some(format!("must not be nested deeper than {MOST_DEPTH} levels"));
    }
    let decoded = spec.value().map_or(0, json_len);
    let raw = spec.raw().map_or(0, |raw| raw.bytes.len());
    let bytes = decoded.max(raw);
    (bytes > MOST_BYTES).then(|| format!("must not be larger than {MOST_BYTES} bytes, it has {bytes}"))
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(|item| is_deeper(item, levels - 1)),
        Value::Object(fields) => levels == 0 || fields.values().any(|field| is_deeper(field, levels - 1)),
        _ => false,
    }
}
