//! What was under way on a session arrives again, twice, in the next one, and still says which session it was of.
use super::script::*;
use strait_core::{Step, node::ZoneInput, sync::ResponseBody};
use strait_scenarios::{
    event::{Stepped, What},
    world::CutHow,
};

#[test]
fn a_late_duplicate_arrives_under_its_old_session() {
    let mut script = kumas();
    let old = script.session(&at("east"), "east").unwrap().session;
    let cut = script.world.now();
    script.world.cut(&zone("east"), CutHow::Stall);
    script.put(&GLOBAL, timeout("late", 1));
    script.run_for(2);
    assert!(script.world.duplicate_late(&zone("east")));
    script.run_for(40);
    script.world.heal(&zone("east"));
    script.run_for(70);
    let new = script.session(&at("east"), "east").unwrap().session;
    assert_ne!(old, new);
    let late: Vec<bool> = script
        .events
        .iter()
        .filter(|event| event.at > cut)
        .filter_map(|event| match &event.what {
            What::Stepped(Stepped::Zone { step: Step::Input(ZoneInput::Response(session, response)), .. }) => {
                let carries = matches!(&response.body, ResponseBody::Resources { put, .. } if !put.is_empty());
                (*session == old).then_some(carries)
            }
            _ => None,
        })
        .collect();
    assert_eq!(late, [true, true]);
}
