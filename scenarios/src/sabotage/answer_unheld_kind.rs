//! `answer-unheld-kind`: global answers a plain Kuma zone at once, also for a kind of which it has nothing, admitted or not. The
//! zone takes that for the whole truth.
use super::{GlobalActor, Sabotage};
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput},
    resource::Kind,
    sync::{Lane, Nonce, Request, RequestBody, Response, ResponseBody, Session},
    time::Now,
};

/// Answers with nothing where the true global keeps silent.
#[derive(Debug, Default)]
pub(super) struct AnswerUnheldKind;

impl Sabotage for AnswerUnheldKind {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        let asked = asked_for(&step);
        node.handle(now, step, out);
        let Some((session, kind)) = asked.filter(|(_, kind)| node.view().resources.keys().all(|key| key.kind != *kind)) else {
            return;
        };
        let nonce = Nonce(format!("unheld {kind}"));
        let body = ResponseBody::Resources { kind, nonce, put: Vec::new(), gone: Vec::new(), transfer: None };
        out.push(Emit::Effect(GlobalEffect::Response(session, Response { lane: Lane::Down, body })));
    }
}

/// The kind for which a plain Kuma zone asks for the first time in this session.
fn asked_for(step: &Step<GlobalInput>) -> Option<(Session, Kind)> {
    match step {
        Step::Input(GlobalInput::Request(session, Request { lane: Lane::Down, body: RequestBody::Subscribe { kind, .. } })) => {
            Some((*session, kind.clone()))
        }
        _ => None,
    }
}
