//! A certificate authority that a global makes for itself, and the certificate that it serves with.
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use std::{fmt, net::IpAddr};

/// A certificate with its key, both as PEM.
#[derive(Clone)]
pub struct Identity {
    /// The certificate, and those that lead to the authority.
    pub certificate: String,
    /// The key.
    pub key: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

/// An authority.
pub struct Authority {
    /// Its certificate, which zones pin, and its key.
    pub own: Identity,
}

impl Authority {
    /// A new one.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn generate() -> Result<Self, rcgen::Error> {
        let mut params = valid_for_long();
        params.distinguished_name.push(DnType::CommonName, "Strait global");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        Ok(Self { own: Identity { certificate: certificate.pem(), key: key.serialize_pem() } })
    }

    /// A certificate for a server that is reached by these names and addresses.
    ///
    /// # Errors
    /// The authority's key cannot be read, or a name cannot stand in a certificate.
    pub fn certify(&self, names: &[String]) -> Result<Identity, rcgen::Error> {
        let issuer = Issuer::from_ca_cert_pem(&self.own.certificate, KeyPair::from_pem(&self.own.key)?)?;
        let mut params = valid_for_long();
        params.distinguished_name.push(DnType::CommonName, "Strait global control plane");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        for name in names {
            params.subject_alt_names.push(match name.parse::<IpAddr>() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => SanType::DnsName(name.as_str().try_into()?),
            });
        }
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &issuer)?;
        Ok(Identity { certificate: certificate.pem() + &self.own.certificate, key: key.serialize_pem() })
    }
}

/// What is pinned is replaced by people, not by time.
fn valid_for_long() -> CertificateParams {
    let mut params = CertificateParams::default();
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2099, 12, 31));
    params
}
