//! HTTP for people and tools: resources in Kuma's shapes, zones, tokens, health, and what a node lets know.
//!
//! It has no users yet: whoever reaches it is an administrator, as with Kuma on loopback. So it is served on loopback only.
//!
//! | path | what |
//! | --- | --- |
//! | `GET /` | which product, version and mode |
//! | `GET /healthy`, `GET /ready` | whether the process lives; whether it takes writes |
//! | `GET`, `PUT`, `DELETE` of `/meshes/MESH/KINDS/NAME`, `/KINDS/NAME` and their lists | resources |
//! | `POST /_changes` | several changes of resources at once, all or none |
//! | `GET /meshes/MESH/meshservices/NAME` in a zone | `status.vips` and `status.addresses`, as that zone gives them |
//! | `GET /status` | the sessions and lanes of zones |
//! | `GET /observations` | all that is known, then every change, a line of JSON each; `?secrets=shown`: with what secrets hold |
//! | `GET /why?mesh=…&from=…&to=…` | which hop breaks the way from a proxy to a name, and what turns that |
//! | `GET /backup` | a copy of everything that is kept here, keys included |
//! | `POST /tokens/zone`, `GET /joining` | a zone token; where zones reach this global, and whom they trust there |
//! | `POST /tokens/dataplane` | a token for the proxies of a mesh |
//! | `POST /_rotate` in a zone | another authority for its proxies in a mesh |
//! | `POST /zones/ZONE/_admit` (`_adopt`, `_enable`, `_disable`, `_remove`), `POST /_adopt` | what operators decide |
mod backup;
mod body;
mod changes;
mod collections;
mod masked;
mod observations;
mod operate;
mod problem;
mod resources;
mod status;
mod tokens;
mod why;

pub use collections::path_of;

use crate::{
    backup::Source,
    kubernetes::Reach,
    process::{Desk, Guard, ProxyKeys},
};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use problem::Problem;
use serde_json::json;
use std::sync::Arc;
use strait_core::resource::ZoneName;
use tokio::net::TcpListener;

/// What a request may say, in bytes. A resource is at most 4 MiB.
const LARGEST_BODY: usize = 5 << 20;

/// What several changes at once may say, in bytes: they are read whole, and take several times as much memory meanwhile.
pub const LARGEST_EDIT: usize = 16 << 20;

/// What the API serves from.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

struct Inner {
    desk: Desk,
    /// What signs the tokens of proxies.
    proxy_keys: ProxyKeys,
    mode: Mode,
    /// Names this process, for people.
    instance: String,
    source: Source,
}

/// Which control plane this is.
pub enum Mode {
    /// A global.
    Global {
        /// Who signs its zone tokens.
        guard: Guard,
        /// Where zones reach it: `HOST:PORT`.
        address: String,
        /// Whom they are to trust there, as PEM.
        authority: String,
    },
    /// A zone.
    Zone {
        /// Which.
        name: ZoneName,
        /// How the API of its cluster answers, if it is in one.
        cluster: Option<Reach>,
    },
}

impl Api {
    /// Serves a node.
    pub fn new(desk: Desk, proxy_keys: ProxyKeys, mode: Mode, instance: String, source: Source) -> Self {
        Self(Arc::new(Inner { desk, proxy_keys, mode, instance, source }))
    }

    /// Serves what comes in, until the runtime ends.
    ///
    /// # Errors
    /// The listener is broken.
    pub async fn serve(self, listener: TcpListener) -> std::io::Result<()> {
        axum::serve(listener, self.router()).await
    }

    fn router(self) -> Router {
        Router::new()
            .route("/", get(index))
            .route("/healthy", get(|| async { "alive\n" }))
            .route("/ready", get(ready))
            .route("/_changes", post(changes::make))
            .route("/status", get(status::show))
            .route("/why", get(why::explain))
            .route("/backup", get(backup::stream))
            .route("/observations", get(observations::follow))
            .route("/tokens/zone", post(tokens::zone))
            .route("/tokens/dataplane", post(tokens::dataplane))
            .route("/joining", get(joining))
            .route("/_adopt", post(operate::adopt))
            .route("/_rotate", post(operate::rotate))
            .route("/zones/{zone}/{decision}", post(operate::decide))
            .fallback(resources::serve)
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .with_state(self)
    }

    fn desk(&self) -> &Desk {
        &self.0.desk
    }

    fn proxy_keys(&self) -> &ProxyKeys {
        &self.0.proxy_keys
    }

    fn guard(&self) -> Result<&Guard, Problem> {
        match &self.0.mode {
            Mode::Global { guard, .. } => Ok(guard),
            Mode::Zone { name: zone, .. } => {
                Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, format!("this is zone {zone}: ask its global control plane")))
            }
        }
    }
}

async fn index(State(api): State<Api>) -> Response {
    let (mode, zone) = match &api.0.mode {
        Mode::Global { .. } => ("global", None),
        Mode::Zone { name: zone, .. } => ("zone", Some(zone)),
    };
    Json(json!({"product": "Strait", "version": env!("CARGO_PKG_VERSION"), "mode": mode, "zone": zone, "instanceId": api.0.instance}))
        .into_response()
}

/// Where zones reach this global, and whom they are to trust there.
async fn joining(State(api): State<Api>) -> Result<Response, Problem> {
    match &api.0.mode {
        Mode::Global { address, authority, .. } => Ok(Json(json!({"address": address, "ca": authority})).into_response()),
        Mode::Zone { .. } => Err(Problem::not_found("zones join a global, not a zone")),
    }
}

/// Ready is who takes writes.
async fn ready(State(api): State<Api>) -> Response {
    if let Mode::Global { guard, .. } = &api.0.mode
        && !guard.has_key()
    {
        return (StatusCode::SERVICE_UNAVAILABLE, "there is no key that signs zone tokens yet\n").into_response();
    }
    match api.desk().look(|shown| shown.store_failure) {
        None => "ready\n".into_response(),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("the store takes no writes: {why}\n")).into_response(),
    }
}
