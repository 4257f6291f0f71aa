//! S3, S9 and L4: what really happened breaks nothing, and each lie that is put into it does.
use super::{run::*, script::*};
use strait_core::{
    Emit, Step,
    node::*,
    sync::{
        Dialect::{Kuma, Strait},
        Lane, Position, RequestBody,
    },
};
use strait_scenarios::{
    event::{Stepped, What},
    world::Disk,
};

#[test]
fn s9_judges_both_ends() {
    let run = Run::of(Strait, Strait, busy);
    for (who, provides) in [(GLOBAL, Lane::Down), (at("east"), Lane::Up)] {
        let believed = run.with_shown_by(&who, |change| match change {
            ObservationChange::Lane { lane, status, .. } if *lane == provides => status.position.iter_mut().for_each(further),
            _ => {}
        });
        assert_eq!(believed, Some("S9"));
    }
}

#[test]
fn s3_judges_both_lanes_and_restarts() {
    let run = Run::of(Strait, Strait, busy);
    let back = |seen: &mut Option<Position>, floor: &mut serde_json::Value| {
        let said: Position = serde_json::from_value(floor.clone()).unwrap();
        // The third is the first again.
        match seen {
            Some(first) if said.seq > first.seq + 1 => *floor = serde_json::to_value(first).unwrap(),
            Some(_) => {}
            None => *seen = Some(said),
        }
    };
    let (mut down, mut up) = (None, None);
    assert_eq!(run.with_stored("floor/down", |record| back(&mut down, record)), Some("S3"));
    let up = run.with_stored("zone/east", |record| {
        if !record["floor"].is_null() {
            back(&mut up, &mut record["floor"]);
        }
    });
    assert_eq!(up, Some("S3"));
    let forgotten = run.with(|event| {
        if let (What::Started { durable, .. }, true) = (&mut event.what, event.at.0 > 0) {
            durable.retain(|key, _| key.0 != "floor/down");
        }
    });
    assert_eq!(forgotten, Some("S3"));
}

#[test]
fn s3_wants_an_operator() {
    let run = Run::of(Strait, Strait, adopted);
    let nobody = run.with(|event| {
        if let What::Stepped(Stepped::Global { step, .. }) = &mut event.what
            && matches!(step, Step::Input(GlobalInput::Operate { .. }))
        {
            *step = Step::Tick;
        }
    });
    assert_eq!(nobody, Some("S3"));
}

#[test]
fn l4_wants_an_answer() {
    let run = Run::of(Strait, Strait, busy);
    let without = |lane: Lane| {
        run.with(|event| {
            let answers = |body: &RequestBody| matches!(body, RequestBody::Ack { .. });
            match &mut event.what {
                What::Stepped(Stepped::Global { emits, .. }) if lane == Lane::Up => {
                    emits.retain(|emit| !matches!(emit, Emit::Effect(GlobalEffect::Request(_, request)) if answers(&request.body)));
                }
                What::Stepped(Stepped::Zone { emits, .. }) if lane == Lane::Down => {
                    emits.retain(|emit| !matches!(emit, Emit::Effect(ZoneEffect::Request(_, request)) if answers(&request.body)));
                }
                _ => {}
            }
        })
    };
    assert_eq!((without(Lane::Down), without(Lane::Up)), (Some("L4"), Some("L4")));
}

#[test]
fn l4_wants_to_know_what_a_plain_kuma_waits_for() {
    let run = Run::of(Strait, Kuma, |script| _ = script.put(&GLOBAL, mesh("default")));
    let silent = run.with(|event| {
        if let What::Stepped(Stepped::Global { emits, .. }) = &mut event.what {
            emits.retain(|emit| !matches!(emit, Emit::Observed(ObservationChange::Waiting { .. })));
        }
    });
    assert_eq!(silent, Some("L4"));
    let admitted = Run::of(Strait, Kuma, |script| {
        script.put(&GLOBAL, mesh("default"));
        script.run_for(20);
        script.operate(&GLOBAL, Operation::Admit(zone("east")));
    });
    let unanswered = admitted.with(|event| {
        if let What::Stepped(Stepped::Global { emits, .. }) = &mut event.what {
            emits.retain(|emit| !matches!(emit, Emit::Effect(GlobalEffect::Response(..))));
        }
    });
    assert_eq!(unanswered, Some("L4"));
}

#[test]
fn l4_wants_global_to_say_that_it_froze() {
    let run = Run::of(Strait, Strait, |script| {
        busy(script);
        script.run_for(5);
        script.world.restart(&at("east"), Disk::Empty);
    });
    let silent = run.with_shown_by(&GLOBAL, |change| {
        if let ObservationChange::Lane { lane: Lane::Up, status, .. } = change {
            status.frozen = None;
        }
    });
    assert_eq!(silent, Some("L4"));
}
