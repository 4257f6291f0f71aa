//! Who may call itself which zone, by zone tokens.
use super::{Desk, proxy_keys::generate, wall};
use crate::{
    kds::Authorize,
    token::{Bearers, Refused, Scope, SigningKey, SigningKeys, Token, issue, verify},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use strait_core::{
    node::{Change, ObservationChange},
    resource::ZoneName,
    sync::Dialect,
};
use tonic::Status;

/// Asks for zone tokens. A plain Kuma zone, which has none, may come without: it is answered only once an operator has admitted it by
/// name, and it cannot take the place of a zone that is here with a token.
#[derive(Clone)]
pub struct Guard {
    keys: Arc<Mutex<SigningKeys>>,
    desk: Desk,
    /// Held while a key is made, so that nobody's is overwritten.
    making: Arc<tokio::sync::Mutex<()>>,
}

impl Guard {
    /// Believes the keys that a global holds, and one of its operator's beside them.
    pub fn new(desk: Desk, own: Option<SigningKey>) -> Self {
        let mut keys = SigningKeys::of(Bearers::Zones);
        own.into_iter().for_each(|own| keys.trust(own));
        let guard = Self { keys: Arc::new(Mutex::new(keys)), desk, making: Arc::default() };
        let held = guard
            .desk
            .look(|shown| shown.view.resources.values().filter(|held| held.kind().as_str() == "GlobalSecret").cloned().collect::<Vec<_>>());
        held.into_iter().for_each(|held| guard.hear(&ObservationChange::Holds(held)));
        guard
    }

    /// Takes note of keys that come and go.
    pub fn hear(&self, change: &ObservationChange) {
        match change {
            ObservationChange::Holds(resource) => {
                if let Err(bad) = self.keys().holds(resource) {
                    tracing::warn!(%bad, "a key that signs zone tokens cannot be used");
                }
            }
            ObservationChange::Dropped(key) => self.keys().dropped(key),
            _ => {}
        }
    }

    /// Whether there is a key that can sign.
    pub fn has_key(&self) -> bool {
        self.keys().newest().is_some()
    }

    /// Makes the first key that is a resource, and writes it, where there is none: it goes to the zones as its public half.
    ///
    /// # Errors
    /// It cannot be made, or not be written.
    pub async fn make(&self) -> Result<(), String> {
        let _alone = self.making.lock().await;
        if self.keys().newest_held().is_some() {
            return Ok(());
        }
        let resource = generate(Bearers::Zones).await?;
        let name = resource.key.name.clone();
        // The edit is answered after it was heard of, and so the key is known then.
        let written = self.desk.edit(vec![Change::Put(resource)]).await.map_err(|gone| gone.to_string())?;
        written.map_err(|refused| refused.to_string())?;
        tracing::info!(%name, "made a key that signs zone tokens");
        Ok(())
    }

    /// Signs with the newest key; for whoever shows it to a zone, with the newest whose public half zones hold.
    ///
    /// # Errors
    /// There is none, or it cannot sign.
    pub fn issue(&self, zone: &ZoneName, scope: Scope, valid_for: std::time::Duration, id: &str) -> Result<Token, String> {
        let keys = self.keys();
        let key = match scope {
            Scope::ControlPlane => keys.newest(),
            Scope::Ingress => keys.newest_held(),
        };
        let key: &SigningKey = key.ok_or("this global holds no GlobalSecret `zone-token-signing-key-SERIAL` that can sign")?;
        issue(key, (zone, scope), valid_for, id, wall()).map_err(|error| error.to_string())
    }

    fn keys(&self) -> MutexGuard<'_, SigningKeys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn judge(&self, zone: &ZoneName, dialect: Dialect, token: Option<&Token>) -> Result<(), Refused> {
        match token {
            Some(token) => verify(&self.keys(), token, zone, wall()),
            None if dialect == Dialect::Kuma => {
                let is_taken = self.desk.look(|shown| {
                    let session = shown.peers.get(zone).and_then(|peer| peer.session);
                    session.is_some_and(|session| session.dialect == Dialect::Strait)
                });
                if is_taken { Err(Refused::Missing(zone.clone())) } else { Ok(()) }
            }
            None => Err(Refused::Missing(zone.clone())),
        }
    }
}

impl Authorize for Guard {
    fn authorize(&self, zone: &ZoneName, dialect: Dialect, token: Option<&Token>) -> Result<(), Status> {
        self.judge(zone, dialect, token).map_err(|refused| {
            tracing::warn!(%zone, %refused, "a peer that calls itself a zone was refused");
            match refused {
                Refused::OtherZone { .. } | Refused::Scope(_) => Status::permission_denied(refused.to_string()),
                Refused::Missing(_) | Refused::Invalid(_) | Refused::Expired(_) => Status::unauthenticated(refused.to_string()),
            }
        })
    }
}
