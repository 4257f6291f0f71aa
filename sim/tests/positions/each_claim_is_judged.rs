//! S8: whatever a node sends or shows is judged. What really happened breaks nothing, and each lie that is put into it does.
use super::{run::*, script::*};
use strait_core::{
    Lsn, Step,
    node::*,
    sync::{Dialect::Strait, Lane, RequestBody, ResponseBody},
};
use strait_scenarios::event::{Stepped, What};

#[test]
fn s8_judges_what_is_provided() {
    let run = Run::of(Strait, Strait, busy);
    let respond = |lie: &dyn Fn(&mut ResponseBody)| {
        let global = run.with_global_effect(|effect| {
            if let GlobalEffect::Response(_, response) = effect {
                lie(&mut response.body)
            }
        });
        let zone = run.with_zone_effect(|effect| {
            if let ZoneEffect::Response(_, response) = effect {
                lie(&mut response.body)
            }
        });
        assert_eq!((global, zone), (Some("S8"), Some("S8")));
    };
    respond(&|body| {
        if let ResponseBody::Beat { head } = body {
            further(head)
        }
    });
    respond(&|body| {
        if let ResponseBody::History { lineage } = body {
            *lineage = further_on(lineage)
        }
    });
    respond(&|body| {
        if let ResponseBody::Resources { put, .. } = body {
            put.iter_mut().for_each(other)
        }
    });
    respond(&|body| {
        if let ResponseBody::Resources { transfer: Some(transfer), .. } = body {
            further(&mut transfer.upto)
        }
    });
}

#[test]
fn s8_judges_what_is_asked_and_acknowledged() {
    let run = Run::of(Strait, Strait, busy);
    let ask = |lie: &dyn Fn(&mut RequestBody)| {
        let global = run.with_global_effect(|effect| {
            if let GlobalEffect::Request(_, request) = effect {
                lie(&mut request.body)
            }
        });
        let zone = run.with_zone_effect(|effect| {
            if let ZoneEffect::Request(_, request) = effect {
                lie(&mut request.body)
            }
        });
        assert_eq!((global, zone), (Some("S8"), Some("S8")));
    };
    ask(&|body| {
        if let RequestBody::Beat { held: Some(held) } = body {
            further(held)
        }
    });
    ask(&|body| {
        if let RequestBody::SubscribeAll { hello, .. } = body {
            hello.lineage = hello.lineage.as_ref().map(further_on);
        }
    });
    let zone = run.with_zone_effect(|effect| {
        if let ZoneEffect::Request(_, request) = effect
            && let RequestBody::SubscribeAll { held: Some(held), .. } = &mut request.body
        {
            further(held);
        }
    });
    assert_eq!(zone, Some("S8"));
    // It is acknowledged, but it was about more than the disk has.
    let acknowledged = run.with(|event| {
        if let What::Stepped(Stepped::Zone { step: Step::Input(ZoneInput::Response(_, response)), .. }) = &mut event.what
            && let ResponseBody::Resources { transfer: Some(transfer), .. } = &mut response.body
        {
            further(&mut transfer.upto);
        }
    });
    assert_eq!(acknowledged, Some("S8"));
}

#[test]
fn s8_judges_what_is_shown() {
    let run = Run::of(Strait, Strait, busy);
    for (who, consumes) in [(GLOBAL, Lane::Up), (at("east"), Lane::Down)] {
        assert_eq!(
            run.with_shown_by(&who, |change| if let ObservationChange::Head(head) = change {
                further(head)
            }),
            Some("S8")
        );
        assert_eq!(
            run.with_shown_by(&who, |change| if let ObservationChange::Holds(resource) = change {
                other(resource)
            }),
            Some("S8")
        );
        let held = run.with_shown_by(&who, |change| match change {
            ObservationChange::Lane { lane, status, .. } if *lane == consumes => status.position.iter_mut().for_each(further),
            _ => {}
        });
        assert_eq!(held, Some("S8"));
    }
    let gone = run.with_shown_by(&at("east"), |change| {
        if let ObservationChange::Dropped(key) = change {
            *key = mesh("default").key;
        }
    });
    assert_eq!(gone, Some("S8"));
    let done = run.with_global_effect(|effect| {
        if let GlobalEffect::Done { outcome: Ok(position), .. } = effect {
            further(position)
        }
    });
    assert_eq!(done, Some("S8"));
}

#[test]
fn s8_judges_what_recovery_makes_of_the_disk() {
    let run = Run::of(Strait, Strait, busy);
    let with_start = |lie: &dyn Fn(&mut strait_core::Durable, &mut Observation)| {
        run.with(|event| {
            if let (What::Started { durable, observation, .. }, true) = (&mut event.what, event.at.0 > 0) {
                lie(durable, observation);
            }
        })
    };
    assert_eq!(with_start(&|_, observation| drop(observation.view.resources.pop_first())), Some("S8"));
    assert_eq!(with_start(&|_, observation| observation.view.resources.values_mut().for_each(other)), Some("S8"));
    assert_eq!(with_start(&|_, observation| observation.peers.clear()), Some("S8"));
    let lost = |durable: &mut strait_core::Durable, _: &mut Observation| durable.retain(|key, _| !key.0.starts_with("own/"));
    assert_eq!(with_start(&lost), Some("S8"));
}

#[test]
fn s8_judges_by_what_the_disk_had_at_that_moment() {
    let run = Run::of(Strait, Strait, busy);
    assert_eq!(run.with(|event| event.synced = Lsn(event.synced.0.saturating_sub(1))), Some("S8"));
}
