//! A timeline as plain text: a column for each node, one line for each row.
use super::{
    data::{BarKind, MarkKind, Timeline},
    faults::in_words,
    picture::{Drawn, Picture, Shows},
};
use std::fmt::Write;

/// As wide as this, unless columns would become too narrow.
const WIDTH: usize = 120;
/// Before the first column stands the time.
const TIME: usize = 11;
/// Neither narrower nor wider.
const NARROWEST: usize = 14;
const WIDEST: usize = 36;

const LEGEND: &str = "\
| a control plane with a session, : without one, # down, \" paused
left of it: X its link is cut, v nothing arrives from global, ^ nothing arrives at global, ~ its link is worse
right of it: d disk, c clock, a API, f frozen, b something beside it is down or cut off, + several
---> a message, ---x that never arrives, ---? that had not when the run ended, => many at once
...> that arrives more than a second after it left
";

/// All of it.
pub fn text(timeline: &Timeline) -> String {
    let picture = Picture::new(timeline);
    let grid = Grid::new(&picture);
    let mut text = format!("{}: {}\n{}\n\n{LEGEND}\n", timeline.scenario, timeline.run, timeline.why);
    _ = writeln!(text, "{}", grid.head());
    (0..picture.rows.len()).flat_map(|row| grid.lines(row)).for_each(|line| _ = writeln!(text, "{line}"));
    text.push('\n');
    picture.notes.iter().for_each(|note| _ = writeln!(text, "{note}"));
    _ = writeln!(text, "Again: {}", timeline.replay);
    text
}

/// The last of it, in no more than so many lines, with the names of the columns.
pub fn last(timeline: &Timeline, most: usize) -> String {
    let picture = Picture::new(timeline);
    let grid = Grid::new(&picture);
    let mut lines: Vec<String> = Vec::new();
    for row in (0..picture.rows.len()).rev() {
        let more = grid.lines(row);
        if lines.len() + more.len() + 1 > most {
            break;
        }
        lines.extend(more.into_iter().rev());
    }
    lines.push(grid.head());
    lines.reverse();
    lines.join("\n") + "\n"
}

struct Grid<'a> {
    picture: &'a Picture<'a>,
    /// Of each column.
    width: usize,
}

impl<'a> Grid<'a> {
    fn new(picture: &'a Picture<'a>) -> Self {
        let width = ((WIDTH - TIME) / picture.columns.len().max(1)).clamp(NARROWEST, WIDEST);
        Self { picture, width }
    }

    /// Where the line of a column stands.
    fn lane(&self, column: usize) -> usize {
        TIME + 1 + column * self.width
    }

    fn whole(&self) -> usize {
        (TIME + self.picture.columns.len() * self.width).max(WIDTH)
    }

    fn head(&self) -> String {
        let mut line = " ".repeat(TIME);
        for column in &self.picture.columns {
            let name: String = column.name.chars().take(self.width - 2).collect();
            _ = write!(line, " {name:<width$}", width = self.width - 1);
        }
        line.trim_end().to_owned()
    }

    /// A row with what lasts in it, and nothing else.
    fn ground(&self, row: usize) -> Vec<char> {
        let mut line = vec![' '; self.whole()];
        let columns = self.picture.columns.len();
        let (mut lanes, mut left, mut right) = (vec![':'; columns], vec![' '; columns], vec![' '; columns]);
        // Global has no session of its own, and many zones have one now and then.
        for (column, lane) in lanes.iter_mut().enumerate() {
            if column == 0 || self.picture.columns[column].lanes > 1 {
                *lane = '|';
            }
        }
        for bar in self.picture.lasting(row) {
            let also = |there: &mut char, sign: char| *there = if *there == ' ' || *there == sign { sign } else { '+' };
            match bar.kind {
                BarKind::Session => {
                    if lanes[bar.column] == ':' {
                        lanes[bar.column] = '|';
                    }
                }
                BarKind::Down => lanes[bar.column] = '#',
                BarKind::Paused => lanes[bar.column] = '"',
                BarKind::Cut => left[bar.column] = 'X',
                BarKind::CutDown => left[bar.column] = 'v',
                BarKind::CutUp => left[bar.column] = '^',
                BarKind::Link => also(&mut left[bar.column], '~'),
                BarKind::Disk => also(&mut right[bar.column], 'd'),
                BarKind::Clock => also(&mut right[bar.column], 'c'),
                BarKind::Api => also(&mut right[bar.column], 'a'),
                BarKind::Frozen => also(&mut right[bar.column], 'f'),
                BarKind::Beside => also(&mut right[bar.column], 'b'),
            }
        }
        for column in 0..columns {
            let at = self.lane(column);
            line[at - 1] = left[column];
            line[at] = lanes[column];
            line[at + 1] = right[column];
        }
        line
    }

