//! What gives services their names.
use crate::resource::{
    Key, Kind, Origin, Resource, labels,
    model::{self, HostnameTemplate, Model, TemplateField},
};
use std::collections::BTreeMap;

/// One of Kuma's defaults.
struct Default {
    name: &'static str,
    origin: Origin,
    /// The environment of services of zones; `None`: it is about unions over zones.
    env: Option<&'static str>,
    /// Whether it is about what is made of the endpoints of headless services.
    is_headless: bool,
    template: &'static str,
}

/// Whether a service is made of an endpoint of a headless one.
const HEADLESS: &str = "k8s.kuma.io/is-headless-service";

/// Kuma's default generators, by their names there. Strait has them without resources: a resource of that name takes the place of one.
const DEFAULTS: &[Default] = &[
    Default {
        name: "local-universal-mesh-service",
        origin: Origin::Zone,
        env: Some("universal"),
        is_headless: false,
        template: "{{ .DisplayName }}.svc.mesh.local",
    },
    Default {
        name: "synced-kube-mesh-service",
        origin: Origin::Global,
        env: Some("kubernetes"),
        is_headless: false,
        template: "{{ .DisplayName }}.{{ .Namespace }}.svc.{{ .Zone }}.mesh.local",
    },
    Default {
        name: "synced-headless-kube-mesh-service",
        origin: Origin::Global,
        env: Some("kubernetes"),
        is_headless: true,
        template: "{{ label \"statefulset.kubernetes.io/pod-name\" }}.{{ label \"k8s.kuma.io/service-name\" }}.{{ .Namespace }}.svc.{{ .Zone }}.mesh.local",
    },
    Default {
        name: "synced-mesh-multi-zone-service",
        origin: Origin::Global,
        env: None,
        is_headless: false,
        template: "{{ .DisplayName }}.mzsvc.mesh.local",
    },
    Default {
        name: "synced-universal-mesh-service",
        origin: Origin::Global,
        env: Some("universal"),
        is_headless: false,
        template: "{{ .DisplayName }}.svc.{{ .Zone }}.mesh.local",
    },
];

/// A generator.
#[derive(Clone, Debug)]
pub(super) struct Generator {
    pub(super) rank: Rank,
    /// What it is about.
    kind: Kind,
    wants: BTreeMap<String, String>,
    /// It is about no endpoints of headless services.
    spares_headless: bool,
    template: HostnameTemplate,
}

/// Whose claim counts for more: those of the zone itself come first, as in Kuma; then the name decides, which is the same for every
/// instance and after every resync, where Kuma asks which copy is older (so that a name can change hands).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    is_elsewheres: bool,
    name: String,
}

/// Kuma's defaults.
pub(super) fn defaults() -> impl Iterator<Item = Generator> {
    DEFAULTS.iter().filter_map(|Default { name, origin, env, is_headless, template }| {
        let env = env.map(|env| (labels::ENV, env.to_owned()));
        let headless = is_headless.then(|| (HEADLESS, "true".to_owned()));
        let wants = [(labels::ORIGIN, origin.to_string())].into_iter().chain(env.clone()).chain(headless);
        Some(Generator {
            rank: Rank { is_elsewheres: *origin == Origin::Global, name: (*name).to_owned() },
            kind: if env.is_some() { Kind::mesh_service() } else { Kind::mesh_multi_zone_service() },
            wants: wants.map(|(label, value)| (label.to_owned(), value)).collect(),
            spares_headless: !is_headless,
            template: HostnameTemplate::parse(template).ok().flatten()?,
        })
    })
}

/// Whether a resource may be a generator.
pub(super) fn is_one(kind: &Kind) -> bool {
    kind.as_str() == "HostnameGenerator"
}

impl Rank {
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

impl Generator {
    /// The generator of services, or of unions of them, that a resource describes. `None`: it is about others, or says what only Go understands.
    pub(super) fn of(resource: &Resource) -> Option<Self> {
        let Ok(Some(Model::HostnameGenerator(said))) = model::parse(resource.kind(), resource.spec.value()?) else {
            return None;
        };
        let selector = said.selector?;
        let (kind, selector) = match (selector.mesh_service, selector.mesh_multi_zone_service) {
            (Some(services), _) => (Kind::mesh_service(), services),
            (None, Some(unions)) => (Kind::mesh_multi_zone_service(), unions),
            (None, None) => return None,
        };
        Some(Self {
            rank: Rank { is_elsewheres: resource.origin() != Some(Origin::Zone), name: resource.display_name().to_owned() },
            kind,
            wants: selector.match_labels.unwrap_or_default().into_iter().collect(),
            spares_headless: false,
            template: HostnameTemplate::parse(&said.template).ok().flatten()?,
        })
    }

    /// The domain in which all of its names lie, if there is one.
    pub(super) fn domain(&self) -> Option<&str> {
        self.template.domain()
    }

    /// The name that it gives to a service; `None` if it does not select it, or if what it makes of it is no host name.
    pub(super) fn name(&self, service: &Resource, zone: &str) -> Option<String> {
        let selects = *service.kind() == self.kind && self.wants.iter().all(|(label, value)| service.labels.get(label) == Some(value));
        let is_headless = service.labels.get(HEADLESS).is_some_and(|is_headless| is_headless == "true");
        if !selects || (self.spares_headless && is_headless) {
            return None;
        }
        let label = |label: &str| service.labels.get(label).map(String::as_str);
        let name = self.template.render(&|field| match field {
            TemplateField::Name => Some(service.key.name.as_str()),
            TemplateField::DisplayName => Some(service.display_name()),
            TemplateField::Namespace => Some(label(labels::NAMESPACE).unwrap_or_default()),
            TemplateField::Mesh => service.mesh().map(|mesh| mesh.as_str()),
            TemplateField::Zone => Some(zone),
            TemplateField::Label(key) => label(key),
        })?;
        model::is_host_name(&name).then_some(name)
    }
}

/// The name of the default whose place it would take. A copy in a zone has another key than what it is a copy of, so that is not asked.
pub(super) fn replaces(resource: &Resource) -> Option<&str> {
    is_one(&resource.key.kind).then(|| resource.display_name())
}

/// By key, for those of users.
pub(super) type Generators = BTreeMap<Key, Generator>;
