//! Timelines of everything that there can be, from a seed.
use strait_core::{resource::ZoneName, sync::Dialect, time::Mono};
use strait_scenarios::{
    event::NodeId,
    timeline::{Arrow, Bar, BarKind, Lane, Mark, MarkKind, Moment, Says, Timeline, Violation},
};

pub(crate) struct Amount {
    pub(crate) lanes: usize,
    pub(crate) arrows: usize,
    pub(crate) marks: usize,
    pub(crate) bars: usize,
    pub(crate) steps: usize,
    pub(crate) fails: bool,
}

const SAYS: [Says; 4] = [Says::Request, Says::Response, Says::Ack, Says::Nack];
const BARS: [BarKind; 12] = [
    BarKind::Session,
    BarKind::Down,
    BarKind::Paused,
    BarKind::Cut,
    BarKind::CutUp,
    BarKind::CutDown,
    BarKind::Link,
    BarKind::Disk,
    BarKind::Clock,
    BarKind::Api,
    BarKind::Frozen,
    BarKind::Beside,
];
const MARKS: [MarkKind; 7] =
    [MarkKind::Edit, MarkKind::Refused, MarkKind::Up, MarkKind::Over, MarkKind::Mended, MarkKind::Told, MarkKind::Answer];
const WORDS: [&str; 6] = [
    "MeshTimeout +checkout",
    "<made> & \"said\" by 'somebody' \u{7}",
    "edit of MeshService payments/ledger: done",
    "ack Mesh",
    "Straße ✓ 🚦",
    "a text that is far longer than there is room for beside a lane, whatever the width of the screen, and goes on and on and on and on",
];

/// Draws numbers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most.max(1)
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Something that is recorded, in a mixed order.
enum Next {
    Arrow,
    Mark,
    Bar,
    Step,
}

pub(crate) fn made(seed: u64, amount: Amount) -> Timeline {
    let mut dice = Dice(seed);
    let lanes = amount.lanes.max(2);
    let node = |lane: usize| if lane == 0 { NodeId::Global } else { NodeId::Zone(ZoneName::new(&format!("zone-{lane}")).unwrap()) };
    let dialect = |lane: usize| if lane % 3 == 2 { Dialect::Kuma } else { Dialect::Strait };
    let mut timeline = Timeline {
        scenario: "made".to_owned(),
        why: "Anything may happen.".to_owned(),
        run: format!("world none, seed {seed}"),
        replay: "strait scenario run made.yaml".to_owned(),
        lanes: (0..lanes).map(|lane| Lane { node: node(lane), dialect: dialect(lane), is_cluster: lane % 5 == 4 }).collect(),
        ..Timeline::default()
    };
    let mut left = [amount.arrows, amount.marks, amount.bars, amount.steps];
    let (mut at, mut order) = (0_u64, 0_u64);
    while left.iter().any(|left| *left > 0) {
        let kind = dice.below(4);
        if left[kind] == 0 {
            continue;
        }
        left[kind] -= 1;
        let passes = [0, 0, 1, 20, 300, 9_000];
        at += passes[dice.below(passes.len())];
        order += 1;
        let now = Moment { at: Mono(at), order };
        let later = |dice: &mut Dice| Moment { at: Mono(at + dice.one_of(&[0, 20, 80, 3_000])), order: order + 1_000 };
        let lane = dice.below(lanes);
        match [Next::Arrow, Next::Mark, Next::Bar, Next::Step].into_iter().nth(kind) {
            Some(Next::Arrow) => {
                let zone = 1 + dice.below(lanes - 1);
                let (from, to) = if dice.below(2) == 0 { (0, zone) } else { (zone, 0) };
                let (is_lost, is_stray) = (dice.below(9) == 0, dice.below(40) == 0);
                let came = if is_stray { Some(now) } else { (!is_lost).then(|| later(&mut dice)) };
                let (says, label) = (dice.one_of(&SAYS), dice.one_of(&WORDS).to_owned());
                timeline.arrows.push(Arrow { from, to, left: now, came, is_stray, says, label, detail: dice.one_of(&WORDS).to_owned() });
            }
            Some(Next::Mark) => {
                let lane = (dice.below(12) > 0).then_some(lane);
                let (kind, text) = (dice.one_of(&MARKS), dice.one_of(&WORDS).to_owned());
                timeline.marks.push(Mark { when: now, lane, kind, text, detail: String::new() });
            }
            Some(Next::Bar) => {
                let until = (dice.below(4) > 0).then(|| Moment { at: Mono(at + dice.one_of(&[1, 500, 40_000])), order: order + 5_000 });
                timeline.bars.push(Bar { lane, kind: dice.one_of(&BARS), from: now, until, label: dice.one_of(&WORDS).to_owned() });
            }
            _ => {
                let text = format!("{order}. {}", dice.one_of(&WORDS));
                let detail = dice.one_of(&WORDS).to_owned();
                timeline.marks.push(Mark { when: now, lane: None, kind: MarkKind::Step, text, detail });
            }
        }
        timeline.beats.push(Mono(at));
    }
    timeline.ended = Mono(at + 60_000);
    timeline.violation = amount.fails.then(|| Violation {
        at: timeline.ended,
        lane: Some(dice.below(lanes)),
        invariant: "S0 made".to_owned(),
        node: "zone-1".to_owned(),
        what: WORDS.join("; "),
        step: None,
    });
    timeline
}
