//! A store whose history makes no sense is refused by name.
use super::moves::*;
use crate::alone::mesh;
use strait_core::{Node, Out, Recover, Seed, node::*, time::Now};

#[test]
fn a_head_at_the_end_of_numbers() {
    let mut g = global();
    g.input(edit(vec![Change::Put(mesh("default"))]));
    let mut disk = g.disk.clone();
    let key = strait_core::StoreKey("meta/lineage".into());
    let mut value: serde_json::Value = serde_json::from_slice(&disk[&key]).unwrap();
    value["head"] = u64::MAX.into();
    disk.insert(key, serde_json::to_vec(&value).unwrap());
    let r = GlobalNode::recover(GlobalConfig::new(), Seed(2), Now::default(), &disk, &mut Out::new());
    assert!(r.is_err());
}

#[test]
fn records_without_a_history() {
    let mut g = global();
    g.input(edit(vec![Change::Put(mesh("default"))]));
    let mut disk = g.disk.clone();
    disk.remove(&strait_core::StoreKey("meta/lineage".into()));
    let r = GlobalNode::recover(GlobalConfig::new(), Seed(2), Now::default(), &disk, &mut Out::new());
    assert!(
        r.is_err(),
        "starts with head {:?} and holds {}",
        r.as_ref().unwrap().observe().head,
        r.as_ref().unwrap().view().resources.len()
    );
}
