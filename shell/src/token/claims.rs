//! What a token says, and whether that is believed.
use super::{SigningKey, SigningKeys, Token};
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use strait_core::{resource::ZoneName, time::Wall};

/// The scope of a zone control plane. Kuma knows `ingress` and `egress` only, so that a token of a zone proxy is none of a control plane.
const SCOPE: &str = "cp";
/// So far the clocks of two machines may differ.
const LEEWAY: Duration = Duration::from_secs(60);
/// A token longer than this is no token, in bytes.
const LARGEST: usize = 8 << 10;

/// The claims, by Kuma's names.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    #[serde(rename = "Zone")]
    zone: String,
    #[serde(rename = "Scope", default)]
    scope: Vec<String>,
    /// Seconds since 1970.
    iat: u64,
    nbf: u64,
    exp: u64,
    jti: String,
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
    let seconds = now.0 / 1000;
    let claims = Claims {
        zone: zone.to_string(),
        scope: vec![SCOPE.to_owned()],
        iat: seconds,
        // As Kuma does: the reader's clock may be a little behind.
        nbf: seconds.saturating_sub(5),
        exp: seconds.saturating_add(valid_for.as_secs()),
        jti: id.to_owned(),
    };
    let header = Header { kid: Some(key.kid().to_owned()), ..Header::new(Algorithm::RS256) };
    encode(&header, &claims, key.encoding()).map(Token::new)
}

/// Whether a token proves that its bearer is the control plane of this zone.
///
/// # Errors
/// It does not.
pub fn verify(keys: &SigningKeys, token: &Token, zone: &ZoneName, now: Wall) -> Result<(), Refused> {
    let invalid = |why: &str| Refused::Invalid(why.to_owned());
    let text = token.reveal();
    if text.len() > LARGEST {
        return Err(invalid("it is too long"));
    }
    let header = decode_header(text).map_err(|error| invalid(&error.to_string()))?;
    if header.alg != Algorithm::RS256 {
        return Err(invalid("it must be signed with RS256"));
    }
    let kid = header.kid.ok_or_else(|| invalid("it does not name its key (`kid`)"))?;
    let key = keys.get(&kid).ok_or_else(|| invalid("this global has no signing key of that `kid`"))?;
    let mut validation = Validation::new(Algorithm::RS256);
    // Judged below, by the clock that is handed in.
    (validation.validate_exp, validation.validate_nbf, validation.validate_aud) = (false, false, false);
    validation.required_spec_claims.clear();
    let claims = decode::<Claims>(text, key, &validation).map_err(|error| invalid(&error.to_string()))?.claims;
    let (seconds, leeway) = (now.0 / 1000, LEEWAY.as_secs());
    if seconds >= claims.exp.saturating_add(leeway) {
        return Err(Refused::Expired(format!("expired {} s ago", seconds - claims.exp)));
    }
    if claims.nbf > seconds.saturating_add(leeway) {
        return Err(Refused::Expired(format!("is valid only in {} s", claims.nbf - seconds)));
    }
    if !claims.scope.iter().any(|scope| scope == SCOPE) {
        return Err(Refused::Scope(claims.scope));
    }
    if claims.zone != zone.as_str() {
        return Err(Refused::OtherZone { token: claims.zone, zone: zone.clone() });
    }
    Ok(())
}
