//! What operators decide about a zone as a whole: whether its exports reach the others, and whether it is a zone here at all.
//!
//! Said by its `Zone` resource, as in Kuma, which an operator may also write and delete like any other. A zone without one is enabled. To
//! delete it removes the zone, in one batch with all that the zone had announced.
use super::{GlobalEffect, GlobalNode, Zone, edits::zone_named_by};
use crate::{
    machine::Out,
    node::{Refusal, told},
    records::{self, Writes},
    resource::{Key, Kind, Labels, Resource, ResourceName, Spec, ZoneName},
    sync::{Lane, catalog::Write},
    time::Mono,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

impl GlobalNode {
    /// What the zone exports reaches the others again, and its store is let in if it had been removed.
    pub(super) fn enable(&mut self, now: Mono, name: &ZoneName, out: &mut Out<GlobalEffect>) {
        if let Some(zone) = self.zones.get_mut(name)
            && zone.record.let_in()
        {
            let mut writes = Writes::default();
            writes.put(records::zone(name), &zone.record);
            self.outbox.store(writes, out);
        }
        // Without a `Zone` it is enabled.
        if let Some(held) = self.catalog.get(&key_of(name)).cloned() {
            self.switch(now, &held, true, out);
        }
    }

    /// What the zone exports is withheld from the others.
    pub(super) fn disable(&mut self, now: Mono, name: &ZoneName, out: &mut Out<GlobalEffect>) {
        let fresh =
            || Arc::new(Resource { key: key_of(name), labels: Labels::new(), spec: Spec::new(serde_json::json!({})), status: None });
        let held = self.catalog.get(&key_of(name)).cloned().unwrap_or_else(fresh);
        self.switch(now, &held, false, out);
    }

    /// The zone is no more.
    pub(super) fn remove(&mut self, now: Mono, name: &ZoneName, out: &mut Out<GlobalEffect>) {
        let announced = self.catalog.announced_by(name, None).cloned();
        let wanted = announced.chain([key_of(name)]).map(Write::Delete).collect();
        self.write(wanted, &BTreeSet::from([name.clone()]), out);
        self.provide_all(now, out);
    }

    /// Writes into the one history, and forgets the zones that are removed with it: those that are named, and those whose `Zone` goes.
    pub(super) fn write(&mut self, wanted: Vec<Write>, removed: &BTreeSet<ZoneName>, out: &mut Out<GlobalEffect>) {
        let mut writes = Writes::default();
        self.compact(&mut writes);
        let changes = self.catalog.commit(wanted, &mut writes);
        let deleted = changes.iter().filter_map(|change| if let Write::Delete(key) = change { zone_named_by(key) } else { None });
        let removed: BTreeSet<ZoneName> = deleted.chain(removed.iter().cloned()).filter(|name| self.zones.contains_key(name)).collect();
        let mut news = Vec::new();
        for name in &removed {
            let Some(zone) = self.zones.get_mut(name) else {
                continue;
            };
            news.extend(told::rejections(name, Lane::Up, &zone.record.rejected, &BTreeMap::new()));
            zone.record.remove();
            writes.put(records::zone(name), &zone.record);
        }
        self.outbox.store(writes, out);
        self.publish(&changes, out);
        for change in news {
            self.outbox.observed(change, out);
        }
        for name in &removed {
            self.dismiss(name, out);
        }
    }

    /// Ends the session of a zone that was removed, and forgets what was under way on it.
    fn dismiss(&mut self, name: &ZoneName, out: &mut Out<GlobalEffect>) {
        if let Some(talk) = self.zones.get(name).and_then(|zone| zone.peer.talk()) {
            self.refuse(talk.session, Refusal::Removed, out);
        }
        if let Some(zone) = self.zones.get_mut(name) {
            zone.peer = Zone::new(name, zone.record.clone()).peer;
        }
        self.tell(name, out);
    }

    fn switch(&mut self, now: Mono, held: &Resource, enabled: bool, out: &mut Out<GlobalEffect>) {
        let mut said = held.spec.value().and_then(serde_json::Value::as_object).cloned().unwrap_or_default();
        if said.insert("enabled".to_owned(), enabled.into()).is_none() && enabled {
            // What says nothing is enabled.
            return;
        }
        let zone = Resource { spec: held.spec.with_value(said.into()), ..held.clone() };
        self.write(vec![Write::Put(Arc::new(zone))], &BTreeSet::new(), out);
        self.provide_all(now, out);
    }
}

/// The `Zone` of a zone.
fn key_of(name: &ZoneName) -> Key {
    let name = ResourceName::new(name.as_str()).expect("a zone's name can be a resource's");
    Key { kind: Kind::new("Zone").expect("it is a kind"), mesh: None, name }
}
