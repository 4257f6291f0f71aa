//! What users apply in the cluster of the mesh itself is in the mesh, as if it had been written in the zone: under Kuma's names, in the mesh that it
//! names, judged by the same rules, and gone with its object.
use crate::{
    api::id,
    stage::mesh,
    written::{Written, applied, custom, followed, timeout, timeout_spec},
};
use serde_json::{Value, json};
use strait_core::{
    kubernetes::{News, ObjectId, ObjectKind},
    node::Change,
    resource::{Key, Resource},
};

fn object(namespace: &str, name: &str) -> ObjectId {
    id(custom("MeshTimeout"), namespace, name)
}

fn zone() -> Written {
    let mut world = Written::new();
    world.connect();
    world.list_all();
    world.work();
    world
}

fn held<'a>(world: &'a Written, name: &str) -> Option<&'a Resource> {
    world.view().resources.values().find(|held| held.kind().as_str() == "MeshTimeout" && held.key.name.as_str() == name).map(|held| &**held)
}

fn key(name: &str) -> Key {
    timeout(name, 1).key
}

#[test]
fn under_kumas_names_with_kumas_labels() {
    let mut world = zone();
    world.api.apply(&object("kuma-system", "slow"), applied(1, &json!({"team": "a"})));
    let own = json!({"to": [{"targetRef": {"kind": "MeshService", "name": "web"}, "default": {"http": {"requestTimeout": "1s"}}}]});
    world.api.apply(&object("shop", "produced"), json!({"metadata": {}, "spec": own}));
    world.api.apply(&object("shop", "consumed"), applied(1, &json!({"kuma.io/display-name": "else", "kuma.io/mesh": "default"})));
    world.work();
    let said = |name: &str, label: &str| held(&world, name).unwrap().labels.get(label).cloned().unwrap_or_default();
    for (name, namespace, display_name, role) in [
        ("slow.kuma-system", "kuma-system", "slow", "system"),
        ("produced.shop", "shop", "produced", "producer"),
        ("consumed.shop", "shop", "consumed", "consumer"),
    ] {
        let labels =
            ["k8s.kuma.io/namespace", "kuma.io/display-name", "kuma.io/policy-role", "kuma.io/env", "kuma.io/origin", "kuma.io/zone"];
        assert_eq!(labels.map(|label| said(name, label)), [namespace, display_name, role, "kubernetes", "zone", "east"]);
    }
    assert_eq!(said("slow.kuma-system", "team"), "a");
    let problems = world.problems(&object("shop", "consumed"));
    assert!(problems[0].starts_with("LabelIgnored: the label `kuma.io/display-name` is computed"), "{problems:?}");
    // Nobody makes copies of what stands there.
    world.check();
}

#[test]
fn what_is_wrong_is_said_and_is_taken_once_it_is_right() {
    let mut world = zone();
    world.api.apply(&object("shop", "nowhere"), applied(1, &json!({"kuma.io/mesh": "other"})));
    world.api.apply(&object("shop", "nonsense"), json!({"metadata": {}, "spec": {"to": "all"}}));
    world.api.apply(&object("shop", "no-map"), json!({"metadata": {}, "spec": [1, 2]}));
    world.api.apply(&object("shop", "no-name"), applied(1, &json!({"kuma.io/mesh": "No Mesh"})));
    world.api.apply(&object("shop", "right"), applied(1, &json!({})));
    world.work();
    assert_eq!(world.names("MeshTimeout"), ["right"]);
    let said = |world: &Written, name: &str| world.problems(&object("shop", name)).join("; ");
    assert!(
        said(&world, "nowhere").contains("Refused: MeshTimeout other/nowhere.shop: mesh: mesh `other` does not exist"),
        "{}",
        said(&world, "nowhere")
    );
    assert!(said(&world, "nonsense").contains("spec.to"), "{}", said(&world, "nonsense"));
    assert!(said(&world, "no-map").contains("spec: must be a map"));
    assert!(said(&world, "no-name").contains("metadata.labels[\"kuma.io/mesh\"]: "));
    world.put(mesh("other"));
    assert_eq!((world.names("MeshTimeout"), said(&world, "nowhere")), (vec!["right".to_owned(), "nowhere".to_owned()], String::new()));
    world.api.apply(&object("shop", "nonsense"), applied(1, &json!({})));
    world.work();
    assert_eq!(said(&world, "nonsense"), "");
    // What was right stays as it was when it is made wrong, as it does where a webhook refuses it.
    world.api.apply(&object("shop", "right"), json!({"metadata": {}, "spec": {"to": "all"}}));
    world.work();
    assert_eq!(held(&world, "right.shop").unwrap().spec.value(), Some(&timeout_spec(1)));
    assert!(said(&world, "right").contains("spec.to"));
}

#[test]
fn what_is_globals_to_write_is_refused() {
    let mut world = zone();
    let object = id(custom("Mesh"), "", "own");
    world.api.apply(&object, json!({"metadata": {}, "spec": {}}));
    world.work();
    assert_eq!(world.problems(&object), ["Refused: Mesh own is written on global, not here"]);
}

