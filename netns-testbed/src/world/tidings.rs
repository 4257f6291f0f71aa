//! What processes told, as what happened in the world.
use super::{
    NetnsWorld,
    desk::{Desk, Refused},
    host::Asked,
    reader::{Told, Word},
};
use std::time::{Duration, Instant};
use strait_core::{
    Emit, Lsn, Step,
    node::{EditRefused, GlobalEffect, GlobalInput, Ticket, Violation, ZoneEffect, ZoneInput},
    time::Mono,
};
use strait_scenarios::event::{DiskProvenance, Emits, NodeId, Stepped, StopHow, What};
use strait_shell::{
    drive::RECOVER_AFTER,
    testbed::{Happened, Line},
};

/// What a process was asked and refused over its API shows in its trace within this time, if its node was asked at all.
const SEEN_WITHIN: Duration = Duration::from_secs(1);

/// What differs between the two parts.
pub(super) trait Spoken: Sized {
    type Effect;

    /// Its ticket, if this is something that was asked over the API.
    fn ticket(&mut self) -> Option<&mut Ticket>;
    fn answered(effect: &mut Self::Effect) -> Option<&mut Ticket>;
    fn stepped(step: Step<Self>, emits: Vec<Emit<Self::Effect>>) -> Stepped;
    fn emits(emits: Vec<Emit<Self::Effect>>) -> Emits;
}

impl Spoken for GlobalInput {
    type Effect = GlobalEffect;

    fn ticket(&mut self) -> Option<&mut Ticket> {
        match self {
            Self::Edit { ticket, .. } | Self::Operate { ticket, .. } => Some(ticket),
            _ => None,
        }
    }

    fn answered(effect: &mut GlobalEffect) -> Option<&mut Ticket> {
        match effect {
            GlobalEffect::Done { ticket, .. } => Some(ticket),
            _ => None,
        }
    }

    fn stepped(step: Step<Self>, emits: Vec<Emit<GlobalEffect>>) -> Stepped {
        Stepped::Global { step, emits }
    }

    fn emits(emits: Vec<Emit<GlobalEffect>>) -> Emits {
        Emits::Global(emits)
    }
}

impl Spoken for ZoneInput {
    type Effect = ZoneEffect;

    fn ticket(&mut self) -> Option<&mut Ticket> {
        match self {
            Self::Edit { ticket, .. } | Self::Operate { ticket, .. } => Some(ticket),
            _ => None,
        }
    }

    fn answered(effect: &mut ZoneEffect) -> Option<&mut Ticket> {
        match effect {
            ZoneEffect::Done { ticket, .. } => Some(ticket),
            _ => None,
        }
    }

    fn stepped(step: Step<Self>, emits: Vec<Emit<ZoneEffect>>) -> Stepped {
        Stepped::Zone { step, emits }
    }

    fn emits(emits: Vec<Emit<ZoneEffect>>) -> Emits {
        Emits::Zone(emits)
    }
}

impl NetnsWorld {
    /// Takes over one thing that a process told. What a process told that is no more is heard, too: it told it while it was.
    pub(super) fn hear(&mut self, Told { process, what }: Told) {
        let is_of = |host: &&super::host::Host| host.running == Some(process);
        let Some(who) = self.hosts.values().find(is_of).map(|host| host.id.clone()) else {
            return;
        };
        match what {
            Word::Global(line) => self.hear_line(&who, *line),
            Word::Zone(line) => self.hear_line(&who, *line),
            // What is not understood cannot be judged.
            Word::Unreadable(why) => panic!("{who} tells what cannot be read ({why}): the nodes must be of the runner's own version"),
            Word::Ended => self.hear_the_end(&who),
        }
    }

    fn hear_line<I: Spoken>(&mut self, who: &NodeId, line: Line<I, I::Effect>) {
        let at = self.moment(line.at_ns);
        if self.hosts.get_mut(who).is_some_and(|host| std::mem::take(&mut host.store_failed)) {
            self.stopped(who, StopHow::StoreFailed);
        }
        match line.what {
            Happened::Started { durable, observation, emits } => {
                let refused = self.refused.0.clone();
                let Some(host) = self.hosts.get_mut(who) else {
                    return;
                };
                let desk = self.network.namespace(host.host).run(move || Desk::open(refused));
                host.desk = Some(desk.expect("the machine lets a process have another thread"));
                (host.synced, host.has_started) = (Lsn(0), true);
                host.tickets.clear();
                let disk = std::mem::replace(&mut host.provenance, DiskProvenance::Own);
                // What the testbed itself has read there counts for more than what the process says.
                let durable = Box::new(host.image.take().unwrap_or(durable));
                self.happened(at, who.clone(), None, What::Started { durable, observation, emits: I::emits(emits), disk });
            }
            Happened::Refused { why, may_pass } => {
                if let Some(host) = self.hosts.get_mut(who) {
                    host.has_started = true;
                    host.retry_at = may_pass.then(|| Instant::now() + RECOVER_AFTER);
                }
                self.happened(at, who.clone(), None, What::RefusedToStart { why });
            }
            Happened::Stepped { step, emits, .. } => self.hear_step(at, who, step, emits),
            Happened::Heard => {
                if let Some(host) = self.hosts.get_mut(who) {
                    host.unheard = host.unheard.saturating_sub(1);
                }
            }
            // Told together with what follows at once, as one moment.
            Happened::StoreFailed => {
                if let Some(host) = self.hosts.get_mut(who) {
                    host.store_failed = true;
                }
            }
            Happened::Dialled { session, from } => {
                if let Some(caller) = self.caller_at(from) {
                    self.callers.insert(session, caller);
                }
            }
        }
    }

