//! What all tokens have in common: their form, their signature, their time.
use super::{SigningKey, SigningKeys, Token};
use jsonwebtoken::{
    Algorithm, DecodingKey, Header, Validation, decode, decode_header, encode,
    errors::{Error, ErrorKind},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::time::Duration;
use strait_core::time::Wall;

/// So far the clocks of two machines may differ.
const LEEWAY: Duration = Duration::from_secs(60);
/// A token longer than this is no token, in bytes.
pub(super) const LARGEST: usize = 8 << 10;

/// From when until when a token is good, and what tells it from others.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Term {
    /// Seconds since 1970.
    iat: u64,
    nbf: u64,
    exp: u64,
    pub(super) jti: String,
}

impl Term {
    /// From now on for so long.
    pub(super) fn new(valid_for: Duration, id: &str, now: Wall) -> Self {
        let seconds = now.0 / 1000;
        Self {
            iat: seconds,
            // The reader's clock may be a little behind.
            nbf: seconds.saturating_sub(5),
            exp: seconds.saturating_add(valid_for.as_secs()),
            jti: id.to_owned(),
        }
    }

    /// Why the token is not good now, if it is not.
    pub(super) fn check(&self, now: Wall) -> Result<(), String> {
        let (seconds, leeway) = (now.0 / 1000, LEEWAY.as_secs());
        if seconds >= self.exp.saturating_add(leeway) {
            return Err(format!("expired {} s ago", seconds - self.exp));
        }
        if self.nbf > seconds.saturating_add(leeway) {
            return Err(format!("is valid only in {} s", self.nbf - seconds));
        }
        Ok(())
    }
}

/// Why it is not known what a token says.
#[derive(Debug)]
pub(super) enum Unread {
    /// It is none, or nobody here signed it.
    Wrong(String),
    /// What is held now does not tell: its key may come, or be mended.
    NotYet(String),
}

/// A token that says this.
pub(super) fn sign(key: &SigningKey, claims: &impl Serialize) -> Result<Token, Error> {
    let header = Header { kid: Some(key.kid().to_owned()), ..Header::new(Algorithm::RS256) };
    encode(&header, claims, key.encoding()).map(Token::new)
}

/// What a token says that one of these keys signed; or why it is none. Its time is not judged yet.
pub(super) fn read<C: DeserializeOwned>(keys: &SigningKeys, token: &Token) -> Result<C, Unread> {
    read_by(|kid| keys.get(kid).map(SigningKey::decoding), &keys.bearers().to_string(), token)
}

/// The same, of keys that are found by their `kid`. `bearers`: whose tokens they sign.
pub(super) fn read_by<'a, C: DeserializeOwned>(
    key: impl FnOnce(&str) -> Result<&'a DecodingKey, Unread>,
    bearers: &str,
    token: &Token,
) -> Result<C, Unread> {
    let text = token.reveal();
    if text.len() > LARGEST {
        return Err(Unread::Wrong(format!("it is longer than {LARGEST} bytes")));
    }
    let header = decode_header(text).map_err(|error| Unread::Wrong(error.to_string()))?;
    if header.alg != Algorithm::RS256 {
        return Err(Unread::Wrong("it must be signed with RS256".to_owned()));
    }
    let kid = header.kid.ok_or_else(|| Unread::Wrong("it does not name its key (`kid`)".to_owned()))?;
    let key = key(&kid)?;
    let mut validation = Validation::new(Algorithm::RS256);
    // Judged by the clock that is handed in.
    (validation.validate_exp, validation.validate_nbf, validation.validate_aud) = (false, false, false);
    validation.required_spec_claims.clear();
    let read = decode::<C>(text, key, &validation).map_err(|error| match error.kind() {
        ErrorKind::InvalidSignature => Unread::Wrong(format!("InvalidSignature: the key `{kid}` for {bearers} did not sign it")),
        _ => Unread::Wrong(error.to_string()),
    });
    Ok(read?.claims)
}
