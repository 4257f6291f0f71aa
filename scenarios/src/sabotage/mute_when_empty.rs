//! `mute-when-empty`: a zone that has nothing to announce of a kind says nothing of that kind, not even that something went.
//! Broken: L1.
use super::{Sabotage, ZoneActor, taken};
use strait_core::{
    Emit, Out, Step,
    node::{ZoneEffect, ZoneInput},
    resource::ZoneName,
    sync::{Lane, Request, RequestBody, ResponseBody},
    time::Now,
};

/// `mute-when-empty`.
#[derive(Debug, Default)]
pub(super) struct MuteWhenEmpty;

impl Sabotage for MuteWhenEmpty {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        let (mut steps, mut said) = (vec![step], Vec::new());
        while let Some(step) = steps.pop() {
            node.handle(now, step, out);
            for mut emit in taken(out) {
                match silenced(&mut emit) {
                    None => said.push(emit),
                    // The node believes that it was taken.
                    Some(answer) => steps.push(Step::Input(answer)),
                }
            }
        }
        said.into_iter().for_each(|emit| out.push(emit));
    }
}

/// Leaves out that something went, where nothing else is said. Towards a plain Kuma that leaves out the whole response: then what would
/// have been its answer.
fn silenced(emit: &mut Emit<ZoneEffect>) -> Option<ZoneInput> {
    let Emit::Effect(ZoneEffect::Response(session, response)) = emit else {
        return None;
    };
    let ResponseBody::Resources { kind, nonce, put, gone, transfer } = &mut response.body else {
        return None;
    };
    if !put.is_empty() {
        return None;
    }
    gone.clear();
    if transfer.is_some() {
        return None;
    }
    let body = RequestBody::Ack { kind: kind.clone(), nonce: nonce.clone() };
    Some(ZoneInput::Request(*session, Request { lane: Lane::Up, body }))
}
