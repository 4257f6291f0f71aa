//! A crash point: the process ends right after the emit that was named, its disk is left as was said, and it comes back.
use super::script::*;
use strait_core::Lsn;
use strait_scenarios::{
    event::{StopHow, What},
    world::Unstored,
};

#[test]
fn a_crash_comes_right_after_the_emit_that_was_named() {
    for (unstored, how, survives) in
        [(Unstored::Kept, StopHow::Killed, true), (Unstored::Torn, StopHow::PowerLoss, false), (Unstored::Lost, StopHow::PowerLoss, false)]
    {
        let mut script = kumas();
        let before = script.events.len();
        assert!(script.world.crash_after_emit(&GLOBAL, 1, unstored));
        let ticket = script.put(&GLOBAL, timeout("later", 1));
        script.run_for_ms(500);
        let stopped = script.events[before..].iter().position(|event| event.what_stopped() == Some(how)).unwrap();
        let last = &script.events[before + stopped - 1];
        assert_eq!(last.batches().len(), 1);
        assert_eq!(script.events[before + stopped].synced == last.batches()[0].lsn, survives);
        assert_eq!(script.world.observe(&GLOBAL), None);
        script.run_for(60);
        assert_eq!(script.answer(ticket), None);
        assert_eq!(script.held(&GLOBAL, "MeshTimeout").len(), if survives { 2 } else { 1 });
        assert_eq!(script.held(&at("east"), "MeshTimeout").len(), if survives { 2 } else { 1 });
    }
}

#[test]
fn what_is_synced_is_asked_of_the_disk() {
    let script = kumas();
    let mut submitted = Lsn(0);
    for event in script.events.iter().filter(|event| event.node == GLOBAL) {
        assert!(event.synced <= submitted);
        submitted = event.batches().last().map_or(submitted, |batch| batch.lsn);
    }
    assert!(submitted > Lsn(0));
    assert_eq!(script.events.iter().rfind(|event| event.node == GLOBAL).unwrap().synced, submitted);
}

trait Stopped {
    fn what_stopped(&self) -> Option<StopHow>;
}

impl Stopped for strait_scenarios::event::Event {
    fn what_stopped(&self) -> Option<StopHow> {
        if let What::Stopped { how } = self.what { Some(how) } else { None }
    }
}
