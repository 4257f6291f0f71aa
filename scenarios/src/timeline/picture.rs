//! Everything that is drawn, in rows from top to bottom. Renderers decide nothing but where a row stands and what it looks like.
use super::{
    bundle::{Bundle, Of, Parted, bars, bundles, is_held_up},
    data::{Arrow, BarKind, Mark, MarkKind, Moment, Says, Timeline},
    faults::in_words,
    lanes::{Column, columns},
};
use std::{collections::BTreeMap, time::Duration};
use strait_core::time::Mono;

/// Where nothing is drawn for so long, that is said.
const QUIET: Duration = Duration::from_secs(3);
/// No more steps are drawn: the last of them.
const MOST_STEPS: usize = 150;
/// What left so shortly before the end may be under way.
const UNDER_WAY: Duration = Duration::from_secs(1);
/// Of a bundle so many are told.
const TOLD: usize = 8;

/// A picture.
pub(super) struct Picture<'a> {
    pub(super) timeline: &'a Timeline,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    pub(super) arrows: Vec<Drawn>,
    pub(super) bars: Vec<DrawnBar>,
    /// What is not drawn as it happened.
    pub(super) notes: Vec<String>,
}

/// A row.
pub(super) struct Row {
    pub(super) at: Mono,
    pub(super) shows: Shows,
    when: Moment,
}

/// What a row shows.
pub(super) enum Shows {
    /// A step, or (`over`) that it is over.
    Step { text: String, detail: String, over: bool },
    /// Something at a column; `None`: at none.
    Mark { column: Option<usize>, kind: MarkKind, text: String, detail: String },
    /// The arrow of this number leaves.
    Leaves(usize),
    /// It arrives.
    Comes(usize),
    /// The bar of this number begins.
    Begins(usize),
    /// Nothing happens for so long, but so many heartbeats.
    Quiet { lasts: Duration, beats: usize },
    /// What broke.
    Violation,
    /// The end of a run that passed.
    End,
}

/// One or more messages.
pub(super) struct Drawn {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) says: Says,
    pub(super) label: String,
    pub(super) detail: String,
    pub(super) count: usize,
    pub(super) is_lost: bool,
    /// It had not arrived when the run ended, and might have.
    pub(super) is_under_way: bool,
    pub(super) is_held_up: bool,
    /// Nobody said it just then.
    pub(super) is_stray: bool,
    came: Option<Moment>,
}

/// A bar, from one row to before another one.
pub(super) struct DrawnBar {
    pub(super) column: usize,
    pub(super) kind: BarKind,
    pub(super) label: String,
    pub(super) detail: String,
    pub(super) rows: (usize, usize),
}

impl<'a> Picture<'a> {
    pub(super) fn new(timeline: &'a Timeline) -> Self {
        let columns = columns(timeline);
        let (bars, bars_left_out) = bars(timeline, &columns.of);
        let bundled = bundles(timeline, &columns.of, &bars);
        let mut notes = Vec::new();
        let (mut rows, mut arrows) = (steps(timeline, &mut notes), Vec::new());
        for bundle in &bundled.bundles {
            match &bundle.of {
                Of::Arrows(numbers) => {
                    let all: Vec<&Arrow> = numbers.iter().map(|number| &timeline.arrows[*number]).collect();
                    rows.push(Row::new(bundle.when, Shows::Leaves(arrows.len())));
                    arrows.extend(drawn(timeline, &all, bundle, &columns.of));
                }
                Of::Marks(numbers) => {
                    let all: Vec<&Mark> = numbers.iter().map(|number| &timeline.marks[*number]).collect();
                    rows.extend(mark(&all, bundle, &columns.of));
                }
            }
        }
        let comes = arrows
            .iter()
            .enumerate()
            .filter_map(|(number, arrow)| Some(Row::new(arrow.came.filter(|_| !arrow.is_stray)?, Shows::Comes(number))));
        rows.extend(comes);
        let faults = bars.iter().enumerate().filter(|(_, bar)| bar.kind != BarKind::Session);
        rows.extend(faults.map(|(number, bar)| Row::new(bar.from, Shows::Begins(number))));
        rows.sort_by_key(|row| row.when);
        let mut rows = with_quiet(rows, timeline);
        let at = timeline.violation.as_ref().map_or(timeline.ended, |violation| violation.at);
        let shows = if timeline.violation.is_some() { Shows::Violation } else { Shows::End };
        rows.push(Row { at, shows, when: Moment { at: timeline.ended.max(at), order: u64::MAX } });
        let row_at = |moment: Moment| rows.partition_point(|row| row.when < moment);
        let drawn_bars = bars.into_iter().map(|bar| {
            let times = if bar.count > 1 { format!(", {} times", bar.count) } else { String::new() };
            let until = bar.until.map_or_else(|| "to the end".to_owned(), |until| format!("until {}", until.at));
            DrawnBar {
                column: bar.column,
                kind: bar.kind,
                detail: format!("{}{times}, from {} {until}", bar.label, bar.from.at),
                label: format!("{}{times}", bar.label),
                rows: (row_at(bar.from), bar.until.map_or(rows.len(), row_at)),
            }
        });
        let bars = drawn_bars.collect();
        notes.extend(self::notes(timeline, &bundled, bars_left_out, columns.names.last()));
        Self { timeline, columns: columns.names, rows, arrows, bars, notes }
    }

