//! What launchers of ingresses count, as they say it: `POST /turned-away`, with the token of the ingress.
//!
//! Envoy's counters stand on its own machine, and xDS has no word for them. So the launcher reads them, and says them where Envoy is connected.
use super::{Claim, NotAdmitted, Server, server::refused, stream::SAYS_WITHIN};
use crate::token::Token;
use axum::{
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use strait_core::{
    node::{FromProxy, ProxyVersion, TurnedAway, ZoneInput},
    resource::ResourceName,
};
use tokio::time::timeout;

/// Where it is said.
pub const TURNED_AWAY: &str = "/turned-away";
/// What it may take at most, in bytes.
const LARGEST: usize = 4 << 10;

/// How many an ingress turned away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counted {
    /// Which ingress.
    pub name: ResourceName,
    /// All since its launcher began.
    pub turned_away: TurnedAway,
}

/// Takes it, if its Envoy is connected here. What is known already is no news to the node.
pub(super) async fn take(State(server): State<Server>, headers: HeaderMap, body: Body) -> Response {
    let Ok(body) = timeout(SAYS_WITHIN, to_bytes(body, LARGEST)).await else {
        return StatusCode::REQUEST_TIMEOUT.into_response();
    };
    let Ok(body) = body else {
        return (StatusCode::PAYLOAD_TOO_LARGE, format!("what an ingress counted has at most {LARGEST} bytes")).into_response();
    };
    let counted = serde_json::from_slice(&body).map_err(|error| NotAdmitted::Invalid(format!("what an ingress counted: {error}")));
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).map(Token::new);
    let taken = match counted {
        Ok(counted) => server.count(counted, token.as_ref()).await,
        Err(why) => Err(why),
    };
    match taken {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(why) => refused(&why.into()),
    }
}

impl Server {
    async fn count(&self, Counted { name, turned_away }: Counted, token: Option<&Token>) -> Result<(), NotAdmitted> {
        let claim = Claim { mesh: None, name, dataplane: None, version: ProxyVersion::default() };
        self.around.admit.admit(&claim, token).await?;
        let key = claim.key();
        let known = self.desk.look(|shown| shown.proxies.get(&key).map(|status| (status.session, status.turned_away)));
        let (session, said) = known.ok_or_else(|| NotAdmitted::Unknown(format!("the Envoy of {key} is not connected here")))?;
        if said == Some(turned_away) {
            return Ok(());
        }
        let said = ZoneInput::Proxy(session, FromProxy::TurnedAway { connections: turned_away });
        self.around.mailbox.send(said).await.map_err(|_| NotAdmitted::NotYet("the control plane is stopping".to_owned()))
    }
}
