//! Which lanes are shown, where there are many: those at which something goes wrong. All others are one.
use super::data::{BarKind, MarkKind, Timeline};
use std::{cmp::Reverse, collections::BTreeSet};
use strait_core::sync::Dialect;

/// No more are drawn beside each other.
const MOST: usize = 12;
/// Where there are more than that, so many of them are, and all others as one.
const CHOSEN: usize = 7;

/// The columns of a picture.
pub(super) struct Columns {
    pub(super) names: Vec<Column>,
    /// The column of each lane.
    pub(super) of: Vec<usize>,
}

/// One of them.
pub(super) struct Column {
    pub(super) name: String,
    /// What it is beside its name.
    pub(super) note: &'static str,
    /// So many lanes are drawn as this one.
    pub(super) lanes: usize,
}

/// Chooses.
pub(super) fn columns(timeline: &Timeline) -> Columns {
    let shown = shown(timeline);
    let mut names: Vec<Column> = Vec::new();
    let mut of = vec![shown.len(); timeline.lanes.len()];
    for (lane, facts) in timeline.lanes.iter().enumerate().filter(|(lane, _)| shown.contains(lane)) {
        of[lane] = names.len();
        let note = match (facts.dialect, facts.is_cluster) {
            (Dialect::Kuma, _) => "plain Kuma",
            (Dialect::Strait, true) => "Kubernetes",
            (Dialect::Strait, false) => "",
        };
        names.push(Column { name: facts.node.to_string(), note, lanes: 1 });
    }
    let folded = timeline.lanes.len() - shown.len();
    if folded > 0 {
        names.push(Column { name: format!("{folded} more zones"), note: "drawn as one", lanes: folded });
    }
    Columns { names, of }
}

fn shown(timeline: &Timeline) -> BTreeSet<usize> {
    let all = timeline.lanes.len();
    if all <= MOST {
        return (0..all).collect();
    }
    let mut troubles = vec![0_usize; all];
    let faults = timeline.bars.iter().filter(|bar| bar.kind != BarKind::Session);
    faults.for_each(|bar| troubles[bar.lane] += 10);
    let telling =
        timeline.marks.iter().filter(|mark| matches!(mark.kind, MarkKind::Edit | MarkKind::Refused | MarkKind::Told | MarkKind::Answer));
    telling.filter_map(|mark| mark.lane).for_each(|lane| troubles[lane] += 1);
    if let Some(lane) = timeline.violation.as_ref().and_then(|violation| violation.lane) {
        troubles[lane] = usize::MAX;
    }
    troubles[0] = usize::MAX;
    let mut lanes: Vec<usize> = (0..all).collect();
    lanes.sort_by_key(|lane| (Reverse(troubles[*lane]), *lane));
    lanes.truncate(CHOSEN);
    lanes.into_iter().collect()
}
