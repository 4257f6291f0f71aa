//! Developer chores of Strait, run as `cargo xtask <chore>`.
//!
//! What it is: where tests get a real Envoy ([`envoy`]) and a real `kubectl` ([`kubectl`]) from, and the one place that turns `proto/proto/**.proto` into the code checked in under `proto/src/gen/`, and that can say whether
//! the two agree. What it is not: part of any build. Nothing that ships depends on it, so a clean build needs neither a protobuf
//! compiler nor this crate's dependencies.
//!
//! The chores are library functions so that a test can run the check; `main.rs` only reads the arguments and prints.
//! Nothing here panics but a test in CI that finds no Envoy or no `kubectl`: every failure is an error that names the file it happened at.

pub mod envoy;
pub mod generate;
pub mod kubectl;
mod package;
