//! An answer is given once an edit survives a power loss; one that was not given yet may be lost.
use super::script::*;
use strait_core::{
    Emit,
    node::{GlobalEffect, Ticket},
};
use strait_scenarios::event::{DiskProvenance, Stepped, What};

fn is_answered(script: &Script, ticket: Ticket) -> bool {
    script.events.iter().any(|event| match &event.what {
        What::Stepped(Stepped::Global { emits, .. }) => {
            emits.iter().any(|emit| matches!(emit, Emit::Effect(GlobalEffect::Done { ticket: done, .. }) if *done == ticket))
        }
        _ => false,
    })
}

#[test]
fn what_was_answered_survives() {
    for ms in 0..6 {
        let mut script = straits();
        let ticket = script.put(&GLOBAL, timeout("later", 1));
        script.run_for_ms(ms);
        script.world.power_loss(&GLOBAL);
        script.world.restart(&GLOBAL, Disk::Kept);
        script.run_for_ms(10);
        let held = script.held(&GLOBAL, "MeshTimeout").len();
        assert!(held == 2 || held == 1 && !is_answered(&script, ticket), "after {ms} ms");
        assert!(is_answered(&script, ticket) == (ms > 3) || (1..=3).contains(&ms), "after {ms} ms");
    }
}

#[test]
fn a_backup_comes_back_as_it_was() {
    let mut script = straits();
    script.world.backup(&GLOBAL, "before");
    script.put(&GLOBAL, timeout("later", 1));
    script.run_for(1);
    script.world.restore(&GLOBAL, "before");
    assert_eq!(script.held(&GLOBAL, "MeshTimeout"), ["retry"]);
    script.run_for_ms(1);
    let restored = |what: &What| matches!(what, What::Started { disk: DiskProvenance::Restored(name), .. } if name == "before");
    assert!(script.events.iter().any(|event| restored(&event.what)));
}
