//! What must hold of a `Mesh` (Kuma 2.14).
use super::{CertificateBackend, LoggingBackend, Mesh, ProxyConstraints, TagRule, TracingBackend};
use crate::resource::model::{
    address::check_port,
    path::{Path, Violations},
    tags,
};
use serde_json::Value;
use std::collections::BTreeSet;

const MOST_CERTIFICATE_BACKENDS: usize = 1;

impl Mesh {
    pub(in crate::resource::model) fn check(&self, found: &mut Violations) {
        self.check_mtls(found);
        if let Some(logging) = &self.logging {
            let at = Path::Root.field("logging");
            let names = logging.backends.iter().map(|backend| backend.name.as_str());
            for (index, backend) in logging.backends.iter().enumerate() {
                backend.check(&at.field("backends").index(index), found);
            }
            check_names(names, ("defaultBackend", &logging.default_backend), "logging backend in mesh", &at, found);
        }
        if let Some(tracing) = &self.tracing {
            let at = Path::Root.field("tracing");
            let names = tracing.backends.iter().map(|backend| backend.name.as_str());
            for (index, backend) in tracing.backends.iter().enumerate() {
                backend.check(&at.field("backends").index(index), found);
            }
            check_names(names, ("defaultBackend", &tracing.default_backend), "tracing backend in mesh", &at, found);
        }
        if let Some(metrics) = &self.metrics {
            let at = Path::Root.field("metrics");
            let names = metrics.backends.iter().map(|backend| backend.name.as_str());
            for (index, backend) in metrics.backends.iter().enumerate() {
                backend.check(&at.field("backends").index(index), found);
            }
            check_names(names, ("enabledBackend", &metrics.enabled_backend), "backends in the mesh", &at, found);
        }
        if let Some(constraints) = self.constraints.as_ref().and_then(|constraints| constraints.dataplane_proxy.as_ref()) {
            constraints.check(&Path::Root.field("constraints").field("dataplaneProxy"), found);
        }
        let needs_certificates = self.routing.as_ref().is_some_and(|routing| routing.zone_egress);
        let has_certificates = self.mtls.as_ref().is_some_and(|mtls| !mtls.enabled_backend.is_empty());
        let at = Path::Root.field("mtls");
        found.add_if(needs_certificates && !has_certificates, &at, "has to be set when zoneEgress enabled");
    }

    fn check_mtls(&self, found: &mut Violations) {
        let Some(mtls) = &self.mtls else { return };
        let at = Path::Root.field("mtls");
        let what = format!("cannot have more than {MOST_CERTIFICATE_BACKENDS} backends");
        found.add_if(mtls.backends.len() > MOST_CERTIFICATE_BACKENDS, &at.field("backends"), what);
        let names = mtls.backends.iter().map(|backend| backend.name.as_str());
        check_names(names, ("enabledBackend", &mtls.enabled_backend), "backends in the mesh", &at, found);
        for _ in mtls.backends.iter().filter(|backend| !backend.has_expiration()) {
            // Kuma says neither which backend, nor `dpCert`.
            found.add(&at.field("dpcert").field("rotation").field("expiration"), "has to be a valid format");
        }
    }
}

/// Names are unique, and the chosen one exists.
fn check_names<'a>(
    names: impl Iterator<Item = &'a str>,
    (chosen_field, chosen): (&str, &str),
    of_what: &str,
    at: &Path<'_>,
    found: &mut Violations,
) {
    let mut used = BTreeSet::new();
    for (index, name) in names.enumerate() {
        let what = format!("{name:?} name is already used for another backend");
        found.add_if(!used.insert(name), &at.field("backends").index(index).field("name"), what);
    }
    let unknown = !chosen.is_empty() && !used.contains(chosen);
    found.add_if(unknown, &at.field(chosen_field), format!("has to be set to one of the {of_what}"));
}

impl CertificateBackend {
    /// Nothing said is right, too; a certificate without expiration is not.
    fn has_expiration(&self) -> bool {
        let Some(certificates) = &self.dp_cert else { return true };
        let text = certificates.rotation.as_ref().map_or("", |rotation| rotation.expiration.as_str());
        let (number, unit) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
        text == "0" || (!number.is_empty() && matches!(unit, "y" | "w" | "d" | "h" | "m" | "s" | "ms"))
    }
}

