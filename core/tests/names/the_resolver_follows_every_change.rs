//! The resolver keeps up with every change, and never says amid some of them what neither was nor will be.
use crate::stage::{STRANGER, Zone, dataplane, generator, in_mesh, service};
use proptest::prelude::*;
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc};
use strait_core::{
    Node as _,
    names::{Answer, Question, Resolver, Wanted},
    node::{Change, Observation, View},
    resource::Resource,
    sync::Lane,
};

const MESHES: [&str; 2] = ["default", "other"];
const TEMPLATES: [&str; 6] = [
    "{{ .DisplayName }}.x",
    "{{ .DisplayName }}.svc.mesh.local",
    "all.x",
    "{{ .Mesh }}.{{ .Zone }}.b.x",
    "{{ .DisplayName }}",
    "one-{{ .DisplayName }}y.x",
];
const ADDRESSES: [&str; 3] = ["10.0.0.1", "10.0.0.2", "fd00::1"];
const NAMES: [&str; 18] = [
    "s0.svc.mesh.local",
    "s1.svc.mesh.local",
    "svc.mesh.local",
    "mesh.local",
    "local",
    "none.mesh.local",
    "s0.x",
    "s1.x",
    "x",
    "all.x",
    "default.east.b.x",
    "other.east.b.x",
    "east.b.x",
    "b.x",
    "s0",
    "one-s0y.x",
    "e.x",
    "example",
];

/// What a user of the zone does, by small numbers.
#[derive(Clone, Debug)]
enum Do {
    Service(usize, usize, bool),
    Generator(usize, usize, bool),
    Proxy(usize, usize, usize, bool),
    Restart,
}

fn deeds() -> impl Strategy<Value = Vec<Do>> {
    let deed = prop_oneof![
        4 => (0..MESHES.len(), 0_usize..3, prop::bool::weighted(0.7)).prop_map(|(mesh, name, put)| Do::Service(mesh, name, put)),
        3 => (0_usize..4, 0..TEMPLATES.len(), prop::bool::weighted(0.7)).prop_map(|(name, template, put)| Do::Generator(name, template, put)),
        3 => (0..MESHES.len(), 0_usize..3, 0..ADDRESSES.len(), prop::bool::weighted(0.7))
            .prop_map(|(mesh, name, address, put)| Do::Proxy(mesh, name, address, put)),
        1 => Just(Do::Restart),
    ];
    prop::collection::vec(deed, 1..20)
}

impl Do {
    fn to(&self, zone: &mut Zone) {
        let change = |put: bool, resource: Resource| if put { Change::Put(resource) } else { Change::Delete(resource.key) };
        match *self {
            Self::Service(mesh, name, put) => zone.edit(change(put, service(MESHES[mesh], &format!("s{name}")))),
            Self::Generator(name, template, put) => {
                let name = ["a", "b", "c", "local-universal-mesh-service"][name];
                zone.edit(change(put, generator(name, &json!({}), TEMPLATES[template])));
            }
            Self::Proxy(mesh, name, address, put) => {
                zone.edit(change(put, dataplane(MESHES[mesh], &format!("p{name}"), ADDRESSES[address])));
            }
            Self::Restart => zone.restart(),
        }
    }
}

