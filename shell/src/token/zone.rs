//! What a zone token says, and whether that is believed.
use super::{
    SigningKey, SigningKeys, Token,
    jwt::{self, Term, Unread},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use strait_core::{resource::ZoneName, time::Wall};

/// The scope of a zone control plane. Kuma knows `ingress` and `egress` only, so that a token of a zone proxy is none of a control plane.
const SCOPE: &str = "cp";

/// The claims, by Kuma's names.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    #[serde(rename = "Zone")]
    zone: String,
    #[serde(rename = "Scope", default)]
    scope: Vec<String>,
    #[serde(flatten)]
    term: Term,
}

/// Why a token is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is none.
    #[error("a zone control plane must send a zone token: `strait zone token {0}` on global prints one")]
    Missing(ZoneName),
    /// It cannot be read, or was not signed by a key of this global.
    #[error("the zone token is not valid: {0}")]
    Invalid(String),
    /// Its time is over, or has not come.
    #[error("the zone token {0}; `strait zone token` prints a new one")]
    Expired(String),
    /// It is another zone's.
    #[error("the zone token is for zone `{token}`, not for `{zone}`")]
    OtherZone {
        /// Whose it is.
        token: String,
        /// Who showed it.
        zone: ZoneName,
    },
    /// It is for something else.
    #[error("the token has the scope {0:?}; a zone control plane needs `cp`")]
    Scope(Vec<String>),
}

/// A token for a zone control plane, valid from now on for so long. `id` tells it from others.
///
/// # Errors
/// The key cannot sign.
pub fn issue(key: &SigningKey, zone: &ZoneName, valid_for: Duration, id: &str, now: Wall) -> Result<Token, jsonwebtoken::errors::Error> {
    let claims = Claims { zone: zone.to_string(), scope: vec![SCOPE.to_owned()], term: Term::new(valid_for, id, now) };
    jwt::sign(key, &claims)
}

/// Whether a token proves that its bearer is the control plane of this zone.
///
/// # Errors
/// It does not.
pub fn verify(keys: &SigningKeys, token: &Token, zone: &ZoneName, now: Wall) -> Result<(), Refused> {
    let claims: Claims = jwt::read(keys, token).map_err(|unread| match unread {
        // Global made the keys itself: none is on its way.
        Unread::Wrong(why) | Unread::NotYet(why) => Refused::Invalid(why),
    })?;
    claims.term.check(now).map_err(Refused::Expired)?;
    if !claims.scope.iter().any(|scope| scope == SCOPE) {
        return Err(Refused::Scope(claims.scope));
    }
    if claims.zone != zone.as_str() {
        return Err(Refused::OtherZone { token: claims.zone, zone: zone.clone() });
    }
    Ok(())
}
