//! Certificates, as far as it matters who vouches for whom, and until when. What real ones hold beside that is the business of real proxies.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use strait_core::{
    node::Authority,
    plan::{Identity, Trust},
    time::Wall,
};

/// A certificate with its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Certificate {
    pub(super) spiffe_id: String,
    trust_domain: String,
    /// The certificate of who vouches for it.
    authority: String,
    /// Unix time, in milliseconds.
    not_after: u64,
}

impl Certificate {
    /// Signed at this time.
    pub(super) fn signed(identity: &Identity, authority: &Authority, now: Wall) -> Self {
        Self {
            spiffe_id: identity.spiffe_id.clone(),
            trust_domain: identity.trust_domain.clone(),
            authority: authority.certificate.clone(),
            not_after: now.0.saturating_add(identity.valid_for_seconds.saturating_mul(1000)),
        }
    }

    /// Why somebody who trusts these does not believe it at this time; `None`: he does.
    pub(super) fn is_not_believed(&self, trust: Option<&Trust>, now: Wall) -> Option<String> {
        if now.0 >= self.not_after {
            return Some(format!("the certificate of {} has run out", self.spiffe_id));
        }
        let trusted: Option<&BTreeSet<String>> = trust.and_then(|trust| trust.domains.get(&self.trust_domain));
        let is_trusted = trusted.is_some_and(|authorities| authorities.contains(&self.authority));
        (!is_trusted).then(|| format!("nobody here trusts who vouches for {}", self.spiffe_id))
    }
}

/// An authority with a certificate that looks like one from outside (X.509 in DER), and is another for each number.
pub(super) fn authority(trust_domain: &str, number: u64) -> Authority {
    let signed = element(0x30, &[element(0x0c, format!("{trust_domain} {number:016x}").as_bytes())].concat());
    let der = element(0x30, &[signed, element(0x30, &[]), element(0x03, &number.to_be_bytes())].concat());
    let base64 = STANDARD.encode(der);
    let lines: Vec<&str> = base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap_or_default()).collect();
    let certificate = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
    Authority { trust_domain: trust_domain.to_owned(), certificate, sealed_key: STANDARD.encode(number.to_be_bytes()) }
}

/// One element of DER.
fn element(tag: u8, inner: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match u8::try_from(inner.len()) {
        Ok(short @ ..=0x7f) => bytes.push(short),
        _ => {
            bytes.push(0x82);
            bytes.extend(u16::try_from(inner.len()).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    bytes.extend(inner);
    bytes
}
