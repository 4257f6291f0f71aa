//! The keys that sign zone tokens.
use aws_lc_rs::{
    encoding::AsDer as _,
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{DecodingKey, EncodingKey};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject as _};
use std::{collections::BTreeMap, fmt};
use strait_core::resource::{Key, Kind, Labels, Resource, ResourceName, Spec};

/// What the names of the keys begin with; a serial number follows, which tokens name as their `kid`.
const PREFIX: &str = "zone-token-signing-key-";

/// How tokens name a key that is no resource.
const ELSEWHERE: &str = "file";

/// One key.
pub struct SigningKey {
    kid: String,
    /// PKCS#1, as Kuma keeps it.
    pem: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

/// A key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("GlobalSecret {name}: {why}")]
pub struct BadKey {
    /// Which.
    pub name: String,
    /// Why.
    pub why: String,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// A new one of 2,048 bits, as Kuma makes them.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn generate(serial: u64) -> Result<Self, BadKey> {
        let name = format!("{PREFIX}{serial}");
        let bad = |why: String| BadKey { name: name.clone(), why };
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| bad("no key could be made".to_owned()))?;
        let der = pair.as_der().map_err(|_| bad("no key could be made".to_owned()))?;
        let der = pkcs1(der.as_ref()).ok_or_else(|| bad("the key that was made is not RSA".to_owned()))?;
        let body = STANDARD.encode(der);
        let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        let pem = format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n", lines.join("\n"));
        Self::read(serial.to_string(), pem).map_err(bad)
    }

    /// The key that a resource is; `None`: it is something else.
    ///
    /// # Errors
    /// It is one by its name, but cannot be used.
    pub fn of(resource: &Resource) -> Option<Result<Self, BadKey>> {
        let kid = serial(&resource.key)?;
        let bad = |why: String| BadKey { name: resource.key.name.to_string(), why };
        let data = resource.spec.value().and_then(|spec| spec["data"].as_str());
        let pem = data.ok_or("it has no data").and_then(|data| STANDARD.decode(data).map_err(|_| "its data is not base64"));
        let pem = pem.and_then(|pem| String::from_utf8(pem).map_err(|_| "it is not PEM"));
        Some(pem.map_err(str::to_owned).and_then(|pem| Self::read(kid.to_owned(), pem)).map_err(bad))
    }

    /// A key that is kept elsewhere, in PEM form: PKCS#1 or PKCS#8.
    ///
    /// # Errors
    /// It is no RSA key.
    pub fn from_pem(pem: String) -> Result<Self, String> {
        Self::read(ELSEWHERE.to_owned(), pem)
    }

    /// As PEM, PKCS#1.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    fn read(kid: String, pem: String) -> Result<Self, String> {
        let encoding = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|error| error.to_string())?;
        let pair = match PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|error| error.to_string())? {
            PrivateKeyDer::Pkcs1(der) => KeyPair::from_der(der.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(der) => KeyPair::from_pkcs8(der.secret_pkcs8_der()),
            _ => return Err("it is not an RSA key".to_owned()),
        };
        let pair = pair.map_err(|error| error.to_string())?;
        let decoding = DecodingKey::from_rsa_der(pair.public_key().as_ref());
        Ok(Self { kid, pem, encoding, decoding })
    }

    /// As it is stored.
    pub fn to_resource(&self) -> Option<Resource> {
        let key =
            Key { kind: Kind::new("GlobalSecret").ok()?, mesh: None, name: ResourceName::new(&format!("{PREFIX}{}", self.kid)).ok()? };
        let spec = Spec::new(serde_json::json!({ "data": STANDARD.encode(&self.pem) }));
        Some(Resource { key, labels: Labels::new(), spec, status: None })
    }

    /// How tokens name it.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub(super) fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }
}

/// The key inside of PKCS#8, as RFC 5958 wraps an RSA key of this size: a version, an algorithm without parameters, an octet string.
fn pkcs1(pkcs8: &[u8]) -> Option<&[u8]> {
    const VERSION: [u8; 3] = [0x02, 1, 0];
    const ALGORITHM: [u8; 15] = [0x30, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 0x05, 0];
    let fields = pkcs8.strip_prefix(&[0x30, 0x82])?.get(2..)?;
    fields.strip_prefix(&VERSION)?.strip_prefix(&ALGORITHM)?.strip_prefix(&[0x04, 0x82])?.get(2..)
}

/// The serial number of a key, if it is one.
fn serial(key: &Key) -> Option<&str> {
    let serial = key.name.as_str().strip_prefix(PREFIX).filter(|_| key.kind.as_str() == "GlobalSecret")?;
    (!serial.is_empty() && serial.bytes().all(|digit| digit.is_ascii_digit())).then_some(serial)
}

/// All keys of a global.
#[derive(Debug, Default)]
pub struct SigningKeys(BTreeMap<String, SigningKey>);

impl FromIterator<SigningKey> for SigningKeys {
    fn from_iter<I: IntoIterator<Item = SigningKey>>(keys: I) -> Self {
        Self(keys.into_iter().map(|key| (key.kid.clone(), key)).collect())
    }
}

impl SigningKeys {
    /// Takes in a version of a resource; what is no key is left alone.
    ///
    /// # Errors
    /// The resource is a key by its name, and cannot be used: tokens that it signed are not believed.
    pub fn holds(&mut self, resource: &Resource) -> Result<(), BadKey> {
        match SigningKey::of(resource) {
            None => Ok(()),
            Some(Ok(key)) => {
                self.0.insert(key.kid.clone(), key);
                Ok(())
            }
            Some(Err(bad)) => {
                self.dropped(&resource.key);
                Err(bad)
            }
        }
    }

    /// A resource is gone.
    pub fn dropped(&mut self, key: &Key) {
        if let Some(kid) = serial(key) {
            self.0.remove(kid);
        }
    }

    /// The one that signs: that with the highest serial number.
    pub fn newest(&self) -> Option<&SigningKey> {
        self.0.values().max_by_key(|key| key.kid.parse::<u128>().unwrap_or_default())
    }

    pub(super) fn get(&self, kid: &str) -> Option<&DecodingKey> {
        self.0.get(kid).map(|key| &key.decoding)
    }
}