    fn hear_step<I: Spoken>(&mut self, at: Mono, who: &NodeId, mut step: Step<I>, mut emits: Vec<Emit<I::Effect>>) {
        let Some(host) = self.hosts.get_mut(who) else {
            return;
        };
        if let Step::Stored { upto } = &step {
            host.synced = *upto;
        }
        if let Step::Input(input) = &mut step
            && let Some(ticket) = input.ticket()
            && let Some((ours, _)) = host.asked.pop_front()
        {
            host.tickets.insert(*ticket, ours);
            *ticket = ours;
        }
        for emit in &mut emits {
            if let Emit::Effect(effect) = emit
                && let Some(ticket) = I::answered(effect)
                && let Some(ours) = host.tickets.remove(ticket)
            {
                *ticket = ours;
            }
        }
        let stepped = I::stepped(step, emits);
        let caller = match &stepped {
            Stepped::Global { step: Step::Input(GlobalInput::Opened { session, .. }), .. } => self.callers.remove(session),
            _ => None,
        };
        self.happened(at, who.clone(), caller, What::Stepped(stepped));
    }

    /// A process has ended, by itself or because it was killed.
    fn hear_the_end(&mut self, who: &NodeId) {
        let was_running = self.is_running(who);
        let Some(host) = self.hosts.get_mut(who) else {
            return;
        };
        host.running = None;
        // Whoever killed it says so.
        let Some(process) = host.process.take() else {
            return;
        };
        drop(process);
        // A control plane goes on, whatever happens to it; else it is as wrong as one that panics in a simulation.
        assert!(!was_running, "the process of {who} ended by itself; its last words: {}", host.folder.last_words());
        if !host.has_started {
            let why = host.folder.last_words();
            self.happened(self.moment_now(), who.clone(), None, What::RefusedToStart { why });
        }
    }

    /// What the API refused before any node was asked is answered in its place.
    pub(super) fn hear_refusals(&mut self) {
        while let Ok(refused) = self.refused.1.try_recv() {
            let asked = |host: &&super::host::Host| host.asked.iter().any(|(ticket, _)| *ticket == refused.ticket);
            if let Some(who) = self.hosts.values().find(asked).map(|host| host.id.clone()) {
                self.refusals.push((Instant::now(), who, refused));
            }
        }
        let due: Vec<_> = self.refusals.extract_if(.., |(since, ..)| since.elapsed() >= SEEN_WITHIN).collect();
        for (_, who, Refused { ticket, why }) in due {
            let Some(host) = self.hosts.get_mut(&who) else {
                continue;
            };
            let Some(place) = host.asked.iter().position(|(asked, _)| *asked == ticket) else {
                continue;
            };
            if let Some((_, Asked::Edit(changes))) = host.asked.remove(place) {
                let violation = changes.first().map(|change| Violation { key: change.key().clone(), field: String::new(), message: why });
                let outcome = Err(EditRefused::Invalid(violation.into_iter().collect()));
                let stepped = if who == NodeId::Global {
                    let (step, done) = (GlobalInput::Edit { ticket, changes }, GlobalEffect::Done { ticket, outcome });
                    Stepped::Global { step: Step::Input(step), emits: vec![Emit::Effect(done)] }
                } else {
                    let (step, done) = (ZoneInput::Edit { ticket, changes }, ZoneEffect::Done { ticket, outcome });
                    Stepped::Zone { step: Step::Input(step), emits: vec![Emit::Effect(done)] }
                };
                self.happened(self.moment_now(), who, None, What::Stepped(stepped));
            }
        }
    }

    fn moment(&self, at_ns: u64) -> Mono {
        Mono(at_ns.saturating_sub(self.began_ns) / 1_000_000)
    }

    fn moment_now(&self) -> Mono {
        strait_scenarios::world::World::now(self)
    }
}
