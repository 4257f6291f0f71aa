//! What is alike and close together, as one: so a picture is bounded, whatever happened.
use super::data::{Arrow, Bar, BarKind, Mark, MarkKind, Moment, Timeline};
use std::{collections::BTreeMap, time::Duration};
use strait_core::time::Mono;

/// Before a violation so many messages and marks are drawn one by one.
const ONE_BY_ONE: usize = 90;
/// All others are bundled until there are no more than so many, and more for each column: else what is said to one would hide what is said to others.
const MOST: usize = 100;
const MORE: usize = 20;
/// Where more bars begin, those that are alike and follow each other at once are one.
const FEW_BARS: usize = 24;
/// No more begin.
const MOST_BARS: usize = 60;
/// Of sessions no more are drawn.
const MOST_SESSIONS: usize = 300;
/// What arrives later than this was held up.
const HELD_UP: Duration = Duration::from_secs(1);

/// How closely things must follow each other to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Closeness {
    /// Within so long; `None`: however long.
    pub(super) within: Option<Duration>,
    /// What parts those before from those after.
    pub(super) parted: Parted,
    /// Marks of one kind are alike, whatever they say.
    any_words: bool,
}

/// What parts things that would be one, if it stands between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parted {
    All,
    Steps,
    Nothing,
}

const CLOSENESS: [Closeness; 11] = [
    within(20, Parted::All),
    within(100, Parted::All),
    within(500, Parted::All),
    within(2_000, Parted::All),
    within(10_000, Parted::All),
    within(2_000, Parted::Steps),
    within(10_000, Parted::Steps),
    within(60_000, Parted::Steps),
    Closeness { within: None, parted: Parted::Steps, any_words: false },
    Closeness { within: None, parted: Parted::Steps, any_words: true },
    Closeness { within: None, parted: Parted::Nothing, any_words: true },
];

const fn within(millis: u64, parted: Parted) -> Closeness {
    Closeness { within: Some(Duration::from_millis(millis)), parted, any_words: false }
}

/// Messages or marks that are drawn as one.
#[derive(Debug)]
pub(super) struct Bundle {
    pub(super) of: Of,
    /// When the first happened.
    pub(super) when: Moment,
    /// When the last did.
    pub(super) last: Mono,
}

/// By their numbers in the timeline.
#[derive(Debug)]
pub(super) enum Of {
    Arrows(Vec<usize>),
    Marks(Vec<usize>),
}

/// Everything that is drawn once, in order.
pub(super) struct Bundles {
    pub(super) bundles: Vec<Bundle>,
    /// How those before `one_by_one` were bundled; `None`: they were not.
    pub(super) closeness: Option<Closeness>,
    /// From here on nothing is bundled.
    pub(super) one_by_one: Option<Mono>,
}

/// From where to where, what is alike about it, and its words.
type Alike = (usize, usize, u8, bool, bool, String);

struct Item {
    when: Moment,
    what: What,
    alike: Alike,
    /// After so many steps, and so many beginnings and ends of faults.
    after: (usize, usize),
}

#[derive(Clone, Copy)]
enum What {
    Arrow(usize),
    Mark(usize),
}

