//! `MeshTimeout`: how long a proxy waits for connections and requests.
use super::{
    GoDuration, TargetRef,
    address::why_not_subdomain,
    field::{self, Unknown},
    path::{Path, Violations},
    spiffe::why_not_spiffe_id,
    target_ref::Allowed,
};
use crate::resource::{Resource, labels};
use serde::{Deserialize, Serialize};

/// The spec of a `MeshTimeout`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct MeshTimeout {
    /// Which proxies it is for; unset: all of the mesh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_ref: Option<TargetRef>,
    /// For what those proxies send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Vec<Item>>,
    /// For what those proxies receive, the older way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Vec<Item>>,
    /// For what those proxies receive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<Rule>>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// One destination, or one group of clients.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Item {
    /// Who is meant.
    #[serde(deserialize_with = "field::or_default")]
    pub target_ref: TargetRef,
    /// The timeouts.
    #[serde(deserialize_with = "field::or_default")]
    pub default: Timeouts,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Timeouts for inbound traffic that matches.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Rule {
    /// Which traffic; unset: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches: Option<Vec<Match>>,
    /// The timeouts.
    #[serde(deserialize_with = "field::or_default")]
    pub default: Timeouts,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Which inbound traffic is meant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Match {
    /// From this client.
    #[serde(rename = "spiffeID", skip_serializing_if = "Option::is_none")]
    pub spiffe_id: Option<TextMatch>,
    /// With this server name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sni: Option<TextMatch>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// How a text is compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct TextMatch {
    /// `Exact`, and for SPIFFE IDs `Prefix`.
    #[serde(rename = "type", deserialize_with = "field::or_default", skip_serializing_if = "String::is_empty")]
    pub match_type: String,
    /// With what.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// The timeouts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Timeouts {
    /// Until a TCP connection stands. Kuma's default: 5 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_timeout: Option<GoDuration>,
    /// Without a byte on a connection; 0: never. Kuma's default: 1 h.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_timeout: Option<GoDuration>,
    /// For HTTP only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpTimeouts>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// The timeouts for HTTP; 0 means never.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct HttpTimeouts {
    /// For a whole request. Kuma's default: 15 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_timeout: Option<GoDuration>,
    /// For a stream without activity. Kuma's default: 30 m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_idle_timeout: Option<GoDuration>,
    /// For a whole stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_stream_duration: Option<GoDuration>,
    /// For a whole connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_connection_duration: Option<GoDuration>,
    /// For the headers of a request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_headers_timeout: Option<GoDuration>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl MeshTimeout {
    pub(super) fn check(&self, resource: &Resource, found: &mut Violations) {
        let spec = Path::Root.field("spec");
        let (to, from, rules) = (items(self.to.as_ref()), items(self.from.as_ref()), items(self.rules.as_ref()));
        if let Some(target) = &self.target_ref {
            let of_everybody = resource.labels.get(labels::POLICY_ROLE).is_none_or(|role| role.is_empty() || role == "system");
            let kinds = ["Mesh", "Dataplane", "MeshSubset", "MeshService", "MeshServiceSubset", "MeshGateway", "MeshHTTPRoute"];
            let allowed = Allowed {
                kinds: if of_everybody { &kinds } else { &kinds[..5] },
                listener_tags: of_everybody,
                inbound: !from.is_empty() || !rules.is_empty(),
            };
            target.check(&allowed, &spec.field("targetRef"), found);
        }
        let several = !rules.is_empty() && (!to.is_empty() || !from.is_empty());
        found.add_if(several, &spec, "fields 'to' and 'from' must be empty when 'rules' is defined");
        let none = rules.is_empty() && to.is_empty() && from.is_empty();
        found.add_if(none, &spec, "at least one of 'from', 'to' or 'rules' has to be defined");

        let top = self.target_ref.as_ref().map_or("Mesh", |target| target.kind.as_str());
        let of_route_or_gateway = matches!(top, "MeshHTTPRoute" | "MeshGateway");
        if of_route_or_gateway {
            found.add_if(!from.is_empty(), &spec.field("from"), "must not be defined");
        } else {
            for (index, item) in from.iter().enumerate() {
                item.check(&["Mesh"], top, &spec.field("from").index(index), found);
            }
        }
        let kinds = ["Mesh", "MeshExternalService", "MeshService", "MeshMultiZoneService", "MeshHTTPRoute"];
        for (index, item) in to.iter().enumerate() {
            item.check(if of_route_or_gateway { &kinds[..2] } else { &kinds }, top, &spec.field("to").index(index), found);
        }
        for (index, rule) in rules.iter().enumerate() {
            rule.check(top, &spec.field("rules").index(index), found);
        }
    }
}

pub(super) fn items<T>(list: Option<&Vec<T>>) -> &[T] {
    list.map_or(&[], Vec::as_slice)
}

impl Item {
    fn check(&self, kinds: &[&str], top: &str, at: &Path<'_>, found: &mut Violations) {
        self.target_ref.check(&Allowed::kinds(kinds), &at.field("targetRef"), found);
        self.default.check(top, &at.field("default"), found);
    }
}

impl Rule {
    fn check(&self, top: &str, at: &Path<'_>, found: &mut Violations) {
        let matches = items(self.matches.as_ref());
        for (index, one) in matches.iter().enumerate() {
            one.check(&at.field("matches").index(index), found);
        }
        if matches.iter().any(|one| one.spiffe_id.is_some()) {
            let what = "can't be specified when matches contain spiffeID because this field cannot be conditioned on source identity";
            self.default.refuse_all_but(&["requestTimeout", "streamIdleTimeout"], what, &at.field("default"), found);
        }
        self.default.check(top, &at.field("default"), found);
    }
}

impl Match {
    pub(super) fn check(&self, at: &Path<'_>, found: &mut Violations) {
        if let Some(id) = &self.spiffe_id {
            let at = at.field("spiffeID");
            if let Some(why) = why_not_spiffe_id(&id.value) {
                found.add(&at, format!("must be a valid Spiffe ID: {why}"));
            }
            id.check_type(&["Exact", "Prefix"], &at, found);
        }
        if let Some(sni) = &self.sni {
            let at = at.field("sni");
            sni.check_type(&["Exact"], &at, found);
            if sni.value.is_empty() {
                found.add(&at.field("value"), "must be set");
            } else {
                why_not_subdomain(&sni.value).into_iter().for_each(|why| found.add(&at.field("value"), why));
            }
        }
        let nothing = self.spiffe_id.is_none() && self.sni.is_none();
        found.add_if(nothing, at, "must specify at least one of 'spiffeID' or 'sni'");
    }
}

impl TextMatch {
    fn check_type(&self, allowed: &[&str], at: &Path<'_>, found: &mut Violations) {
        if self.match_type.is_empty() {
            found.add(&at.field("type"), "must be set");
        } else if !allowed.contains(&self.match_type.as_str()) {
            let allowed = allowed.join(", ");
            found.add(&at.field("type"), format!("unrecognized type {:?}, supported values are: {allowed}", self.match_type));
        }
    }
}

impl Timeouts {
    fn check(&self, top: &str, at: &Path<'_>, found: &mut Violations) {
        if self.connection_timeout.is_none() && self.idle_timeout.is_none() && self.http.is_none() {
            return found.add(at, "at least one timeout should be configured");
        }
        if top == "MeshHTTPRoute" {
            let kept = ["requestTimeout", "streamIdleTimeout", "requestHeadersTimeout"];
            self.refuse_all_but(&kept, "can't be specified when top-level TargetRef is referencing MeshHTTPRoute", at, found);
        }
        let at_least = |least: i64, timeout: Option<&GoDuration>| timeout.is_some_and(|timeout| timeout.nanoseconds() < least);
        let wrong = at_least(1, self.connection_timeout.as_ref());
        found.add_if(wrong, &at.field("connectionTimeout"), "must be greater than zero when defined");
        found.add_if(at_least(0, self.idle_timeout.as_ref()), &at.field("idleTimeout"), "must not be negative when defined");
        let Some(http) = &self.http else { return };
        let at = at.field("http");
        let fields = http.fields();
        // Kuma does not count `requestHeadersTimeout` here.
        let nothing = fields[..4].iter().all(|(_, timeout)| timeout.is_none());
        found.add_if(nothing, &at, "at least one timeout in this section should be configured");
        for (name, timeout) in fields {
            found.add_if(at_least(0, timeout), &at.field(name), "must not be negative when defined");
        }
    }

    fn refuse_all_but(&self, kept: &[&str], what: &str, at: &Path<'_>, found: &mut Violations) {
        found.add_if(self.connection_timeout.is_some(), &at.field("connectionTimeout"), what);
        found.add_if(self.idle_timeout.is_some(), &at.field("idleTimeout"), what);
        for (name, timeout) in self.http.iter().flat_map(HttpTimeouts::fields) {
            found.add_if(timeout.is_some() && !kept.contains(&name), &at.field("http").field(name), what);
        }
    }
}

impl HttpTimeouts {
    fn fields(&self) -> [(&'static str, Option<&GoDuration>); 5] {
        [
            ("requestTimeout", self.request_timeout.as_ref()),
            ("streamIdleTimeout", self.stream_idle_timeout.as_ref()),
            ("maxStreamDuration", self.max_stream_duration.as_ref()),
            ("maxConnectionDuration", self.max_connection_duration.as_ref()),
            ("requestHeadersTimeout", self.request_headers_timeout.as_ref()),
        ]
    }
}
