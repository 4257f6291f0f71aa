//! What is written on global arrives in all zones, and what zones have arrives on global, in all dialects.
use super::script::*;
use strait_core::{
    node::Operation,
    sync::Dialect::{self, Kuma, Strait},
};

fn converge(global: Dialect, zones: &[(&str, Dialect)]) {
    let mut script = Script::new(&setup(1, global, zones));
    script.put(&GLOBAL, mesh("default"));
    script.put(&GLOBAL, timeout("retry", 1));
    for (name, dialect) in zones {
        if global == Strait && *dialect == Kuma {
            script.operate(&GLOBAL, Operation::Admit(zone(name)));
        }
    }
    script.run_for(20);
    for (name, _) in zones {
        script.put(&at(name), service(&format!("{name}-backend")));
    }
    script.run_for(20);
    for (name, dialect) in zones {
        assert_eq!(script.held(&at(name), "MeshTimeout"), ["retry"], "{name}");
        assert_eq!(script.session(&at(name), name).unwrap().dialect, global.min(*dialect), "{name}");
        assert!(script.held(&GLOBAL, "MeshService").contains(&format!("{name}-backend")), "{name}");
    }
    let link = script.meters().links[&(GLOBAL, at(zones[0].0))];
    assert!(link.transfers > 0 && link.bytes > link.messages, "{link:?}");
}

#[test]
fn among_straits() {
    converge(Strait, &[("east", Strait), ("west", Strait)]);
}

#[test]
fn among_straits_and_kumas() {
    converge(Strait, &[("east", Kuma), ("west", Strait)]);
    converge(Kuma, &[("east", Kuma), ("west", Strait)]);
}
