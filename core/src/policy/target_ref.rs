//! Which proxies the top of a policy asks for.
use crate::resource::{Kri, MeshName, model::TargetRef};
use std::collections::BTreeMap;

/// The top-level `targetRef` of a policy. Without one, the whole mesh.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    /// Every proxy of these types.
    Mesh(ProxyTypes),
    /// Proxies as such.
    Dataplane(Which, Option<String>),
    /// Proxies with an inbound that carries these tags; `*` stands for any value.
    Tags(BTreeMap<String, String>, ProxyTypes),
    /// Proxies that this route is for: the name that its author gave it.
    Route(String),
    /// Listeners of a gateway that the mesh configures. There are none here yet, so it selects nothing.
    Gateway,
}

/// Which proxies.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Which {
    All,
    Named(Kri),
    Labelled(BTreeMap<String, String>),
    /// A namespace and nothing else: Kuma takes it, and it selects nothing.
    Nothing,
}

/// Of which types; empty: of both.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ProxyTypes(Vec<String>);

/// How much a kind of reference counts for: the more, the later, in Kuma's numbers.
pub(super) fn rank(kind: &str) -> Option<u8> {
    const ASCENDING: [&str; 9] = [
        "Mesh",
        "Dataplane",
        "MeshSubset",
        "MeshGateway",
        "MeshService",
        "MeshExternalService",
        "MeshMultiZoneService",
        "MeshServiceSubset",
        "MeshHTTPRoute",
    ];
    ASCENDING.iter().zip(1..).find(|(name, _)| **name == kind).map(|(_, rank)| rank)
}

impl Target {
    /// Reads it. `home`: the mesh of the policy, its zone and its namespace, which names are looked up with.
    ///
    /// # Errors
    /// The field, and what is wrong.
    pub(super) fn of(written: &TargetRef, (mesh, zone, namespace): (&MeshName, &str, &str)) -> Result<Self, (&'static str, String)> {
        let types = ProxyTypes(written.proxy_types.clone().unwrap_or_default());
        let tags = written.tags.clone().unwrap_or_default();
        let name = given(written.name.as_ref());
        let service = || name.map(|name| ("kuma.io/service".to_owned(), name.to_owned()));
        match written.kind.as_str() {
            "Mesh" => Ok(Self::Mesh(types)),
            "MeshSubset" => Ok(Self::Tags(tags, types)),
            "MeshService" => Ok(Self::Tags(service().into_iter().collect(), types).or_nothing(name)),
            "MeshServiceSubset" => Ok(Self::Tags(tags.into_iter().chain(service()).collect(), types).or_nothing(name)),
            "MeshGateway" => Ok(Self::Gateway),
            "MeshHTTPRoute" => Ok(Self::Route(name.unwrap_or_default().to_owned())),
            "Dataplane" => {
                let labels = written.labels.clone().unwrap_or_default();
                let namespaced = given(written.namespace.as_ref());
                let which = match name {
                    Some(name) => Which::Named(Kri {
                        kind: crate::resource::Kind::dataplane(),
                        mesh: Some(mesh.clone()),
                        zone: zone.to_owned(),
                        namespace: namespaced.unwrap_or(namespace).to_owned(),
                        name: name.to_owned(),
                    }),
                    None if !labels.is_empty() => Which::Labelled(labels),
                    None if namespaced.is_some() => Which::Nothing,
                    None => Which::All,
                };
                Ok(Self::Dataplane(which, given(written.section_name.as_ref()).map(str::to_owned)))
            }
            "" => Err(("kind", "must be defined".to_owned())),
            other => Err(("kind", format!("value '{other}' is not supported"))),
        }
    }

    /// A service without a name is none.
    fn or_nothing(self, name: Option<&str>) -> Self {
        if name.is_some() { self } else { Self::Dataplane(Which::Nothing, None) }
    }
}

impl ProxyTypes {
    pub(super) fn allow(&self, is_gateway: bool) -> bool {
        self.0.is_empty() || self.0.iter().any(|of| of == if is_gateway { "Gateway" } else { "Sidecar" })
    }
}

/// What is not empty.
pub(super) fn given(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}
