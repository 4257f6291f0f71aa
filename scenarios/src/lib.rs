//! One scenario file, several worlds: the language, the runner, and the invariants that judge every run.
//!
//! It runs no node and no network itself. A world (`strait-sim`, `strait-netns-testbed`) implements the
//! primitives of [`world::World`]; verbs, conditions and invariants are defined here, once, in terms of those.
//!
//! The loop: the runner lets the world advance, hands every [`event::Event`] to every invariant, carries out the steps of the
//! scenario, and waits for what it expects, with a bound.
pub mod cannot;
pub mod cluster;
pub mod conditions;
pub mod cuts;
mod digest;
pub mod event;
pub mod explore;
pub mod features;
pub mod forwarder;
pub mod gateway;
pub mod ingress;
pub mod invariants;
pub mod known;
pub mod kubernetes;
pub mod language;
pub mod limits;
pub mod link;
pub mod meters;
pub mod oracle;
pub mod report;
pub mod runner;
pub mod sabotage;
pub mod scenario;
pub mod timeline;
pub mod under_traffic;
pub mod verbs;
pub mod workload;
pub mod world;
pub mod zone_pair;
