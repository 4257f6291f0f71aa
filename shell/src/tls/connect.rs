//! Connections to a control plane: a zone's to global, a launcher's to its zone.
use super::{RECORD_BYTES, pinned::Pinned, provider};
use crate::kds::Connect;
use rustls::{
    ClientConfig,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use std::{io, sync::Arc};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

/// A certificate cannot be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the certificate authority: {0}")]
pub struct BadCertificate(String);

/// Trusts what these authorities signed and who shows one of these certificates as its own, and nobody else.
///
/// # Errors
/// It is no certificate.
pub fn trusting(authority_pem: &str) -> Result<TlsConnector, BadCertificate> {
    let given: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(authority_pem.as_bytes()).collect();
    let given = given.map_err(|error| BadCertificate(error.to_string()))?;
    if given.is_empty() {
        return Err(BadCertificate("there is no certificate in PEM form".to_owned()));
    }
    let verifier = Arc::new(Pinned::new(given, provider()).map_err(BadCertificate)?);
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| BadCertificate(error.to_string()))?;
    let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.max_fragment_size = Some(RECORD_BYTES);
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Connects to one address over TLS.
#[derive(Clone)]
pub struct TlsConnect {
    /// `HOST:PORT`, resolved anew each time.
    pub address: String,
    /// The name or address that the certificate at the other end must bear.
    pub name: ServerName<'static>,
    /// Whom to trust.
    pub connector: TlsConnector,
}

impl Connect for TlsConnect {
    type Stream = TlsStream<TcpStream>;

    async fn connect(&self) -> io::Result<Self::Stream> {
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        self.connector.connect(self.name.clone(), stream).await
    }
}
