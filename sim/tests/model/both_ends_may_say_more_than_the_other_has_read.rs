//! Both ends say more than the windows hold: neither waits for the other, nothing is lost, and the session lives on.
use super::script::*;
use std::time::Duration;
use strait_core::{node::Change, resource::Resource, sync::Dialect::Strait};
use strait_scenarios::world::{CutHow, Direction, Link};
use strait_shell::kds::WINDOW_BYTES;

/// Altogether more than both windows hold, in each direction.
const HEAVY: usize = 40;

fn heavy(resource: Resource) -> Change {
    let weight: String = (0..20_000).map(|at| char::from(b'a' + (at * at % 26) as u8)).collect();
    let mut resource = resource;
    resource.labels = serde_json::from_value(serde_json::json!({ "weight": weight })).unwrap();
    Change::Put(resource)
}

fn full(link: Link) -> Script {
    let mut setup = setup(7, Strait, &[("east", Strait)]);
    setup.links.insert(zone("east"), link);
    let mut script = Script::new(&setup);
    script.put(&GLOBAL, mesh("default"));
    script.run_for(5);
    for way in Direction::BOTH {
        script.world.cut_oneway(&zone("east"), way, CutHow::Stall);
    }
    for index in 0..HEAVY {
        script.edit(&GLOBAL, vec![heavy(timeout(&format!("heavy-{index}"), 1))]);
        script.edit(&at("east"), vec![heavy(service(&format!("heavy-{index}")))]);
    }
    script.run_for(1);
    script.world.heal(&zone("east"));
    script
}

#[test]
fn both_ends_may_say_more_than_the_other_has_read() {
    let link = Link { delay: Duration::from_millis(20), ..Link::default() };
    let mut script = full(link);
    let before = script.session(&at("east"), "east");
    assert!(before.is_some());
    script.run_for(5);
    assert_eq!(script.held(&at("east"), "MeshTimeout").len(), HEAVY);
    assert_eq!(script.held(&GLOBAL, "MeshService").len(), HEAVY);
    assert_eq!(script.session(&at("east"), "east"), before);
    assert!(script.world.most_under_way() <= 2 * u64::from(WINDOW_BYTES), "{} bytes were under way", script.world.most_under_way());
}

#[test]
fn also_over_a_link_that_takes_its_time() {
    let link = Link { delay: Duration::from_millis(20), rate: std::num::NonZeroU64::new(100_000), ..Link::default() };
    let mut script = full(link);
    let before = script.session(&at("east"), "east");
    script.run_for(5);
    assert!(script.held(&at("east"), "MeshTimeout").len() < HEAVY, "800 kB went over a link of 100 kB/s in 5 s");
    script.run_for(15);
    assert_eq!(script.held(&at("east"), "MeshTimeout").len(), HEAVY);
    assert_eq!(script.held(&GLOBAL, "MeshService").len(), HEAVY);
    assert_eq!(script.session(&at("east"), "east"), before);
}
