//! Lane down: what global sends to whom, and when.
use super::{GlobalEffect, GlobalNode, Wake};
use crate::{
    machine::Out,
    node::{Refusal, TOLD_TOO_LATE},
    resource::{Kind, ZoneName},
    sync::{Lane, Response, ResponseBody, Session},
    time::Mono,
};

impl GlobalNode {
    /// Sends what this zone lacks, as far as the protocol allows now. A place that becomes free by that goes to the next in line.
    pub(super) fn provide(&mut self, now: Mono, name: &ZoneName, even_nothing: bool, out: &mut Out<GlobalEffect>) {
        self.serve(now, name, even_nothing, out);
        self.serve_line(now, out);
    }

    /// The same for every zone that is there.
    pub(super) fn provide_all(&mut self, now: Mono, out: &mut Out<GlobalEffect>) {
        let talking: Vec<ZoneName> =
            self.zones.iter().filter(|(_, zone)| zone.peer.talk().is_some()).map(|(name, _)| name.clone()).collect();
        for name in talking {
            self.serve(now, &name, false, out);
        }
        self.serve_line(now, out);
    }

    /// Some have been sent everything for long, and others wait.
    pub(super) fn take_turns(&mut self, now: Mono, out: &mut Out<GlobalEffect>) {
        for name in self.snapshots.take_turns(now) {
            self.tell(&name, out);
        }
        self.serve_line(now, out);
    }

    pub(super) fn respond(&mut self, session: Session, body: ResponseBody, out: &mut Out<GlobalEffect>) {
        self.outbox.effect(GlobalEffect::Response(session, Response { lane: Lane::Down, body }), out);
    }

    /// Those who wait in line for everything, as long as there are places.
    fn serve_line(&mut self, now: Mono, out: &mut Out<GlobalEffect>) {
        while let Some(next) = self.snapshots.next() {
            self.serve(now, &next, false, out);
        }
        self.deadlines.set(&Wake::Line, self.snapshots.deadline());
    }

    fn serve(&mut self, now: Mono, name: &ZoneName, even_nothing: bool, out: &mut Out<GlobalEffect>) {
        let is_held_back = self.waits_for_operator(name).is_some();
        let Some(zone) = self.zones.get_mut(name) else {
            return self.snapshots.leave(name);
        };
        if let Some(talk) = zone.peer.talk().filter(|_| zone.peer.is_too_slow(&self.catalog)) {
            return self.refuse(talk.session, Refusal::TooSlow(TOLD_TOO_LATE.to_owned()), out);
        }
        // A kind never held here is never answered: the first answer deletes what it does not list.
        let kinds = self.catalog.offered();
        let may_begin = |kind: &Kind| kinds.contains(kind);
        let needs_everything = !is_held_back && zone.peer.needs_everything(&self.catalog, &may_begin);
        let may_have_everything = needs_everything && self.snapshots.enter(name, now);
        if !needs_everything {
            self.snapshots.leave(name);
        }
        if let (Some(talk), false) = (zone.peer.talk(), is_held_back) {
            let bodies = zone.peer.pump(now, &self.catalog, &may_begin, even_nothing, may_have_everything);
            for body in bodies {
                self.respond(talk.session, body, out);
            }
        }
        self.tell(name, out);
    }
}
