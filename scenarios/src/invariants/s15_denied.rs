//! S15, denied: what a permission denies is not answered, once the proxy of the workload that is asked has taken that and its connections have drained.
use super::{Broken, Invariant};
use crate::{
    oracle::{
        permissions::{Permissions, Verdict},
        questions::{Answered, Questions},
        truth::{Happened, Truth},
    },
    workload::{Answer, Ask, ProxyId},
    world::Setup,
};
use std::{collections::BTreeMap, time::Duration};
use strait_core::{resource::ZoneName, time::Mono};

/// How long a proxy that has taken a denial may still let through what came before it to its other threads.
const DRAINED_WITHIN: Duration = Duration::from_secs(1);

/// S15.
#[derive(Debug)]
pub(super) struct Denied {
    zones: BTreeMap<ZoneName, Permissions>,
    questions: Questions,
}

impl Denied {
    pub(super) fn new(setup: &Setup) -> Self {
        let zones = setup.workloads().map(|(zone, workloads)| (zone, Permissions::new(workloads))).collect();
        Self { zones, questions: Questions::default() }
    }

    fn judge(&self, asked: Mono, ask: &Ask, by: &ProxyId) -> Result<(), String> {
        match self.zones.get(&by.zone).and_then(|zone| zone.verdict(&ask.from, by)) {
            Some(Verdict::Denied(Some(since))) if asked >= since.after(DRAINED_WITHIN) => Err(format!(
                "{by} answered {} to what it asked at {asked}, and a permission denies that, which its proxy has known since {since}",
                ask.from
            )),
            _ => Ok(()),
        }
    }
}

impl Invariant for Denied {
    fn id(&self) -> &'static str {
        "S15"
    }

    fn slug(&self) -> &'static str {
        "denied"
    }

    fn see(&mut self, _: &Truth, Happened { event, .. }: &Happened<'_>) -> Result<(), Broken> {
        if let Some(zone) = event.node.zone().and_then(|zone| self.zones.get_mut(zone)) {
            zone.follow(event);
        }
        if let Some(Answered { asked, ask, answer: Answer::By { proxy, .. } }) = self.questions.follow(event, |_| true) {
            return self.judge(asked, &ask, proxy).map_err(|what| Broken::at(event, what));
        }
        Ok(())
    }
}
