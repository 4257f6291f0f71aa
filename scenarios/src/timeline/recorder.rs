//! The recorder, as the runner calls it, and what it keeps while a run goes on.
use super::{
    data::{Arrow, Bar, BarKind, Lane, Mark, MarkKind, Moment, Timeline, Violation},
    steps::step_words,
    wire::Wire,
};
use crate::{
    event::{Event, NodeId},
    forwarder::ForwarderId,
    link::Link,
    runner::Report,
    scenario::Scenario,
    verbs::Act,
    world::World,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use strait_core::{node::Ticket, resource::ZoneName, time::Mono};

/// Of messages, marks and bars so many are kept; then the older half is let go.
const KEPT: usize = 100_000;
/// What took less is not said to have taken long.
const LONG: Duration = Duration::from_secs(1);

/// Records a run. Clones record the same one.
#[derive(Clone)]
pub struct Recorder(Arc<Mutex<Recording>>);

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}

impl Recorder {
    /// Nothing is recorded yet. Steps are shown as they stand in this text of their file; without it, by their names.
    pub fn new(text: Option<String>) -> Self {
        Self(Arc::new(Mutex::new(Recording { text, ..Recording::default() })))
    }

    /// What was recorded by now.
    pub fn timeline(&self) -> Timeline {
        self.lock().timeline.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Recording> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run begins.
    pub(crate) fn begins(&self, scenario: &Scenario, report: &Report) {
        let mut recording = self.lock();
        let text = recording.text.take();
        *recording = Recording { text, ..Recording::default() };
        recording.begins(scenario, report);
    }

    /// Something happened.
    pub(crate) fn see(&self, event: &Event) {
        let mut recording = self.lock();
        recording.see(event);
        recording.let_go();
    }

    /// A step begins: its number, its line, and by which name.
    pub(crate) fn step(&self, at: Mono, number: usize, line: usize, name: &str) {
        let mut recording = self.lock();
        let words = recording.text.as_deref().and_then(|text| step_words(text, line)).unwrap_or_default();
        let short = if words.short.is_empty() { name.to_owned() } else { words.short };
        let detail = format!("step {number}, line {line}\n{}", words.long);
        recording.mark(at, None, MarkKind::Step, format!("{number}. {short}"), detail.trim_end().to_owned());
    }

    /// What a step expects holds, after so long.
    pub(crate) fn step_over(&self, at: Mono, number: usize, took: Duration) {
        if took >= LONG {
            self.lock().mark(at, None, MarkKind::StepOver, format!("{number}. holds after {:.1} s", took.as_secs_f64()), String::new());
        }
    }

    /// The last step is over: what is cut or down is mended.
    pub(crate) fn settles(&self, at: Mono) {
        let detail = "After the last step every fault is mended, and all must come to agree and fall silent.".to_owned();
        self.lock().mark(at, None, MarkKind::Step, "all is mended; all must agree".to_owned(), detail);
    }

    /// A step does this to the world.
    pub(crate) fn acts(&self, at: Mono, act: &Act) {
        self.lock().acts(at, act);
    }

    /// Nothing is wrong any more with the disk of this one.
    pub(crate) fn disk_is_mended(&self, at: Mono, who: &NodeId) {
        self.lock().disk(at, who, None);
    }

    /// What the links are like now.
    pub(crate) fn links(&self, at: Mono, scenario: &Scenario, links: &BTreeMap<ZoneName, Link>, world: &dyn World) {
        self.lock().links(at, scenario, links, world);
    }

    /// Which forwarders are down now.
    pub(crate) fn forwarders(&self, at: Mono, down: &BTreeSet<ForwarderId>) {
        self.lock().forwarders(at, down);
    }

    /// The run is over.
    pub(crate) fn ends(&self, at: Mono, report: &Report) {
        let mut recording = self.lock();
        recording.timeline.ended = at;
        recording.timeline.replay = report.replay();
        let violation = report.failure().map(|failure| Violation {
            at: failure.at,
            lane: recording.lane_named(&failure.node),
            invariant: format!("{} {}", failure.id, failure.slug),
            node: failure.node.clone(),
            what: failure.what.clone(),
            step: failure.step.map(|(number, _)| number),
        });
        recording.timeline.violation = violation;
    }
}

/// A recording under way.
#[derive(Default)]
pub(super) struct Recording {
    text: Option<String>,
    pub(super) timeline: Timeline,
    pub(super) lanes: BTreeMap<NodeId, usize>,
    order: u64,
    pub(super) wire: Wire,
    /// The number of the first arrow that is kept.
    first: u64,
    /// Bars that have not ended, by lane and what they are about.
    open: BTreeMap<(usize, String), usize>,
    /// What was asked and not answered yet.
    pub(super) edits: BTreeMap<(usize, Ticket), String>,
    /// What workloads have asked: the lane, and in words.
    pub(super) questions: BTreeMap<u64, (usize, String)>,
    /// How what a workload asks ended last.
    pub(super) outcomes: BTreeMap<String, String>,
    /// By how many milliseconds a wall clock has jumped, and by how many parts in a million clocks drift.
    pub(super) clocks: BTreeMap<usize, (i64, i64)>,
}

impl Recording {
    fn begins(&mut self, scenario: &Scenario, report: &Report) {
        let setup = scenario.setup(report.seed, None);
        for (node, dialect) in setup.nodes() {
            let is_cluster = matches!(&node, NodeId::Zone(zone) if setup.clusters.contains_key(zone));
            self.lanes.insert(node.clone(), self.timeline.lanes.len());
            self.timeline.lanes.push(Lane { node, dialect, is_cluster });
        }
        let sabotage = report.sabotage.as_ref().map_or_else(String::new, |name| format!(", sabotage {name}"));
        let crash = report.crash.map_or_else(String::new, |crash| format!(", crash {}", crash.to_argument()));
        self.timeline.run = format!("world {}, seed {}{sabotage}{crash}", report.world, report.seed);
        self.timeline.scenario.clone_from(&scenario.name);
        self.timeline.why = scenario.why.trim().to_owned();
        self.timeline.replay = report.replay();
    }

