//! Processes: how they start, step and stop, and how what they store becomes durable.
use super::{
    ModelWorld,
    agenda::{Happening, HostId},
    host::{Actor, Process},
};
use std::time::Duration;
use strait_core::{
    Batch, Emit, Lsn, Out, Step,
    node::{GlobalEffect, GlobalInput, ZoneEffect, ZoneInput},
    sync::Message,
    time::{Mono, Now},
};
use strait_scenarios::{
    event::{DiskProvenance, Emits, Event, NodeId, Stepped, StopHow, What},
    world::Unstored,
};
use strait_shell::{
    drive::RECOVER_AFTER,
    store::{BatchRefused, StoreError},
};

/// How long a crashed process is away.
const AWAY: Duration = Duration::from_secs(1);

impl ModelWorld {
    pub(super) fn clock(&self, id: HostId) -> Now {
        self.hosts[id].clock.at(self.now)
    }

    pub(super) fn happened(&mut self, id: HostId, what: What) {
        self.happened_by(id, None, what);
    }

    fn happened_by(&mut self, id: HostId, caller: Option<NodeId>, what: What) {
        let host = &self.hosts[id];
        self.events.push(Event { at: self.now, node: host.id.clone(), synced: host.disk.synced_upto(), caller, what });
    }

    // ---- starting --------------------------------------------------------------------------------

    /// Starts a process on a host that has none.
    pub(super) fn start(&mut self, id: HostId) {
        let now = self.clock(id);
        let host = &mut self.hosts[id];
        host.powered = true;
        host.starts += 1;
        let opened = host.disk.open();
        host.retries = matches!(opened, Err(StoreError::Io { .. }));
        if host.retries {
            self.agenda.add(self.now.after(RECOVER_AFTER), Happening::Recovers { host: id, start: host.starts });
        }
        let opened = opened.map_err(|error| error.to_string());
        let recovered = opened.and_then(|opened| {
            let recovered = host.recover(now, &opened, self.sabotage.as_deref()).map_err(|error| error.to_string());
            recovered.map(|(actor, emits)| (opened, actor, emits))
        });
        let (durable, actor, mut emits) = match recovered {
            Ok(recovered) => recovered,
            Err(why) => return self.happened(id, What::RefusedToStart { why }),
        };
        let observation = Box::new(actor.observe().clone());
        host.process = Some(Process::new(actor));
        let crash = match &mut emits {
            Emits::Global(emits) => host.cut_by_crash(emits),
            Emits::Zone(emits) => host.cut_by_crash(emits),
        };
        let disk = std::mem::replace(&mut host.provenance, DiskProvenance::Own);
        match &emits {
            Emits::Global(emits) => self.perform_global(emits),
            Emits::Zone(emits) => self.perform_zone(id, emits),
        }
        self.happened(id, What::Started { durable: Box::new(durable), observation, emits, disk });
        self.follow_anew(id);
        self.stepped(id, crash);
    }

    // ---- stepping ----------------------------------------------------------------------------------

    pub(super) fn step_global(&mut self, step: Step<GlobalInput>) {
        let (now, caller) = (self.clock(super::GLOBAL), self.caller(&step));
        let host = &mut self.hosts[super::GLOBAL];
        let Some(Process { actor: Actor::Global(node), .. }) = &mut host.process else {
            return;
        };
        let mut out = Out::new();
        node.handle(now, step.clone(), &mut out);
        let mut emits = out.take();
        let crash = host.cut_by_crash(&mut emits);
        self.perform_global(&emits);
        self.happened_by(super::GLOBAL, caller, What::Stepped(Stepped::Global { step, emits }));
        self.stepped(super::GLOBAL, crash);
    }

    pub(super) fn step_zone(&mut self, id: HostId, step: Step<ZoneInput>) {
        let now = self.clock(id);
        let host = &mut self.hosts[id];
        let Some(Process { actor: Actor::Zone(node), .. }) = &mut host.process else {
            return;
        };
        let mut out = Out::new();
        node.handle(now, step.clone(), &mut out);
        let mut emits = out.take();
        let crash = host.cut_by_crash(&mut emits);
        self.perform_zone(id, &emits);
        self.happened(id, What::Stepped(Stepped::Zone { step, emits }));
        self.stepped(id, crash);
    }