    /// What lasts in a row.
    pub(super) fn lasting(&self, row: usize) -> impl Iterator<Item = &DrawnBar> {
        self.bars.iter().filter(move |bar| bar.rows.0 <= row && row < bar.rows.1)
    }
}

impl Row {
    fn new(when: Moment, shows: Shows) -> Self {
        Self { at: when.at, shows, when }
    }
}

fn steps(timeline: &Timeline, notes: &mut Vec<String>) -> Vec<Row> {
    let is_step = |mark: &&Mark| matches!(mark.kind, MarkKind::Step | MarkKind::StepOver);
    let all: Vec<&Mark> = timeline.marks.iter().filter(is_step).collect();
    let left_out = all.len().saturating_sub(MOST_STEPS);
    if left_out > 0 {
        notes.push(format!("Of the steps the first {left_out} are left out."));
    }
    let row = |mark: &&Mark| {
        let over = mark.kind == MarkKind::StepOver;
        Row::new(mark.when, Shows::Step { text: mark.text.clone(), detail: mark.detail.clone(), over })
    };
    all[left_out..].iter().map(row).collect()
}

fn drawn(timeline: &Timeline, all: &[&Arrow], bundle: &Bundle, columns: &[usize]) -> Option<Drawn> {
    let first = all.first()?;
    let mut carried: BTreeMap<&str, usize> = BTreeMap::new();
    all.iter().for_each(|arrow| *carried.entry(&arrow.label).or_default() += 1);
    let took = |came: Moment| format!("\nleft at {}, arrived at {}", first.left.at, came.at);
    let is_under_way = first.came.is_none() && timeline.ended.since(first.left.at) < UNDER_WAY;
    let (label, mut detail) = match all {
        [one] => (one.label.clone(), format!("{}\n{}", one.label, one.detail)),
        _ => {
            let label = match carried.iter().next() {
                Some((label, _)) if carried.len() == 1 => format!("{} × {label}", all.len()),
                _ if first.says == Says::Ack => format!("{} acks", all.len()),
                _ => {
                    let named: Vec<String> =
                        carried.iter().take(TOLD).map(|(label, count)| times(label.trim_start_matches("asks for "), *count)).collect();
                    format!("{} {}: {}", all.len(), first.says.plural(), named.join(", "))
                }
            };
            let mut told: Vec<String> = carried.iter().take(TOLD).map(|(label, count)| times(label, *count)).collect();
            if carried.len() > TOLD {
                told.push(format!("and {} others", carried.len() - TOLD));
            }
            let lasts = in_words(bundle.last.since(bundle.when.at));
            (label, format!("{} {} within {lasts}\n{}", all.len(), first.says.plural(), told.join(", ")))
        }
    };
    match first.came {
        Some(came) if !first.is_stray => detail.push_str(&took(came)),
        Some(_) => detail.push_str(&format!("\narrived at {}", first.left.at)),
        None if is_under_way => detail.push_str(&format!("\nleft at {}, and had not arrived when the run ended", first.left.at)),
        None => detail.push_str(&format!("\nleft at {}, and never arrived", first.left.at)),
    }
    Some(Drawn {
        from: columns[first.from],
        to: columns[first.to],
        says: first.says,
        label,
        detail,
        count: all.len(),
        is_lost: first.came.is_none() && !is_under_way,
        is_under_way,
        is_held_up: is_held_up(first),
        is_stray: first.is_stray,
        came: first.came,
    })
}

fn times(label: &str, count: usize) -> String {
    if count > 1 { format!("{count} × {label}") } else { label.to_owned() }
}

