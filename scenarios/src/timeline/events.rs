//! What events become: messages, sessions, processes, answers.
use super::{
    data::{Arrow, BarKind, MarkKind},
    recorder::Recording,
    wire::{Tag, request_tag, response_tag},
    words::{self, Message},
};
use crate::{
    event::{DiskProvenance, Event, NodeId, Stepped, StopHow, What},
    oracle::turns::{Turn, turns},
    workload::{Answer, Ask, AtWorkload, ProxyId, Wants},
};
use strait_core::{
    Step,
    node::{EditOutcome, GlobalInput, Observation, ObservationChange, Ticket, ZoneInput},
    resource::ZoneName,
    sync::{Lane, Session},
    time::Mono,
};

/// No more is kept of any text.
const LONGEST: usize = 300;

impl Recording {
    pub(super) fn see(&mut self, event: &Event) {
        let Some(lane) = self.lanes.get(&event.node).copied() else {
            return;
        };
        let at = event.at;
        match &event.what {
            What::Started { observation, disk, .. } => self.started(at, lane, observation, disk),
            What::RefusedToStart { why } => {
                self.mark(at, Some(lane), MarkKind::Told, short(&format!("does not start: {why}")), why.clone())
            }
            What::Stopped { how } => self.stopped(at, lane, *how),
            What::Paused => self.lasts(at, lane, "paused", Some((BarKind::Paused, "paused".to_owned()))),
            What::Resumed => {
                self.lasts(at, lane, "paused", None);
                self.mark(at, Some(lane), MarkKind::Mended, "goes on".to_owned(), String::new());
            }
            What::Workload(at_workload) => self.at_workload(at, at_workload),
            What::Stepped(stepped) => self.asked(lane, stepped),
        }
        for turn in turns(event) {
            self.turn(event, lane, &turn);
        }
    }

    fn started(&mut self, at: Mono, lane: usize, observation: &Observation, disk: &DiskProvenance) {
        if self.is_lasting(lane, "down") || at > Mono(0) {
            let disk = match disk {
                DiskProvenance::Own => String::new(),
                DiskProvenance::Emptied => " from an empty disk".to_owned(),
                DiskProvenance::Restored(called) => format!(" from the backup {called}"),
            };
            let held = observation.view.resources.len();
            self.mark(at, Some(lane), MarkKind::Mended, format!("started{disk}, holds {held}"), format!("it holds {held} resources"));
        }
        self.lasts(at, lane, "down", None);
        // What is frozen is what a node consumes.
        let way = if lane == 0 { Lane::Up } else { Lane::Down };
        for (zone, peer) in &observation.peers {
            self.freezes(at, lane, zone, way, peer.consumed.frozen.map(|why| why.to_string()));
        }
    }

    fn stopped(&mut self, at: Mono, lane: usize, how: StopHow) {
        let how = match how {
            StopHow::Killed => "down: killed",
            StopHow::PowerLoss => "down: power lost",
            StopHow::StoreFailed => "down: its store failed",
        };
        self.lasts(at, lane, "paused", None);
        for about in self.lasting(lane, "session").into_iter().chain(self.lasting(lane, "frozen")) {
            self.lasts(at, lane, &about, None);
        }
        self.lasts(at, lane, "down", Some((BarKind::Down, how.to_owned())));
    }

    // ---- what users and operators ask ----------------------------------------------------------------

    fn asked(&mut self, lane: usize, stepped: &Stepped) {
        let (ticket, what) = match stepped {
            Stepped::Global { step: Step::Input(GlobalInput::Edit { ticket, changes }), .. }
            | Stepped::Zone { step: Step::Input(ZoneInput::Edit { ticket, changes }), .. } => (ticket, words::edit(changes)),
            Stepped::Global { step: Step::Input(GlobalInput::Operate { ticket, operation }), .. }
            | Stepped::Zone { step: Step::Input(ZoneInput::Operate { ticket, operation }), .. } => {
                (ticket, format!("operator: {operation}"))
            }
            _ => return,
        };
        self.edits.insert((lane, *ticket), what);
    }

    fn done(&mut self, at: Mono, lane: usize, ticket: Ticket, outcome: &EditOutcome) {
        let what = self.edits.remove(&(lane, ticket)).unwrap_or_else(|| "edit".to_owned());
        match outcome {
            Ok(position) => self.mark(at, Some(lane), MarkKind::Edit, format!("{what}: done"), format!("{what}: durable as {position}")),
            Err(why) => self.mark(at, Some(lane), MarkKind::Refused, short(&format!("{what}: refused: {why}")), short(&why.to_string())),
        }
    }

