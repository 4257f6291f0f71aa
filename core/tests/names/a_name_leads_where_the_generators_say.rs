//! Kuma's default names, users' generators, and who has a name that several claim.
use crate::stage::{Zone, generator, of_zone, service};
use proptest::prelude::*;
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};
use strait_core::{
    names::{NameChange, Names},
    node::Change,
    resource::{Key, MeshName, Resource, ZoneName},
};

#[test]
fn services_have_kumas_default_names() {
    let mut zone = Zone::new();
    zone.put("web");
    zone.hears("MeshService", vec![of_zone("west", "universal", "api"), of_zone("cluster", "kubernetes", "cart")]);
    let names: Vec<&String> = zone.view().names[&MeshName::new("default").unwrap()].keys().collect();
    assert_eq!(names, ["api.svc.west.mesh.local", "cart.shop.svc.cluster.mesh.local", "web.svc.mesh.local"]);
    assert_eq!(zone.resolve("default", "web.svc.mesh.local"), Some(zone.address("web")));
    assert_eq!(zone.resolve("other", "web.svc.mesh.local"), None, "another mesh knows nothing of it");
    zone.delete("web");
    assert_eq!(zone.resolve("default", "web.svc.mesh.local"), None);
}

#[test]
fn a_generator_of_users_adds_names_and_one_of_a_defaults_name_takes_its_place() {
    let mut zone = Zone::new();
    zone.put("web");
    let template = r#"{{ .DisplayName }}.{{ .Zone }}.{{ label "kuma.io/env" }}.corp"#;
    zone.edit(Change::Put(generator("corp", &json!({"kuma.io/origin": "zone"}), template)));
    assert_eq!(zone.resolve("default", "web.east.universal.corp"), Some(zone.address("web")));
    zone.edit(Change::Put(generator("local-universal-mesh-service", &json!({}), "{{ .DisplayName }}.here")));
    assert_eq!(zone.resolve("default", "web.svc.mesh.local"), None);
    assert!(zone.resolve("default", "web.here").is_some());
    zone.edit(Change::Delete(generator("local-universal-mesh-service", &json!({}), "").key));
    assert!(zone.resolve("default", "web.svc.mesh.local").is_some());
    zone.restart();
    assert_eq!(zone.resolve("default", "web.east.universal.corp"), Some(zone.address("web")));
}

