//! What earlier steps of a case left behind, and later ones may be about.
use crate::{event::NodeId, zone_pair::ZonePair};
use serde_json::Value;
use std::collections::BTreeSet;
use strait_core::resource::ZoneName;

/// What the steps so far left behind.
#[derive(Debug, Default)]
pub(super) struct LeftBehind {
    /// The backups that were made: of whom, and what they are called.
    pub(super) backups: BTreeSet<(NodeId, String)>,
    /// Whose disks are not as they should be.
    pub(super) bad_disks: BTreeSet<NodeId>,
    /// Whose disks were bad at some time: a store that failed takes nothing until its node starts again.
    pub(super) ever_bad_disks: BTreeSet<NodeId>,
    /// The links that are not as the topology says.
    pub(super) changed_links: BTreeSet<ZoneName>,
    /// What control planes refuse, as `reject` said it.
    pub(super) rejected: Vec<Value>,
    /// Second control planes that claim a zone.
    pub(super) joined: BTreeSet<NodeId>,
    /// Proxies and forwarders that ended, by their names.
    pub(super) down: BTreeSet<String>,
    /// Links between zones that are cut.
    pub(super) cut_between: BTreeSet<ZonePair>,
}

impl LeftBehind {
    /// Takes in one step.
    pub(super) fn keep(&mut self, step: &Value) {
        let text = |verb: &str, field: &str| step.get(verb).and_then(|verb| verb[field].as_str());
        if let (Some(who), Some(called)) = (text("backup", "who"), text("backup", "called")) {
            self.backups.extend(self.named(who).map(|who| (who, called.to_owned())));
        }
        if let (Some(who), Some(is)) = (text("disk", "who"), text("disk", "is")) {
            let who = self.named(who);
            match is {
                "ok" => who.into_iter().for_each(|who| _ = self.bad_disks.remove(&who)),
                _ => {
                    self.ever_bad_disks.extend(who.clone());
                    self.bad_disks.extend(who);
                }
            }
        }
        if let Some(link) = step.get("link") {
            let zone = link["between"].as_array().and_then(|ends| ZoneName::new(ends.last()?.as_str()?).ok());
            match link.as_object().is_some_and(|fields| fields.len() > 1) {
                true => self.changed_links.extend(zone),
                false => zone.into_iter().for_each(|zone| _ = self.changed_links.remove(&zone)),
            }
        }
        if let Some(rejected) = step.get("reject").filter(|rejected| !self.rejected.contains(rejected)) {
            self.rejected.push(rejected.clone());
        }
        if let Some(accepted) = step.get("accept") {
            self.rejected.retain(|rejected| rejected != accepted);
        }
        self.keep_wayside(step);
        if let (Some(zone), Some(called)) = (text("join", "zone"), text("join", "as")) {
            let names = ZoneName::new(called).ok().zip(ZoneName::new(zone).ok());
            self.joined.extend(names.map(|(called, zone)| NodeId::Joined { called, zone }));
        }
    }

    /// Takes in what a step does to proxies and forwarders, and to links between zones.
    fn keep_wayside(&mut self, step: &Value) {
        let process =
            |verb: &str| step.get(verb).and_then(|who| who.as_str().or_else(|| who["who"].as_str())).filter(|who| who.contains('/'));
        self.down.extend(process("kill").map(str::to_owned));
        if let Some(who) = process("restart") {
            self.down.remove(who);
        }
        let pair = |verb: &str| {
            let ends = step.get(verb)?["between"].as_array()?;
            let zone = |end: &Value| ZoneName::new(end.as_str()?).ok().filter(|zone| zone.as_str() != "global");
            ZonePair::new(&zone(ends.first()?)?, &zone(ends.last()?)?)
        };
        self.cut_between.extend(pair("cut"));
        if let Some(healed) = pair("heal") {
            self.cut_between.remove(&healed);
        }
    }

    /// The node that steps call so.
    pub(super) fn named(&self, who: &str) -> Option<NodeId> {
        if who == "global" {
            return Some(NodeId::Global);
        }
        let joined = self.joined.iter().find(|joined| joined.to_string() == who).cloned();
        joined.or_else(|| ZoneName::new(who).ok().map(NodeId::Zone))
    }
}
