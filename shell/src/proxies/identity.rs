//! Who a stream says it is, and whether that is believed.
use crate::token::Token;
use serde_json::Value;
use std::collections::BTreeMap;
use strait_core::{
    node::ProxyVersion,
    resource::{
        Key, Kind, MeshName, Resource, ResourceName, from_json, from_yaml,
        model::{beyond_proxies, validate},
    },
};
use strait_proto::envoy::config::core::v3::Node;

/// So much of a version is kept, in characters.
const LONGEST_VERSION: usize = 128;

/// A `Dataplane` longer than this is not read, in bytes.
const LARGEST_DATAPLANE: usize = 256 << 10;

/// Who a proxy says it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Its mesh; `None`: it is an ingress, which is of no mesh.
    pub mesh: Option<MeshName>,
    /// Its name.
    pub name: ResourceName,
    /// What it is, if it brings that along: a `Dataplane`, or the `ZoneIngress` of an ingress.
    pub dataplane: Option<Resource>,
    /// What runs there, as far as it says so.
    pub version: ProxyVersion,
}

/// Judges who may be which proxy.
#[tonic::async_trait]
pub trait Admit: Send + Sync + 'static {
    /// Whether this may be so.
    ///
    /// # Errors
    /// It may not.
    async fn admit(&self, claim: &Claim, token: Option<&Token>) -> Result<(), NotAdmitted>;
}

/// Why a proxy is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// What it says cannot be read, or is not for this zone. Names the field.
    #[error("{0}")]
    Invalid(String),
    /// It is not believed.
    #[error("{0}")]
    Refused(String),
    /// There is no such `Dataplane`.
    #[error("{0}")]
    Unknown(String),
    /// This zone does not hold yet what is needed to tell.
    #[error("{0}")]
    NotYet(String),
}

impl Claim {
    /// What the first request of a stream says: `node.id` is `MESH.NAME`, as in Kuma.
    ///
    /// # Errors
    /// It does not say it so.
    pub fn of_node(node: &Node) -> Result<Self, NotAdmitted> {
        let wrong = |why: String| NotAdmitted::Invalid(why);
        let (mesh, name) = node.id.split_once('.').ok_or_else(|| wrong("node.id: must be MESH.NAME".to_owned()))?;
        let metadata = node.metadata.as_ref().map(|metadata| &metadata.fields);
        let text = |name: &str| {
            metadata.and_then(|fields| match fields.get(name)?.kind.as_ref()? {
                prost_types::value::Kind::StringValue(text) => Some(text.as_str()),
                _ => None,
            })
        };
        let proxy_type = ProxyType::of("node.metadata[\"dataplane.proxyType\"]", text("dataplane.proxyType").unwrap_or_default())?;
        let dataplane = text("dataplane.resource")
            .filter(|text| !text.is_empty())
            .map(|text| read("node.metadata[\"dataplane.resource\"]", text))
            .transpose()?;
        let claim = Self {
            mesh: proxy_type.mesh("node.id", mesh)?,
            name: ResourceName::new(name).map_err(|error| wrong(format!("node.id: {error}")))?,
            dataplane,
            version: metadata.map(version).unwrap_or_default(),
        };
        claim.agrees()
    }

    /// What a bootstrap request says. A `Dataplane` that it brings along says its mesh and its name.
    ///
    /// # Errors
    /// It cannot be read, or contradicts itself.
    pub fn of_bootstrap(proxy_type: &str, mesh: &str, name: &str, dataplane: &str) -> Result<Self, NotAdmitted> {
        let wrong = |field: &str, why: String| NotAdmitted::Invalid(format!("{field}: {why}"));
        let dataplane = if dataplane.is_empty() { None } else { Some(read("dataplaneResource", dataplane)?) };
        let of = |said: &str, brought: Option<&str>| if said.is_empty() { brought.unwrap_or_default().to_owned() } else { said.to_owned() };
        let brought = dataplane.as_ref();
        let mesh = of(mesh, brought.and_then(|one| one.mesh()).map(MeshName::as_str));
        let proxy_type = ProxyType::of("proxyType", proxy_type)?;
        let mesh = if mesh.is_empty() && proxy_type == ProxyType::Dataplane { "default".to_owned() } else { mesh };
        let name = of(name, brought.map(|one| one.key.name.as_str()));
        let claim = Self {
            mesh: proxy_type.mesh("mesh", &mesh)?,
            name: ResourceName::new(&name).map_err(|error| wrong("name", error.to_string()))?,
            dataplane,
            version: ProxyVersion::default(),
        };
        claim.agrees()
    }

