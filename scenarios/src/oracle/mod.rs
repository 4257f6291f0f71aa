//! What invariants judge by: the truth about a run, drawn from what happened outside the nodes, sharing no code with the core.
//!
//! | file | what |
//! | --- | --- |
//! | `moment`, `turns` | an event, taken apart: by resource, by session |
//! | `history`, `ledger`, `edits` | what owners had and lost, and what users and operators asked for |
//! | `copies`, `passage` | what receivers hold, and what comes down to zones |
//! | `audience`, `wire`, `sameness` | Kuma's rules: who may be sent what, how it looks then, and when two specs are equal |
//! | `disk`, `image`, `fact`, `readings` | what each disk would give back at this moment |
//! | `prints` | what resources look like: enough to compare them |
//! | `revisions` | what global held at each position, and for whom |
//! | `lineage_tree` | which position follows from which |
//! | `agreement` | whether a zone and global hold of each other exactly what they should |
//! | `truth` | all that checkers share, drawn once from each event |
//! | `speakers` | who really speaks for each zone on global |
//! | `forgotten` | up to where each store has forgotten what went |
//! | `adoptions`, `removals`, `entitlement` | what operators decided: by operations, and by `MeshZones` and `Zone`s |
//! | `addresses` | what zones show of the addresses of services |
//! | `answerers` | which workloads a name may lead to, over time |
//! | `questions` | what workloads have asked, until it is answered |
//! | `permissions` | who may ask whom, and since when the proxies that must refuse somebody know it |
//! | `reach` | the three of these, in all zones |
//! | `told` | what proxies have been told, and from which state a plan follows |
//! | `cluster` | what zones have been told of their clusters |
//! | `owed` | what a node owes on a session |
//! | `policy/` | what policies come to for a proxy, of the set of resources that is held |
pub(crate) mod addresses;
pub(crate) mod adoptions;
pub(crate) mod agreement;
pub(crate) mod answerers;
pub(crate) mod audience;
pub(crate) mod cluster;
pub(crate) mod copies;
pub(crate) mod disk;
pub(crate) mod edits;
pub(crate) mod entitlement;
pub(crate) mod fact;
pub(crate) mod forgotten;
pub(crate) mod history;
pub(crate) mod image;
pub(crate) mod ledger;
pub(crate) mod lineage_tree;
pub(crate) mod moment;
pub(crate) mod owed;
pub(crate) mod passage;
pub(crate) mod permissions;
pub mod policy;
pub(crate) mod prints;
mod public_half;
pub(crate) mod questions;
pub(crate) mod reach;
pub(crate) mod readings;
pub(crate) mod removals;
pub(crate) mod revisions;
pub(crate) mod sameness;
pub(crate) mod speakers;
pub(crate) mod told;
pub(crate) mod truth;
pub(crate) mod turns;
pub(crate) mod wire;
