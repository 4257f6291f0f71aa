//! Sabotages stand around a node, so that they act in every world; and in every world nothing breaks without one.
use super::{script, stage::Stage};
use strait_core::{
    node::Operation,
    sync::Dialect::{self, Kuma, Strait},
};
use strait_scenarios::{
    event::NodeId,
    world::{CutHow, Disk, WorldKind},
};

/// A zone that misses an edit while it is away, and a global that falls back to a backup.
fn play(stage: &mut Stage) {
    let (global, east) = (NodeId::Global, script::at("east"));
    stage.operate(&global, Operation::Admit(script::zone("east")));
    stage.put(&global, script::mesh("default"));
    stage.run_for(3);
    stage.put(&global, script::timeout("retry", 1));
    stage.run_for(3);
    stage.world.cut(&script::zone("east"), CutHow::Sever);
    stage.run_for(8);
    stage.put(&global, script::timeout("later", 1));
    stage.run_for(3);
    stage.world.heal(&script::zone("east"));
    stage.run_for(20);
    stage.put(&east, script::service("backend"));
    stage.run_for(3);
    stage.world.backup(&global, "monday");
    stage.put(&global, script::timeout("latest", 1));
    stage.run_for(3);
    stage.run_for(10);
    stage.world.restore(&global, "monday");
    stage.run_for(20);
    stage.operate(&global, Operation::Adopt);
    stage.run_for(5);
    stage.world.restart(&east, Disk::Empty);
    stage.run_for(20);
}

fn broken(kind: WorldKind, global: Dialect, zone: Dialect, sabotage: Option<&str>) -> Option<&'static str> {
    let mut setup = script::setup(23, global, &[("east", zone)]);
    setup.sabotage = sabotage.map(str::to_owned);
    let mut stage = Stage::new(kind, &setup);
    play(&mut stage);
    stage.first_broken(&setup).map(|(id, _)| id)
}

#[test]
fn nothing_breaks_without_a_sabotage() {
    for kind in WorldKind::SIMULATED {
        for (global, zone) in [(Strait, Strait), (Strait, Kuma), (Kuma, Strait)] {
            assert_eq!(broken(kind, global, zone, None), None, "{kind}: {zone} under {global}");
        }
    }
}

#[test]
fn both_worlds_show_it() {
    for kind in WorldKind::SIMULATED {
        let broken = |sabotage| broken(kind, Strait, Strait, Some(sabotage));
        assert_eq!(broken("ack-before-stored"), Some("S8"), "{kind}");
        assert_eq!(broken("accept-older-floor"), Some("S3"), "{kind}");
        assert_eq!(broken("silent-freeze"), Some("L4"), "{kind}");
        assert_eq!(broken("claims-acked"), Some("S9"), "{kind}");
    }
}

#[test]
fn both_worlds_show_what_liveness_judges() {
    for kind in WorldKind::SIMULATED {
        let dials = |sabotage: Option<&str>| {
            let mut setup = script::setup(23, Strait, &[("east", Strait)]);
            setup.sabotage = sabotage.map(str::to_owned);
            let mut stage = Stage::new(kind, &setup);
            stage.put(&NodeId::Global, script::mesh("default"));
            stage.run_for(3);
            stage.run_for(30);
            stage.world.restart(&NodeId::Global, Disk::Kept);
            stage.run_for(30);
            stage.meters().dials[&script::at("east")]
        };
        let rightly = dials(None);
        assert!((2..=4).contains(&rightly), "{kind}: {rightly} dials");
        assert_eq!(dials(Some("lost-redial")), 1, "{kind}");
        assert!(dials(Some("chatty")) > rightly + 3, "{kind}");
    }
}