    pub(super) fn wake(&mut self, id: HostId) {
        let Some(process) = &mut self.hosts[id].process else {
            return;
        };
        process.wake = None;
        process.ticked_at = Some(self.now);
        self.step_any(id, Step::Tick, Step::Tick);
    }

    pub(super) fn synced(&mut self, id: HostId, start: u64, upto: Lsn) {
        let host = &mut self.hosts[id];
        if host.process.is_none() || host.starts != start {
            return;
        }
        let synced = host.disk.sync(upto);
        if let Some(paused) = &mut host.paused {
            // What the kernel had begun it ended; nobody is told yet.
            paused.synced = Some((upto, synced));
            return;
        }
        self.report_synced(id, upto, synced);
    }

    /// A process learns how far its disk has come.
    pub(super) fn report_synced(&mut self, id: HostId, upto: Lsn, synced: Result<(), BatchRefused>) {
        let host = &mut self.hosts[id];
        let Some(process) = &mut host.process else {
            return;
        };
        process.syncing = false;
        match synced {
            Ok(()) => self.step_any(id, Step::Stored { upto }, Step::Stored { upto }),
            Err(BatchRefused { from, why }) => {
                process.failed = true;
                self.agenda.add(self.now.after(RECOVER_AFTER), Happening::Recovers { host: id, start: host.starts });
                self.step_any(id, Step::StoreFailed { from, why }, Step::StoreFailed { from, why });
            }
        }
    }

    /// A step that both kinds of nodes know, said for each.
    fn step_any(&mut self, id: HostId, global: Step<GlobalInput>, zone: Step<ZoneInput>) {
        if id == super::GLOBAL { self.step_global(global) } else { self.step_zone(id, zone) }
    }

    /// After a step: what was submitted goes to the disk, the deadline is read anew, and a crash that was to come has come.
    pub(super) fn stepped(&mut self, id: HostId, crash: Option<Unstored>) {
        if let Some(unstored) = crash {
            return self.crash(id, unstored);
        }
        let host = &mut self.hosts[id];
        let Some(process) = &mut host.process else {
            return;
        };
        // Everything that waits goes in one sync; what comes meanwhile, in the next.
        if !process.syncing && !process.failed && process.submitted > host.disk.synced_upto() {
            process.syncing = true;
            let at = self.now.after(host.disk.sync_takes());
            self.agenda.add(at, Happening::Synced { host: id, start: host.starts, upto: process.submitted });
        }
        let deadline = process.actor.deadline().map(|at| host.clock.reach(at)).map(|at| {
            // A node whose deadline stands still must not stop the world's clock.
            let earliest = if process.ticked_at == Some(self.now) { Mono(self.now.0 + 1) } else { self.now };
            at.max(earliest)
        });
        if process.wake.map(|(at, _)| at) != deadline {
            if let Some(slot) = process.wake.take() {
                self.agenda.remove(slot);
            }
            process.wake = deadline.map(|at| self.agenda.add(at, Happening::Wake(id)));
        }
    }

    // ---- performing ----------------------------------------------------------------------------------

    fn submit(&mut self, id: HostId, batch: &Batch) {
        let host = &mut self.hosts[id];
        if let Some(process) = &mut host.process {
            host.disk.submit(batch);
            process.submitted = batch.lsn;
        }
    }

    fn perform_global(&mut self, emits: &[Emit<GlobalEffect>]) {
        for emit in emits {
            match emit {
                Emit::Store(batch) => self.submit(super::GLOBAL, batch),
                Emit::Observed(_) | Emit::Effect(GlobalEffect::Done { .. }) => {}
                Emit::Effect(GlobalEffect::Request(session, request)) => {
                    self.say(super::GLOBAL, *session, || Message::Request(request.clone()));
                }
                Emit::Effect(GlobalEffect::Response(session, response)) => {
                    self.say(super::GLOBAL, *session, || Message::Response(response.clone()));
                }
                Emit::Effect(GlobalEffect::Close { session, why }) => self.hang_up(super::GLOBAL, *session, Some(why.clone())),
            }
        }
    }