    // ---- messages ------------------------------------------------------------------------------------

    fn turn(&mut self, event: &Event, lane: usize, turn: &Turn<'_>) {
        let at = event.at;
        match turn {
            Turn::Opened { session, zone, .. } => {
                let caller = || event.caller.clone().unwrap_or_else(|| NodeId::Zone((*zone).clone()));
                let other = if event.node == NodeId::Global { self.lanes.get(&caller()).copied() } else { Some(0) };
                if let Some(other) = other {
                    self.wire.opened(lane, *session, other);
                }
            }
            Turn::SaidRequest(session, request) => self.said(at, lane, *session, request_tag(request), words::request(&request.body)),
            Turn::SaidResponse(session, response) => self.said(at, lane, *session, response_tag(response), words::response(response)),
            Turn::HeardRequest(session, request) => self.heard(at, lane, *session, request_tag(request), words::request(&request.body)),
            Turn::HeardResponse(session, response) => self.heard(at, lane, *session, response_tag(response), words::response(response)),
            Turn::Done(ticket, outcome) => self.done(at, lane, *ticket, outcome),
            Turn::Observed(change) => self.observed(at, lane, change),
            Turn::Closed(_) | Turn::Operated(_) | Turn::Dials => {}
        }
    }

    fn said(&mut self, at: Mono, lane: usize, session: Session, tag: Tag, message: Option<Message>) {
        let Some(message) = message else {
            self.timeline.beats.push(at);
            return;
        };
        let Some(to) = self.wire.other(lane, session) else {
            return;
        };
        let left = self.moment(at);
        let arrow = Arrow {
            from: lane,
            to,
            left,
            came: None,
            is_stray: false,
            says: message.says,
            label: short(&message.label),
            detail: short(&message.detail),
        };
        let number = self.arrow(arrow);
        self.wire.said(lane, session, tag, number);
    }

    fn heard(&mut self, at: Mono, lane: usize, session: Session, tag: Tag, message: Option<Message>) {
        // Of heartbeats nobody keeps when they arrive.
        let (Some(message), Some(from)) = (message, self.wire.other(lane, session)) else {
            return;
        };
        let came = self.moment(at);
        match self.wire.heard(lane, session, tag) {
            Some(number) => {
                if let Some(arrow) = self.arrow_numbered(number) {
                    arrow.came = Some(came);
                }
            }
            None => {
                self.arrow(Arrow {
                    from,
                    to: lane,
                    left: came,
                    came: Some(came),
                    is_stray: true,
                    says: message.says,
                    label: short(&message.label),
                    detail: short(&format!("nobody says this on this session just now: it is late, or doubled. {}", message.detail)),
                });
            }
        }
    }

    // ---- what nodes let know -------------------------------------------------------------------------

    fn observed(&mut self, at: Mono, lane: usize, change: &ObservationChange) {
        let is_global = lane == 0;
        match change {
            ObservationChange::Opened { .. } if is_global => {}
            ObservationChange::Opened { .. } => {
                self.lasts(at, lane, "session", Some((BarKind::Session, "session".to_owned())));
                self.mark(at, Some(lane), MarkKind::Up, "session open".to_owned(), String::new());
            }
            ObservationChange::Ended { zone, why } if is_global => {
                self.mark(at, Some(lane), MarkKind::Over, short(&format!("{zone}: session over: {why}")), String::new());
            }
            ObservationChange::Ended { why, .. } => {
                let what = if self.is_lasting(lane, "session") { "session over" } else { "cannot connect" };
                self.lasts(at, lane, "session", None);
                self.mark(at, Some(lane), MarkKind::Over, short(&format!("{what}: {why}")), String::new());
            }
            ObservationChange::Lane { zone, lane: way, status } => {
                // What is frozen is what a node consumes.
                if (*way == Lane::Down) != is_global {
                    self.freezes(at, lane, zone, *way, status.frozen.map(|why| why.to_string()));
                }
            }
            // That a session is over was said just before, for the same reason.
            ObservationChange::Refused { why, .. } if self.was_just_said(at, lane, why) => {}
            other => {
                if let Some((kind, text)) = words::told(other) {
                    self.mark(at, Some(lane), kind, short(&text), String::new());
                }
            }
        }
    }

