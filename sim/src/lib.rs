//! Simulated worlds behind Strait's scenario runner.
//!
//! It holds no verbs and judges nothing: those are in `strait-scenarios`. Here is what the nodes run in, and what they run
//! against: links that can be cut, disks that can tear, and a model of Kuma's control planes.
pub mod disk;
pub mod kuma;
