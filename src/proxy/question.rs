//! What a control plane is asked.
use super::{settings::ProxySettings, version::Version};
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::{Value, json};
use strait_shell::{
    proxies::{ANSWERS_NAMES, BootstrapRequest},
    token::Token,
};

/// What a control plane is asked.
pub(super) struct Question {
    body: Bytes,
    /// All that an answer depends on.
    meant: Value,
}

impl Question {
    pub(super) fn new(settings: &ProxySettings, envoy: &Version) -> Result<Self, serde_json::Error> {
        let request = BootstrapRequest {
            mesh: settings.proxy.mesh.as_ref().map(ToString::to_string).unwrap_or_default(),
            name: settings.proxy.name.to_string(),
            proxy_type: if settings.proxy.mesh.is_some() { "dataplane" } else { "ingress" }.to_owned(),
            dataplane_token: settings.current_token().as_ref().map(Token::reveal).unwrap_or_default().to_owned(),
            dataplane_resource: settings.proxy.resource.clone().unwrap_or_default(),
            ca_cert: settings.authority.clone(),
            socket_mark: settings.socket_mark,
            features: settings.dns.is_possible().then(|| ANSWERS_NAMES.to_owned()).into_iter().collect(),
            workdir: if settings.dns.is_possible() { settings.workdir() } else { String::new() },
            ..BootstrapRequest::default()
        };
        let meant = serde_json::to_value(&request)?;
        let version = json!({
            "kumaDp": {"version": env!("CARGO_PKG_VERSION")},
            "envoy": {"version": envoy.to_string(), "build": envoy.build, "kumaDpCompatible": true},
        });
        let body = serde_json::to_vec(&BootstrapRequest { version, ..request })?;
        Ok(Self { body: body.into(), meant })
    }

    /// As it is sent.
    pub(super) fn body(&self) -> Full<Bytes> {
        Full::new(self.body.clone())
    }

    /// By which it is known again. Holds the token.
    pub(super) fn meant(&self) -> &Value {
        &self.meant
    }
}
