//! Keys, sealed and unsealed.
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::fmt;

/// The file in a data directory with the key that seals the keys of authorities.
pub const SEALING_KEY: &str = "sealing.key";

/// How long a sealing key is, in bytes.
const KEY_LEN: usize = 32;

/// Seals and unseals with one key.
pub struct Sealer(RandomizedNonceKey);

/// A key cannot be sealed, or not be unsealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealerError {
    /// The sealing key is not one.
    #[error("a sealing key is {KEY_LEN} bytes in base64")]
    NoKey,
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    NoRandomness,
    /// It was sealed by another key, or for another purpose, or is damaged.
    #[error("it was sealed by another key, or is damaged")]
    Unsealable,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(***)")
    }
}

impl Sealer {
    /// A new sealing key, as text.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn generate() -> Result<String, SealerError> {
        let mut key = [0; KEY_LEN];
        aws_lc_rs::rand::fill(&mut key).map_err(|_| SealerError::NoRandomness)?;
        Ok(STANDARD.encode(key))
    }

    /// Seals with this key.
    ///
    /// # Errors
    /// It is none.
    pub fn new(key: &str) -> Result<Self, SealerError> {
        let key = STANDARD.decode(key.trim()).ok().filter(|key| key.len() == KEY_LEN).ok_or(SealerError::NoKey)?;
        RandomizedNonceKey::new(&AES_256_GCM, &key).map(Self).map_err(|_| SealerError::NoKey)
    }

    /// Seals a text, for a purpose.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn seal(&self, purpose: &str, text: &str) -> Result<String, SealerError> {
        let mut sealed = text.as_bytes().to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(purpose), &mut sealed).map_err(|_| SealerError::NoRandomness)?;
        Ok(STANDARD.encode([nonce.as_ref().as_slice(), &sealed].concat()))
    }

    /// Unseals what was sealed for the same purpose.
    ///
    /// # Errors
    /// It was sealed otherwise, or is damaged.
    pub fn unseal(&self, purpose: &str, sealed: &str) -> Result<String, SealerError> {
        let bytes = STANDARD.decode(sealed).map_err(|_| SealerError::Unsealable)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(SealerError::Unsealable)?;
        let mut text = sealed.to_vec();
        let nonce = Nonce::from(nonce);
        let text = self.0.open_in_place(nonce, Aad::from(purpose), &mut text).map_err(|_| SealerError::Unsealable)?;
        String::from_utf8(text.to_vec()).map_err(|_| SealerError::Unsealable)
    }
}