    fn lines(&self, row: usize) -> Vec<String> {
        let mut line = self.ground(row);
        let drawn = &self.picture.rows[row];
        let is_new = row == 0 || self.picture.rows[row - 1].at != drawn.at;
        if is_new {
            put(&mut line, 0, &format!("{:>10}", drawn.at.to_string()));
        }
        match &drawn.shows {
            Shows::Step { text, over, .. } => {
                let rule = if *over { "-- " } else { "== " };
                let room = line.len() - TIME - rule.len() - 1;
                put(&mut line, TIME, &format!("{rule}{} ", cut(text, room)));
            }
            Shows::Mark { column, kind, text, .. } => self.mark(&mut line, *column, sign(*kind), text),
            Shows::Leaves(number) => self.arrow(&mut line, &self.picture.arrows[*number], false),
            Shows::Comes(number) => {
                let arrow = &self.picture.arrows[*number];
                if !arrow.is_held_up {
                    return Vec::new();
                }
                self.arrow(&mut line, arrow, true);
            }
            Shows::Begins(number) => {
                let bar = &self.picture.bars[*number];
                self.mark(&mut line, Some(bar.column), '!', &bar.label);
            }
            Shows::Quiet { lasts, beats } => {
                let but = if *beats > 0 { format!(", but {beats} heartbeats") } else { String::new() };
                put(&mut line, TIME + 4, &format!("~~~ nothing for {}{but} ~~~", in_words(*lasts)));
            }
            Shows::Violation => return self.violation(),
            Shows::End => put(&mut line, TIME, "== the end: all is as it should be "),
        }
        vec![line.into_iter().collect::<String>().trim_end().to_owned()]
    }

    fn mark(&self, line: &mut [char], column: Option<usize>, sign: char, text: &str) {
        let Some(column) = column else {
            return put(line, TIME, &format!("{sign} {}", cut(text, line.len() - TIME - 2)));
        };
        let at = self.lane(column);
        let (right, left) = (line.len() - at - 5, at.saturating_sub(TIME + 4));
        if text.chars().count() <= right || right >= left {
            // Beside the sign of a fault, not on it.
            let begin = if line[at + 1] == ' ' { at + 2 } else { at + 3 };
            put(line, begin, &format!("{sign} {}", cut(text, right)));
        } else {
            let text = cut(text, left);
            put(line, at - 3 - text.chars().count(), &format!("{text} {sign}"));
        }
    }

    fn arrow(&self, line: &mut [char], arrow: &Drawn, arrives: bool) {
        let (from, to) = (self.lane(arrow.from), self.lane(arrow.to));
        let (begin, end) = if from < to { (from + 2, to - 2) } else { (to + 2, from - 2) };
        let shaft = match (arrives, arrow.count) {
            (true, _) => '.',
            (false, 1) => '-',
            (false, _) => '=',
        };
        (begin..=end).for_each(|at| line[at] = shaft);
        let head = if arrow.is_under_way {
            '?'
        } else if arrow.is_lost || (arrow.is_held_up && !arrives) {
            'x'
        } else if from < to {
            '>'
        } else {
            '<'
        };
        let head = if arrow.is_held_up && !arrives { shaft } else { head };
        line[if from < to { end } else { begin }] = head;
        let label = if arrow.is_stray { format!("late: {}", arrow.label) } else { arrow.label.clone() };
        // An arrow over several columns has its label beside whoever says it.
        let near = self.width.saturating_sub(6);
        let label = format!(" {} ", cut(&label, (end - begin).saturating_sub(3).min(near.max(end - begin - 3))));
        let at = if from < to { begin + 1 } else { end - label.chars().count() };
        put(line, at, &label);
    }

    fn violation(&self) -> Vec<String> {
        let Some(violation) = &self.picture.timeline.violation else {
            return Vec::new();
        };
        let during = self.picture.timeline.during();
        let words = format!("{} BROKEN at {}, {during}: {}", violation.invariant, violation.node, violation.what.replace('\n', " "));
        let mut lines = wrapped(&words, WIDTH - TIME - 3);
        for (number, line) in lines.iter_mut().enumerate() {
            let at = if number == 0 { violation.at.to_string() } else { String::new() };
            *line = format!("{at:>10} !! {line}");
        }
        lines
    }
}

fn sign(kind: MarkKind) -> char {
    match kind {
        MarkKind::Edit => '*',
        MarkKind::Refused | MarkKind::Told | MarkKind::Over => '!',
        MarkKind::Answer => '?',
        MarkKind::Up | MarkKind::Mended | MarkKind::Step | MarkKind::StepOver => 'o',
        MarkKind::Held => '.',
    }
}

fn put(line: &mut [char], at: usize, text: &str) {
    for (place, letter) in line.iter_mut().skip(at).zip(text.chars()) {
        *place = letter;
    }
}

/// A text in no more than so many letters.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    if most > 0 {
        cut.push('…');
    }
    cut
}

/// A text in lines of no more than so many letters each.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        for word in word.chars().collect::<Vec<_>>().chunks(width).map(|part| part.iter().collect::<String>()) {
            let last = lines.last_mut();
            match last {
                Some(line) if line.is_empty() => line.push_str(&word),
                Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                    line.push(' ');
                    line.push_str(&word);
                }
                _ => lines.push(word),
            }
        }
    }
    lines
}
