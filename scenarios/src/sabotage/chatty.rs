//! `chatty`: a zone that has heard only heartbeats for a while hangs up, and dials again. Broken: L3.
use super::{Sabotage, ZoneActor};
use std::time::Duration;
use strait_core::{
    Emit, Out, Step,
    node::{ZoneEffect, ZoneInput},
    resource::ZoneName,
    sync::{Dialect, RequestBody, ResponseBody, Session},
    time::{Mono, Now},
};

/// How much quiet it bears.
const QUIET: Duration = Duration::from_secs(5);

/// `chatty`.
#[derive(Debug, Default)]
pub(super) struct Chatty {
    session: Option<Session>,
    /// When something else than a heartbeat was last heard.
    heard: Mono,
}

impl Sabotage for Chatty {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        match &step {
            Step::Input(ZoneInput::Dialed(Ok((session, Dialect::Strait)))) => self.session = Some(*session),
            Step::Input(ZoneInput::Closed { .. }) => self.session = None,
            _ => {}
        }
        if let Step::Input(input) = &step
            && !is_beat(input)
        {
            self.heard = now.mono;
        }
        let ticks = matches!(step, Step::Tick);
        node.handle(now, step, out);
        if ticks
            && now.mono.since(self.heard) >= QUIET
            && let Some(session) = self.session.take()
        {
            out.push(Emit::Effect(ZoneEffect::Hangup { session }));
            node.handle(now, Step::Input(ZoneInput::Closed { session, why: None }), out);
        }
    }
}

fn is_beat(input: &ZoneInput) -> bool {
    match input {
        ZoneInput::Request(_, request) => matches!(request.body, RequestBody::Beat { .. }),
        ZoneInput::Response(_, response) => matches!(response.body, ResponseBody::Beat { .. }),
        _ => false,
    }
}
