//! What one node provides to others, as far back as the run goes: every version of every resource, and every end of one.
use super::{sameness::same, wire};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use strait_core::resource::{Key, Resource, WireKey, ZoneName};

/// Everything that one node has held and could have sent, by the name that it has on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    /// The zone whose ledger it is; `None` on global.
    zone: Option<ZoneName>,
    lines: BTreeMap<WireKey, Vec<Line>>,
    now: BTreeMap<Key, Standing>,
    bearers: BTreeMap<WireKey, BTreeSet<Key>>,
    written: u64,
}

#[derive(Clone, Debug)]
struct Standing {
    wire: WireKey,
    held: Arc<Resource>,
    sent: Arc<Resource>,
}

/// One line, never removed.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Ascends through the ledger, from 1.
    pub(crate) index: u64,
    /// How many events had happened in the run.
    pub(crate) clock: u64,
    pub(crate) fate: Fate,
}

impl Line {
    /// The version that it tells of, and since when; `None`: it tells of an end.
    pub(crate) fn held(&self) -> Option<(&Resource, u64)> {
        match &self.fate {
            Fate::Put { held, .. } => Some((held, self.clock)),
            Fate::Deleted | Fate::Lost => None,
        }
    }
}

/// What became of a resource.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    /// It is held so, and on the wire looks so.
    Put { held: Arc<Resource>, sent: Arc<Resource> },
    /// It was deleted.
    Deleted,
    /// Its disk was emptied or replaced by a backup.
    Lost,
}

impl Ledger {
    pub(crate) fn new(zone: Option<ZoneName>) -> Self {
        Self { zone, lines: BTreeMap::new(), now: BTreeMap::new(), bearers: BTreeMap::new(), written: 0 }
    }

    /// It is held in this version.
    pub(crate) fn put(&mut self, resource: &Arc<Resource>, clock: u64) {
        let before = self.now.get(&resource.key);
        if before.is_some_and(|before| same(&before.held, resource)) {
            return;
        }
        let sent = Arc::new(match &self.zone {
            None => wire::down(resource),
            Some(zone) => wire::up(zone, resource),
        });
        if before.is_some_and(|before| before.wire != sent.key) {
            // Receivers know it by another name from now on.
            self.end(&resource.key, clock, Fate::Deleted);
        }
        self.bearers.entry(sent.key.clone()).or_default().insert(resource.key.clone());
        let standing = Standing { wire: sent.key.clone(), held: Arc::clone(resource), sent: Arc::clone(&sent) };
        self.now.insert(resource.key.clone(), standing);
        self.write(sent.key.clone(), clock, Fate::Put { held: Arc::clone(resource), sent });
    }

    /// Whether something like this was held at that moment or later.
    pub(crate) fn had_since(&self, clock: u64, is_such: &dyn Fn(&Resource) -> bool) -> bool {
        let written = self.lines.values().flatten().filter(|line| line.clock >= clock);
        let mut put = written.filter_map(|line| if let Fate::Put { held, .. } = &line.fate { Some(held) } else { None });
        self.now.values().any(|standing| is_such(&standing.held)) || put.any(|held| is_such(held))
    }

    /// It is no longer held.
    pub(crate) fn end(&mut self, key: &Key, clock: u64, fate: Fate) {
        let Some(Standing { wire, .. }) = self.now.remove(key) else {
            return;
        };
        self.write(wire.clone(), clock, fate);
        let others = self.bearers.get_mut(&wire);
        let left = others.and_then(|others| {
            others.remove(key);
            others.first().cloned()
        });
        // Two resources may have one name on the wire, where nobody forbids it: then the other one comes out.
        if let Some(standing) = left.and_then(|left| self.now.get(&left)).cloned() {
            self.write(wire, clock, Fate::Put { held: standing.held, sent: standing.sent });
        }
    }

    fn write(&mut self, wire: WireKey, clock: u64, fate: Fate) {
        self.written += 1;
        self.lines.entry(wire).or_default().push(Line { index: self.written, clock, fate });
    }

    /// What is held.
    pub(crate) fn now(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.now.values().map(|standing| &standing.held)
    }

    /// All that ever became of what has this name on the wire.
    pub(crate) fn lines(&self, wire: &WireKey) -> &[Line] {
        self.lines.get(wire).map_or(&[], Vec::as_slice)
    }

    /// The first line after `after` that this copy may have come from.
    pub(crate) fn source(&self, copy: &Resource, after: u64) -> Option<&Line> {
        self.lines_after(&copy.key, after).iter().find(|line| self.is_source(line, copy))
    }

    /// Whether a copy may have come from any line. The newest ones are the likeliest.
    pub(crate) fn has_source(&self, copy: &Resource) -> bool {
        self.lines(&copy.key).iter().rev().any(|line| self.is_source(line, copy))
    }

    fn lines_after(&self, wire: &WireKey, after: u64) -> &[Line] {
        let lines = self.lines(wire);
        &lines[lines.partition_point(|line| line.index <= after)..]
    }

    /// Whether a copy that came from this line would look so.
    pub(crate) fn is_source(&self, line: &Line, copy: &Resource) -> bool {
        let Fate::Put { sent, .. } = &line.fate else {
            return false;
        };
        let as_attributed = || self.zone.as_ref().and_then(|zone| wire::pinned(zone, sent));
        same(sent, copy) || as_attributed().is_some_and(|pinned| same(&pinned, copy))
    }

    /// The lines after `after` by which a copy had to go: an end, or a version that is not for its receiver.
    pub(crate) fn ends<'a>(&'a self, wire: &WireKey, after: u64, is_for: &'a dyn Fn(&Resource) -> bool) -> impl Iterator<Item = &'a Line> {
        self.lines_after(wire, after).iter().filter(move |line| match &line.fate {
            Fate::Put { held, .. } => !is_for(held),
            Fate::Deleted | Fate::Lost => true,
        })
    }
}