#[test]
fn what_is_written_in_one_place_is_changed_there() {
    let mut world = zone();
    world.api.apply(&object("shop", "slow"), applied(1, &json!({})));
    world.work();
    let mine = Change::Put(Resource { key: key("slow.shop"), ..timeout("slow.shop", 2) });
    for change in [mine.clone(), Change::Delete(key("slow.shop"))] {
        let refused = world.edit(change).unwrap().unwrap_err().to_string();
        assert_eq!(refused, "MeshTimeout default/slow.shop is written in Kubernetes, by MeshTimeout shop/slow, not here");
    }
    let mut made_up = timeout("made-up", 1);
    made_up.labels.insert("kuma.io/managed-by".to_owned(), "k8s-object".to_owned());
    let refused = world.edit(Change::Put(made_up)).unwrap().unwrap_err().to_string();
    assert!(refused.contains("`k8s-object` is for what is made of objects of Kubernetes"), "{refused}");
    // And the other way round.
    world.api.delete(&object("shop", "slow"));
    world.work();
    world.edit(mine).unwrap().unwrap();
    world.api.apply(&object("shop", "slow"), applied(1, &json!({})));
    world.work();
    assert_eq!(held(&world, "slow.shop").unwrap().spec.value(), Some(&timeout_spec(2)));
    assert_eq!(world.problems(&object("shop", "slow")), ["NameTaken: MeshTimeout default/slow.shop was written by a user, and stays"]);
    world.edit(Change::Delete(key("slow.shop"))).unwrap().unwrap();
    assert_eq!(held(&world, "slow.shop").unwrap().spec.value(), Some(&timeout_spec(1)));
    assert_eq!(world.problems(&object("shop", "slow")), Vec::<String>::new());
}

#[test]
fn nothing_goes_before_its_kind_was_listed_and_a_list_that_is_older_counts_for_nothing() {
    let mut world = zone();
    world.api.apply(&object("shop", "slow"), applied(1, &json!({})));
    world.work();
    let older = News::Listed { kind: custom("MeshTimeout"), version: 5, objects: Vec::new() };
    world.start();
    world.connect();
    followed().filter(|kind| *kind != custom("MeshTimeout")).for_each(|kind| world.list(kind));
    assert_eq!(world.names("MeshTimeout"), ["slow"]);
    world.hear(older);
    assert_eq!(world.names("MeshTimeout"), ["slow"]);
    // A definition that is gone says nothing of what there was.
    world.hear(News::Defined([].into()));
    assert_eq!(world.names("MeshTimeout"), ["slow"]);
    world.api.delete(&object("shop", "slow"));
    world.start();
    world.connect();
    world.list_all();
    assert_eq!(world.names("MeshTimeout"), Vec::<String>::new());
}

#[test]
fn a_service_that_is_made_of_another_object_comes_first() {
    let mut world = zone();
    let shop = json!({"kind": "Namespace", "metadata": {"name": "shop", "labels": {"kuma.io/sidecar-injection": "enabled"}}});
    world.api.apply(&id(ObjectKind::Namespace, "", "shop"), shop);
    let spec = json!({"selector": {"app": "web"}, "clusterIP": "10.96.0.1", "ports": [{"port": 80}]});
    world.api.apply(&id(ObjectKind::Service, "shop", "web"), json!({"metadata": {}, "spec": spec}));
    world.work();
    let own = id(custom("MeshService"), "shop", "web");
    let made = || -> Value { json!({"ports": [{"port": 9}], "selector": {"dataplaneTags": {"app": "own"}}}) };
    // The copy of what is made of the service stands there: another name in the same namespace is a user's.
    assert!(world.api.objects.contains_key(&own), "{:?}", world.api.objects.keys());
    let other = id(custom("MeshService"), "shop", "other");
    world.api.apply(&other, json!({"metadata": {}, "spec": made()}));
    world.work();
    assert_eq!(world.names("MeshService"), ["other", "web"]);
    let service = id(ObjectKind::Service, "shop", "other");
    let spec = json!({"selector": {"app": "other"}, "clusterIP": "10.96.0.2", "ports": [{"port": 80}]});
    world.api.apply(&service, json!({"metadata": {}, "spec": spec}));
    world.work();
    let held = world.view().resources.values().find(|held| held.display_name() == "other").unwrap();
    assert_eq!(held.spec.value().unwrap()["ports"][0]["port"], 80);
    assert!(
        world.problems(&other).iter().any(|problem| problem.contains("is made of Service shop/other already")),
        "{:?}",
        world.problems(&other)
    );
    world.api.delete(&service);
    world.work();
    let held = world.view().resources.values().find(|held| held.display_name() == "other").unwrap();
    assert_eq!(held.spec.value().unwrap()["ports"][0]["port"], 9);
}