    fn lane_named(&self, node: &str) -> Option<usize> {
        let named = node.split('/').next().unwrap_or(node);
        self.timeline.lanes.iter().position(|lane| lane.node.to_string() == named)
    }

    /// The next moment.
    pub(super) fn moment(&mut self, at: Mono) -> Moment {
        self.order += 1;
        Moment { at, order: self.order }
    }

    pub(super) fn mark(&mut self, at: Mono, lane: Option<usize>, kind: MarkKind, text: String, detail: String) {
        let when = self.moment(at);
        self.timeline.marks.push(Mark { when, lane, kind, text, detail });
    }

    /// Keeps a message that left. Returns its number.
    pub(super) fn arrow(&mut self, arrow: Arrow) -> u64 {
        self.timeline.arrows.push(arrow);
        self.first + self.timeline.arrows.len() as u64 - 1
    }

    /// A message by its number, if it is still kept.
    pub(super) fn arrow_numbered(&mut self, number: u64) -> Option<&mut Arrow> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.timeline.arrows.get_mut(index)
    }

    /// Something that lasts is so from now on; `None`: it no longer is. `about` tells what lasts apart on one lane.
    pub(super) fn lasts(&mut self, at: Mono, lane: usize, about: &str, what: Option<(BarKind, String)>) {
        let key = (lane, about.to_owned());
        if let Some(index) = self.open.get(&key).copied() {
            let bar = &self.timeline.bars[index];
            if what.as_ref().is_some_and(|(kind, label)| bar.kind == *kind && bar.label == *label) {
                return;
            }
            let until = self.moment(at);
            self.timeline.bars[index].until = Some(until);
            self.open.remove(&key);
        }
        if let Some((kind, label)) = what {
            let from = self.moment(at);
            self.open.insert(key, self.timeline.bars.len());
            self.timeline.bars.push(Bar { lane, kind, from, until: None, label });
        }
    }

