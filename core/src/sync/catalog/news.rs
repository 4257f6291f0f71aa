//! What one receiver lacks, or has too much, since the position that it holds.
//!
//! Beside what changed since then, that is what belongs to a mesh that it gained or lost meanwhile, or was made by a zone whose exports
//! were withheld or let through, in all meshes or, as the zone gained or lost it, in one. What turned and turned back is no news.
use super::{Catalog, Changed, Entry, mesh_of};
use crate::{
    resource::{Kind, MeshName, WireKey, ZoneName},
    sync::filter::Audience,
};
use std::collections::{BTreeMap, BTreeSet};

/// One thing to say to a receiver.
#[derive(Debug)]
pub(crate) enum News<'a> {
    /// It is to hold this.
    Put(&'a Entry),
    /// If it holds this, that goes.
    Gone(&'a WireKey),
}

impl Catalog {
    /// What is news for this audience since it held `since` (`None`: since it held nothing), kind by kind in the order of the names.
    pub(crate) fn news<'a>(&'a self, audience: &'a Audience, since: Option<u64>) -> impl Iterator<Item = News<'a>> {
        let mut turned = self.turned(audience, since);
        let kinds = self.order.keys().filter(|kind| self.travels(kind));
        kinds.flat_map(move |kind| self.news_among(audience, since, kind, turned.remove(kind).unwrap_or_default()))
    }

    /// The same of one kind.
    pub(crate) fn news_of<'a>(&'a self, kind: &Kind, audience: &'a Audience, since: Option<u64>) -> impl Iterator<Item = News<'a>> {
        let turned = self.turned(audience, since).remove(kind).unwrap_or_default();
        self.news_among(audience, since, kind, turned)
    }

    /// Whether this is for the audience now.
    pub(crate) fn is_for(&self, audience: &Audience, entry: &Entry) -> bool {
        audience.takes(&entry.resource) && self.is_open(audience, mesh_of(&entry.resource.key).as_ref(), entry.home().as_ref(), None)
    }

    /// Whether something turned for this audience after `since`, so that what was prepared for it then may not be for it now.
    pub(crate) fn has_turned(&self, audience: &Audience, since: u64) -> bool {
        match audience {
            Audience::Global => false,
            Audience::Zone(receiver) => self.entitlement.has_turned(&receiver.zone, since),
        }
    }

    fn news_among<'a>(
        &'a self,
        audience: &'a Audience,
        since: Option<u64>,
        kind: &Kind,
        turned: Vec<&'a Entry>,
    ) -> impl Iterator<Item = News<'a>> {
        let changed = self.changed_since_of(kind, since).filter_map(move |changed| self.of_changed(changed, audience, since));
        // Only what did not change itself: the rest was among what did.
        let unchanged =
            turned.into_iter().filter(move |entry| since.is_some_and(|since| entry.seq <= since) && audience.takes(&entry.resource));
        changed
            .chain(unchanged.map(move |entry| if self.is_for(audience, entry) { News::Put(entry) } else { News::Gone(&entry.sent_as.key) }))
    }

    fn of_changed<'a>(&'a self, changed: Changed<'a>, audience: &Audience, since: Option<u64>) -> Option<News<'a>> {
        let may_hold = |mesh: Option<&MeshName>, home: Option<&ZoneName>| {
            since.is_some() && audience.may_hold(home) && self.is_open(audience, mesh, home, since)
        };
        match changed {
            Changed::Entry(entry) if self.is_for(audience, entry) => Some(News::Put(entry)),
            // Not for this peer, or no longer: if it holds a copy, that goes.
            Changed::Entry(entry) => {
                let may_hold = self.may_be_held(entry) && may_hold(mesh_of(&entry.resource.key).as_ref(), entry.home().as_ref());
                may_hold.then_some(News::Gone(&entry.sent_as.key))
            }
            Changed::Gone(wire, went) => may_hold(mesh_of(wire).as_ref(), went.home.as_ref()).then_some(News::Gone(wire)),
        }
    }

    /// What belongs to a mesh, or was made by a zone, for which the answer for this audience is another one than at `since`.
    fn turned<'a>(&'a self, audience: &Audience, since: Option<u64>) -> BTreeMap<Kind, Vec<&'a Entry>> {
        let (Audience::Zone(receiver), Some(since)) = (audience, since) else {
            return BTreeMap::new();
        };
        let of_meshes = self.entitlement.turned_meshes(&receiver.zone, since).filter_map(|mesh| self.by_mesh.get(mesh));
        let of_zones = self.entitlement.turned_exporters(since).filter_map(|zone| self.by_zone.get(zone));
        let keys: BTreeSet<_> = of_meshes.chain(of_zones).flatten().collect();
        let mut turned: BTreeMap<Kind, Vec<&Entry>> = BTreeMap::new();
        for entry in keys.into_iter().filter_map(|key| self.entries.get(key)) {
            let (mesh, home) = (mesh_of(&entry.resource.key), entry.home());
            let open = |at| self.is_open(audience, mesh.as_ref(), home.as_ref(), at);
            if open(None) != open(Some(since)) {
                turned.entry(entry.resource.kind().clone()).or_default().push(entry);
            }
        }
        turned
    }

    /// Whether the audience holds this mesh and is reached by this zone's exports, at that sequence or (`None`) now. Those of a zone that does not
    /// hold the mesh reach nobody, also while it has not heard so: nobody is led there any more, nor trusts what it signs.
    fn is_open(&self, audience: &Audience, mesh: Option<&MeshName>, home: Option<&ZoneName>, at: Option<u64>) -> bool {
        match audience {
            Audience::Global => true,
            Audience::Zone(receiver) => {
                mesh.is_none_or(|mesh| self.entitlement.holds(&receiver.zone, mesh, at))
                    && home.is_none_or(|home| {
                        self.entitlement.exports(home, at) && mesh.is_none_or(|mesh| self.entitlement.holds(home, mesh, at))
                    })
            }
        }
    }
}
