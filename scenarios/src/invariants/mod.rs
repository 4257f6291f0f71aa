//! The invariants: independent checkers, one file each, always on.
//!
//! They share one truth about the run (`oracle::truth`), and judge by what happened outside the nodes ([`Event`]): observations, what crossed the links,
//! the operations issued, and what recovery makes of the disk. Never by a node's own claim alone.
mod b1_session_memory;
mod b2_resync;
mod b3_herd;
mod b4_store_growth;
mod b5_amplification;
mod b6_nothing_twice;
mod bounds;
mod judges;
pub mod l1_converge;
mod l2_no_hostage;
pub mod l3_quiet;
mod l4_no_silent_stop;
mod l5_answered;
mod l6_follows_its_cluster;
mod s10_atomic_view;
mod s11_zone_isolation;
pub mod s12_order_independence;
mod s13_edit_done;
mod s14_right_answerer;
mod s15_denied;
mod s16_durable_before_pushed;
mod s17_through_ingresses;
mod s18_believed;
mod s1_entitlement;
mod s2_origin_authority;
mod s3_monotone_floor;
mod s4_no_resurrection;
mod s5_no_phantom_delete;
mod s6_vip_injective;
mod s7_vip_stable;
mod s8_durable_before_visible;
mod s9_ack_truth;

use crate::{
    event::{Event, NodeId},
    oracle::truth::{Happened, Passing, Truth},
    world::{Setup, Skew},
};
pub use judges::Judges;
use strait_core::time::Mono;

/// A rule that every run must keep.
pub(crate) trait Invariant {
    /// Its short name, such as `S4`.
    fn id(&self) -> &'static str;

    /// What it says, such as `no-resurrection`.
    fn slug(&self) -> &'static str;

    /// Looks at one moment of an event.
    ///
    /// # Errors
    /// The rule is broken.
    fn pass(&mut self, truth: &Truth, passing: &Passing<'_>) -> Result<(), Broken> {
        let _ = (truth, passing);
        Ok(())
    }

    /// Looks at a whole event.
    ///
    /// # Errors
    /// The rule is broken.
    fn see(&mut self, truth: &Truth, happened: &Happened<'_>) -> Result<(), Broken> {
        let _ = (truth, happened);
        Ok(())
    }

    /// Hears that somebody makes the clock of a host go otherwise.
    fn skewed(&mut self, at: Mono, who: &NodeId, skew: Skew) {
        let _ = (at, who, skew);
    }

    /// Looks again when nothing more will happen.
    ///
    /// # Errors
    /// The rule is broken.
    fn at_end(&mut self, now: Mono) -> Result<(), Broken> {
        let _ = now;
        Ok(())
    }
}

/// All invariants, by id and by what they say.
pub const INVARIANTS: &[(&str, &str)] = &[
    ("B1", "session-memory"),
    ("B2", "resync"),
    ("B3", "herd"),
    ("B4", "store-growth"),
    ("B5", "amplification"),
    ("B6", "nothing-twice"),
    ("L1", "converge"),
    ("L2", "no-hostage"),
    ("L3", "quiet"),
    ("L4", "no-silent-stop"),
    ("L5", "answered"),
    ("L6", "follows-its-cluster"),
    ("S1", "entitlement"),
    ("S2", "origin-authority"),
    ("S3", "monotone-floor"),
    ("S4", "no-resurrection"),
    ("S5", "no-phantom-delete"),
    ("S6", "vip-injective"),
    ("S7", "vip-stable"),
    ("S8", "durable-before-visible"),
    ("S9", "ack-truth"),
    ("S10", "atomic-view"),
    ("S11", "zone-isolation"),
    ("S12", "order-independence"),
    ("S13", "edit-done"),
    ("S14", "right-answerer"),
    ("S15", "denied"),
    ("S16", "durable-before-pushed"),
    ("S17", "through-ingresses"),
    ("S18", "believed"),
];

/// A rule was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// When.
    pub at: Mono,
    /// Where, in words: the node, or the link.
    pub node: String,
    /// What happened, so that an engineer sees it without replaying.
    pub what: String,
}

/// A rule that was broken, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Its short name, such as `S4`.
    pub id: &'static str,
    /// What it says, such as `no-resurrection`.
    pub slug: &'static str,
    /// How.
    pub broken: Broken,
}

impl Broken {
    /// At the node of an event, at its time.
    fn at(event: &Event, what: String) -> Self {
        Self { at: event.at, node: event.node.to_string(), what }
    }
}

/// All that judge every event, fresh, for a world that begins so.
fn all(setup: &Setup) -> Vec<Box<dyn Invariant>> {
    vec![
        Box::new(s1_entitlement::Entitlement),
        Box::new(s2_origin_authority::OriginAuthority::default()),
        Box::new(s4_no_resurrection::NoResurrection),
        Box::new(s5_no_phantom_delete::NoPhantomDelete::default()),
        Box::new(s11_zone_isolation::ZoneIsolation),
        Box::new(s13_edit_done::EditDone::default()),
        Box::new(s3_monotone_floor::MonotoneFloor::default()),
        Box::new(s10_atomic_view::AtomicView::new(setup)),
        Box::new(s8_durable_before_visible::DurableBeforeVisible::default()),
        Box::new(s9_ack_truth::AckTruth::default()),
        Box::new(s6_vip_injective::VipInjective::default()),
        Box::new(s7_vip_stable::VipStable::default()),
        Box::new(s14_right_answerer::RightAnswerer::new(setup)),
        Box::new(s12_order_independence::OrderIndependence::default()),
        Box::new(s15_denied::Denied),
        Box::new(s16_durable_before_pushed::DurableBeforePushed::default()),
        Box::new(s17_through_ingresses::ThroughIngresses::default()),
        Box::new(s18_believed::Believed::default()),
        Box::new(l5_answered::Answered::new(setup)),
        Box::new(l6_follows_its_cluster::FollowsItsCluster::default()),
        Box::new(l4_no_silent_stop::NoSilentStop::default()),
        Box::new(l2_no_hostage::NoHostage::new(setup)),
        Box::new(b1_session_memory::SessionMemory),
        Box::new(b5_amplification::Amplification::default()),
        Box::new(b2_resync::Resync::default()),
        Box::new(b3_herd::Herd::new(setup)),
        Box::new(b4_store_growth::StoreGrowth::default()),
        Box::new(b6_nothing_twice::NothingTwice::default()),
    ]
}
