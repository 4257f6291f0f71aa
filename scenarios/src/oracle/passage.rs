//! What comes from global to a zone: as it leaves global, and as the zone holds it; and by what right.
use super::{
    audience,
    history::{Owners, Whose},
    ledger::{Fate, Line},
    moment::Moment,
};
use crate::{
    event::{Event, NodeId},
    invariants::Broken,
};
use strait_core::{
    resource::{Resource, ZoneName},
    sync::{Dialect, Lane, ResponseBody},
};

/// One resource of global's on its way to a zone, or there.
#[derive(Debug)]
pub(crate) struct Passage<'a> {
    zone: ZoneName,
    resource: &'a Resource,
    verb: &'static str,
}

/// By what right it comes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// A version of it was meant for the zone.
    Fine,
    /// Global never held anything of this name.
    Nowhere,
    /// It was written on global, but not for this zone.
    NotForZones,
    /// Another zone made it and did not export it; or the zone itself did.
    Local(String),
}

/// What comes down in this moment.
pub(crate) fn of<'a>(owners: &Owners, node: &NodeId, moment: &Moment<'a>) -> Vec<Passage<'a>> {
    let is_copy = |resource: &Resource| owners.whose(node, resource) == Whose::Copy(NodeId::Global);
    match (node, moment) {
        (NodeId::Zone(_), _) if owners.are_kumas(node, &NodeId::Global) => Vec::new(),
        (NodeId::Zone(zone), Moment::Holds(resource)) if is_copy(resource) => {
            vec![Passage { zone: zone.clone(), resource, verb: "holds" }]
        }
        (NodeId::Zone(zone), Moment::Started { observation, .. }) => {
            let copies = observation.view.resources.values().filter(|held| is_copy(held));
            copies.map(|resource| Passage { zone: zone.clone(), resource, verb: "holds" }).collect()
        }
        (NodeId::Global, Moment::Sends { session, response }) if owners.dialect(node) == Dialect::Strait => {
            let (Lane::Down, ResponseBody::Resources { put, .. }, Some(zone)) = (response.lane, &response.body, owners.zone_on(*session))
            else {
                return Vec::new();
            };
            put.iter().map(|resource| Passage { zone: zone.clone(), resource, verb: "is sent" }).collect()
        }
        _ => Vec::new(),
    }
}

impl Passage<'_> {
    /// By what right it comes: judged by the versions of the very content, or where there is none by all of that name.
    pub(crate) fn right(&self, owners: &Owners) -> Right {
        let Some(ledger) = owners.ledger(&NodeId::Global) else {
            return Right::Nowhere;
        };
        let lines = ledger.lines(&self.resource.key);
        let mut versions: Vec<&Resource> = lines.iter().filter(|line| ledger.is_source(line, self.resource)).filter_map(held).collect();
        if versions.is_empty() {
            versions = lines.iter().filter_map(held).collect();
        }
        if versions.iter().any(|version| audience::is_for(version, &self.zone)) {
            return Right::Fine;
        }
        match versions.last() {
            None => Right::Nowhere,
            Some(version) if audience::is_zone_made(version) => Right::Local(audience::home(version).unwrap_or_default().to_owned()),
            Some(_) => Right::NotForZones,
        }
    }

    /// It comes without a right.
    pub(crate) fn broken(&self, event: &Event, why: &str) -> Broken {
        let what = format!("zone {} {} {}: {why}", self.zone, self.verb, self.resource.key);
        Broken { at: event.at, node: event.node.to_string(), what }
    }
}

fn held(line: &Line) -> Option<&Resource> {
    match &line.fate {
        Fate::Put { held, .. } => Some(held),
        Fate::Deleted | Fate::Lost => None,
    }
}
