//! Who a proxy is: by which `MeshIdentity`, and with which SPIFFE ID (Kuma 2.14).
//!
//! Of all identities whose selector fits a proxy the one with the most labels counts, then the first by name. An identity without a selector
//! selects nobody, one without labels everybody. A proxy that is selected and cannot have its identity, because that cannot be read here or is made of a label
//! that the proxy lacks, is nobody: it lets nobody in, and is sent nothing.
mod domains;

use self::domains::{Domains, is_anothers};
use super::proxy::Proxy;
use crate::resource::{
    Key, Kri, Origin, Resource, ZoneName, labels,
    model::{self, GoDuration, HostnameTemplate, LabelSelector, TemplateField, Violation, why_not_spiffe_id},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How long a certificate is valid that no `MeshIdentity` says anything of, in seconds: a day.
const VALID_FOR_SECONDS: u64 = 24 * 3600;
/// The shortest, in seconds: a certificate is renewed at half of it, and that may have to be tried several times.
const SHORTEST_SECONDS: u64 = 60;

/// Who a proxy is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The `MeshIdentity` that says so.
    pub by: Key,
    /// What its certificate is called in its configuration: Kuma's identifier of the `MeshIdentity`.
    pub name: String,
    /// Its trust domain.
    pub trust_domain: String,
    /// `spiffe://TRUST-DOMAIN/PATH`.
    pub spiffe_id: String,
    /// How long a certificate is valid, in seconds.
    pub valid_for_seconds: u64,
}

/// Whom the proxies of a mesh trust.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust {
    /// By trust domain, the certificates of its authorities, in PEM.
    pub domains: BTreeMap<String, BTreeSet<String>>,
}

/// Who a proxy is that a `MeshIdentity` selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// This.
    Is(Identity),
    /// It is to have an identity, and cannot.
    Nobody,
}

/// A `MeshIdentity`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MeshIdentity {
    key: Key,
    kri: Kri,
    /// The zone that made it, for its own proxies; `None`: it is for those of every zone.
    zone: Option<ZoneName>,
    selector: Option<BTreeMap<String, String>>,
    /// `None`: it wants what there is not here.
    gives: Option<Gives>,
}

/// What identities it gives.
#[derive(Clone, Debug, PartialEq)]
struct Gives {
    trust_domain: HostnameTemplate,
    path: HostnameTemplate,
    valid_for_seconds: u64,
}

/// A `MeshTrust`: a trust domain, and certificates of its authorities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MeshTrust {
    /// Whose it is; `None`: global's.
    zone: Option<ZoneName>,
    pub(super) trust_domain: String,
    /// One certificate each, all written in the same way.
    pub(super) authorities: BTreeSet<String>,
    /// What of it cannot be read; the rest is trusted.
    pub(super) wrong: Vec<Violation>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
struct Written {
    #[serde(rename = "spiffeID")]
    spiffe_id: Option<SpiffeId>,
    provider: Option<Provider>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "a map")]
struct Selector {
    dataplane: Option<LabelSelector>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
struct SpiffeId {
    trust_domain: Option<String>,
    path: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "a map")]
struct Provider {
    #[serde(rename = "type")]
    provider_type: String,
    bundled: Option<Bundled>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
struct Bundled {
    autogenerate: Option<Autogenerate>,
    certificate_parameters: Option<CertificateParameters>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "a map")]
struct Autogenerate {
    enabled: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "a map")]
struct CertificateParameters {
    expiry: Option<GoDuration>,
}

