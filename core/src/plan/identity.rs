//! Who a proxy is: by which `MeshIdentity`, and with which SPIFFE ID (Kuma 2.14).
//!
//! Of all identities whose selector fits a proxy the one with the most labels counts, then the first by name. An identity without a selector
//! selects nobody, one without labels everybody.
use super::proxy::Proxy;
use crate::resource::{
    Key, Kri, Resource, ZoneName, labels,
    model::{self, GoDuration, HostnameTemplate, LabelSelector, TemplateField, Violation, why_not_spiffe_id},
};
use serde::{Deserialize, Serialize};
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

/// A `MeshIdentity`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MeshIdentity {
    key: Key,
    kri: Kri,
    selector: Option<BTreeMap<String, String>>,
    trust_domain: HostnameTemplate,
    path: HostnameTemplate,
    valid_for_seconds: u64,
}

/// A `MeshTrust`: a trust domain, and certificates of its authorities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MeshTrust {
    pub(super) trust_domain: String,
    pub(super) authorities: BTreeSet<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
struct Written {
    selector: Option<Selector>,
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
    /// Reads one.
    ///
    /// # Errors
    /// It has another form, or wants what there is not here: certificates of another provider than the zone's own authority.
    pub(super) fn of(resource: &Resource) -> Result<Self, Vec<Violation>> {
        let wrong = |field: &str, why: &str| vec![(format!("spec.{field}"), why.to_owned())];
        let value = resource.spec.value().ok_or_else(|| wrong("", "cannot be decoded"))?;
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
        let selector = written.selector.and_then(|selector| selector.dataplane);
        Ok(Self {
            key: resource.key.clone(),
            kri: Kri::of(resource),
            selector: selector.map(|selector| selector.match_labels.unwrap_or_default()),
            trust_domain: template("spiffeID.trustDomain", spiffe_id.trust_domain, "{{ .Mesh }}.{{ .Zone }}.mesh.local")?,
            path: template("spiffeID.path", spiffe_id.path, "/workload/{{ .Workload }}")?,
            valid_for_seconds: expiry.unwrap_or(VALID_FOR_SECONDS).max(SHORTEST_SECONDS),
        })
    }

    /// Who a proxy is by it; `None` if it does not select that, or lacks what its ID is made of.
    fn identity(&self, proxy: &Proxy, here: &ZoneName) -> Option<Identity> {
        let mesh = self.key.mesh.as_ref()?;
        let field = |field: &TemplateField| match field {
            TemplateField::Mesh => Some(mesh.as_str()),
            TemplateField::Zone => Some(here.as_str()),
            TemplateField::Namespace => proxy.labels.get(labels::NAMESPACE).map(String::as_str),
            TemplateField::Label(label) => proxy.labels.get(label).map(String::as_str).filter(|value| !value.is_empty()),
            TemplateField::Name | TemplateField::DisplayName => None,
        };
        let trust_domain = self.trust_domain.render(&field)?;
        let spiffe_id = format!("spiffe://{trust_domain}{}", self.path.render(&field)?);
        if why_not_spiffe_id(&spiffe_id).is_some() {
            return None;
        }
        let name = self.kri.to_string();
        Some(Identity { by: self.key.clone(), name, trust_domain, spiffe_id, valid_for_seconds: self.valid_for_seconds })
    }

    fn selects(&self, proxy: &Proxy) -> bool {
        let wanted = self.selector.as_ref();
        wanted.is_some_and(|wanted| wanted.iter().all(|(label, value)| proxy.labels.get(label) == Some(value)))
    }
}

impl MeshTrust {
    /// Reads one.
    ///
    /// # Errors
    /// It has another form.
    pub(super) fn of(resource: &Resource) -> Result<Self, Vec<Violation>> {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase", default, expecting = "a map")]
        struct Written {
            trust_domain: String,
            ca_bundles: Vec<Bundle>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default, expecting = "a map")]
        struct Bundle {
            pem: Option<Pem>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default, expecting = "a map")]
        struct Pem {
            value: String,
        }
        let value = resource.spec.value().ok_or_else(|| vec![("spec".to_owned(), "cannot be decoded".to_owned())])?;
        let written: Written = model::read(value).map_err(|(path, why)| vec![(format!("spec.{path}"), why)])?;
        let authorities = written.ca_bundles.into_iter().filter_map(|bundle| Some(bundle.pem?.value));
        Ok(Self { trust_domain: written.trust_domain, authorities: authorities.filter(|pem| !pem.trim().is_empty()).collect() })
    }
}

/// Who a proxy is by these.
pub(super) fn identity(identities: &BTreeMap<Key, MeshIdentity>, proxy: &Proxy, here: &ZoneName) -> Option<Identity> {
    let fits = identities.values().filter(|identity| identity.selects(proxy));
    let labels = |identity: &&MeshIdentity| identity.selector.as_ref().map_or(0, BTreeMap::len);
    // Of equal ones the last that is seen wins.
    fits.rev().max_by_key(labels).and_then(|identity| identity.identity(proxy, here))
}

/// Whom these make trusted.
pub(super) fn trust(trusts: &BTreeMap<Key, MeshTrust>) -> Trust {
    let mut trust = Trust::default();
    for one in trusts.values().filter(|one| !one.trust_domain.is_empty()) {
        trust.domains.entry(one.trust_domain.clone()).or_default().extend(one.authorities.iter().cloned());
    }
    trust.domains.retain(|_, authorities| !authorities.is_empty());
    trust
}
