//! The two nodes: what goes in, what comes out, and what may be known about them.
mod admission;
mod cluster;
mod deadlines;
mod edit;
mod global;
mod issuing;
mod keyed;
mod observation;
mod operation;
mod outbox;
mod proxies;
mod rotation;
mod told;
mod vocabulary;
mod zone;

pub use crate::records::mark_backup;
pub use admission::Fits;
pub use cluster::{ClusterStatus, StaleList};
pub use edit::{Change, EditOutcome, EditRefused, Ticket, Violation};
pub use global::{GlobalConfig, GlobalNode, SNAPSHOTS};
pub use issuing::{Authority, Issue, Issued, NotSigned};
pub use observation::{
    FreezeReason, LaneStatus, OBSERVATION_VERSION, Observation, ObservationChange, PeerStatus, Rejection, SessionStatus, View, VipState,
    WaitReason,
};
pub use operation::Operation;
pub use proxies::{FromProxy, PlanUpdate, ProxyRefused, ProxySession, ProxyStatus, ProxyVersion, ToProxy, TurnedAway};
pub use rotation::{RotationPhase, RotationStatus, RotationWait, SHORTEST_OVERLAP};
pub use vocabulary::{DialError, GlobalEffect, GlobalInput, Refusal, ZoneEffect, ZoneInput};
pub use zone::{DEREGISTERED_AFTER, Environment, SERVICES_STAY_FOR, ZoneConfig, ZoneNode};
pub(crate) use zone::{own as owned_by, served_by, services_of, zone_addresses};

use crate::{
    resource::{KNOWN_KINDS, Kind},
    sync::catalog::Write,
};
use std::collections::BTreeSet;

/// How many removals a store remembers at least: enough for a day of removing one resource a minute, at about 100 bytes each.
pub const REMEMBERED_REMOVALS: usize = 1500;

/// Why a plain Kuma has to begin anew.
const TOLD_TOO_LATE: &str = "it has not answered for so long that not all is remembered which went meanwhile";

/// Why a peer is given up that takes nothing any more.
const NOT_READ: &str = "it does not read what it is sent";

/// What we understand, by Kuma's names for it.
pub(crate) fn features() -> BTreeSet<String> {
    ["zone-token", "hash-suffix", "hg-mz-selector", "producer-policy-flow", "optional-top-level-target-ref"].map(str::to_owned).into()
}

/// The kinds of the table that travel in a direction.
fn known_kinds(travels: fn(&Kind) -> bool) -> impl Iterator<Item = Kind> {
    KNOWN_KINDS.iter().filter_map(|facts| Kind::new(facts.name).ok()).filter(travels)
}

fn as_observed(write: &Write) -> ObservationChange {
    match write {
        Write::Put(resource) => ObservationChange::Holds(resource.clone()),
        Write::Delete(key) => ObservationChange::Dropped(key.clone()),
    }
}