impl MeshIdentity {
    /// Reads one, and says what of it cannot be had here: then those that it selects are nobody. `None`: it cannot even be read whom it selects.
    pub(super) fn of(resource: &Resource) -> (Option<Self>, Vec<Violation>) {
        let value = resource.spec.value();
        let selector = value.and_then(|value| value.get("selector")).filter(|selector| !selector.is_null());
        let selector: Option<Selector> = match selector.map(model::read).transpose() {
            Ok(selector) => selector,
            Err((path, why)) => return (None, vec![(format!("spec.selector.{path}"), why)]),
        };
        let selector = selector.and_then(|selector| selector.dataplane);
        let (gives, wrong) = match value.map_or_else(|| Err(vec![("spec".to_owned(), "cannot be decoded".to_owned())]), Gives::of) {
            Ok(gives) => (Some(gives), Vec::new()),
            Err(wrong) => (None, wrong),
        };
        let selector = selector.map(|selector| selector.match_labels.unwrap_or_default());
        let zone = resource.zone().filter(|_| resource.origin() == Some(Origin::Zone));
        (Some(Self { key: resource.key.clone(), kri: Kri::of(resource), zone, selector, gives }), wrong)
    }

    /// The labels that its IDs are made of, and that a proxy lacks; `None`: it gives nothing here, whoever asks.
    fn lacks(&self, proxy: &Proxy) -> Option<BTreeSet<String>> {
        let gives = self.gives.as_ref()?;
        let has = |label: &str| proxy.labels.get(label).is_some_and(|value| !value.is_empty());
        Some(gives.labels().filter(|label| !has(label)).collect())
    }

    fn who(&self, proxy: &Proxy, here: &ZoneName) -> Who {
        self.identity(proxy, here).map_or(Who::Nobody, Who::Is)
    }

    /// Who a proxy is by it; `None` if it lacks what its ID is made of.
    fn identity(&self, proxy: &Proxy, here: &ZoneName) -> Option<Identity> {
        let (mesh, gives) = (self.key.mesh.as_ref()?, self.gives.as_ref()?);
        let field = |field: &TemplateField| match field {
            TemplateField::Mesh => Some(mesh.as_str()),
            TemplateField::Zone => Some(here.as_str()),
            TemplateField::Namespace => proxy.labels.get(labels::NAMESPACE).map(String::as_str),
            TemplateField::Label(label) => proxy.labels.get(label).map(String::as_str).filter(|value| !value.is_empty()),
            TemplateField::Name | TemplateField::DisplayName => None,
        };
        let trust_domain = gives.trust_domain.render(&field)?;
        let spiffe_id = format!("spiffe://{trust_domain}{}", gives.path.render(&field)?);
        if why_not_spiffe_id(&spiffe_id).is_some() {
            return None;
        }
        let name = self.kri.to_string();
        Some(Identity { by: self.key.clone(), name, trust_domain, spiffe_id, valid_for_seconds: gives.valid_for_seconds })
    }

    /// The trust domains that it gives.
    fn domains(&self) -> Option<Domains> {
        Domains::of(self.zone.as_ref(), self.key.mesh.as_ref()?, &self.gives.as_ref()?.trust_domain)
    }

    fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        let wanted = self.selector.as_ref();
        wanted.is_some_and(|wanted| wanted.iter().all(|(label, value)| labels.get(label) == Some(value)))
    }
}

impl Gives {
    /// The labels that IDs are made of.
    fn labels(&self) -> impl Iterator<Item = String> {
        self.trust_domain.fields().chain(self.path.fields()).filter_map(|field| match field {
            TemplateField::Label(label) => Some(label.clone()),
            TemplateField::Namespace => Some(labels::NAMESPACE.to_owned()),
            _ => None,
        })
    }

