//! `drops-trust-early`: a zone tells its proxies only the newest authority of each trust domain, as soon as there is one. Broken: S18.
use super::Sabotage;
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{plan::Part, resource::ZoneName};

/// `drops-trust-early`.
#[derive(Debug, Default)]
pub(super) struct DropsTrustEarly {
    /// By trust domain: those that were trusted before, and those that have come since.
    seen: BTreeMap<String, Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    newest: BTreeSet<String>,
    older: BTreeSet<String>,
}

impl Sabotage for DropsTrustEarly {
    fn part(&mut self, _: &ZoneName, part: &mut Part) {
        let Part::Trust(trust) = part else { return };
        for (domain, authorities) in &mut trust.domains {
            let seen = self.seen.entry(domain.clone()).or_default();
            let new: BTreeSet<String> = authorities.difference(&(&seen.newest | &seen.older)).cloned().collect();
            if !new.is_empty() {
                seen.older.append(&mut seen.newest);
                seen.newest = new;
            }
            authorities.retain(|authority| seen.newest.contains(authority));
        }
    }
}