    fn agrees(self) -> Result<Self, NotAdmitted> {
        let Some(dataplane) = &self.dataplane else { return Ok(self) };
        let key = self.key();
        if *dataplane.kind() != key.kind {
            return Err(NotAdmitted::Invalid(format!("type: must be {}, not {}", key.kind, dataplane.kind())));
        }
        if dataplane.key != key {
            return Err(NotAdmitted::Invalid(format!("{} was brought along for {key}", dataplane.key)));
        }
        // Else its Envoy would start, and be sent away again and again.
        let wrong = validate(dataplane);
        let wrong = if wrong.is_empty() { beyond_proxies(dataplane) } else { wrong };
        let wrong: Vec<String> = wrong.into_iter().map(|(field, why)| format!("{field}: {why}")).collect();
        if !wrong.is_empty() {
            return Err(NotAdmitted::Invalid(format!("{key}: {}", wrong.join("; "))));
        }
        Ok(self)
    }

    /// The resource that says what it is.
    pub fn key(&self) -> Key {
        let kind = if self.mesh.is_some() { Kind::dataplane() } else { Kind::zone_ingress() };
        Key { kind, mesh: self.mesh.clone(), name: self.name.clone() }
    }
}

/// What Kuma calls the type of a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProxyType {
    Dataplane,
    Ingress,
}

impl ProxyType {
    /// Empty means a data plane proxy, as in Kuma.
    fn of(field: &str, name: &str) -> Result<Self, NotAdmitted> {
        match name {
            "" | "dataplane" => Ok(Self::Dataplane),
            "ingress" => Ok(Self::Ingress),
            other => Err(NotAdmitted::Invalid(format!("{field}: must be `dataplane` or `ingress`, not `{other}`"))),
        }
    }

    fn mesh(self, field: &str, name: &str) -> Result<Option<MeshName>, NotAdmitted> {
        match self {
            Self::Dataplane => MeshName::new(name).map(Some).map_err(|error| NotAdmitted::Invalid(format!("{field}: {error}"))),
            Self::Ingress if name.is_empty() => Ok(None),
            Self::Ingress => Err(NotAdmitted::Invalid(format!("{field}: an ingress is of no mesh, not of `{name}`"))),
        }
    }
}

/// One `Dataplane` or `ZoneIngress`, as JSON or YAML.
fn read(field: &str, text: &str) -> Result<Resource, NotAdmitted> {
    let wrong = |why: String| NotAdmitted::Invalid(format!("{field}: {why}"));
    if text.len() > LARGEST_DATAPLANE {
        return Err(wrong(format!("must not be longer than {LARGEST_DATAPLANE} bytes")));
    }
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        return from_json(&value).map_err(|error| wrong(error.to_string()));
    }
    let resources = from_yaml(text).map_err(|error| wrong(error.to_string()))?;
    let [one] = <[Resource; 1]>::try_from(resources).map_err(|all| wrong(format!("must be one Dataplane, not {} resources", all.len())))?;
    Ok(one)
}

type Fields = BTreeMap<String, prost_types::Value>;

/// What a launcher said in its request for a bootstrap, which came along from there (`node.metadata.version`, as in Kuma).
fn version(metadata: &Fields) -> ProxyVersion {
    let said = |part: &str, field: &str| -> String {
        let part = below(metadata, "version").and_then(|version| below(version, part));
        let text = part.and_then(|part| match part.get(field)?.kind.as_ref()? {
            prost_types::value::Kind::StringValue(text) => Some(text.as_str()),
            _ => None,
        });
        text.unwrap_or_default().chars().filter(|character| !character.is_control()).take(LONGEST_VERSION).collect()
    };
    ProxyVersion { launcher: said("kumaDp", "version"), envoy: said("envoy", "version"), envoy_build: said("envoy", "build") }
}

fn below<'a>(fields: &'a Fields, name: &str) -> Option<&'a Fields> {
    match fields.get(name)?.kind.as_ref()? {
        prost_types::value::Kind::StructValue(inner) => Some(&inner.fields),
        _ => None,
    }
}