    /// What a spec says.
    ///
    /// # Errors
    /// It has another form, or wants what there is not here: certificates of another provider than the zone's own authority.
    fn of(value: &Value) -> Result<Self, Vec<Violation>> {
        let wrong = |field: &str, why: &str| vec![(format!("spec.{field}"), why.to_owned())];
        let written: Written = model::read(value).map_err(|(path, why)| wrong(&path, &why))?;
        let provider = written.provider.unwrap_or_default();
        if provider.provider_type != "Bundled" {
            return Err(wrong("provider.type", "must be `Bundled`: only the zone's own authority issues certificates here"));
        }
        let bundled = provider.bundled.unwrap_or_default();
        if bundled.autogenerate.and_then(|auto| auto.enabled) != Some(true) {
            return Err(wrong(
                "provider.bundled.autogenerate.enabled",
                "must be `true`: an authority that is brought along is not used here",
            ));
        }
        let expiry = bundled.certificate_parameters.and_then(|parameters| parameters.expiry);
        let expiry = expiry.map(|expiry| u64::try_from(expiry.nanoseconds()).unwrap_or_default() / 1_000_000_000);
        let spiffe_id = written.spiffe_id.unwrap_or_default();
        let template = |field: &str, text: Option<String>, default: &str| {
            let text = text.unwrap_or_else(|| default.to_owned()).replace(".Workload", "label \"kuma.io/workload\"");
            let why = "this template does what only Go understands";
            HostnameTemplate::parse(&text).map_err(|why| wrong(field, &why))?.ok_or_else(|| wrong(field, why))
        };
        Ok(Self {
            trust_domain: template("spiffeID.trustDomain", spiffe_id.trust_domain, "{{ .Mesh }}.{{ .Zone }}.mesh.local")?,
            path: template("spiffeID.path", spiffe_id.path, "/workload/{{ .Workload }}")?,
            valid_for_seconds: expiry.unwrap_or(VALID_FOR_SECONDS).max(SHORTEST_SECONDS),
        })
    }
}

impl MeshTrust {
    /// Reads one. A bundle that cannot be read is left out: a proxy would refuse it together with all others.
    ///
    /// # Errors
    /// It has another form.
    pub(super) fn of(resource: &Resource) -> Result<Self, Vec<Violation>> {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase", default, expecting = "a map")]
        struct Written {
            trust_domain: String,
            ca_bundles: Vec<Value>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default, expecting = "a map")]
        struct Bundle {
            pem: Pem,
        }
        #[derive(Default, Deserialize)]
        #[serde(default, expecting = "a map")]
        struct Pem {
            value: String,
        }
        let value = resource.spec.value().ok_or_else(|| vec![("spec".to_owned(), "cannot be decoded".to_owned())])?;
        let written: Written = model::read(value).map_err(|(path, why)| vec![(format!("spec.{path}"), why)])?;
        let (mut authorities, mut wrong) = (BTreeSet::new(), Vec::new());
        for (index, bundle) in written.ca_bundles.iter().enumerate() {
            let read = model::read(bundle).and_then(|Bundle { pem: Pem { value } }| {
                certificates(&value).map_err(|why| ("pem.value".to_owned(), format!("must be certificates in PEM: {why}")))
            });
            match read {
                Ok(certificates) => authorities.extend(certificates),
                Err((path, why)) => wrong.push((format!("spec.caBundles[{index}].{path}").trim_end_matches('.').to_owned(), why)),
            }
        }
        Ok(Self { zone: resource.zone(), trust_domain: written.trust_domain, authorities, wrong })
    }
}

/// The certificates in a text, each written as Envoy reads it in any case. What stands around them says nothing.
fn certificates(text: &str) -> Result<Vec<String>, String> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let mut certificates = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines().map(str::trim) {
        match &mut open {
            None if line == BEGIN => open = Some(String::new()),
            // Lists of what was revoked would be obeyed, and keys are nobody's business.
            None if line.starts_with("-----") => return Err(format!("`{line}` where a certificate may begin")),
            None => {}
            Some(base64) if line == END => {
                let number = certificates.len() + 1;
                let der = STANDARD.decode(&*base64).map_err(|why| format!("certificate {number} is not base64: {why}"))?;
                if !looks_like_a_certificate(&der) {
                    return Err(format!("certificate {number} is none, or not all of it"));
                }
                let base64 = STANDARD.encode(der);
                let mut pem = format!("{BEGIN}\n");
                let mut rest = base64.as_str();
                while !rest.is_empty() {
                    let (line, others) = rest.split_at(rest.len().min(64));
                    pem.extend([line, "\n"]);
                    rest = others;
                }
                certificates.push(pem + END + "\n");
                open = None;
            }
            Some(base64) => base64.push_str(line),
        }
    }
    match open {
        Some(_) => Err(format!("certificate {} does not end", certificates.len() + 1)),
        None if certificates.is_empty() => Err("there is none".to_owned()),
        None => Ok(certificates),
    }
}

