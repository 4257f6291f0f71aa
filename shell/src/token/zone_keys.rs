//! The public halves of the keys with which global signs zone tokens: by these a zone judges the tokens of its ingresses.
use super::{BadSecret, jwt::Unread, keys::serial, stored};
use jsonwebtoken::DecodingKey;
use std::collections::BTreeMap;
use strait_core::resource::{Key, Resource};

/// What the public half of a key is called in a zone; its serial number follows (Kuma's name).
const NAME: &str = "zone-token-signing-public-key-";

/// Those that a zone holds, by their `kid`.
#[derive(Default)]
pub struct ZoneKeys(BTreeMap<String, Result<DecodingKey, BadSecret>>);

impl ZoneKeys {
    /// Whether this is to be one.
    pub fn is_one(key: &Key) -> bool {
        kid(key).is_some()
    }

    /// Those among these resources.
    pub fn of<'a>(resources: impl IntoIterator<Item = &'a Resource>) -> Self {
        let one = |resource: &'a Resource| {
            let pem = stored::bytes(resource);
            let read = pem.and_then(|pem| DecodingKey::from_rsa_pem(&pem).map_err(|error| error.to_string()));
            Some((kid(&resource.key)?.to_owned(), read.map_err(|why| BadSecret { key: resource.key.clone(), why })))
        };
        Self(resources.into_iter().filter_map(one).collect())
    }

    /// The one that a token names; or why it can say nothing of the token.
    pub(super) fn get(&self, kid: &str) -> Result<&DecodingKey, Unread> {
        match self.0.get(kid) {
            Some(Ok(key)) => Ok(key),
            Some(Err(bad)) => Err(Unread::NotYet(format!("the key that it names cannot be used: {bad}"))),
            None if serial(kid) > self.0.keys().filter_map(|held| serial(held)).max() => {
                Err(Unread::NotYet(format!("this zone does not hold (yet) what proves tokens of global's key `{kid}`")))
            }
            None => Err(Unread::Wrong(format!("global's key `{kid}` is no more: the tokens that it signed are withdrawn"))),
        }
    }
}

fn kid(key: &Key) -> Option<&str> {
    let serial = key.name.as_str().strip_prefix(NAME).filter(|_| key.kind.as_str() == "GlobalSecret" && key.mesh.is_none())?;
    (!serial.is_empty() && serial.bytes().all(|digit| digit.is_ascii_digit())).then_some(serial)
}
