//! TLS between control planes: a certificate authority of this installation, global's certificate, and what zones pin.
//!
//! The provider is aws-lc: beside TLS it makes the RSA keys that Kuma's tokens need.
mod accept;
mod authority;
mod connect;

pub use accept::{HANDSHAKE_TIMEOUT, accept, acceptor};
pub use authority::{Authority, Identity};
pub use connect::{BadCertificate, TlsConnect, trusting};

use rustls::crypto::CryptoProvider;
use std::sync::Arc;

/// The cryptography of this process.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}