/// Bundles messages and marks, but for steps.
pub(super) fn bundles(timeline: &Timeline, columns: &[usize], bars: &[Bars]) -> Bundles {
    let (steps, faults) = (steps(timeline), faults(bars));
    let mut items: Vec<Item> = timeline.arrows.iter().enumerate().map(|(number, arrow)| of_arrow(number, arrow, columns)).collect();
    let marks = timeline.marks.iter().enumerate().filter(|(_, mark)| !matches!(mark.kind, MarkKind::Step | MarkKind::StepOver));
    items.extend(marks.map(|(number, mark)| of_mark(number, mark, columns)));
    items.sort_by_key(|item| item.when);
    for item in &mut items {
        let before = |fences: &[Moment]| fences.partition_point(|fence| *fence <= item.when);
        item.after = (before(&steps), before(&faults));
    }
    let last = items.split_off(if timeline.violation.is_some() { one_by_one(timeline, &items) } else { items.len() });
    let begin = last.first().map(|item| item.when.at);
    // What is held is told only where somebody looks closely.
    items.retain(|item| !is_held(timeline, item));
    let most = MOST + MORE * columns.iter().max().map_or(0, |last| last + 1);
    let mut bundled: Vec<Bundle> = Vec::new();
    let mut closeness = None;
    if items.len() <= most {
        bundled.extend(items.iter().map(Bundle::of));
    } else {
        for close in CLOSENESS {
            closeness = Some(close);
            let is_last = close == CLOSENESS[CLOSENESS.len() - 1];
            if let Some(packed) = pack(&items, close, if is_last { usize::MAX } else { most }) {
                bundled = packed;
                break;
            }
        }
    }
    bundled.extend(close_up(timeline, &last));
    Bundles { bundles: bundled, closeness, one_by_one: if closeness.is_some() { begin } else { None } }
}

/// From which item on there are so many that are drawn one by one. What is held is told beside them.
fn one_by_one(timeline: &Timeline, items: &[Item]) -> usize {
    let counted = items.iter().enumerate().rev().filter(|(_, item)| !is_held(timeline, item));
    counted.take(ONE_BY_ONE).last().map_or(items.len(), |(index, _)| index)
}

/// Each by itself; only what a node holds or drops at one moment is one.
fn close_up(timeline: &Timeline, items: &[Item]) -> Vec<Bundle> {
    let mut bundles: Vec<Bundle> = Vec::new();
    let mut before: Option<&Item> = None;
    for item in items {
        let goes_on = before.is_some_and(|before| {
            let are_held = is_held(timeline, before) && is_held(timeline, item);
            are_held && before.alike == item.alike && before.when.at == item.when.at
        });
        match bundles.last_mut().filter(|_| goes_on) {
            Some(bundle) => bundle.add(item),
            None => bundles.push(Bundle::of(item)),
        }
        before = Some(item);
    }
    bundles
}

fn is_held(timeline: &Timeline, item: &Item) -> bool {
    matches!(item.what, What::Mark(number) if timeline.marks[number].kind == MarkKind::Held)
}

fn steps(timeline: &Timeline) -> Vec<Moment> {
    timeline.marks.iter().filter(|mark| mark.kind == MarkKind::Step).map(|mark| mark.when).collect()
}

/// When faults begin and end.
fn faults(bars: &[Bars]) -> Vec<Moment> {
    let faults = bars.iter().filter(|bar| bar.kind != BarKind::Session);
    let mut fences: Vec<Moment> = faults.flat_map(|bar| [Some(bar.from), bar.until]).flatten().collect();
    fences.sort_unstable();
    fences
}

fn of_arrow(number: usize, arrow: &Arrow, columns: &[usize]) -> Item {
    let fate = (arrow.came.is_none(), arrow.is_stray || is_held_up(arrow));
    let alike = (columns[arrow.from], columns[arrow.to], arrow.says as u8, fate.0, fate.1, String::new());
    Item { when: arrow.left, what: What::Arrow(number), alike, after: (0, 0) }
}

/// Whether it was under way for long.
pub(super) fn is_held_up(arrow: &Arrow) -> bool {
    arrow.came.is_some_and(|came| came.at.since(arrow.left.at) > HELD_UP)
}

fn of_mark(number: usize, mark: &Mark, columns: &[usize]) -> Item {
    let column = mark.lane.map_or(usize::MAX, |lane| columns[lane]);
    let words = if matches!(mark.kind, MarkKind::Edit | MarkKind::Held) { String::new() } else { mark.text.clone() };
    // No message has the class of a mark.
    let alike = (column, column, 100 + mark.kind as u8, false, false, words);
    Item { when: mark.when, what: What::Mark(number), alike, after: (0, 0) }
}

impl Bundle {
    fn of(item: &Item) -> Self {
        let of = match item.what {
            What::Arrow(number) => Of::Arrows(vec![number]),
            What::Mark(number) => Of::Marks(vec![number]),
        };
        Self { of, when: item.when, last: item.when.at }
    }