/// The answer, worked out from all that is held at once, without any of the index's code.
fn naive(view: &View, question: &Question<'_>) -> Answer {
    let specs = |kind: &'static str| view.resources.values().filter(move |held| held.kind().as_str() == kind);
    let at = |held: &&Arc<Resource>| held.spec.value().unwrap()["networking"]["address"] == question.from.to_string();
    let meshes: BTreeSet<_> = specs("Dataplane").filter(at).map(|held| held.mesh().unwrap().clone()).collect();
    let mesh = if meshes.len() == 1 { meshes.first().unwrap() } else { question.mesh };
    let mut domains = vec!["mesh.local".to_owned()];
    for held in specs("HostnameGenerator") {
        let template = held.spec.value().unwrap()["template"].as_str().unwrap().to_owned();
        let end = match template.rsplit_once("}}") {
            Some((_, end)) => end.split_once('.').map(|(_, end)| end.to_owned()),
            None => Some(template),
        };
        domains.extend(end);
    }
    let table = view.names.get(mesh).cloned().unwrap_or_default();
    if table.contains_key(question.name) {
        let is_below = |domain: &String| question.name == domain || question.name.ends_with(&format!(".{domain}"));
        if !domains.iter().any(is_below) {
            domains.push(question.name.to_owned());
        }
    }
    let around = domains.iter().filter(|domain| format!(".{}", question.name).ends_with(&format!(".{domain}")));
    let Some(domain) = around.max_by_key(|domain| domain.len()) else { return Answer::Elsewhere };
    if !specs("Mesh").any(|held| held.key.name.as_str() == mesh.as_str()) {
        return Answer::Unknown;
    }
    let labels = u8::try_from(domain.matches('.').count() + 1).unwrap();
    if question.wanted == Wanted::Authority && domain == question.name {
        return Answer::Authority;
    }
    if let Some(Some(address)) = view.resolve(mesh, question.name)
        && matches!(question.wanted, Wanted::Ipv4 | Wanted::Anything)
    {
        return Answer::Address(address);
    }
    let below = format!(".{}", question.name);
    let there = |name: &String| name == question.name || name.ends_with(&below);
    if table.keys().any(there) || domains.iter().any(there) {
        Answer::Nothing { domain: labels }
    } else {
        Answer::NoSuchName { domain: labels }
    }
}

fn all_questions(mut judge: impl FnMut(&Question<'_>)) {
    let froms = ADDRESSES.map(|address| address.parse().unwrap()).into_iter().chain([STRANGER]);
    for from in froms {
        for mesh in ["default", "other", "unheard-of"].map(in_mesh) {
            for name in NAMES {
                for wanted in [Wanted::Ipv4, Wanted::Ipv6, Wanted::Anything, Wanted::Authority, Wanted::Other] {
                    judge(&Question { name, wanted, from, mesh: &mesh });
                }
            }
        }
    }
}

/// Which domain a negative answer names does not matter here.
fn told(answer: Answer) -> Answer {
    match answer {
        Answer::Nothing { .. } => Answer::Nothing { domain: 0 },
        Answer::NoSuchName { .. } => Answer::NoSuchName { domain: 0 },
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    /// Following every change, the resolver says what a naive look at everything says; and amid the changes of one edit it says what was true
    /// before, what is true after, or nothing.
    #[test]
    fn what_follows_the_changes_is_what_a_naive_look_at_everything_says(deeds in deeds()) {
        let mut zone = Zone::new();
        zone.alone.observed.clear();
        let mut shown = zone.alone.node.observe().clone();
        let mut resolver = Resolver::of(&shown);
        for deed in deeds {
            if matches!(deed, Do::Restart) {
                // A life's resolver begins with what the node shows then, and hears the rest.
                deed.to(&mut zone);
                shown = Observation::new();
                resolver = Resolver::of(&shown);
            }
            let before = shown.clone();
            if !matches!(deed, Do::Restart) {
                deed.to(&mut zone);
            }
            let after = zone.alone.node.observe().clone();
            for change in std::mem::take(&mut zone.alone.observed) {
                shown.apply(&change, Lane::Up);
                resolver.apply(&change);
                for name in NAMES {
                    let question = Question { name, wanted: Wanted::Ipv4, from: STRANGER, mesh: &in_mesh("default") };
                    let amid = told(resolver.answer(&shown.view, &question));
                    let allowed = [told(naive(&before.view, &question)), told(naive(&after.view, &question)), Answer::Unknown];
                    prop_assert!(allowed.contains(&amid), "{name}: {amid:?} amid {allowed:?}");
                }
            }
            resolver.published();
            prop_assert_eq!(&shown.view, &after.view);
            let anew = Resolver::of(&shown);
            let mut wrong = None;
            all_questions(|question| {
                let expected = naive(&shown.view, question);
                for resolver in [&resolver, &anew] {
                    let answer = resolver.answer(&shown.view, question);
                    if answer != expected {
                        wrong = Some(format!("{question:?}: {answer:?}, not {expected:?}"));
                    }
                }
            });
            prop_assert!(wrong.is_none(), "{}", wrong.unwrap());
        }
    }
}
