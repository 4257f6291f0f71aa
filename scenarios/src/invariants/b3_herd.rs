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
use strait_core::time::Mono;

/// B3.
#[derive(Debug)]
pub(super) struct Herd {
    zones: usize,
    /// When each zone dialled lately, in the process of this moment.
    dialled: BTreeMap<NodeId, VecDeque<Mono>>,
}

impl Herd {
    /// B3, for a world that begins so.
    pub(super) fn new(setup: &Setup) -> Self {
        Self { zones: setup.nodes().count().saturating_sub(1), dialled: BTreeMap::new() }
    }

    fn dials(&mut self, truth: &Truth, at: Mono, node: &NodeId) -> Result<(), String> {
        let lately = self.dialled.entry(node.clone()).or_default();
        while lately.pop_front_if(|dialled| dialled.after(bounds::DIALS_WITHIN) <= at).is_some() {}
        lately.push_back(at);
        if lately.len() > bounds::DIALS_OF_ONE {
            return Err(format!("it dials {} times within {:?}, allowed are {}", lately.len(), bounds::DIALS_WITHIN, bounds::DIALS_OF_ONE));
        }
        let (together, most) = (truth.meter.redials(), bounds::redials(self.zones));
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
        if !matches!(event.what, What::Stepped(_) | What::Paused | What::Resumed) {
            self.dialled.remove(&event.node);
        }
        for turn in turns {
            if let Turn::Dials = turn {
                self.dials(truth, event.at, &event.node).map_err(|what| Broken::at(event, what))?;
            }
        }
        Ok(())
    }
}
