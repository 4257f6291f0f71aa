//! Exploration: random topologies, workloads, faults and dialects, until an invariant breaks.
//!
//! A case is plain data that follows from a seed: a topology, and operations that name what they are about by a number. The number
//! is resolved against what is the case when the operation's turn comes; where nothing fits, nothing is done. So every part of a
//! case is a case, and a failing one is shrunk by leaving operations out.
//!
//! What an operation resolves to is a step of the scenario language, by name. So the runner carries cases out like any scenario, and
//! a shrunk failure is written as one.
//!
//! | file | what |
//! | --- | --- |
//! | `case`, `op` | what is drawn |
//! | `place` | where a case plays: drawn, or brought by a user |
//! | `ops/` | the operations there are |
//! | `workloads` | the workloads of a case that has some |
//! | `author` | resolving operations into steps while the case runs |
//! | `left_behind` | what earlier steps left behind for later ones |
//! | `marks`, `watch` | what was reached, and seeing that |
//! | `owners`, `answerers` | what `watch` knows of addresses, and of who answered |
//! | `rehearsal` | what a user brought, tried alone |
//! | `shrink` | making a failing case small |
//! | `regression` | the file of a failure |
//! | `guide`, `bred` | what cases reached, and cases made of those that got far |
//! | `timeline` | its picture |
//! | `search` | many cases, side by side |
mod answerers;
mod author;
mod bred;
mod case;
mod guide;
mod left_behind;
mod marks;
mod op;
mod ops;
mod owners;
mod place;
mod regression;
mod rehearsal;
mod resources;
mod run;
mod search;
mod shrink;
mod timeline;
mod watch;
mod workloads;
mod written;

pub use case::{Case, LeftHow, LeftOut, Terms, ZoneTerms};
pub use marks::{Coverage, MARKS, Marks};
pub use op::Op;
pub use ops::{OPS, OpClass, OpFacts, drawn_names};
pub use place::{Brought, Place};
pub use regression::{FORMAT, format_mistake, seed_of};
pub use rehearsal::rehearse;
pub use run::{Explored, Judged, explore_case};
pub use search::{Ended, Finding, Outcome, Progress, Search, Source, search};
