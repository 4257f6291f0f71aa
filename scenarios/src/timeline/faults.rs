//! What steps do to links, disks, clocks and clusters, as bars.
use super::{
    data::{BarKind, MarkKind},
    recorder::Recording,
};
use crate::{
    cluster::{Behaviour, ClusterOrder},
    event::NodeId,
    forwarder::ForwarderId,
    link::{Link, Share},
    scenario::Scenario,
    verbs::Act,
    world::{CutHow, Direction, DiskState, Skew, World},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use strait_core::{resource::ZoneName, time::Mono};

impl Recording {
    /// What shows in no event and at no link.
    pub(super) fn acts(&mut self, at: Mono, act: &Act) {
        match act {
            Act::Disk(who, state) => self.disk(at, who, disk_words(*state)),
            Act::Skew(who, skew) => self.skew(at, who, *skew),
            Act::Cluster { zone, order: ClusterOrder::Api(behaviour), .. } => self.api(at, zone, behaviour),
            Act::Backup(who, called) => {
                let lane = self.lanes.get(who).copied();
                self.mark(at, lane, MarkKind::Mended, format!("backup {called} is made"), String::new());
            }
            Act::Join(who) => {
                let lane = self.lanes.get(who).copied();
                let claims = who.zone().map_or_else(String::new, |zone| format!("joins, and claims to be {zone}"));
                self.mark(at, lane, MarkKind::Mended, claims, String::new());
            }
            _ => {}
        }
    }

    pub(super) fn disk(&mut self, at: Mono, who: &NodeId, is: Option<String>) {
        let Some(lane) = self.lanes.get(who).copied() else {
            return;
        };
        if is.is_none() && self.is_lasting(lane, "disk") {
            self.mark(at, Some(lane), MarkKind::Mended, "disk is well again".to_owned(), String::new());
        }
        self.lasts(at, lane, "disk", is.map(|is| (BarKind::Disk, is)));
    }

    fn skew(&mut self, at: Mono, who: &NodeId, skew: Skew) {
        let Some(lane) = self.lanes.get(who).copied() else {
            return;
        };
        let (by, rate) = self.clocks.entry(lane).or_default();
        match skew {
            Skew::ByMs(more) => *by += more,
            Skew::RatePpm(ppm) => *rate = ppm,
        }
        let (by, rate) = (*by, *rate);
        let jumped = (by != 0).then(|| {
            let by_words = in_words(Duration::from_millis(by.unsigned_abs()));
            format!("{}{by_words}", if by < 0 { "-" } else { "+" })
        });
        let drifts = (rate != 0).then(|| format!("{rate:+} ppm"));
        let words: Vec<String> = jumped.into_iter().chain(drifts).collect();
        let bar = (!words.is_empty()).then(|| (BarKind::Clock, format!("clock {}", words.join(", "))));
        self.lasts(at, lane, "clock", bar);
    }

    fn api(&mut self, at: Mono, zone: &ZoneName, behaviour: &Behaviour) {
        let Some(lane) = self.lanes.get(&NodeId::Zone(zone.clone())).copied() else {
            return;
        };
        let is = match behaviour {
            // What happens once does not last.
            Behaviour::DropsWatches | Behaviour::Expires => return,
            Behaviour::Fine => None,
            Behaviour::Away => Some("API away".to_owned()),
            Behaviour::Silent => Some("API silent".to_owned()),
            Behaviour::Stale => Some("API stale".to_owned()),
            Behaviour::Slow(takes) => Some(format!("API takes {}", in_words(*takes))),
            Behaviour::Refuses { .. } => Some("API refuses".to_owned()),
        };
        self.lasts(at, lane, "api", is.map(|is| (BarKind::Api, is)));
    }

    /// Looks at all links.
    pub(super) fn links(&mut self, at: Mono, scenario: &Scenario, links: &BTreeMap<ZoneName, Link>, world: &dyn World) {
        let lanes: Vec<(NodeId, usize)> = self.lanes.iter().map(|(node, lane)| (node.clone(), *lane)).collect();
        for (node, lane) in lanes {
            let Some(link) = node.link() else {
                continue;
            };
            let cut = cut_words(world.is_cut(link, Direction::Down), world.is_cut(link, Direction::Up));
            if cut.is_none() && self.is_lasting(lane, "cut") {
                self.mark(at, Some(lane), MarkKind::Mended, "link is whole".to_owned(), String::new());
            }
            self.lasts(at, lane, "cut", cut);
            let usual = scenario.link(&node).unwrap_or_default();
            let now = links.get(link).copied().unwrap_or(usual);
            let worse = (now != usual).then(|| (BarKind::Link, link_words(&now, &usual)));
            self.lasts(at, lane, "link", worse);
        }
    }

    pub(super) fn forwarders(&mut self, at: Mono, down: &BTreeSet<ForwarderId>) {
        for lane in 0..self.timeline.lanes.len() {
            for about in self.lasting(lane, "forwarder ") {
                if !down.iter().any(|forwarder| about == format!("forwarder {forwarder}")) {
                    self.lasts(at, lane, &about, None);
                }
            }
        }
        for forwarder in down {
            if let Some(lane) = self.lanes.get(&NodeId::Zone(forwarder.zone.clone())).copied() {
                let bar = (BarKind::Beside, format!("forwarder {} is down", forwarder.name));
                self.lasts(at, lane, &format!("forwarder {forwarder}"), Some(bar));
            }
        }
    }
}

fn disk_words(state: DiskState) -> Option<String> {
    match state {
        DiskState::Ok => None,
        DiskState::Full => Some("disk full".to_owned()),
        DiskState::Slow(takes) => Some(format!("disk slow: {}", in_words(takes))),
        DiskState::Failing => Some("disk failing".to_owned()),
        DiskState::FailingToSync => Some("disk fails to sync".to_owned()),
    }
}

fn cut_words(down: Option<CutHow>, up: Option<CutHow>) -> Option<(BarKind, String)> {
    let how = |how: CutHow| match how {
        CutHow::Stall => "stall",
        CutHow::Sever => "sever",
    };
    match (down, up) {
        (None, None) => None,
        (Some(down), None) => Some((BarKind::CutDown, format!("cut from global ({})", how(down)))),
        (None, Some(up)) => Some((BarKind::CutUp, format!("cut to global ({})", how(up)))),
        (Some(down), Some(up)) if down == up => Some((BarKind::Cut, format!("cut ({})", how(down)))),
        (Some(down), Some(up)) => Some((BarKind::Cut, format!("cut (down {}, up {})", how(down), how(up)))),
    }
}

/// What is not as usual about a link.
fn link_words(now: &Link, usual: &Link) -> String {
    let share = |what: &str, share: Share| format!("{what} {}%", f64::from(share.0) / 1e4);
    let mut words = Vec::new();
    if now.delay != usual.delay {
        words.push(format!("delay {}", in_words(now.delay)));
    }
    if now.jitter != usual.jitter {
        words.push(format!("jitter {}", in_words(now.jitter)));
    }
    if now.loss != usual.loss {
        words.push(share("loss", now.loss));
    }
    if now.duplicate != usual.duplicate {
        words.push(share("doubles", now.duplicate));
    }
    if now.reorder != usual.reorder {
        words.push(share("reorders", now.reorder));
    }
    if now.rate != usual.rate {
        words.push(now.rate.map_or_else(|| "any rate".to_owned(), |rate| format!("{rate} B/s")));
    }
    if words.is_empty() { "link is otherwise".to_owned() } else { words.join(", ") }
}

/// A length of time as people say it.
pub(super) fn in_words(time: Duration) -> String {
    match time.as_millis() {
        millis @ 0..1000 => format!("{millis} ms"),
        1000..120_000 => format!("{:.1} s", time.as_secs_f64()),
        120_000..7_200_000 => format!("{:.0} min", time.as_secs_f64() / 60.0),
        7_200_000..172_800_000 => format!("{:.0} h", time.as_secs_f64() / 3600.0),
        _ => format!("{:.0} days", time.as_secs_f64() / 86_400.0),
    }
}
