//! L6, follows its cluster: what a zone made of an object of its cluster is gone soon after it was told that the object is.
//!
//! Counted from when its process was there and every kind had been listed, by a list that was not stale: before that it must not delete, which S2 judges. Of a headless
//! service nothing is judged, as what is made of that is made of its endpoints.
use super::{Broken, Invariant};
use crate::{
    event::{Event, NodeId, Stepped, What},
    oracle::{
        cluster::{Told, made_of},
        truth::{Happened, Truth},
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use strait_core::{
    Emit, Step,
    kubernetes::{News, ObjectKind},
    node::{ObservationChange, ZoneInput},
    resource::{Key, Resource},
    time::Mono,
};

/// So soon: more than a disk takes that is slow.
const SOON: Duration = Duration::from_secs(10);

/// L6.
#[derive(Debug, Default)]
pub(super) struct FollowsItsCluster {
    zones: BTreeMap<NodeId, Zone>,
}

#[derive(Debug, Default)]
struct Zone {
    told: Told,
    listed: BTreeSet<ObjectKind>,
    /// What is made of objects.
    made: BTreeMap<Key, Resource>,
    /// Since when it could do what it has to; `None`: it cannot.
    fit_since: Option<Mono>,
    /// What should be gone, and since when.
    late: BTreeMap<Key, Mono>,
}

impl Zone {
    fn follow(&mut self, event: &Event) {
        match &event.what {
            What::Started { observation, .. } => {
                self.listed.clear();
                self.fit_since = None;
                let made = observation.view.resources.values().filter(|held| made_of(held).is_some());
                self.made = made.map(|held| (held.key.clone(), Resource::clone(held))).collect();
            }
            What::Stopped { .. } | What::Paused | What::RefusedToStart { .. } => self.fit_since = None,
            What::Resumed => self.fit_since = self.is_whole().then_some(event.at),
            What::Stepped(Stepped::Zone { step, emits }) => {
                match step {
                    Step::Input(ZoneInput::Kubernetes(news)) => self.hear(event.at, news),
                    Step::Input(ZoneInput::Operate { .. }) => {
                        self.told.operated();
                        self.may_be_fit(event.at);
                    }
                    Step::StoreFailed { .. } => self.fit_since = None,
                    _ => {}
                }
                for emit in emits {
                    match emit {
                        Emit::Observed(ObservationChange::Holds(held)) if made_of(held).is_some() => {
                            self.made.insert(held.key.clone(), Resource::clone(held));
                        }
                        Emit::Observed(ObservationChange::Dropped(key)) => _ = self.made.remove(key),
                        _ => {}
                    }
                }
            }
            _ => return,
        }
        self.late.retain(|key, _| self.made.contains_key(key));
        for (key, made) in &self.made {
            if self.told.has_gone(made) {
                self.late.entry(key.clone()).or_insert(event.at);
            } else {
                self.late.remove(key);
            }
        }
    }

    fn hear(&mut self, at: Mono, news: &News) {
        self.told.hear(news);
        if let News::Listed { kind, .. } = news {
            self.listed.insert(*kind);
        }
        self.may_be_fit(at);
    }

    fn may_be_fit(&mut self, at: Mono) {
        if self.is_whole() && self.fit_since.is_none() {
            self.fit_since = Some(at);
        }
    }

    fn is_whole(&self) -> bool {
        ObjectKind::ALL.iter().all(|kind| self.listed.contains(kind) && !self.told.is_aside(*kind))
    }

    fn judge(&self, now: Mono) -> Result<(), String> {
        let Some(fit_since) = self.fit_since else { return Ok(()) };
        let late = self.late.iter().find(|(_, since)| now > fit_since.max(**since).after(SOON));
        late.map_or(Ok(()), |(key, since)| Err(format!("it still holds {key}, and was told at {since} that what that is made of is gone")))
    }
}

impl Invariant for FollowsItsCluster {
    fn id(&self) -> &'static str {
        "L6"
    }

    fn slug(&self) -> &'static str {
        "follows-its-cluster"
    }

    fn see(&mut self, _: &Truth, Happened { event, .. }: &Happened<'_>) -> Result<(), Broken> {
        if !matches!(event.node, NodeId::Zone(_)) {
            return Ok(());
        }
        let is_news = matches!(&event.what, What::Stepped(Stepped::Zone { step: Step::Input(ZoneInput::Kubernetes(_)), .. }));
        if is_news {
            self.zones.entry(event.node.clone()).or_default();
        }
        // Who is told nothing of a cluster is in none.
        let Some(zone) = self.zones.get_mut(&event.node) else { return Ok(()) };
        zone.follow(event);
        zone.judge(event.at).map_err(|what| Broken::at(event, what))
    }

    fn at_end(&mut self, now: Mono) -> Result<(), Broken> {
        self.zones.iter().try_for_each(|(node, zone)| zone.judge(now).map_err(|what| Broken { at: now, node: node.to_string(), what }))
    }
}
