//! The invariants: independent checkers, one file each, always on.
//!
//! They judge by what happened outside the nodes ([`Event`]): observations, what crossed the links, the operations issued, and
//! what recovery makes of the disk. Never by a node's own claim alone.
pub mod l1_converge;
pub mod l3_quiet;
mod l4_no_silent_stop;
mod s11_zone_isolation;
mod s1_entitlement;
mod s2_origin_authority;
mod s3_monotone_floor;
mod s4_no_resurrection;
mod s5_no_phantom_delete;
mod s8_durable_before_visible;
mod s9_ack_truth;

use crate::{event::Event, world::Setup};
use strait_core::time::Mono;

/// A rule that every run must keep.
pub trait Invariant {
    /// Its short name, such as `S4`.
    fn id(&self) -> &'static str;

    /// What it says, such as `no-resurrection`.
    fn slug(&self) -> &'static str;

    /// Looks at one event.
    ///
    /// # Errors
    /// The rule is broken.
    fn see(&mut self, event: &Event) -> Result<(), Broken>;

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
    ("L1", "converge"),
    ("L3", "quiet"),
    ("L4", "no-silent-stop"),
    ("S1", "entitlement"),
    ("S2", "origin-authority"),
    ("S3", "monotone-floor"),
    ("S4", "no-resurrection"),
    ("S5", "no-phantom-delete"),
    ("S8", "durable-before-visible"),
    ("S9", "ack-truth"),
    ("S11", "zone-isolation"),
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

/// All safety invariants, fresh, for a world that begins so.
pub fn all(setup: &Setup) -> Vec<Box<dyn Invariant>> {
    vec![
        Box::new(s1_entitlement::Entitlement::new(setup)),
        Box::new(s2_origin_authority::OriginAuthority::new(setup)),
        Box::new(s4_no_resurrection::NoResurrection::new(setup)),
        Box::new(s5_no_phantom_delete::NoPhantomDelete::new(setup)),
        Box::new(s11_zone_isolation::ZoneIsolation::new(setup)),
        Box::new(s3_monotone_floor::MonotoneFloor::new(setup)),
        Box::new(s8_durable_before_visible::DurableBeforeVisible::new(setup)),
        Box::new(s9_ack_truth::AckTruth::new(setup)),
        Box::new(l4_no_silent_stop::NoSilentStop::new(setup)),
    ]
}