/// As far as can be seen from outside: what is signed, how, and a signature (X.509 in DER), and nothing is missing.
fn looks_like_a_certificate(der: &[u8]) -> bool {
    let whole = element(der).filter(|(tag, _, rest)| *tag == 0x30 && rest.is_empty());
    let signed = whole.and_then(|(_, inner, _)| element(inner)).filter(|(tag, ..)| *tag == 0x30);
    let how = signed.and_then(|(.., rest)| element(rest)).filter(|(tag, ..)| *tag == 0x30);
    let signature = how.and_then(|(.., rest)| element(rest));
    signature.is_some_and(|(tag, _, rest)| tag == 0x03 && rest.is_empty())
}

/// The first element of DER: its tag, what it holds, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, first, rest @ ..] = der else { return None };
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (inner, rest) = rest.split_at_checked(length)?;
    Some((*tag, inner, rest))
}

/// Who a proxy is by these; `None`: it is to have no identity.
pub(super) fn who(identities: &BTreeMap<Key, MeshIdentity>, proxy: &Proxy, here: &ZoneName) -> Option<Who> {
    chosen(identities.values(), &proxy.labels).map(|identity| identity.who(proxy, here))
}

fn chosen<'a>(
    identities: impl DoubleEndedIterator<Item = &'a MeshIdentity>,
    labels: &BTreeMap<String, String>,
) -> Option<&'a MeshIdentity> {
    let count = |identity: &&MeshIdentity| identity.selector.as_ref().map_or(0, BTreeMap::len);
    // Of equal ones the last that is seen wins.
    identities.rev().filter(|identity| identity.selects(labels)).max_by_key(count)
}

/// The labels of a proxy of which its identity is made, by the `MeshIdentity`s of its mesh, in the order of their names. Whoever may choose these
/// chooses who the proxy is.
pub fn labels_of_identity<'a>(identities: impl IntoIterator<Item = &'a Resource>, dataplane: &Resource) -> BTreeSet<String> {
    let identities: Vec<MeshIdentity> = identities.into_iter().filter_map(|resource| MeshIdentity::of(resource).0).collect();
    let gives = chosen(identities.iter(), &dataplane.labels).and_then(|identity| identity.gives.as_ref());
    gives.into_iter().flat_map(Gives::labels).collect()
}

/// The `MeshIdentity` that is to say who a proxy is, and the labels that the proxy lacks for that.
pub(super) fn said_by<'a>(identities: &'a BTreeMap<Key, MeshIdentity>, proxy: &Proxy) -> Option<(&'a Key, BTreeSet<String>)> {
    let identity = chosen(identities.values(), &proxy.labels)?;
    Some((&identity.key, identity.lacks(proxy).unwrap_or_default()))
}

/// Whom these make trusted. A zone speaks for its own trust domains: not for one that by these identities is another zone's, whose proxies it
/// could pass its own off as, whether that zone is there or not.
pub(super) fn trust(trusts: &BTreeMap<Key, MeshTrust>, identities: &BTreeMap<Key, MeshIdentity>, here: &ZoneName) -> Trust {
    let mut trust = Trust::default();
    let given: Vec<Domains> = identities.values().filter_map(MeshIdentity::domains).collect();
    let is_believed = |one: &MeshTrust| {
        let speaker = one.zone.as_ref().filter(|zone| *zone != here);
        speaker.is_none_or(|zone| !is_anothers(&given, &one.trust_domain, zone))
    };
    for one in trusts.values().filter(|one| !one.trust_domain.is_empty() && is_believed(one)) {
        trust.domains.entry(one.trust_domain.clone()).or_default().extend(one.authorities.iter().cloned());
    }
    trust.domains.retain(|_, authorities| !authorities.is_empty());
    trust
}
