//! TLS between control planes: a certificate authority of this installation, global's certificate, and what zones pin.
//!
//! The provider is aws-lc: beside TLS it makes the RSA keys that Kuma's tokens need.
mod accept;
mod authority;
mod connect;
mod pinned;

pub use accept::{HANDSHAKE_TIMEOUT, accept, acceptor, acceptor_for_all};
pub use authority::{Authority, Identity};
pub use connect::{BadCertificate, TlsConnect, trusting};
pub use tokio_rustls::TlsAcceptor;

use rustls::crypto::CryptoProvider;
use std::sync::Arc;

/// What is encrypted as one piece, in bytes, with what TLS adds. Nothing of a piece can be read before all of it has come, so that over a slow link the
/// largest that TLS allows, 16 KiB, would seem like silence. This takes two seconds at 1 kB/s.
const RECORD_BYTES: usize = 2 << 10;

/// The cryptography of this process.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}