    fn was_just_said(&self, at: Mono, lane: usize, why: &str) -> bool {
        let last = self.timeline.marks.last();
        last.is_some_and(|mark| mark.when.at == at && mark.lane == Some(lane) && mark.kind == MarkKind::Over && mark.text.ends_with(why))
    }

    fn freezes(&mut self, at: Mono, lane: usize, zone: &ZoneName, way: Lane, why: Option<String>) {
        let about = format!("frozen {zone} {way}");
        let of = if lane == 0 { format!("{zone} ") } else { String::new() };
        if why.is_none() && self.is_lasting(lane, &about) {
            self.mark(at, Some(lane), MarkKind::Mended, format!("{of}frozen no more"), String::new());
        }
        self.lasts(at, lane, &about, why.map(|why| (BarKind::Frozen, format!("{of}frozen: {why}"))));
    }

    // ---- workloads -----------------------------------------------------------------------------------

    fn at_workload(&mut self, at: Mono, what: &AtWorkload) {
        let lane_of = |of: &Self, who: &ProxyId| of.lanes.get(&NodeId::Zone(who.zone.clone())).copied();
        match what {
            AtWorkload::Appears { .. } => {}
            AtWorkload::Started(who) => {
                if let Some(lane) = lane_of(self, who) {
                    self.lasts(at, lane, &format!("proxy {who}"), None);
                }
            }
            AtWorkload::Stopped(who) => {
                if let Some(lane) = lane_of(self, who) {
                    self.lasts(at, lane, &format!("proxy {who}"), Some((BarKind::Beside, format!("{} is down", who.name))));
                }
            }
            AtWorkload::Cut(pair) | AtWorkload::Healed(pair) => {
                let is_cut = matches!(what, AtWorkload::Cut(_));
                let [one, other] = pair.zones();
                for (here, there) in [(one, other), (other, one)] {
                    if let Some(lane) = self.lanes.get(&NodeId::Zone(here.clone())).copied() {
                        let bar = is_cut.then(|| (BarKind::Beside, format!("cut off from {there}")));
                        self.lasts(at, lane, &format!("pair {pair}"), bar);
                    }
                }
            }
            AtWorkload::Asks { number, ask } => {
                if let Some(lane) = lane_of(self, &ask.from) {
                    self.questions.insert(*number, (lane, question(ask)));
                }
            }
            AtWorkload::Answered { number, answer } => self.answered(at, *number, answer),
        }
    }

    /// Only an outcome that is not that of before is worth a mark.
    fn answered(&mut self, at: Mono, number: u64, answer: &Answer) {
        let Some((lane, question)) = self.questions.remove(&number) else {
            return;
        };
        let outcome = match answer {
            Answer::By { proxy, .. } => format!("answered from {}", proxy.zone),
            Answer::Denied => "denied".to_owned(),
            Answer::Closed => "closed".to_owned(),
            Answer::Leads(_) => "leads somewhere".to_owned(),
            Answer::NoSuchName => "no such name".to_owned(),
            Answer::Failed(why) => format!("fails: {why}"),
        };
        let before = self.outcomes.insert(question.clone(), outcome.clone());
        if before.as_ref() != Some(&outcome) {
            let before = before.map_or_else(|| "for the first time".to_owned(), |before| format!("before: {before}"));
            self.mark(at, Some(lane), MarkKind::Answer, short(&format!("{question}: {outcome}")), format!("{answer}; {before}"));
        }
    }
}

fn question(ask: &Ask) -> String {
    let (who, name) = (&ask.from.name, &ask.name);
    match ask.wants {
        Wants::Address => format!("{who} looks up {name}"),
        Wants::Answer if ask.path == "/" => format!("{who} asks {name}:{}", ask.port),
        Wants::Answer => format!("{who} asks {name}:{}{}", ask.port, ask.path),
    }
}

/// A text that is not too long, on one line.
pub(super) fn short(text: &str) -> String {
    let mut cut: String = text.chars().take(LONGEST).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if text.chars().nth(LONGEST).is_some() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, short};

    #[test]
    fn a_text_is_cut_between_letters_and_says_so() {
        assert_eq!(short("two\nlines"), "two lines");
        let long = "ä".repeat(LONGEST + 1);
        assert_eq!(short(&long).chars().count(), LONGEST + 1);
        assert!(short(&long).ends_with('…') && !short(&long[..LONGEST * 2]).ends_with('…'));
    }
}
