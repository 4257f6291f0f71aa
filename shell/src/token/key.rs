//! One key that signs tokens.
use super::{BadSecret, Bearers, stored};
use aws_lc_rs::{
    encoding::AsDer as _,
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{DecodingKey, EncodingKey};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject as _};
use std::fmt;
use strait_core::resource::{Labels, Resource, Spec};

/// How tokens name a key that is no resource.
const ELSEWHERE: &str = "file";

/// One key.
pub struct SigningKey {
    bearers: Bearers,
    kid: String,
    /// PKCS#1, as Kuma keeps it.
    pem: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl SigningKey {
    /// A new one of 2,048 bits, as Kuma makes them.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn generate(bearers: Bearers, serial: u64) -> Result<Self, String> {
        const NONE: &str = "no key could be made";
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| NONE)?;
        let der = pair.as_der().map_err(|_| NONE)?;
        let der = pkcs1(der.as_ref()).ok_or("the key that was made is not RSA")?;
        let body = STANDARD.encode(der);
        let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        let pem = format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n", lines.join("\n"));
        Self::read(bearers, serial.to_string(), pem)
    }

    /// The key that a resource is; `None`: it is something else.
    ///
    /// # Errors
    /// It is one by its name, but cannot be used.
    pub fn of(resource: &Resource) -> Option<Result<Self, BadSecret>> {
        let (bearers, kid) = Bearers::of(&resource.key)?;
        let pem = stored::bytes(resource).and_then(|pem| String::from_utf8(pem).map_err(|_| "it is not PEM".to_owned()));
        let read = pem.and_then(|pem| Self::read(bearers, kid.to_owned(), pem));
        Some(read.map_err(|why| BadSecret { key: resource.key.clone(), why }))
    }

    /// A key for zone tokens that is kept elsewhere, in PEM form: PKCS#1 or PKCS#8.
    ///
    /// # Errors
    /// It is no RSA key.
    pub fn from_pem(pem: String) -> Result<Self, String> {
        Self::read(Bearers::Zones, ELSEWHERE.to_owned(), pem)
    }

    /// As PEM, PKCS#1.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    fn read(bearers: Bearers, kid: String, pem: String) -> Result<Self, String> {
        let encoding = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|error| error.to_string())?;
        let pair = match PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|error| error.to_string())? {
            PrivateKeyDer::Pkcs1(der) => KeyPair::from_der(der.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(der) => KeyPair::from_pkcs8(der.secret_pkcs8_der()),
            _ => return Err("it is not an RSA key".to_owned()),
        };
        let pair = pair.map_err(|error| error.to_string())?;
        let decoding = DecodingKey::from_rsa_der(pair.public_key().as_ref());
        Ok(Self { bearers, kid, pem, encoding, decoding })
    }

    /// As it is stored.
    pub fn to_resource(&self) -> Option<Resource> {
        let key = self.bearers.key(&self.kid)?;
        let spec = Spec::new(serde_json::json!({ "data": STANDARD.encode(&self.pem) }));
        Some(Resource { key, labels: Labels::new(), spec, status: None })
    }

    /// How tokens name it.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// It is no resource, and nobody else holds what proves its tokens.
    pub(super) fn is_kept_elsewhere(&self) -> bool {
        self.kid == ELSEWHERE
    }

    /// Whose tokens it signs.
    pub fn bearers(&self) -> &Bearers {
        &self.bearers
    }

    pub(super) fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }

    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// The key inside of PKCS#8, as RFC 5958 wraps an RSA key of this size: a version, an algorithm without parameters, an octet string.
fn pkcs1(pkcs8: &[u8]) -> Option<&[u8]> {
    const VERSION: [u8; 3] = [0x02, 1, 0];
    const ALGORITHM: [u8; 15] = [0x30, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 0x05, 0];
    let fields = pkcs8.strip_prefix(&[0x30, 0x82])?.get(2..)?;
    fields.strip_prefix(&VERSION)?.strip_prefix(&ALGORITHM)?.strip_prefix(&[0x04, 0x82])?.get(2..)
}
