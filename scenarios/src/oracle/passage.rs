//! What comes from global to a zone: as it leaves global, and as the zone holds it; and by what right.
use super::{
    audience,
    entitlement::Closed,
    history::{Owners, Whose},
    moment::Moment,
};
use crate::{
    event::{Event, NodeId},
    features::Feature,
    invariants::Broken,
};
use strait_core::{
    resource::{Resource, ZoneName},
    sync::{Dialect, Lane, ResponseBody, Session},
};

/// One resource of global's on its way to a zone, or there.
#[derive(Debug)]
pub(crate) struct Passage<'a> {
    zone: &'a ZoneName,
    resource: &'a Resource,
    way: Way,
}

/// Where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// It leaves global on this session.
    Sent(Session),
    /// The zone holds it.
    Held,
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
    /// The zone holds no such mesh: not now, if it is sent; not while any such version was, if it is held.
    OtherZonesMesh(String),
    /// The zone that made it is disabled, or was.
    Withheld(String),
    /// The zone has said that it does not understand this.
    NotUnderstood(Feature),
}

/// What comes down in this moment without a right, and what speaks against it.
pub(crate) fn without_right<'a>(owners: &'a Owners, node: &'a NodeId, moment: &Moment<'a>) -> Vec<(Passage<'a>, Right)> {
    let is_copy = |resource: &Resource| owners.whose(node, resource) == Whose::Copy(NodeId::Global);
    match (node, moment) {
        (NodeId::Zone(_) | NodeId::Joined { .. }, _) if owners.are_kumas(node, &NodeId::Global) => Vec::new(),
        (NodeId::Zone(zone) | NodeId::Joined { zone, .. }, Moment::Holds(resource)) if is_copy(resource) => {
            judged(owners, std::iter::once(Passage { zone, resource, way: Way::Held }))
        }
        (NodeId::Zone(zone) | NodeId::Joined { zone, .. }, Moment::Started { observation, .. }) => {
            let copies = observation.view.resources.values().filter(|held| is_copy(held));
            judged(owners, copies.map(|resource| Passage { zone, resource, way: Way::Held }))
        }
        (NodeId::Global, Moment::Sends { session, response }) if owners.dialect(node) == Dialect::Strait => {
            let (Lane::Down, ResponseBody::Resources { put, .. }, Some(zone)) = (response.lane, &response.body, owners.zone_on(*session))
            else {
                return Vec::new();
            };
            judged(owners, put.iter().map(|resource| Passage { zone, resource, way: Way::Sent(*session) }))
        }
        _ => Vec::new(),
    }
}

fn judged<'a>(owners: &Owners, passages: impl Iterator<Item = Passage<'a>>) -> Vec<(Passage<'a>, Right)> {
    passages
        .map(|passage| (passage.right(owners), passage))
        .filter(|(right, _)| *right != Right::Fine)
        .map(|(right, passage)| (passage, right))
        .collect()
}

impl Passage<'_> {
    /// By what right it comes: judged by the versions of the very content, or where there is none by all of that name.
    fn right(&self, owners: &Owners) -> Right {
        let Some(ledger) = owners.ledger(&NodeId::Global) else {
            return Right::Nowhere;
        };
        if let Way::Sent(session) = self.way
            && let Some(feature) = owners.not_understood(session, self.resource)
        {
            return Right::NotUnderstood(feature);
        }
        let lines = ledger.lines(&self.resource.key);
        // The newest version is the likeliest to be the one.
        let is_open = |index: usize| {
            let until = lines.get(index + 1).map_or(u64::MAX, |next| next.clock);
            lines[index].held().is_some_and(|(version, since)| {
                ledger.is_source(&lines[index], self.resource)
                    && audience::is_for(version, self.zone)
                    && self.closed(owners, version, since, until).is_none()
            })
        };
        if (0..lines.len()).rev().any(is_open) {
            return Right::Fine;
        }
        let is_such: Vec<bool> = lines.iter().map(|line| ledger.is_source(line, self.resource)).collect();
        let any = is_such.contains(&true);
        let mut versions = Vec::new();
        for (index, line) in lines.iter().enumerate().filter(|(index, _)| is_such[*index] || !any) {
            let until = lines.get(index + 1).map_or(u64::MAX, |next| next.clock);
            versions.extend(line.held().map(|(version, since)| (version, since, until)));
        }
        let mut closed = None;
        for (version, since, until) in versions.iter().filter(|(version, ..)| audience::is_for(version, self.zone)) {
            match self.closed(owners, version, *since, *until) {
                None => return Right::Fine,
                Some(why) => closed = Some(why),
            }
        }
        match closed {
            Some(Closed::Mesh(mesh)) => return Right::OtherZonesMesh(mesh),
            Some(Closed::Home(home)) => return Right::Withheld(home),
            None => {}
        }
        match versions.last().map(|(version, ..)| *version) {
            None => Right::Nowhere,
            Some(version) if audience::is_zone_made(version) => Right::Local(audience::home(version).unwrap_or_default().to_owned()),
            Some(_) => Right::NotForZones,
        }
    }

    /// Why a version that was there from `since` to `until` is not for the zone, although its kind and its author let it go there.
    fn closed(&self, owners: &Owners, version: &Resource, since: u64, until: u64) -> Option<Closed> {
        match self.way {
            Way::Sent(_) => owners.ages().closes(version, self.zone),
            Way::Held => owners.ages().closed_throughout(version, self.zone, since, until),
        }
    }

    /// It comes without a right.
    pub(crate) fn broken(&self, event: &Event, why: &str) -> Broken {
        let verb = if matches!(self.way, Way::Sent(_)) { "is sent" } else { "holds" };
        let what = format!("zone {} {} {}: {why}", self.zone, verb, self.resource.key);
        Broken { at: event.at, node: event.node.to_string(), what }
    }
}
