//! What a dataplane token says, and whether a proxy is what it says.
use super::{
    BadSecret, DataplaneKeys, ProxyIdentity, SigningKey, Token, WORKLOAD,
    jwt::{self, LARGEST, Term, Unread},
};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use strait_core::{
    resource::{MeshName, ResourceName},
    time::Wall,
};

/// The only type of proxy that is meant: one beside a workload.
const SIDECAR: &str = "dataplane";
/// A reason shows so much of a text, and so many of several: what is refused must not be long because a token is.
const SHOWN_CHARACTERS: usize = 80;
const SHOWN_VALUES: usize = 8;

/// Which proxies may show a token: those for which all of this holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataplaneClaims {
    /// They are in this mesh.
    pub mesh: MeshName,
    /// This is their name.
    pub name: Option<ResourceName>,
    /// They carry each of these tags, with no other values than these.
    pub tags: BTreeMap<String, BTreeSet<String>>,
    /// They are of this workload.
    pub workload: Option<String>,
}

/// The claims, by Kuma's names.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Said {
    name: String,
    mesh: String,
    /// Go says `null` for an empty map.
    tags: Option<BTreeMap<String, BTreeSet<String>>>,
    #[serde(rename = "Type")]
    proxy_type: String,
    workload: String,
    /// What only a zone token says.
    #[serde(skip_serializing)]
    zone: Option<IgnoredAny>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Written {
    #[serde(flatten)]
    said: Said,
    #[serde(flatten)]
    term: Term,
}

/// Why a proxy is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DataplaneRefused {
    /// There is no token.
    #[error("a proxy must show a dataplane token: `strait token dataplane --mesh {0}` prints one")]
    Missing(MeshName),
    /// It cannot be read, or was not signed by a key of the mesh.
    #[error("the dataplane token is not valid: {0}")]
    Invalid(String),
    /// What is held here does not tell yet whether it is valid.
    #[error("whether the dataplane token is valid cannot be told (yet): {0}")]
    NotYet(String),
    /// Its time is over, or has not come.
    #[error("the dataplane token {0}; `strait token dataplane` prints a new one")]
    Expired(String),
    /// It was withdrawn.
    #[error("the dataplane token was revoked: its `jti` `{0}` stands in the list of its mesh")]
    Revoked(String),
    /// Nobody can say which tokens were withdrawn.
    #[error("no dataplane token of the mesh is believed, since it is not known which were revoked: {0}")]
    RevocationsUnknown(BadSecret),
    /// It is for something else than a proxy beside a workload.
    #[error("the dataplane token has the `Type` `{0}`; allowed is `dataplane`, or none")]
    OtherType(String),
    /// The proxy is in another mesh.
    #[error("the dataplane token is for the `Mesh` `{allowed}`, not for `{proxy}`")]
    OtherMesh {
        /// What the token allows.
        allowed: MeshName,
        /// What the proxy says.
        proxy: MeshName,
    },
    /// The proxy has another name.
    #[error("the dataplane token is for the `Name` `{allowed}`, not for `{proxy}`")]
    OtherName {
        /// What the token allows.
        allowed: ResourceName,
        /// What the proxy says.
        proxy: ResourceName,
    },
    /// The proxy lacks a tag.
    #[error("the `Tags` of the dataplane token want `{tag}`, with no other value than {allowed}; the proxy does not have it")]
    NoTag {
        /// Which.
        tag: String,
        /// What the token allows.
        allowed: String,
    },
    /// The proxy says something else with a tag.
    #[error("the `Tags` of the dataplane token want `{tag}` with no other value than {allowed}; the proxy has `{proxy}`")]
    OtherTag {
        /// Which.
        tag: String,
        /// What the token allows.
        allowed: String,
        /// What the proxy says.
        proxy: String,
    },
    /// It does not say what the proxy's identity is made of.
    #[error(
        "the identity of the proxy is made of its label `{label}`: it needs a token that binds it (`strait token dataplane --workload …` for `{workload}`), or a Dataplane that an operator wrote and a token for its name",
        workload = WORKLOAD
    )]
    NotBound {
        /// The label.
        label: String,
    },
    /// The proxy is of another workload, or of none.
    #[error("the dataplane token is for the `Workload` `{allowed}`; the proxy's label `{label}` is {}", said(.proxy), label = WORKLOAD)]
    OtherWorkload {
        /// What the token allows.
        allowed: String,
        /// What the proxy says.
        proxy: Option<String>,
    },
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotIssue {
    /// No key is held.
    #[error("there is no key here that signs tokens for the proxies of mesh `{0}`")]
    NoKey(MeshName),
    /// None that is held can be used.
    #[error("{0}; mend it, or write another key with a higher serial")]
    BadKey(BadSecret),
    /// It says too much.
    #[error("the token would be longer than {most} bytes: it must say less", most = LARGEST)]
    TooLong,
    /// The key cannot sign.
    #[error("{0}")]
    Signing(String),
}

