//! Straits and Kumas, in either role, hold the same in the end.
use super::script::*;
use strait_core::{
    node::Operation,
    sync::Dialect::{Kuma, Strait},
};

#[test]
fn straits_and_kumas_get_along() {
    for global in [Strait, Kuma] {
        for zones in [Strait, Kuma] {
            let mut script = Script::new(&setup(5, global, &[("east", zones), ("west", zones)]));
            script.operate(&GLOBAL, Operation::Admit(zone("east")));
            script.operate(&GLOBAL, Operation::Admit(zone("west")));
            script.put(&GLOBAL, mesh("default"));
            script.put(&GLOBAL, timeout("retry", 1));
            script.run_for(20);
            assert_eq!(script.held(&at("east"), "MeshTimeout"), ["retry"], "global {global}, zones {zones}");
            script.put(&at("east"), service("backend"));
            script.run_for(5);
            assert_eq!(script.held(&GLOBAL, "MeshService"), ["backend"], "global {global}, zones {zones}");
            assert_eq!(script.held(&at("west"), "MeshService"), ["backend"], "global {global}, zones {zones}");
        }
    }
}
