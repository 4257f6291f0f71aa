//! Authorities and certificates: SPIFFE X.509-SVIDs.
use super::{Sealer, SealerError};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
    string::Ia5String,
};
use std::time::Duration;
use strait_core::{
    node::{Authority, NotSigned},
    plan::Identity,
    time::Wall,
};
use time::OffsetDateTime;

/// How long an authority is valid, in seconds: ten years, as Kuma's.
const AUTHORITY_SECONDS: u64 = 10 * 365 * 24 * 3600;
/// So far a certificate is valid before now, in seconds, for whoever's clock is behind (Kuma's).
const BEFORE_SECONDS: u64 = 10;

/// A certificate with its key, both in PEM.
#[derive(Clone)]
pub struct Svid {
    /// The certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
}

/// Makes the authority of a trust domain.
///
/// # Errors
/// The trust domain cannot stand in a certificate, or the system gives no randomness.
pub fn make_authority(sealer: &Sealer, trust_domain: &str, now: Wall) -> Result<Authority, String> {
    let mut params = params(now, Duration::from_secs(AUTHORITY_SECONDS))?;
    params.distinguished_name.push(DnType::CommonName, trust_domain);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.subject_alt_names = vec![uri(&format!("spiffe://{trust_domain}"))?];
    let key = KeyPair::generate().map_err(|error| error.to_string())?;
    let certificate = params.self_signed(&key).map_err(|error| error.to_string())?;
    let sealed_key = sealer.seal(trust_domain, &key.serialize_pem()).map_err(|error: SealerError| error.to_string())?;
    Ok(Authority { trust_domain: trust_domain.to_owned(), certificate: certificate.pem(), sealed_key })
}

/// Signs a certificate, from now on.
///
/// # Errors
/// The key of the authority cannot be unsealed, or the certificate not be made.
pub fn sign(sealer: &Sealer, authority: &Authority, identity: &Identity, now: Wall) -> Result<Svid, NotSigned> {
    let failed = |why: String| NotSigned::Failed(why);
    let key = sealer.unseal(&authority.trust_domain, &authority.sealed_key);
    let key = key.map_err(|error| NotSigned::Lost(format!("the key of the authority of `{}`: {error}", authority.trust_domain)))?;
    let key = KeyPair::from_pem(&key).map_err(|error| NotSigned::Lost(error.to_string()))?;
    let issuer = Issuer::from_ca_cert_pem(&authority.certificate, key).map_err(|error| NotSigned::Lost(error.to_string()))?;
    let mut params = params(now, Duration::from_secs(identity.valid_for_seconds)).map_err(failed)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    params.subject_alt_names = vec![uri(&identity.spiffe_id).map_err(failed)?];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().map_err(|error| failed(error.to_string()))?;
    let certificate = params.signed_by(&key, &issuer).map_err(|error| failed(error.to_string()))?;
    Ok(Svid { certificate: certificate.pem(), key: key.serialize_pem() })
}

fn params(now: Wall, valid_for: Duration) -> Result<CertificateParams, String> {
    let at = |seconds: u64| {
        let seconds = i64::try_from(seconds).map_err(|error| error.to_string())?;
        OffsetDateTime::from_unix_timestamp(seconds).map_err(|error| error.to_string())
    };
    let seconds = now.0 / 1000;
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.not_before = at(seconds.saturating_sub(BEFORE_SECONDS))?;
    params.not_after = at(seconds.saturating_add(valid_for.as_secs()))?;
    Ok(params)
}

fn uri(text: &str) -> Result<SanType, String> {
    Ia5String::try_from(text).map(SanType::URI).map_err(|error| error.to_string())
}
