//! Showing how runs went: to people, to machines, to build servers.
mod agreement;
mod failure;
mod json;
mod junit;
mod table;

pub use agreement::{Agreement, agreement};
pub use failure::failure;
pub use json::json;
pub use junit::junit;
pub use table::table;
