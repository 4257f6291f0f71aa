//! All keys that sign the same tokens.
use super::{BadSecret, Bearers, SigningKey, jwt::Unread};
use std::collections::BTreeMap;
use strait_core::resource::{Key, Resource};

/// All keys that sign the tokens of some bearers, by their `kid`.
#[derive(Debug)]
pub struct SigningKeys {
    bearers: Bearers,
    keys: BTreeMap<String, Result<SigningKey, BadSecret>>,
}

impl SigningKeys {
    /// None yet.
    pub fn of(bearers: Bearers) -> Self {
        Self { bearers, keys: BTreeMap::new() }
    }

    /// Believes one that is kept elsewhere; one for others is left alone.
    pub fn trust(&mut self, key: SigningKey) {
        if *key.bearers() == self.bearers {
            self.keys.insert(key.kid().to_owned(), Ok(key));
        }
    }

    /// Takes in a version of a resource; what is no key of theirs is left alone.
    ///
    /// # Errors
    /// The resource is a key by its name, and cannot be used: tokens that it signed are not believed.
    pub fn holds(&mut self, resource: &Resource) -> Result<(), BadSecret> {
        let Some(kid) = self.kid(&resource.key) else {
            return Ok(());
        };
        let Some(key) = SigningKey::of(resource) else {
            return Ok(());
        };
        let bad = key.as_ref().err().cloned();
        self.keys.insert(kid.to_owned(), key);
        bad.map_or(Ok(()), Err)
    }

    /// A resource is gone.
    pub fn dropped(&mut self, key: &Key) {
        if let Some(kid) = self.kid(key) {
            self.keys.remove(kid);
        }
    }

    /// The one that signs: one that is kept elsewhere, or else [`Self::newest_held`].
    pub fn newest(&self) -> Option<&SigningKey> {
        self.keys.values().flatten().find(|key| key.is_kept_elsewhere()).or_else(|| self.newest_held())
    }

    /// That with the highest serial number, of those that can sign and are resources: others may hold what proves its tokens.
    pub fn newest_held(&self) -> Option<&SigningKey> {
        self.keys.values().flatten().filter(|key| !key.is_kept_elsewhere()).max_by_key(|key| serial(key.kid()))
    }

    /// One that cannot be used.
    pub fn bad(&self) -> Option<&BadSecret> {
        self.keys.values().find_map(|key| key.as_ref().err())
    }

    /// Whether none is known, not even one that cannot be used.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whose tokens they sign.
    pub(super) fn bearers(&self) -> &Bearers {
        &self.bearers
    }

    /// The one that a token names; or why it can say nothing of the token.
    ///
    /// Keys are rotated upwards. So one above all that are held may be on its way from where it was made; one below was deleted.
    pub(super) fn get(&self, kid: &str) -> Result<&SigningKey, Unread> {
        let absent = || format!("there is no signing key of that `kid` for {} here", self.bearers);
        match self.keys.get(kid) {
            Some(Ok(key)) => Ok(key),
            Some(Err(bad)) => Err(Unread::NotYet(format!("the key that it names cannot be used: {bad}"))),
            None if serial(kid) > self.keys.keys().filter_map(|held| serial(held)).max() => Err(Unread::NotYet(absent())),
            None => Err(Unread::Wrong(absent())),
        }
    }

    fn kid<'a>(&self, key: &'a Key) -> Option<&'a str> {
        Bearers::of(key).filter(|(bearers, _)| *bearers == self.bearers).map(|(_, kid)| kid)
    }
}

/// `None`: no key has such a `kid`.
pub(super) fn serial(kid: &str) -> Option<u128> {
    kid.parse().ok().filter(|_| kid.bytes().all(|digit| digit.is_ascii_digit()))
}
