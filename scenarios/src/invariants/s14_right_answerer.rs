//! S14, right answerer: whoever answers what a workload asks is of its mesh, and of the service that the name led to, or that a route in force
//! made of it; and only who asked is known as who asked.
use super::{Broken, Invariant};
use crate::{
    event::What,
    oracle::{
        questions::Answered,
        reach::Reach,
        truth::{Happened, Truth},
    },
    workload::{Answer, Ask, AtWorkload, ProxyId, Workload},
    world::Setup,
};
use std::collections::BTreeMap;
use strait_core::time::Mono;

/// S14.
#[derive(Debug)]
pub(super) struct RightAnswerer {
    workloads: BTreeMap<ProxyId, Workload>,
}

impl RightAnswerer {
    pub(super) fn new(setup: &Setup) -> Self {
        Self { workloads: setup.proxies.clone() }
    }

    fn judge(&self, reach: &Reach, asked: Mono, ask: &Ask, by: &ProxyId, known_as: Option<&str>) -> Result<(), String> {
        let (Some(asker), Some(answerer)) = (self.workloads.get(&ask.from), self.workloads.get(by)) else {
            return Err(format!("{by} answered {}, and is nobody that the topology knows", ask.from));
        };
        if asker.mesh != answerer.mesh {
            return Err(format!("{by} of mesh {} answered {} of mesh {}", answerer.mesh, ask.from, asker.mesh));
        }
        if let Some(known_as) = known_as
            && !is_of(known_as, asker, &ask.from)
        {
            return Err(format!("{by} was asked by {}, and takes it for {known_as}", ask.from));
        }
        let may = reach.answerers(&ask.from.zone).map(|zone| zone.may_answer(ask, asked)).unwrap_or_default();
        if may.contains(by) {
            return Ok(());
        }
        let may: Vec<String> = may.iter().map(ToString::to_string).collect();
        Err(format!("{by} answered what {} asked {}, which led to {may:?}", ask.from, ask.name))
    }
}

/// Whether a SPIFFE ID may be that of a workload: it is of its mesh and zone, and ends with what the workload is called or serves.
fn is_of(spiffe_id: &str, workload: &Workload, proxy: &ProxyId) -> bool {
    let last = spiffe_id.rsplit('/').next().unwrap_or_default();
    let domain = spiffe_id.strip_prefix("spiffe://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let names_mesh = domain.split('.').next() == Some(workload.mesh.as_str());
    names_mesh && (last == workload.service || last == proxy.name.as_str())
}

impl Invariant for RightAnswerer {
    fn id(&self) -> &'static str {
        "S14"
    }

    fn slug(&self) -> &'static str {
        "right-answerer"
    }

    fn see(&mut self, truth: &Truth, Happened { event, answered, .. }: &Happened<'_>) -> Result<(), Broken> {
        if let What::Workload(AtWorkload::Appears { who, workload: Some(workload) }) = &event.what {
            self.workloads.insert(who.clone(), (**workload).clone());
        }
        let judged = match answered {
            Some(Answered { asked, ask, answer: Answer::By { proxy, asker }, .. }) => {
                self.judge(&truth.reach, *asked, ask, proxy, asker.as_deref())
            }
            Some(Answered { ask, answer: Answer::Leads(address), .. }) => {
                let zone = truth.reach.answerers(&ask.from.zone);
                let may = zone.is_none_or(|zone| zone.may_lead(&ask.from, &ask.name, *address));
                if may { Ok(()) } else { Err(format!("{} is told that {} leads to {address}, which is another's", ask.from, ask.name)) }
            }
            _ => Ok(()),
        };
        judged.map_err(|what| Broken::at(event, what))
    }
}
