//! What global takes from a zone: what is the zone's own, attributed to it.
use super::ZoneRecord;
use crate::{
    resource::{Key, Kind, Resource, WireKey, ZoneName, model, unfit},
    sync::{Position, attribute, catalog::Catalog, consumer::Receiver},
};
use std::{collections::BTreeMap, sync::Arc};

pub(super) struct FromZone<'a> {
    pub(super) zone: &'a ZoneName,
    pub(super) record: &'a ZoneRecord,
    pub(super) catalog: &'a Catalog,
}

impl Receiver for FromZone<'_> {
    fn floor(&self) -> Option<Position> {
        self.record.floor
    }

    fn copies(&self, kind: Option<&Kind>) -> Vec<Key> {
        self.catalog.announced_by(self.zone, kind).cloned().collect()
    }

    fn refused(&self) -> &BTreeMap<WireKey, String> {
        &self.record.rejected
    }

    fn admit(&self, resource: &Arc<Resource>) -> Result<Arc<Resource>, String> {
        if let Some(why) = resource.spec.undecodable_because() {
            return Err(format!("spec: {why}"));
        }
        if let Some((field, why)) = unfit(resource) {
            return Err(format!("{field}: {why}"));
        }
        if !resource.kind().travels_up() {
            return Err(format!("{} is written on global, not in a zone", resource.kind()));
        }
        let resource = attribute(resource.as_ref().clone(), self.zone);
        if let Some(held) = self.catalog.get(&resource.key)
            && held.zone().as_ref() != Some(self.zone)
        {
            let owner = held.zone().map_or_else(|| "global".to_owned(), |zone| format!("zone {zone}"));
            return Err(format!("the name is taken by a resource of {owner}"));
        }
        match model::validate(&resource).into_iter().next() {
            Some((field, message)) => Err(format!("{field}: {message}")),
            None => Ok(Arc::new(resource)),
        }
    }
}
