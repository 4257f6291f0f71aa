//! An edit says one thing of each resource, and is judged as a whole.
use super::moves::*;
use crate::alone::{Alone, mesh, retry};
use strait_core::{Node, node::*};

#[test]
fn one_key_twice_in_one_edit_is_refused() {
    for (what, changes) in [
        ("put, delete of an existing one", vec![Change::Put(retry("a", 2)), Change::Delete(retry("a", 1).key)]),
        ("delete, put anew", vec![Change::Delete(retry("a", 1).key), Change::Put(retry("a", 2))]),
        ("delete, put the same", vec![Change::Delete(retry("a", 1).key), Change::Put(retry("a", 1))]),
        ("put, delete of a new one", vec![Change::Put(retry("b", 2)), Change::Delete(retry("b", 1).key)]),
        ("put, put back", vec![Change::Put(retry("a", 2)), Change::Put(retry("a", 1))]),
        ("mesh deleted, policy put in it", vec![Change::Delete(mesh("default").key), Change::Put(retry("b", 1))]),
        ("policy put, mesh deleted", vec![Change::Put(retry("b", 1)), Change::Delete(mesh("default").key)]),
    ] {
        let mut g = global();
        g.input(edit(vec![Change::Put(mesh("default")), Change::Put(retry("a", 1))]));
        let said = g.input(edit(changes));
        assert!(said.iter().any(|effect| matches!(effect, GlobalEffect::Done { outcome: Err(_), .. })), "{what}: {said:?}");
        let held = |global: &Alone<GlobalNode>| global.node.view().resources.clone();
        let (again, _) = Alone::<GlobalNode>::start(GlobalConfig::new(), 2, g.disk.clone());
        assert_eq!(held(&g), held(&again), "{what}");
        assert_eq!(held(&g).len(), 2, "{what}");
    }
}

#[test]
fn two_resources_with_one_display_name_in_one_edit_are_refused() {
    let mut g = global();
    g.input(edit(vec![Change::Put(mesh("default"))]));
    let named = |name: &str| {
        let mut r = retry(name, 1);
        r.labels.insert("kuma.io/display-name".into(), "same".into());
        r
    };
    let said = g.input(edit(vec![Change::Put(named("a")), Change::Put(named("b"))]));
    assert!(said.iter().any(|e| matches!(e, GlobalEffect::Done { outcome: Err(_), .. })), "{said:?}");
}
