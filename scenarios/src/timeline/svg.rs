//! A timeline as SVG: control planes as lanes, protocol time from top to bottom.
use super::{
    data::{BarKind, MarkKind, Says, Timeline},
    escape::escaped,
    faults::in_words,
    legend::legend,
    picture::{Drawn, DrawnBar, Picture, Row, Shows},
    style::DRAWN,
    text::{cut, wrapped},
};
use std::fmt::Write;

/// Times stand left of this.
const TIMES: f64 = 64.0;
/// The first lane.
const FIRST: f64 = 150.0;
/// Right of the last lane there is so much room, for words.
const RIGHT: f64 = 210.0;
/// Pictures are about so wide.
const WIDTH: f64 = 1280.0;
/// A letter is about so wide.
const LETTER: f64 = 6.2;
const HEAD: f64 = 38.0;

/// Its picture alone, as a file.
pub fn svg(timeline: &Timeline) -> String {
    let picture = Picture::new(timeline);
    let drawing = Drawing::new(&picture);
    let width = drawing.width;
    let mut top = 26.0;
    let mut head = format!(r#"<text class="title" x="8" y="22">{}</text>"#, escaped(&timeline.scenario));
    let lines = std::iter::once(timeline.run.clone())
        .chain(wrapped(&timeline.why, letters(width - 16.0)))
        .chain(picture.notes.iter().flat_map(|note| wrapped(note, letters(width - 16.0))))
        .chain([format!("Again: {}", timeline.replay)]);
    for line in lines {
        top += 15.0;
        _ = write!(head, r#"<text x="8" y="{top}">{}</text>"#, escaped(&line));
    }
    top += 8.0;
    let (signs, high) = legend(width);
    _ = write!(head, r#"<g transform="translate(0 {top})">{signs}</g>"#);
    top += high;
    _ = write!(head, r#"<g transform="translate(0 {top})">{}</g>"#, drawing.names());
    top += HEAD;
    let height = top + drawing.height;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tl\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>{}</title>\n<style>{DRAWN}</style>\n<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>\n{head}\n\
         <g transform=\"translate(0 {top})\">\n{}</g>\n</svg>\n",
        escaped(&format!("{}: {}", timeline.scenario, timeline.run)),
        drawing.body
    )
}

/// How many letters have room.
fn letters(width: f64) -> usize {
    (width / LETTER).max(1.0) as usize
}

/// The parts of a picture.
pub(super) struct Drawing<'a> {
    picture: &'a Picture<'a>,
    pub(super) width: f64,
    pub(super) height: f64,
    /// Everything below the names of the lanes.
    pub(super) body: String,
    between: f64,
    /// The top of each row, and the bottom of the last.
    tops: Vec<f64>,
}

impl<'a> Drawing<'a> {
    pub(super) fn new(picture: &'a Picture<'a>) -> Self {
        let gaps = picture.columns.len().saturating_sub(1).max(1) as f64;
        let between = ((WIDTH - FIRST - RIGHT) / gaps).clamp(120.0, 300.0).floor();
        let width = FIRST + between * gaps + RIGHT;
        let mut drawing = Self { picture, width, height: 0.0, body: String::new(), between, tops: Vec::new() };
        drawing.place();
        drawing.draw();
        drawing
    }

    /// The names of the lanes, to stand above them.
    pub(super) fn names(&self) -> String {
        let mut names = String::new();
        for (column, facts) in self.picture.columns.iter().enumerate() {
            let (x, room) = (self.lane(column), letters(self.between - 8.0));
            _ = write!(names, r#"<text class="name mid" x="{x}" y="17">{}</text>"#, escaped(&cut(&facts.name, room)));
            _ = write!(names, r#"<text class="small mid" x="{x}" y="31">{}</text>"#, facts.note);
        }
        names
    }

    fn lane(&self, column: usize) -> f64 {
        FIRST + column as f64 * self.between
    }

    fn violation(&self) -> Vec<String> {
        let Some(violation) = &self.picture.timeline.violation else {
            return Vec::new();
        };
        let during = self.picture.timeline.during();
        let words = format!("{} BROKEN at {}, {}, {during}: {}", violation.invariant, violation.node, violation.at, violation.what);
        wrapped(&words, letters(self.width - TIMES - 30.0) * 8 / 10)
    }

    /// Where each row stands: time runs from top to bottom, the less room the longer nothing happens.
    fn place(&mut self) {
        let mut y = 6.0;
        let mut before = None;
        for row in &self.picture.rows {
            if let Some(before) = before.replace(row.at) {
                let passed = row.at.since(before).as_millis() as f64;
                y += ((1.0 + passed / 4.0).log2() * 3.0).min(24.0).floor();
            }
            self.tops.push(y);
            y += self.high(row);
        }
        self.tops.push(y);
        self.height = y + 12.0;
    }

    fn high(&self, row: &Row) -> f64 {
        match &row.shows {
            Shows::Step { over: false, .. } => 22.0,
            Shows::Step { over: true, .. } | Shows::Mark { .. } | Shows::Begins(_) => 16.0,
            Shows::Leaves(number) if self.has_no_label(&self.picture.arrows[*number]) => 7.0,
            Shows::Leaves(_) => 15.0,
            Shows::Comes(_) => 5.0,
            Shows::Quiet { .. } => 30.0,
            Shows::Violation => self.violation().len() as f64 * 16.0 + 24.0,
            Shows::End => 30.0,
        }
    }

    /// What one ack is about its arrow needs not say.
    fn has_no_label(&self, arrow: &Drawn) -> bool {
        arrow.says == Says::Ack && arrow.count == 1 && !arrow.is_stray
    }

    fn draw(&mut self) {
        let picture = self.picture;
        let (mut bands, mut words) = (String::new(), String::new());
        let (mut leaves, mut comes) = (vec![None; picture.arrows.len()], vec![None; picture.arrows.len()]);
        let mut last_time = f64::MIN;
        let mut last_at = None;
        for (number, row) in picture.rows.iter().enumerate() {
            let (top, bottom) = (self.tops[number], self.tops[number] + self.high(row));
            match &row.shows {
                Shows::Leaves(arrow) => leaves[*arrow] = Some((number, bottom - 2.0)),
                Shows::Comes(arrow) => comes[*arrow] = Some(bottom - 2.0),
                Shows::Step { text, detail, over } => self.step((&mut bands, &mut words), top, text, detail, *over),
                Shows::Mark { column, kind, text, detail } => self.mark(&mut words, (number, *column), top + 8.0, dot(*kind), text, detail),
                Shows::Begins(bar) => {
                    let bar = &picture.bars[*bar];
                    self.mark(&mut words, (number, Some(bar.column)), top + 8.0, "bad", &bar.label, &bar.detail);
                }
                Shows::Quiet { lasts, beats } => {
                    let but = if *beats > 0 { format!("nothing but {beats} heartbeats") } else { "nothing".to_owned() };
                    self.quiet((&mut bands, &mut words), top, &format!("{but} for {}", in_words(*lasts)));
                }
                Shows::Violation => self.broken((&mut bands, &mut words), top, bottom),
                Shows::End => {
                    _ = write!(bands, r#"<rect class="passed" x="{TIMES}" y="{top}" width="{}" height="24"/>"#, self.width - TIMES - 8.0);
                    _ = write!(
                        words,
                        r#"<text class="end" x="{}" y="{}">the end: all is as it should be</text>"#,
                        TIMES + 10.0,
                        top + 16.0
                    );
                }
            }
            let is_moment = !matches!(row.shows, Shows::Comes(_) | Shows::Quiet { .. });
            if is_moment && last_at != Some(row.at) && bottom - last_time >= 12.0 {
                _ = write!(words, r#"<text class="t" x="{}" y="{}">{}</text>"#, TIMES - 8.0, bottom - 4.0, row.at);
                (last_time, last_at) = (bottom, Some(row.at));
            }
        }
        let lanes = self.lanes();
        let bars: String = picture.bars.iter().filter(|bar| bar.kind != BarKind::Session).map(|bar| self.bar(bar)).collect();
        let mut arrows = String::new();
        for (number, arrow) in picture.arrows.iter().enumerate() {
            if let Some(leaves) = leaves[number] {
                self.arrow((&mut arrows, &mut words), arrow, leaves, comes[number]);
            }
        }
        self.body = [bands, lanes, bars, arrows, words].join("\n");
    }

    fn lanes(&self) -> String {
        let bottom = self.tops.last().copied().unwrap_or_default();
        let mut lanes = String::new();
        for (column, facts) in self.picture.columns.iter().enumerate() {
            let x = self.lane(column);
            let class = if column == 0 || facts.lanes > 1 { "lane" } else { "lane-off" };
            _ = write!(lanes, r#"<line class="{class}" x1="{x}" y1="0" x2="{x}" y2="{bottom}"/>"#);
        }
        for bar in self.picture.bars.iter().filter(|bar| bar.kind == BarKind::Session) {
            let (x, from, until) = (self.lane(bar.column), self.tops[bar.rows.0], self.tops[bar.rows.1]);
            _ = write!(
                lanes,
                r#"<line class="lane" x1="{x}" y1="{from}" x2="{x}" y2="{until}"><title>{}</title></line>"#,
                escaped(&bar.detail)
            );
        }
        lanes
    }

    fn bar(&self, bar: &DrawnBar) -> String {
        let (class, left, wide) = look(bar.kind);
        let (from, until) = (self.tops[bar.rows.0], self.tops[bar.rows.1]);
        format!(
            r#"<rect class="{class}" x="{}" y="{from}" width="{wide}" height="{}" rx="2"><title>{}</title></rect>"#,
            self.lane(bar.column) + left,
            (until - from).max(4.0),
            escaped(&bar.detail)
        )
    }

    /// How far from a lane words are clear of the bars beside it, on its left and on its right.
    fn clear(&self, row: usize, column: usize) -> (f64, f64) {
        let beside = self.picture.lasting(row).filter(|bar| bar.column == column).map(|bar| look(bar.kind));
        beside.fold((9.0, 9.0), |(before, after): (f64, f64), (_, left, wide)| (before.max(4.0 - left), after.max(left + wide + 4.0)))
    }

    fn step(&self, (bands, words): (&mut String, &mut String), top: f64, text: &str, detail: &str, over: bool) {
        let (x, room) = (TIMES + 8.0, self.width - TIMES - 24.0);
        let class = if over {
            "over halo"
        } else {
            _ = write!(bands, r#"<rect class="band" x="{TIMES}" y="{}" width="{}" height="18"/>"#, top + 2.0, self.width - TIMES - 8.0);
            "step"
        };
        let y = if over { top + 12.0 } else { top + 15.0 };
        let letters = letters(room) * 9 / 10;
        _ = write!(words, r#"<text class="{class}" x="{x}" y="{y}">{}{}</text>"#, title(detail), escaped(&cut(text, letters)));
    }

    fn mark(&self, words: &mut String, (row, column): (usize, Option<usize>), y: f64, class: &str, text: &str, detail: &str) {
        let lane = column.map_or(TIMES + 8.0, |column| self.lane(column));
        let (before, beside) = column.map_or((9.0, 9.0), |column| self.clear(row, column));
        let (right, left) = (self.width - lane - beside - 9.0, lane - TIMES - before - 11.0);
        let long = text.chars().count() as f64 * LETTER;
        let (anchor, x, room) =
            if long <= right || right >= left { ("halo", lane + beside, right) } else { ("halo e", lane - before, left) };
        _ = write!(
            words,
            r#"<g>{}<circle class="{class}" cx="{lane}" cy="{y}" r="3.5"/><text class="{anchor}" x="{x}" y="{}">{}</text></g>"#,
            title(detail),
            y + 4.0,
            escaped(&cut(text, letters(room)))
        );
    }

    fn quiet(&self, (bands, words): (&mut String, &mut String), top: f64, text: &str) {
        _ = write!(bands, r#"<rect class="quiet" x="{TIMES}" y="{}" width="{}" height="22"/>"#, top + 4.0, self.width - TIMES - 8.0);
        let (x, y) = (TIMES - 16.0, top + 8.0);
        _ = write!(words, r#"<path class="break" d="M{x} {y}l5 4l-10 5l5 4"/>"#);
        let middle = (TIMES + self.width) / 2.0;
        _ = write!(words, r#"<text class="quiet-text mid halo" x="{middle}" y="{}">{}</text>"#, top + 19.0, escaped(text));
    }

    fn broken(&self, (bands, words): (&mut String, &mut String), top: f64, bottom: f64) {
        let wide = self.width - TIMES - 8.0;
        _ = write!(
            bands,
            r#"<rect id="violation" class="broken" x="{TIMES}" y="{}" width="{wide}" height="{}"/>"#,
            top + 12.0,
            bottom - top - 12.0
        );
        for (number, line) in self.violation().iter().enumerate() {
            let y = top + 28.0 + number as f64 * 16.0;
            _ = write!(words, r#"<text class="broken-text" x="{}" y="{y}">{}</text>"#, TIMES + 10.0, escaped(line));
        }
        let lane = self.picture.timeline.violation.as_ref().and_then(|violation| violation.lane);
        let column = lane.and_then(|lane| {
            let name = self.picture.timeline.lanes[lane].node.to_string();
            self.picture.columns.iter().position(|column| column.name == name)
        });
        if let Some(column) = column {
            _ = write!(words, r#"<circle class="ring" cx="{}" cy="{}" r="8"/>"#, self.lane(column), top + 2.0);
        }
    }

    fn arrow(&self, (arrows, words): (&mut String, &mut String), arrow: &Drawn, (row, left): (usize, f64), came: Option<f64>) {
        let (from, to) = (self.lane(arrow.from), self.lane(arrow.to));
        let way = if from < to { 1.0 } else { -1.0 };
        let far = to - from - 5.0 * way;
        let (begin, end) = match came {
            Some(came) => ((from + 3.0 * way, left), (from + far, came)),
            None if arrow.is_stray => ((to - 60.0 * way, left - 6.0), (from + far, left)),
            None => ((from + 3.0 * way, left), (from + far * 0.6, left + 8.0)),
        };
        let how = match (arrow.count > 1, arrow.is_held_up || arrow.is_stray) {
            _ if arrow.is_under_way => "way",
            (true, _) => "many",
            (false, true) => "late",
            (false, false) => "one",
        };
        _ = write!(arrows, "<g>{}{}</g>", title(&arrow.detail), line(arrow.says, how, begin, end, arrow.is_lost));
        if self.has_no_label(arrow) {
            return;
        }
        let label = if arrow.is_stray { format!("late: {}", arrow.label) } else { arrow.label.clone() };
        let anchor = if way > 0.0 { "halo" } else { "halo e" };
        let (before, beside) = self.clear(row, arrow.from);
        let x = if arrow.is_stray {
            to - 64.0 * way
        } else if way > 0.0 {
            from + beside
        } else {
            from - before
        };
        let anchor = if arrow.is_stray { if way > 0.0 { "halo e" } else { "halo" } } else { anchor };
        let label = cut(&label, letters((self.between * 0.85).max(100.0)));
        _ = write!(words, r#"<text class="small {anchor}" x="{x}" y="{}">{}{}</text>"#, left - 3.0, title(&arrow.detail), escaped(&label));
    }
}

/// An arrow, or one that ends before it arrives.
pub(super) fn line(says: Says, how: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64), is_lost: bool) -> String {
    let class = match says {
        Says::Request => "request",
        Says::Response => "response",
        Says::Ack => "ack",
        Says::Nack => "nack",
    };
    let lost = if is_lost { " lost" } else { "" };
    let shaft = format!(r#"<line class="{class} {how}{lost}" x1="{x1}" y1="{y1}" x2="{x2:.1}" y2="{y2:.1}"/>"#);
    if is_lost {
        let (x, y) = (x2 - 4.0, y2 - 4.0);
        return format!(r#"{shaft}<path class="miss" d="M{x:.1} {y:.1}l8 8m0 -8l-8 8"/>"#);
    }
    let (dx, dy) = (x2 - x1, y2 - y1);
    let long = dx.hypot(dy).max(1.0);
    let (ux, uy) = (dx / long * 7.0, dy / long * 7.0);
    let (bx, by) = (x2 - ux, y2 - uy);
    format!(
        r#"{shaft}<path class="{class}" d="M{x2:.1} {y2:.1}L{:.1} {:.1}L{:.1} {:.1}z"/>"#,
        bx - uy * 0.45,
        by + ux * 0.45,
        bx + uy * 0.45,
        by - ux * 0.45
    )
}

/// The class of a bar, how far from its lane it begins, and how wide it is.
fn look(kind: BarKind) -> (&'static str, f64, f64) {
    match kind {
        BarKind::Session => ("lane", -1.0, 2.0),
        BarKind::Down => ("down", -4.0, 8.0),
        BarKind::Paused => ("paused", -4.0, 8.0),
        BarKind::Cut => ("cut", -14.0, 8.0),
        BarKind::CutUp | BarKind::CutDown => ("oneway", -14.0, 8.0),
        BarKind::Link => ("link", -22.0, 6.0),
        BarKind::Frozen => ("frozen", 6.0, 6.0),
        BarKind::Disk => ("disk", 14.0, 6.0),
        BarKind::Clock => ("clock", 22.0, 6.0),
        BarKind::Api => ("api", 30.0, 6.0),
        BarKind::Beside => ("beside", 38.0, 6.0),
    }
}

fn title(detail: &str) -> String {
    if detail.is_empty() { String::new() } else { format!("<title>{}</title>", escaped(detail)) }
}

fn dot(kind: MarkKind) -> &'static str {
    match kind {
        MarkKind::Edit | MarkKind::Answer => "asked",
        MarkKind::Refused | MarkKind::Told | MarkKind::Over => "bad",
        MarkKind::Up | MarkKind::Mended => "good",
        MarkKind::Step | MarkKind::StepOver => "plain",
        MarkKind::Held => "held",
    }
}
