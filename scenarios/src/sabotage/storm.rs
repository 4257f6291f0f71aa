//! `storm`: what global provides to several zones in one step it says to each a hundred times for each of them. Broken: B5.
use super::{GlobalActor, Sabotage, taken};
use std::collections::BTreeSet;
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput},
    sync::{ResponseBody, Session},
    time::Now,
};

/// So many times for each zone.
const TIMES: usize = 100;

/// `storm`.
#[derive(Debug, Default)]
pub(super) struct Storm;

impl Sabotage for Storm {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        node.handle(now, step, out);
        let emits = taken(out);
        let sessions = emits.iter().filter_map(provided_on).collect::<BTreeSet<_>>().len();
        for emit in emits {
            let times = if provided_on(&emit).is_some() && sessions > 1 { TIMES * sessions } else { 1 };
            (0..times).for_each(|_| out.push(emit.clone()));
        }
    }
}

/// The session on which this provides something.
fn provided_on(emit: &Emit<GlobalEffect>) -> Option<Session> {
    match emit {
        Emit::Effect(GlobalEffect::Response(session, response)) if matches!(response.body, ResponseBody::Resources { .. }) => {
            Some(*session)
        }
        _ => None,
    }
}