    /// Whether something lasts.
    pub(super) fn is_lasting(&self, lane: usize, about: &str) -> bool {
        self.open.contains_key(&(lane, about.to_owned()))
    }

    /// What lasts on a lane and is about something that begins so.
    pub(super) fn lasting(&self, lane: usize, prefix: &str) -> Vec<String> {
        let of_lane = self.open.keys().filter(|(of, about)| *of == lane && about.starts_with(prefix));
        of_lane.map(|(_, about)| about.clone()).collect()
    }

    /// Lets go of the older half of what is too much.
    fn let_go(&mut self) {
        let timeline = &mut self.timeline;
        let mut before = None;
        if timeline.arrows.len() > KEPT {
            before = timeline.arrows.drain(..KEPT / 2).next_back().map(|last| last.left.at);
            self.first += (KEPT / 2) as u64;
            timeline.left_out.arrows += (KEPT / 2) as u64;
        }
        if timeline.marks.len() > KEPT {
            let last = timeline.marks.drain(..KEPT / 2).next_back().map(|last| last.when.at);
            before = before.max(last);
            timeline.left_out.marks += (KEPT / 2) as u64;
        }
        if timeline.beats.len() > KEPT * 4 {
            timeline.beats.drain(..KEPT * 2);
        }
        if timeline.bars.len() > KEPT {
            let bars = std::mem::take(&mut timeline.bars);
            let recent = bars.len() - KEPT / 2;
            let mut moved = BTreeMap::new();
            for (index, bar) in bars.into_iter().enumerate().filter(|(index, bar)| *index >= recent || bar.until.is_none()) {
                moved.insert(index, timeline.bars.len());
                timeline.bars.push(bar);
            }
            self.open.values_mut().for_each(|index| *index = moved.get(index).copied().unwrap_or_default());
        }
        if let Some(before) = before {
            timeline.left_out.before = timeline.left_out.before.max(before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Arrow, BarKind, KEPT, Moment, Recording};
    use crate::timeline::data::Says;
    use strait_core::time::Mono;

    #[test]
    fn of_too_much_the_last_is_kept_and_the_rest_counted() {
        let mut recording = Recording::default();
        let arrow = |at: u64| Arrow {
            from: 0,
            to: 1,
            left: Moment { at: Mono(at), order: at },
            came: None,
            is_stray: false,
            says: Says::Ack,
            label: String::new(),
            detail: String::new(),
        };
        let most = KEPT as u64 + 1;
        let numbers: Vec<u64> = (0..most).map(|at| recording.arrow(arrow(at))).collect();
        recording.lasts(Mono(1), 0, "cut", Some((BarKind::Cut, "cut".to_owned())));
        for at in 0..most {
            recording.lasts(Mono(at), 1, "down", (at % 2 == 0).then(|| (BarKind::Down, "down".to_owned())));
        }
        recording.let_go();
        assert_eq!(recording.timeline.left_out.arrows, KEPT as u64 / 2);
        assert_eq!(recording.timeline.left_out.before, Mono(KEPT as u64 / 2 - 1));
        assert!(recording.arrow_numbered(numbers[0]).is_none());
        let last = numbers[numbers.len() - 1];
        assert_eq!(recording.arrow_numbered(last).map(|arrow| arrow.left.at), Some(Mono(most - 1)));
        assert_eq!(recording.arrow(arrow(most)), last + 1);
        for _ in 0..3 {
            for at in 0..most {
                recording.lasts(Mono(at), 1, "down", (at % 2 == 0).then(|| (BarKind::Down, "down".to_owned())));
            }
            recording.let_go();
        }
        recording.lasts(Mono(9), 0, "cut", None);
        let cut: Vec<_> = recording.timeline.bars.iter().filter(|bar| bar.kind == BarKind::Cut).collect();
        assert_eq!(cut.len(), 1);
        assert_eq!(cut[0].until.map(|until| until.at), Some(Mono(9)));
    }
}
