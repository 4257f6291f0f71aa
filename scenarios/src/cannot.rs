//! What a world cannot do. A scenario that needs it is skipped there; a skip that is not in this table is a failure.
use crate::world::WorldKind;

/// Something that not every world can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// Deliver what was in flight again, after the next session began.
    DuplicateLate,
    /// Let a packet overtake others.
    Reorder,
    /// Stop a process between two of its emits.
    CrashPoints,
    /// Let a process stand still while its kernel goes on.
    Pause,
    /// Let the clocks of workloads go with that of their zone's control plane.
    ClocksOfWorkloads,
    /// Run more than [`FEW_ZONES`].
    ManyZones,
}

/// So many zones every world gets through.
pub const FEW_ZONES: usize = 32;

/// World, what it cannot do, and why.
pub const CANNOT: &[(WorldKind, Capability, &str)] = &[
    (WorldKind::Turmoil, Capability::DuplicateLate, "turmoil has no duplicates, and a TCP stream would not deliver them"),
    (WorldKind::Turmoil, Capability::Reorder, "turmoil delays all segments of a link alike, so that none goes ahead"),
    (WorldKind::Turmoil, Capability::CrashPoints, "turmoil stops a host between two ticks, not between two emits"),
    (WorldKind::Turmoil, Capability::Pause, "turmoil steps every host in every tick, and cannot hold back one process"),
    (WorldKind::Turmoil, Capability::ManyZones, "turmoil steps every host in every tick: more than 32 zones take too long"),
    (WorldKind::Netns, Capability::DuplicateLate, "a TCP stream delivers nothing twice, and what a packet carries is encrypted"),
    (WorldKind::Netns, Capability::CrashPoints, "a real process can be killed at any moment, but not between two given emits"),
    (
        WorldKind::Netns,
        Capability::ClocksOfWorkloads,
        "an Envoy has the clock of this machine, and believes no certificate of another time",
    ),
    (WorldKind::Netns, Capability::ManyZones, "each zone is a process with threads of its own: more than 32 take too long"),
];

/// Why `world` cannot do it; `None` if it can.
pub fn cannot(world: WorldKind, capability: Capability) -> Option<&'static str> {
    CANNOT.iter().find(|(kind, what, _)| *kind == world && *what == capability).map(|(_, _, why)| *why)
}