/// A token for the proxies that are meant, signed by the newest key of their mesh and valid from now on for so long. `id` tells it from others.
///
/// # Errors
/// There is no key that can sign it.
pub fn issue_dataplane(
    keys: &DataplaneKeys,
    claims: &DataplaneClaims,
    valid_for: Duration,
    id: &str,
    now: Wall,
) -> Result<Token, CannotIssue> {
    let key: &SigningKey = keys.signing().newest().ok_or_else(|| match keys.signing().bad() {
        Some(bad) => CannotIssue::BadKey(bad.clone()),
        None => CannotIssue::NoKey(claims.mesh.clone()),
    })?;
    let written = Written { said: claims.said(), term: Term::new(valid_for, id, now) };
    let token = jwt::sign(key, &written).map_err(|error| CannotIssue::Signing(error.to_string()))?;
    if token.reveal().len() > LARGEST { Err(CannotIssue::TooLong) } else { Ok(token) }
}

/// Whether a token proves that its bearer may be this proxy. `keys` are those of the proxy's mesh.
///
/// # Errors
/// It does not.
pub fn verify_dataplane(keys: &DataplaneKeys, token: &Token, proxy: &ProxyIdentity, now: Wall) -> Result<(), DataplaneRefused> {
    let Written { said, term } = jwt::read(keys.signing(), token)?;
    let claims = DataplaneClaims::read(said)?;
    term.check(now).map_err(DataplaneRefused::Expired)?;
    if keys.has_revoked(&term.jti).map_err(DataplaneRefused::RevocationsUnknown)? {
        return Err(DataplaneRefused::Revoked(shortened(&term.jti)));
    }
    claims.allow(proxy)
}

impl DataplaneRefused {
    /// Whether the same token may be believed later, without anything that is wrong with it being mended: what is lacking is the control plane's.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::NotYet(_) | Self::RevocationsUnknown(_))
    }
}

impl From<Unread> for DataplaneRefused {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Wrong(why) => Self::Invalid(why),
            Unread::NotYet(why) => Self::NotYet(why),
        }
    }
}

impl DataplaneClaims {
    /// What a token says; empty is what it does not say.
    fn read(said: Said) -> Result<Self, DataplaneRefused> {
        let invalid = DataplaneRefused::Invalid;
        if said.zone.is_some() {
            return Err(invalid("it is a zone token".to_owned()));
        }
        if said.mesh.is_empty() {
            return Err(invalid("it does not name a mesh (`Mesh`)".to_owned()));
        }
        if !matches!(said.proxy_type.as_str(), "" | SIDECAR) {
            return Err(DataplaneRefused::OtherType(shortened(&said.proxy_type)));
        }
        let named = |name: String| (!name.is_empty()).then_some(name);
        Ok(Self {
            mesh: MeshName::new(&said.mesh).map_err(|error| invalid(format!("`Mesh`: {error}")))?,
            name: named(said.name).map(|name| ResourceName::new(&name)).transpose().map_err(|error| invalid(format!("`Name`: {error}")))?,
            tags: said.tags.unwrap_or_default(),
            workload: named(said.workload),
        })
    }

    fn said(&self) -> Said {
        Said {
            name: self.name.as_ref().map(ToString::to_string).unwrap_or_default(),
            mesh: self.mesh.to_string(),
            tags: Some(self.tags.clone()),
            proxy_type: SIDECAR.to_owned(),
            workload: self.workload.clone().unwrap_or_default(),
            zone: None,
        }
    }

    /// Whether all of it holds for this proxy.
    fn allow(&self, proxy: &ProxyIdentity) -> Result<(), DataplaneRefused> {
        if self.mesh != proxy.mesh {
            return Err(DataplaneRefused::OtherMesh { allowed: self.mesh.clone(), proxy: proxy.mesh.clone() });
        }
        if let Some(allowed) = self.name.as_ref().filter(|allowed| **allowed != proxy.name) {
            return Err(DataplaneRefused::OtherName { allowed: allowed.clone(), proxy: proxy.name.clone() });
        }
        let by_name = self.name.is_some() && !proxy.is_brought;
        let is_bound = |label: &&String| by_name || (*label == WORKLOAD && self.workload.is_some());
        if let Some(label) = proxy.made_of.iter().find(|label| !is_bound(label)) {
            return Err(DataplaneRefused::NotBound { label: shortened(label) });
        }
        for (tag, allowed) in &self.tags {
            let shown = || (shortened(tag), listed(allowed));
            let Some(values) = proxy.tags.get(tag).filter(|values| !values.is_empty()) else {
                let (tag, allowed) = shown();
                return Err(DataplaneRefused::NoTag { tag, allowed });
            };
            if let Some(other) = values.difference(allowed).next() {
                let (tag, allowed) = shown();
                return Err(DataplaneRefused::OtherTag { tag, allowed, proxy: shortened(other) });
            }
        }
        match &self.workload {
            Some(allowed) if proxy.workload.as_ref() != Some(allowed) => {
                Err(DataplaneRefused::OtherWorkload { allowed: shortened(allowed), proxy: proxy.workload.as_deref().map(shortened) })
            }
            _ => Ok(()),
        }
    }
}

fn said(proxy: &Option<String>) -> String {
    proxy.as_ref().map_or_else(|| "missing".to_owned(), |proxy| format!("`{proxy}`"))
}

fn listed(values: &BTreeSet<String>) -> String {
    let shown: Vec<String> = values.iter().take(SHOWN_VALUES).map(|value| format!("`{}`", shortened(value))).collect();
    match values.len().saturating_sub(SHOWN_VALUES) {
        0 if shown.is_empty() => "none".to_owned(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(SHOWN_CHARACTERS).collect()
}
