//! What a run reached, told from what happened alone: a search that never gets somewhere proves nothing about it.
use std::collections::BTreeMap;

/// All marks: their names, and what was reached.
pub const MARKS: &[(&str, &str)] = &[
    ("full-transfer", "a transfer of everything was sent"),
    ("delta", "a transfer of what changed was sent"),
    ("several-parts", "a transfer of several parts was sent"),
    ("resumed-transfer", "a session began in the middle of a transfer"),
    ("deletion", "a deletion was sent"),
    ("kuma-response", "a response without a transfer was sent, as plain Kuma does"),
    ("nack", "a receiver refused something"),
    ("offered-again", "a kind that was refused was offered again in the same session"),
    ("rejected", "it was shown which resource a receiver refuses"),
    ("edit-refused", "a user's edit was refused"),
    ("frozen-forked", "a lane froze: the history has forked"),
    ("frozen-mesh-missing", "a lane froze: a mesh is missing"),
    ("frozen-mass-removal", "a lane froze: too much would go"),
    ("thawed", "a frozen lane moves again"),
    ("waiting-not-admitted", "a plain Kuma zone waited to be admitted"),
    ("waiting-not-adopted", "a zone waited for an operator to adopt"),
    ("waiting-queued", "a zone waited because others were sent everything"),
    ("adopted", "an operator adopted"),
    ("superseded", "a session ended because a newer one speaks for the zone"),
    ("name-taken", "a session was refused because another speaks for the zone"),
    ("silent", "a session ended because nothing was heard"),
    ("session-over", "a session ended"),
    ("late-push", "a zone was handed what an older session had said"),
    ("disk-restored", "a process came back from a backup"),
    ("disk-emptied", "a process came back with an empty disk"),
    ("store-failed", "a store refused a batch, or a node showed that its store failed"),
    ("forgot-removals", "a node forgot removals of long ago"),
    ("all-after-forgetting", "a node that had forgotten removals sent everything"),
    ("one-way-cut", "one direction of a link was cut during a session"),
    ("worse-link", "a link became worse during a session"),
    ("name-claimed-twice", "a second control plane joined under the name of a zone"),
    ("power-lost", "a host lost power"),
    ("unstored-at-power-loss", "a host lost power while a batch was not stored yet"),
    ("refused-to-start", "a process refused to start from its disk"),
    ("entitlement-lost", "a zone was told to give up what global still holds: a mesh, or its secrets"),
    ("came-from-a-zone", "global took what a zone announced"),
    ("spared", "something was left out of what a zone is sent because it does not understand it"),
    ("learned", "a zone that was upgraded is sent what the build before did not understand"),
    ("went-on-across", "what a zone announced reached another zone"),
    ("vip-exhausted", "a service waited for an address, as none was left"),
    ("vip-reused", "an address was given to another service than before"),
    ("request-answered", "a workload was answered in its own zone"),
    ("request-across", "a workload was answered from another zone"),
    ("request-denied", "a workload was refused by a permission"),
    ("request-failed", "a workload was not answered"),
    ("failover", "a workload was answered from another zone than before"),
    ("process-ended", "a workload with its proxy, an ingress or a forwarder ended"),
    ("zones-apart", "a link between two zones was cut"),
];

/// Which marks were reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(u64);

impl Marks {
    /// Whether this mark was reached.
    pub fn has(self, name: &str) -> bool {
        bit(name).is_some_and(|bit| self.0 & bit != 0)
    }

    pub(super) fn reach(&mut self, name: &str) {
        let found = bit(name);
        debug_assert!(found.is_some(), "there is no mark {name}");
        self.0 |= found.unwrap_or_default();
    }
}

fn bit(name: &str) -> Option<u64> {
    MARKS.iter().position(|(known, _)| *known == name).map(|index| 1 << index)
}

/// In how many cases each mark was reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    cases: BTreeMap<&'static str, u64>,
}

impl Coverage {
    /// Counts one case in.
    pub fn add(&mut self, marks: Marks) {
        for (name, _) in MARKS {
            *self.cases.entry(name).or_default() += u64::from(marks.has(name));
        }
    }

    /// Each mark, and in how many cases it was reached.
    pub fn cases(&self) -> impl Iterator<Item = (&'static str, u64)> {
        MARKS.iter().map(|(name, _)| (*name, self.cases.get(name).copied().unwrap_or_default()))
    }

    /// The marks that were never reached.
    pub fn missing(&self) -> Vec<&'static str> {
        self.cases().filter(|(_, cases)| *cases == 0).map(|(name, _)| name).collect()
    }
}