#[test]
fn what_is_no_host_name_is_not_one() {
    let mut zone = Zone::new();
    zone.put("web");
    zone.edit(Change::Put(generator("bad", &json!({}), "{{ .Namespace }}.corp")));
    zone.edit(Change::Put(generator("other", &json!({}), r#"api{{ label "there-is-none" }}.corp"#)));
    let names: Vec<&String> = zone.view().names[&MeshName::new("default").unwrap()].keys().collect();
    assert_eq!(names, ["web.svc.mesh.local"]);
}

/// Of two services that claim one name in a mesh the one of the generator that counts for more has it; when that one goes, the other does.
#[test]
fn a_name_that_several_claim_is_ones_at_a_time() {
    let mut zone = Zone::new();
    zone.put("a");
    zone.put("b");
    zone.edit(Change::Put(generator("same", &json!({}), "same.corp")));
    assert_eq!(zone.resolve("default", "same.corp"), Some(zone.address("a")));
    zone.delete("a");
    assert_eq!(zone.resolve("default", "same.corp"), Some(zone.address("b")));
    zone.put("a");
    assert_eq!(zone.resolve("default", "same.corp"), Some(zone.address("a")));
}

const MESHES: [&str; 2] = ["default", "other"];
const TEMPLATES: [&str; 4] = ["{{ .DisplayName }}.x", "{{ .DisplayName }}.svc.mesh.local", "all.x", "{{ .Mesh }}.{{ .Zone }}.x"];

/// A resource that names are about, by small numbers; `None`: it is gone.
#[derive(Clone, Debug)]
struct Put {
    is_generator: bool,
    mesh: usize,
    name: usize,
    says: Option<(usize, bool)>,
}

fn puts() -> impl Strategy<Value = Vec<Vec<Put>>> {
    let says = prop::option::weighted(0.7, (0..TEMPLATES.len(), any::<bool>()));
    let put = (prop::bool::weighted(0.3), 0..MESHES.len(), 0_usize..4, says);
    let put = put.prop_map(|(is_generator, mesh, name, says)| Put { is_generator, mesh, name, says });
    prop::collection::vec(prop::collection::vec(put, 1..4), 1..25)
}

impl Put {
    fn resource(&self) -> (Key, Option<Arc<Resource>>) {
        let generator_name = ["a", "b", "local-universal-mesh-service", "synced-universal-mesh-service"][self.name];
        let mut resource = if self.is_generator {
            let labels = if self.says.is_some_and(|(_, all)| all) { json!({}) } else { json!({"kuma.io/origin": "zone"}) };
            generator(generator_name, &labels, TEMPLATES[self.says.unwrap_or_default().0])
        } else {
            service(MESHES[self.mesh], &format!("s{}", self.name))
        };
        let own = self.says.is_some_and(|(_, own)| own);
        let origin = if own { "zone" } else { "global" };
        resource.labels.insert("kuma.io/origin".to_owned(), origin.to_owned());
        if !self.is_generator {
            resource.labels.insert("kuma.io/env".to_owned(), "universal".to_owned());
            resource.labels.insert("kuma.io/zone".to_owned(), if own { "east" } else { "west" }.to_owned());
            // Some resources describe one service.
            resource.labels.insert("kuma.io/display-name".to_owned(), format!("s{}", self.name % 3));
        }
        (resource.key.clone(), self.says.map(|_| Arc::new(resource)))
    }
}

/// Who has which name, worked out from all there is at once, without any of the index's code.
fn naive(held: &BTreeMap<Key, Arc<Resource>>) -> BTreeMap<(String, String), String> {
    let label = |resource: &Resource, label: &str| resource.labels.get(label).cloned().unwrap_or_default();
    let shown = |resource: &Resource| match label(resource, "kuma.io/display-name") {
        name if name.is_empty() => resource.key.name.to_string(),
        name => name,
    };
    // Rank, what it selects by, and its template.
    let mut generators = Vec::new();
    for resource in held.values().filter(|resource| resource.key.kind.as_str() == "HostnameGenerator") {
        let spec = resource.spec.value().unwrap();
        let is_elsewheres = label(resource, "kuma.io/origin") != "zone";
        let wants = spec["selector"]["meshService"]["matchLabels"].as_object().unwrap().clone();
        generators.push(((is_elsewheres, shown(resource)), wants, spec["template"].as_str().unwrap().to_owned()));
    }
    let replaced: Vec<String> = generators.iter().map(|((_, name), ..)| name.clone()).collect();
    for (name, origin, template) in [
        ("local-universal-mesh-service", "zone", "{{ .DisplayName }}.svc.mesh.local"),
        ("synced-universal-mesh-service", "global", "{{ .DisplayName }}.svc.{{ .Zone }}.mesh.local"),
    ] {
        if !replaced.contains(&name.to_owned()) {
            let wants = json!({"kuma.io/origin": origin, "kuma.io/env": "universal"}).as_object().unwrap().clone();
            generators.push(((origin == "global", name.to_owned()), wants, template.to_owned()));
        }
    }
    let mut claims = BTreeMap::<(String, String), Vec<((bool, String), (String, String))>>::new();
    let mut seen = Vec::new();
    for resource in held.values().filter(|resource| resource.key.kind.as_str() == "MeshService") {
        let mesh = resource.key.mesh.as_ref().unwrap().to_string();
        let id = (label(resource, "kuma.io/zone"), shown(resource));
        if seen.contains(&(mesh.clone(), id.clone())) {
            continue;
        }
        seen.push((mesh.clone(), id.clone()));
        for (rank, wants, template) in &generators {
            if wants.iter().all(|(key, value)| value.as_str() == Some(&label(resource, key))) {
                let fields = [("{{ .DisplayName }}", id.1.as_str()), ("{{ .Mesh }}", mesh.as_str()), ("{{ .Zone }}", id.0.as_str())];
                let name = fields.iter().fold(template.clone(), |name, (field, value)| name.replace(field, value));
                claims.entry((mesh.clone(), name)).or_default().push((rank.clone(), id.clone()));
            }
        }
    }
    claims
        .into_iter()
        .map(|(at, mut claims)| {
            (at, {
                claims.sort();
                format!("{} of {}", claims[0].1.1, claims[0].1.0)
            })
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The index says what changed; all that it has said is what there is.
    #[test]
    fn all_that_was_said_is_what_a_naive_look_at_everything_says(batches in puts()) {
        let mut names = Names::new(ZoneName::new("east").unwrap());
        let (mut held, mut table, mut services) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for batch in batches {
            let mut changes = BTreeMap::new();
            for put in batch {
                let (key, resource) = put.resource();
                match &resource {
                    Some(resource) => held.insert(key.clone(), Arc::clone(resource)),
                    None => held.remove(&key),
                };
                changes.insert(key, resource);
            }
            for change in names.apply(changes.iter().map(|(key, resource)| (key, resource.as_ref()))) {
                match change {
                    NameChange::Arrived(service) => prop_assert!(services.insert(service, ()).is_none()),
                    NameChange::Left(service) => prop_assert!(services.remove(&service).is_some()),
                    NameChange::Named { mesh, name, service: Some(service) } => {
                        let said = format!("{} of {}", service.name, service.zone.as_ref().unwrap());
                        prop_assert!(table.insert((mesh.to_string(), name), said.clone()) != Some(said), "that is no change");
                    }
                    NameChange::Named { mesh, name, service: None } => prop_assert!(table.remove(&(mesh.to_string(), name)).is_some()),
                }
            }
            prop_assert_eq!(&table, &naive(&held));
        }
    }
}
