//! B3, herd: zones that lost global together do not come back together, none hammers it, and few full transfers are under way at once.
use super::{Broken, Invariant, bounds};
use crate::{
    event::{NodeId, What},
    oracle::{
        truth::{Happened, Truth},
        turns::Turn,
    },
    world::Setup,
};
use std::collections::{BTreeMap, VecDeque};
use strait_core::{sync::Dialect, time::Mono};

/// B3.
#[derive(Debug)]
pub(super) struct Herd {
    zones: usize,
    /// What global speaks decides how long zones wait.
    global: Dialect,
    /// When each zone dialled lately, in the process of this moment.
    dialled: BTreeMap<NodeId, VecDeque<Mono>>,
}

impl Herd {
    /// B3, for a world that begins so.
    pub(super) fn new(setup: &Setup) -> Self {
        Self { zones: setup.nodes().count().saturating_sub(1), global: setup.global, dialled: BTreeMap::new() }
    }

    fn dials(&mut self, truth: &Truth, at: Mono, node: &NodeId) -> Result<(), String> {
        let lately = self.dialled.entry(node.clone()).or_default();
        while lately.pop_front_if(|dialled| dialled.after(bounds::DIALS_WITHIN) <= at).is_some() {}
        lately.push_back(at);
        if lately.len() > bounds::DIALS_OF_ONE {
            return Err(format!("it dials {} times within {:?}, allowed are {}", lately.len(), bounds::DIALS_WITHIN, bounds::DIALS_OF_ONE));
        }
        let (together, most) = (truth.meter.redials(), bounds::redials(self.global, self.zones));
        if together > most {
            return Err(format!(
                "{together} of {} zones dial anew within {:?}, allowed are {most}",
                self.zones,
                crate::meters::DIAL_WINDOW
            ));
        }
        Ok(())
    }
}

impl Invariant for Herd {
    fn id(&self) -> &'static str {
        "B3"
    }

    fn slug(&self) -> &'static str {
        "herd"
    }

    fn see(&mut self, truth: &Truth, Happened { event, turns, .. }: &Happened<'_>) -> Result<(), Broken> {
        if !matches!(event.what, What::Stepped(_) | What::Paused | What::Resumed | What::Workload(_)) {
            self.dialled.remove(&event.node);
        }
        for turn in turns {
            match turn {
                Turn::Dials => self.dials(truth, event.at, &event.node),
                Turn::SaidResponse(..) if event.node == NodeId::Global && truth.disks.is_ours(&event.node) => snapshots(truth, event.at),
                _ => Ok(()),
            }
            .map_err(|what| Broken::at(event, what))?;
        }
        Ok(())
    }
}

/// How many zones are being sent everything, but for those whose turn may be over.
fn snapshots(truth: &Truth, now: Mono) -> Result<(), String> {
    // Most of the time there are few in any case.
    let most = truth.limits(&NodeId::Global).snapshots as u64;
    if truth.meter.snapshots() <= most {
        return Ok(());
    }
    let turn = u64::try_from(bounds::SNAPSHOT_TURN.as_millis()).unwrap_or(u64::MAX);
    let under_way = now.0.checked_sub(turn).map_or(truth.meter.snapshots(), |then| truth.meter.snapshots_since(Mono(then)) as u64);
    if under_way <= most {
        return Ok(());
    }
    Err(format!("{under_way} zones are sent everything at once, allowed are {most}"))
}
