//! Virtual IPs: which service of which mesh has which address in this zone.
mod allocator;
mod range;
mod ranges;

pub use allocator::{Claims, RELEASED_FOR, VipAllocator, VipChange};
pub use range::{BadRange, VipRange};
pub use ranges::VipRanges;
