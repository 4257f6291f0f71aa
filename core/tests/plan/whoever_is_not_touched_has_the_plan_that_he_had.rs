//! Random resources, edits and addresses: after each batch a plan is what it would be if all were read anew, and every part that is
//! different was said to be touched.
use crate::{
    author::{Dice, Edit, edit},
    stage::here,
};
use proptest::prelude::*;
use std::{collections::BTreeMap, net::Ipv4Addr, sync::Arc};
use strait_core::{
    names::ServiceId,
    plan::{Part, PartName, Plans},
    resource::{Key, MeshName, Resource},
};

type Known = BTreeMap<(Key, PartName), Part>;

#[derive(Default)]
struct All {
    resources: BTreeMap<Key, Arc<Resource>>,
    vips: BTreeMap<ServiceId, Ipv4Addr>,
    names: BTreeMap<&'static str, ServiceId>,
}

impl All {
    fn known(&self, plans: &Plans) -> Known {
        let proxies = self.resources.keys().filter(|key| key.kind.as_str() == "Dataplane");
        proxies.flat_map(|proxy| plans.plan(proxy).into_iter().map(|(name, part)| ((proxy.clone(), name), part))).collect()
    }

    fn anew(&self) -> Plans {
        let mut plans = Plans::new(here());
        plans.name(self.names.iter().map(|(name, service)| (&service.mesh, *name, Some(service))));
        let vips = self.vips.iter().map(|(service, vip)| (service, Some(*vip)));
        plans.apply(self.resources.iter().rev().map(|(key, resource)| (key, Some(resource))), vips);
        plans
    }
}

fn run(batches: &[Vec<Vec<u8>>]) -> Result<(), TestCaseError> {
    let mut plans = Plans::new(here());
    let mut all = All::default();
    let mut before = Known::new();
    let mesh = MeshName::new("shop").unwrap();
    for batch in batches {
        let edits: Vec<Edit> = batch.iter().map(|throws| edit(&mut Dice(throws))).collect();
        let (mut held, mut vips, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for edit in &edits {
            match edit {
                Edit::Put(resource) => {
                    all.resources.insert(resource.key.clone(), Arc::new((**resource).clone()));
                    held.push((resource.key.clone(), Some(Arc::new((**resource).clone()))));
                }
                Edit::Delete(key) => {
                    all.resources.remove(key);
                    held.push((key.clone(), None));
                }
                Edit::Vip(service, Some(vip)) => {
                    all.vips.insert(service.clone(), *vip);
                    vips.push((service, Some(*vip)));
                }
                Edit::Vip(service, None) => {
                    all.vips.remove(service);
                    vips.push((service, None));
                }
                Edit::Name(name, service) => {
                    match service {
                        Some(service) => all.names.insert(name, service.clone()),
                        None => all.names.remove(name),
                    };
                    names.push((&mesh, *name, service.as_ref()));
                }
            }
        }
        let mut affected = plans.apply(held.iter().map(|(key, resource)| (key, resource.as_ref())), vips);
        for (proxy, touched) in plans.name(names).proxies {
            affected.proxies.entry(proxy).or_default().extend(touched);
        }
        let now = all.known(&plans);
        let anew = all.known(&all.anew());
        prop_assert!(now == anew, "after {edits:#?}\nkept {now:#?}\nanew {anew:#?}");
        for (proxy, part) in now.keys().chain(before.keys()) {
            let was_touched = affected.proxies.get(proxy).is_some_and(|touched| touched.covers(part));
            let slot = (proxy.clone(), part.clone());
            // A proxy that is no more is told by its session's end.
            let is_there = all.resources.contains_key(proxy);
            prop_assert!(was_touched || !is_there || now.get(&slot) == before.get(&slot), "{proxy} {part:?} untouched after {edits:#?}");
        }
        for (proxy, touched) in &affected.proxies {
            let parts = plans.parts(proxy, touched);
            for (name, part) in &parts {
                prop_assert!(
                    touched.covers(name) && now.get(&(proxy.clone(), name.clone())) == Some(part),
                    "{proxy} {name:?} in part only"
                );
            }
            let whole = now.keys().filter(|(of, name)| of == proxy && touched.covers(name));
            prop_assert!(whole.map(|(_, name)| name).eq(parts.keys()), "{proxy}: of what was touched something is missing");
        }
        before = now;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_every_change(batches in proptest::collection::vec(
        proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..4), 1..20,
    )) {
        run(&batches)?;
    }
}
