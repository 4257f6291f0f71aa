//! What a zone token says, and whether that is believed.
use super::{
    SigningKey, SigningKeys, Token, ZoneKeys,
    jwt::{self, Term, Unread},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use strait_core::{resource::ZoneName, time::Wall};

/// What a zone token is for. One that is for the one is not for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A zone control plane. Ours: Kuma knows `ingress` and `egress` only, so that a token of a zone proxy is none of a control plane.
    ControlPlane,
    /// An ingress of the zone.
    Ingress,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::ControlPlane, Self::Ingress];

    /// As tokens say it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ControlPlane => "cp",
            Self::Ingress => "ingress",
        }
    }

    /// The one that is called so.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

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

/// Why the token of an ingress is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IngressRefused {
    /// There is none.
    #[error("an ingress must show a zone token: `strait zone token {0} --scope ingress` on global prints one")]
    Missing(ZoneName),
    /// It cannot be read, or was not signed by a key of global.
    #[error("the zone token is not valid: {0}")]
    Invalid(String),
    /// What is held now does not tell.
    #[error("whether the zone token is valid is not known: {0}")]
    NotYet(String),
    /// Its time is over, or has not come.
    #[error("the zone token {0}; `strait zone token --scope ingress` on global prints a new one")]
    Expired(String),
    /// It is another zone's.
    #[error("the zone token is for zone `{token}`, and this is zone `{zone}`")]
    OtherZone {
        /// Whose it is.
        token: String,
        /// To whom it was shown.
        zone: ZoneName,
    },
    /// It is for something else.
    #[error("the token has the scope {0:?}; an ingress needs `ingress`")]
    Scope(Vec<String>),
}

/// A token for this zone and this scope, valid from now on for so long. `id` tells it from others.
///
/// # Errors
/// The key cannot sign.
pub fn issue(
    key: &SigningKey,
    (zone, scope): (&ZoneName, Scope),
    valid_for: Duration,
    id: &str,
    now: Wall,
) -> Result<Token, jsonwebtoken::errors::Error> {
    let claims = Claims { zone: zone.to_string(), scope: vec![scope.as_str().to_owned()], term: Term::new(valid_for, id, now) };
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
    if !claims.is_for(Scope::ControlPlane) {
        return Err(Refused::Scope(claims.scope));
    }
    if claims.zone != zone.as_str() {
        return Err(Refused::OtherZone { token: claims.zone, zone: zone.clone() });
    }
    Ok(())
}

/// Whether a token proves that its bearer may let others into this zone.
///
/// # Errors
/// It does not.
pub fn verify_ingress(keys: &ZoneKeys, token: Option<&Token>, zone: &ZoneName, now: Wall) -> Result<(), IngressRefused> {
    let token = token.ok_or_else(|| IngressRefused::Missing(zone.clone()))?;
    let claims: Claims = jwt::read_by(|kid| keys.get(kid), "zones", token).map_err(|unread| match unread {
        Unread::Wrong(why) => IngressRefused::Invalid(why),
        Unread::NotYet(why) => IngressRefused::NotYet(why),
    })?;
    claims.term.check(now).map_err(IngressRefused::Expired)?;
    if !claims.is_for(Scope::Ingress) {
        return Err(IngressRefused::Scope(claims.scope));
    }
    if claims.zone != zone.as_str() {
        return Err(IngressRefused::OtherZone { token: claims.zone, zone: zone.clone() });
    }
    Ok(())
}

impl Claims {
    fn is_for(&self, wanted: Scope) -> bool {
        self.scope.iter().any(|scope| scope == wanted.as_str())
    }
}