    fn add(&mut self, item: &Item) {
        match (&mut self.of, item.what) {
            (Of::Arrows(all), What::Arrow(number)) | (Of::Marks(all), What::Mark(number)) => all.push(number),
            _ => {}
        }
        self.last = item.when.at;
    }
}

/// `None`: there are more than that.
fn pack(items: &[Item], close: Closeness, most: usize) -> Option<Vec<Bundle>> {
    let mut packed: Vec<Bundle> = Vec::new();
    let mut open: BTreeMap<(Alike, (usize, usize)), usize> = BTreeMap::new();
    for item in items {
        let mut alike = item.alike.clone();
        if close.any_words {
            alike.5.clear();
        }
        let after = match close.parted {
            Parted::All => item.after,
            Parted::Steps => (item.after.0, 0),
            Parted::Nothing => (0, 0),
        };
        let alike = (alike, after);
        let near = |bundle: &Bundle| close.within.is_none_or(|within| item.when.at.since(bundle.when.at) <= within);
        match open.get(&alike).copied().filter(|index| near(&packed[*index])) {
            Some(index) => packed[index].add(item),
            None => {
                if packed.len() == most {
                    return None;
                }
                open.insert(alike, packed.len());
                packed.push(Bundle::of(item));
            }
        }
    }
    Some(packed)
}

/// Bars that are drawn as one: the first and the last of so many.
#[derive(Clone, Debug)]
pub(super) struct Bars {
    pub(super) column: usize,
    pub(super) kind: BarKind,
    pub(super) label: String,
    pub(super) from: Moment,
    pub(super) until: Option<Moment>,
    pub(super) count: usize,
}

/// All bars, those that are alike and close together as one, and how many of the first are left out.
pub(super) fn bars(timeline: &Timeline, columns: &[usize]) -> (Vec<Bars>, usize) {
    let is_session = |bar: &&Bar| bar.kind == BarKind::Session;
    let (sessions, _) = few(timeline.bars.iter().filter(is_session), columns, (MOST_SESSIONS, MOST_SESSIONS));
    let (faults, left_out) = few(timeline.bars.iter().filter(|bar| !is_session(bar)), columns, (FEW_BARS, MOST_BARS));
    (sessions.into_iter().chain(faults).collect(), left_out)
}

fn few<'a>(bars: impl Iterator<Item = &'a Bar> + Clone, columns: &[usize], (enough, most): (usize, usize)) -> (Vec<Bars>, usize) {
    let mut few = merged(bars.clone(), columns, Duration::ZERO);
    for (millis, wanted) in [(1_000, enough), (5_000, enough), (60_000, most), (u64::MAX, most)] {
        if few.len() <= wanted {
            continue;
        }
        few = merged(bars.clone(), columns, Duration::from_millis(millis));
    }
    let left_out = few.len().saturating_sub(most);
    (few.split_off(left_out), left_out)
}

fn merged<'a>(bars: impl Iterator<Item = &'a Bar>, columns: &[usize], gap: Duration) -> Vec<Bars> {
    let mut merged: Vec<Bars> = Vec::new();
    let mut last: BTreeMap<(usize, BarKind, &str), usize> = BTreeMap::new();
    for bar in bars {
        let column = columns[bar.lane];
        let alike = (column, bar.kind, bar.label.as_str());
        let near = |before: &Bars| gap > Duration::ZERO && before.until.is_none_or(|until| bar.from.at.since(until.at) <= gap);
        match last.get(&alike).copied().filter(|index| near(&merged[*index])) {
            Some(index) => {
                let before = &mut merged[index];
                before.count += 1;
                before.until = before.until.zip(bar.until).map(|(one, other)| one.max(other));
            }
            None => {
                last.insert(alike, merged.len());
                merged.push(Bars { column, kind: bar.kind, label: bar.label.clone(), from: bar.from, until: bar.until, count: 1 });
            }
        }
    }
    merged
}
