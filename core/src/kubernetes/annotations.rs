//! What objects say of the mesh in labels and annotations, by Kuma 2.14's names. What nobody understands is as if it were not there, and reported.
use super::{
    object::Texts,
    problem::{Problems, Reason},
};

pub(super) const MESH: &str = "kuma.io/mesh";
pub(super) const INJECTION: &str = "kuma.io/sidecar-injection";
pub(super) const INJECTED: &str = "kuma.io/sidecar-injected";
pub(super) const IGNORE: &str = "kuma.io/ignore";
pub(super) const GATEWAY: &str = "kuma.io/gateway";
pub(super) const INGRESS: &str = "kuma.io/ingress";
pub(super) const INGRESS_ADDRESS: &str = "kuma.io/ingress-public-address";
pub(super) const INGRESS_PORT: &str = "kuma.io/ingress-public-port";
pub(super) const EGRESS: &str = "kuma.io/egress";
pub(super) const ADMIN_PORT: &str = "kuma.io/envoy-admin-port";
pub(super) const DIRECT_ACCESS: &str = "kuma.io/direct-access-services";
pub(super) const REACHABLE_BACKENDS: &str = "kuma.io/reachable-backends";
pub(super) const REACHABLE_SERVICES: &str = "kuma.io/transparent-proxying-reachable-services";
pub(super) const TRANSPARENT: &str = "kuma.io/transparent-proxying";
pub(super) const TRANSPARENT_CONFIG: &str = "traffic.kuma.io/transparent-proxy-config";
pub(super) const INBOUND_PORT: &str = "kuma.io/transparent-proxying-inbound-port";
pub(super) const OUTBOUND_PORT: &str = "kuma.io/transparent-proxying-outbound-port";
pub(super) const IP_FAMILY: &str = "kuma.io/transparent-proxying-ip-family-mode";
pub(super) const METRICS_PORT: &str = "prometheus.metrics.kuma.io/port";
pub(super) const METRICS_PATH: &str = "prometheus.metrics.kuma.io/path";
pub(super) const ZONE_PROXY: &str = "k8s.kuma.io/zone-proxy-type";

/// Whether an annotation is about a mesh.
pub(super) fn is_ours(name: &str) -> bool {
    name.split_once('/').is_some_and(|(domain, _)| domain == "kuma.io" || domain.ends_with(".kuma.io"))
}

/// A text; an empty one is none.
pub(super) fn text<'a>(texts: &'a Texts, name: &str) -> Option<&'a str> {
    texts.get(name).map(String::as_str).filter(|text| !text.is_empty())
}

/// Whether something is on. `None`: nothing is said.
pub(super) fn switch(texts: &Texts, name: &str, problems: &mut Problems) -> Option<bool> {
    let said = texts.get(name)?;
    match said.as_str() {
        "enabled" | "true" | "yes" => Some(true),
        "disabled" | "false" | "no" => Some(false),
        _ => {
            not_understood(name, said, "must be `enabled` or `disabled`", problems);
            None
        }
    }
}

/// A port.
pub(super) fn port(texts: &Texts, name: &str, problems: &mut Problems) -> Option<u16> {
    let said = texts.get(name)?;
    let port = said.parse().ok().filter(|port| *port != 0);
    if port.is_none() {
        not_understood(name, said, "must be a port, from 1 to 65535", problems);
    }
    port
}

/// Texts between commas; none are as if nothing were said.
pub(super) fn list(texts: &Texts, name: &str) -> Option<Vec<String>> {
    let said: Vec<String> = texts.get(name)?.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect();
    (!said.is_empty()).then_some(said)
}

/// Reports that nobody understands what `name` says.
pub(super) fn not_understood(name: &str, said: &str, rule: &str, problems: &mut Problems) {
    let said: String = said.chars().take(80).collect();
    problems.add(Reason::NotUnderstood, format!("`{name}` {rule}, not `{}`; it is passed over", said.escape_debug()));
}