    fn perform_zone(&mut self, id: HostId, emits: &[Emit<ZoneEffect>]) {
        for emit in emits {
            match emit {
                Emit::Store(batch) => self.submit(id, batch),
                Emit::Observed(change) => self.heard_of_list(id, change),
                Emit::Effect(ZoneEffect::Done { .. } | ZoneEffect::Published { .. }) => {}
                Emit::Effect(ZoneEffect::Kubernetes(ask)) => self.ask_cluster(id, ask),
                Emit::Effect(ZoneEffect::Proxy(session, said)) => self.tell_proxy(*session, said),
                Emit::Effect(ZoneEffect::Issue(issue)) => self.issue(id, issue),
                Emit::Effect(ZoneEffect::Dial { .. }) => self.dial(id),
                Emit::Effect(ZoneEffect::Request(session, request)) => self.say(id, *session, || Message::Request(request.clone())),
                Emit::Effect(ZoneEffect::Response(session, response)) => self.say(id, *session, || Message::Response(response.clone())),
                Emit::Effect(ZoneEffect::Hangup { session }) => self.hang_up(id, *session, None),
            }
        }
    }

    // ---- stopping --------------------------------------------------------------------------------------

    /// Ends the process, and says whether there was one.
    fn stop(&mut self, id: HostId) -> bool {
        let Some(process) = self.hosts[id].process.take() else {
            return false;
        };
        self.hosts[id].paused = None;
        self.lose_proxies(id);
        if let Some(slot) = process.wake {
            self.agenda.remove(slot);
        }
        true
    }

    /// Nothing brings it back but a restart.
    fn stays_down(&mut self, id: HostId) {
        (self.hosts[id].retries, self.hosts[id].comes_back) = (false, false);
    }

    /// The kernel closes its connections, and what it wrote reaches the disk.
    pub(super) fn end_process(&mut self, id: HostId) {
        self.stays_down(id);
        if self.stop(id) {
            self.hosts[id].disk.end();
            self.close_all(id);
            self.happened(id, What::Stopped { how: StopHow::Killed });
        }
    }

    /// The host falls silent; its disk keeps what was synced, and of the rest what chance leaves.
    pub(super) fn lose_power(&mut self, id: HostId) {
        self.stays_down(id);
        if self.stop(id) {
            let host = &mut self.hosts[id];
            host.powered = false;
            host.disk.power_loss();
            self.fall_silent(id);
            self.happened(id, What::Stopped { how: StopHow::PowerLoss });
        }
    }

    /// Where all that was written survives, only the process died. Where something is lost or torn, the power went.
    fn crash(&mut self, id: HostId, unstored: Unstored) {
        self.agenda.add(self.now.after(AWAY), Happening::ComesBack(id));
        if unstored == Unstored::Kept {
            self.end_process(id);
        } else if self.stop(id) {
            let host = &mut self.hosts[id];
            host.powered = false;
            host.disk.crash(unstored);
            self.fall_silent(id);
            self.happened(id, What::Stopped { how: StopHow::PowerLoss });
        }
        self.hosts[id].comes_back = true;
    }

    /// What the store made safe is all that is known of the disk: the process begins anew with that. Until the disk can be read it stays.
    pub(super) fn recovers(&mut self, id: HostId, start: u64) {
        let host = &self.hosts[id];
        let failed = host.process.as_ref().map_or(host.retries, |process| process.failed);
        if !failed || host.starts != start {
            return;
        }
        if host.process.is_some() && !host.disk.is_readable() {
            self.agenda.add(self.now.after(RECOVER_AFTER), Happening::Recovers { host: id, start });
            return;
        }
        if self.stop(id) {
            self.close_all(id);
            self.happened(id, What::Stopped { how: StopHow::StoreFailed });
        }
        self.start(id);
    }

    pub(super) fn comes_back(&mut self, id: HostId) {
        if std::mem::take(&mut self.hosts[id].comes_back) && self.hosts[id].process.is_none() {
            self.start(id);
        }
    }
}
