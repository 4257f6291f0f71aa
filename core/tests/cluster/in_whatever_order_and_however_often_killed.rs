//! Whatever order the API says things in, and at whatever store the zone is killed: what it comes to is the same, once all was listed again.
use crate::{
    alone::{from_global, kuma_response, zone},
    manifests::{namespace, pod, service},
    stage::{keyed, mesh},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use strait_core::{
    Durable, Emit, Node as _, Out, Recover as _, Seed, Step, ZoneNode,
    kubernetes::{Change, News, ObjectId, ObjectKind, ObjectName, read},
    names::ServiceId,
    node::{VipState, ZoneConfig, ZoneInput},
    resource::Resource,
    sync::{Dialect, Session},
    time::{Mono, Now, Wall},
};

type Objects = BTreeMap<(ObjectKind, String, String), Value>;

/// A zone that dies once so many stores are durable.
struct Mortal {
    node: Option<ZoneNode>,
    disk: Durable,
    fuse: usize,
    starts: u64,
    now: u64,
}

impl Mortal {
    fn born(disk: Durable, starts: u64, fuse: usize) -> Self {
        let mut mortal = Self { node: None, disk, fuse, starts, now: 0 };
        let mut out = Out::new();
        let node = ZoneNode::recover(ZoneConfig::new(zone("east")), Seed(starts), mortal.time(), &mortal.disk, &mut out).unwrap();
        mortal.node = Some(node);
        mortal.perform(out);
        mortal.now = 1000;
        mortal.step(Step::Tick);
        mortal.step(Step::Input(ZoneInput::Dialed(Ok((Session(starts), Dialect::Kuma)))));
        let meshes = kuma_response("Mesh", "1", vec![from_global(mesh("default"))], Vec::new());
        mortal.step(Step::Input(ZoneInput::Response(Session(starts), meshes)));
        mortal
    }

    fn time(&self) -> Now {
        Now { mono: Mono(self.now), wall: Wall(self.now) }
    }

    fn step(&mut self, step: Step<ZoneInput>) {
        let now = self.time();
        let mut out = Out::new();
        if let Some(node) = &mut self.node {
            node.handle(now, step, &mut out);
            self.perform(out);
        }
    }

    fn perform(&mut self, mut out: Out<strait_core::node::ZoneEffect>) {
        for emit in out.take() {
            let Emit::Store(batch) = emit else { continue };
            if self.fuse == 0 {
                self.node = None;
                return;
            }
            self.fuse -= 1;
            batch.apply_to(&mut self.disk);
            self.step(Step::Stored { upto: batch.lsn });
        }
    }

    fn hear(&mut self, news: News) {
        self.step(Step::Input(ZoneInput::Kubernetes(news)));
    }

    fn list(&mut self, objects: &Objects, kind: ObjectKind, version: u64) {
        let of_kind = objects.iter().filter(|((of, ..), _)| *of == kind);
        let objects = of_kind.map(|(_, value)| seen(value, version)).collect();
        self.hear(News::Listed { kind, version, objects });
    }

    /// What it holds of the cluster, and the addresses of services.
    fn comes_to(&self) -> (Vec<Resource>, BTreeMap<ServiceId, VipState>) {
        let view = self.node.as_ref().unwrap().view();
        let made = view.resources.values().filter(|held| held.labels.get("kuma.io/managed-by").is_some_and(|by| by == "k8s-controller"));
        (made.map(|held| Resource::clone(held)).collect(), view.vips.clone())
    }
}

fn seen(value: &Value, version: u64) -> strait_core::kubernetes::Seen {
    let mut value = value.clone();
    value["metadata"]["resourceVersion"] = json!(version.to_string());
    read(&value, None).unwrap()
}

#[derive(Clone, Debug)]
enum Move {
    Put(Value),
    Gone(ObjectKind, String),
    /// Lists of these kinds.
    List(Vec<ObjectKind>),
}

fn a_move() -> impl Strategy<Value = Move> {
    let put_pod = (0..4_u8, any::<bool>(), 0..2_u8).prop_map(|(number, is_ready, app)| {
        let mut pod = pod(&format!("pod-{number}"), json!({"app": format!("app-{app}")}), &format!("10.1.0.{number}"));
        pod["status"]["containerStatuses"][0]["ready"] = json!(is_ready);
        Move::Put(pod)
    });
    let put_service = (0..3_u8, 0..2_u8, 1..4_u8).prop_map(|(number, app, address)| {
        let address = if number == 2 { "None".to_owned() } else { format!("10.96.{number}.{address}") };
        Move::Put(service(&format!("service-{number}"), json!({"app": format!("app-{app}")}), &address))
    });
    let put_slice = prop::collection::btree_set(0..4_u8, 0..4).prop_map(|pods| {
        let endpoint =
            |pod: u8| json!({"addresses": [format!("10.1.0.{pod}")], "targetRef": {"kind": "Pod", "name": format!("pod-{pod}")}});
        Move::Put(json!({
            "kind": "EndpointSlice",
            "metadata": {"name": "slice", "namespace": "shop", "labels": {"kubernetes.io/service-name": "service-2"}},
            "endpoints": pods.into_iter().map(endpoint).collect::<Vec<_>>(),
        }))
    });
    let gone_pod = (0..4_u8).prop_map(|number| Move::Gone(ObjectKind::Pod, format!("pod-{number}")));
    let gone_service = (0..3_u8).prop_map(|number| Move::Gone(ObjectKind::Service, format!("service-{number}")));
    let list = Just(ObjectKind::ALL.to_vec()).prop_shuffle().prop_flat_map(|kinds| (Just(kinds), 1..5_usize));
    prop_oneof![
        8 => put_pod,
        5 => put_service,
        3 => put_slice,
        2 => gone_pod,
        2 => gone_service,
        3 => list.prop_map(|(kinds, most)| Move::List(kinds.into_iter().take(most).collect())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_comes_to_the_same(
        moves in prop::collection::vec(a_move(), 1..40),
        fuses in prop::collection::vec(3..12_usize, 0..8),
        last in Just(ObjectKind::ALL.to_vec()).prop_shuffle(),
    ) {
        let mut objects: Objects = [keyed(namespace("shop", json!({"kuma.io/sidecar-injection": "enabled"})))].into();
        let mut fuses = fuses.into_iter();
        let mut lives = |disk: Durable, starts: u64| Mortal::born(disk, starts, fuses.next().unwrap_or(usize::MAX));
        let mut zone = lives(Durable::new(), 1);
        let mut version = 10;
        for step in &moves {
            version += 1;
            match step {
                Move::Put(value) => {
                    objects.extend([keyed(value.clone())]);
                    zone.hear(News::Changed(vec![Change::Put(seen(value, version))]));
                }
                Move::Gone(kind, name) => {
                    objects.remove(&(*kind, "shop".to_owned(), name.clone()));
                    let id = ObjectId { kind: *kind, name: ObjectName::new("shop", name) };
                    zone.hear(News::Changed(vec![Change::Gone { id, version }]));
                }
                Move::List(kinds) => kinds.iter().for_each(|kind| zone.list(&objects, *kind, version)),
            }
            // What died is started anew, and hears only what happens from then on.
            while zone.node.is_none() {
                zone = lives(zone.disk, zone.starts + 1);
            }
        }
        loop {
            last.iter().for_each(|kind| zone.list(&objects, *kind, version + 1));
            if zone.node.is_some() {
                break;
            }
            zone = lives(zone.disk, zone.starts + 1);
            while zone.node.is_none() {
                zone = lives(zone.disk, zone.starts + 1);
            }
        }
        let mut fresh = Mortal::born(Durable::new(), 1, usize::MAX);
        ObjectKind::ALL.iter().for_each(|kind| fresh.list(&objects, *kind, version));
        prop_assert_eq!(zone.comes_to(), fresh.comes_to());
        // And it is stored.
        let again = Mortal::born(zone.disk.clone(), 100, usize::MAX);
        prop_assert_eq!(again.comes_to(), fresh.comes_to());
    }
}