/// A text that a backend is told; `None` where it is none, which Kuma may read otherwise.
fn told<'a>(conf: Option<&'a Value>, field: &str) -> Option<&'a str> {
    match conf.and_then(|conf| conf.get(field)) {
        None | Some(Value::Null) => Some(""),
        Some(value) => value.as_str(),
    }
}

impl LoggingBackend {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        found.add_if(self.name.is_empty(), &at.field("name"), "cannot be empty");
        let conf = self.conf.as_ref();
        let at_conf = at.field("config");
        match self.backend_type.as_str() {
            "file" => found.add_if(told(conf, "path") == Some(""), &at_conf.field("path"), "cannot be empty"),
            "tcp" => match told(conf, "address") {
                Some("") => found.add(&at_conf.field("address"), "cannot be empty"),
                Some(address) => {
                    found.add_if(!has_host_and_port(address), &at_conf.field("address"), "has to be in format of HOST:PORT");
                }
                None => {}
            },
            _ => found.add(&at.field("type"), "unknown backend type. Available backends: \"tcp\", \"file\""),
        }
    }
}

impl TracingBackend {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        found.add_if(self.name.is_empty(), &at.field("name"), "cannot be empty");
        let wrong = self.sampling.is_some_and(|sampling| !(0.0..=100.0).contains(&sampling));
        found.add_if(wrong, &at.field("sampling"), "has to be in [0.0 - 100.0] range");
        let conf = self.conf.as_ref();
        let at_conf = at.field("config");
        match self.backend_type.as_str() {
            "zipkin" => {
                let version = told(conf, "apiVersion").unwrap_or_default();
                let wrong = !matches!(version, "" | "httpJsonV1" | "httpJson" | "httpProto");
                let what = "has invalid value. Allowed values: httpJsonV1, httpJson, httpProto";
                found.add_if(wrong, &at_conf.field("apiVersion"), what);
                if let Some(what) = told(conf, "url").and_then(why_not_url_with_port) {
                    found.add(&at_conf.field("url"), what);
                }
            }
            "datadog" => {
                found.add_if(told(conf, "address") == Some(""), &at_conf.field("address"), "cannot be empty");
                let port = match conf.and_then(|conf| conf.get("port")) {
                    None | Some(Value::Null) => Some(0.0),
                    Some(Value::String(text)) => text.parse().ok(),
                    Some(port) => port.as_f64(),
                };
                if let Some(port) = port {
                    let port = if (0.0..=65535.0).contains(&port) { port } else { 0.0 };
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
                    check_port(port as u32, &at_conf.field("port"), found);
                }
            }
            _ => found.add(&at.field("type"), "unknown backend type. Available backends: \"zipkin\", \"datadog\""),
        }
    }
}

fn has_host_and_port(address: &str) -> bool {
    let (host, port) = match address.strip_prefix('[').and_then(|rest| rest.split_once("]:")) {
        Some(split) => split,
        None => match address.rsplit_once(':') {
            Some((host, _)) if host.contains(':') => return false,
            Some(split) => split,
            None => return false,
        },
    };
    !host.is_empty() && !port.is_empty() && !port.contains(':')
}

fn why_not_url_with_port(url: &str) -> Option<&'static str> {
    if url.is_empty() {
        return Some("cannot be empty");
    }
    let Some((_, rest)) = url.split_once("://") else {
        return Some(if url.starts_with('/') || url.contains(':') { "port has to be explicitly specified" } else { "invalid URL" });
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let after_address = host.rsplit_once(']').map_or(host, |(_, rest)| rest);
    let has_port = after_address.rsplit_once(':').is_some_and(|(_, port)| !port.is_empty());
    (!has_port).then_some("port has to be explicitly specified")
}

impl ProxyConstraints {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        let mut check = |field: &str, rules: &[TagRule]| {
            for (index, rule) in rules.iter().enumerate() {
                let at = at.field(field);
                let at = at.index(index);
                let at = at.field("tags");
                found.add_if(rule.tags.is_empty(), &at, "must have at least one tag");
                tags::check_selector(&rule.tags, &at, found);
            }
        };
        check("requirements", &self.requirements);
        check("restrictions", &self.restrictions);
    }
}