fn mark(all: &[&Mark], bundle: &Bundle, columns: &[usize]) -> Option<Row> {
    let first = all.first()?;
    let is_same = all.iter().all(|mark| mark.text == first.text);
    let text = match (all.len(), is_same, first.kind) {
        (1, ..) => first.text.clone(),
        (count, true, _) => format!("{count} × {}", first.text),
        (count, false, MarkKind::Edit) => format!("{count} edits: done"),
        (count, false, MarkKind::Held) => held(all, count),
        (count, false, _) => format!("{}, and {} like that", first.text, count - 1),
    };
    let mut told: Vec<&str> = all.iter().take(TOLD).map(|mark| mark.text.as_str()).collect();
    told.dedup();
    let mut detail = if all.len() == 1 && !first.detail.is_empty() { format!("{}\n{}", first.text, first.detail) } else { told.join("\n") };
    if all.len() > 1 {
        detail.push_str(&format!("\n{} within {}", all.len(), in_words(bundle.last.since(bundle.when.at))));
    }
    let column = first.lane.map(|lane| columns[lane]);
    Some(Row::new(bundle.when, Shows::Mark { column, kind: first.kind, text, detail }))
}

/// What is held and dropped, in one line.
fn held(all: &[&Mark], count: usize) -> String {
    let mut counted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    all.iter().filter_map(|mark| mark.text.split_once(' ')).for_each(|(what, key)| counted.entry(what).or_default().push(key));
    let words = |(what, keys): (&&str, &Vec<&str>)| format!("{what} {}: {}", keys.len(), keys[..keys.len().min(TOLD)].join(", "));
    let words: Vec<String> = counted.iter().map(words).collect();
    if words.is_empty() { format!("{count} changes of what it holds") } else { words.join("; ") }
}

/// Between rows that are far apart stands that nothing happens.
fn with_quiet(rows: Vec<Row>, timeline: &Timeline) -> Vec<Row> {
    let mut filled: Vec<Row> = Vec::with_capacity(rows.len());
    let mut before = Mono(0);
    let beats = |from: Mono, until: Mono| {
        let upto = |moment: Mono| timeline.beats.partition_point(|beat| *beat <= moment);
        upto(until) - upto(from)
    };
    // What is drawn as one with something before is not nothing.
    let busy = busy(timeline);
    let quiet = |from: Mono, until: Mono| {
        let from = busy[..busy.partition_point(|moment| *moment < until)].last().copied().unwrap_or_default().max(from);
        let lasts = until.since(from);
        (lasts >= QUIET).then(|| {
            let when = Moment { at: from, order: u64::MAX };
            Row { at: from, shows: Shows::Quiet { lasts, beats: beats(from, until) }, when }
        })
    };
    for row in rows {
        filled.extend(quiet(before, row.at));
        before = row.at;
        filled.push(row);
    }
    filled.extend(quiet(before, timeline.ended));
    filled
}

/// The moments at which something happens, in order.
fn busy(timeline: &Timeline) -> Vec<Mono> {
    let messages = timeline.arrows.iter().flat_map(|arrow| [Some(arrow.left.at), arrow.came.map(|came| came.at)]).flatten();
    let marks = timeline.marks.iter().filter(|mark| mark.kind != MarkKind::Held).map(|mark| mark.when.at);
    let mut busy: Vec<Mono> = messages.chain(marks).collect();
    busy.sort_unstable();
    busy
}

fn notes(timeline: &Timeline, bundled: &super::bundle::Bundles, bars_left_out: usize, last: Option<&Column>) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(close) = bundled.closeness {
        let until = bundled.one_by_one.map_or_else(String::new, |from| format!(" before {from}"));
        let within = close.within.map_or_else(|| "of one kind".to_owned(), |within| format!("of one kind within {}", in_words(within)));
        let parted = match close.parted {
            Parted::All => ", where no step and no fault parts them",
            Parted::Steps => ", where no step parts them",
            Parted::Nothing => "",
        };
        notes.push(format!("Messages and marks {within} are drawn as one{until}{parted}."));
    }
    if !timeline.beats.is_empty() {
        notes.push(format!("Heartbeats are not drawn: {} were sent.", timeline.beats.len()));
    }
    if timeline.left_out.arrows + timeline.left_out.marks > 0 {
        let out = timeline.left_out;
        notes.push(format!("Left out, as too much happened: {} messages and {} marks, all before {}.", out.arrows, out.marks, out.before));
    }
    if bars_left_out > 0 {
        notes.push(format!("The first {bars_left_out} faults are left out."));
    }
    if let Some(folded) = last.filter(|column| column.lanes > 1) {
        notes.push(format!("{} zones at which little happens are drawn as one.", folded.lanes));
    }
    notes
}
