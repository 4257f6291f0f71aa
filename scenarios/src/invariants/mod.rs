//! The invariants: independent checkers, one file each, always on.
//!
//! They judge by what happened outside the nodes ([`Event`]): observations, what crossed the links, the operations issued, and
//! what recovery makes of the disk. Never by a node's own claim alone.
//!
//! | file | what |
//! | --- | --- |
//! | `moment` | an event, taken apart |
//! | `history`, `ledger`, `edits` | what owners had and lost, and what users and operators asked for |
//! | `copies`, `passage` | what receivers hold, and what comes down to zones |
//! | `audience`, `wire`, `sameness` | Kuma's rules: who may be sent what, how it looks then, and when two specs are equal |
mod audience;
mod copies;
mod edits;
mod history;
mod ledger;
mod moment;
mod passage;
mod s11_zone_isolation;
mod s1_entitlement;
mod s2_origin_authority;
mod s4_no_resurrection;
mod s5_no_phantom_delete;
mod sameness;
mod wire;

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
    ]
}
