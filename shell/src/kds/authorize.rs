//! Who may call itself which zone.
use crate::token::Token;
use http::HeaderMap;
use strait_core::{resource::ZoneName, sync::Dialect};
use tonic::Status;

/// Says who may call itself which zone. Asked at every call, before anything else is done for it.
pub trait Authorize: Send + Sync {
    /// Whether a peer that speaks so and shows this token may be this zone.
    ///
    /// # Errors
    /// The status with which the call is refused.
    fn authorize(&self, zone: &ZoneName, dialect: Dialect, token: Option<&Token>) -> Result<(), Status>;
}

/// Everyone may be anyone: for simulated networks, where names are given.
#[derive(Clone, Copy, Debug)]
pub struct Everyone;

impl Authorize for Everyone {
    fn authorize(&self, _zone: &ZoneName, _dialect: Dialect, _token: Option<&Token>) -> Result<(), Status> {
        Ok(())
    }
}

/// The token of a call, as `Bearer TOKEN` or alone, which is how Kuma's proxies send theirs.
pub(super) fn token_of(headers: &HeaderMap) -> Option<Token> {
    let value = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    Some(Token::new(value.strip_prefix("Bearer ").unwrap_or(value).trim()))
}
