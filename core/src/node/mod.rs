//! The two nodes: what goes in, what comes out, and what may be known about them.
mod edit;
mod observation;
mod operation;
mod vocabulary;

pub use edit::{Change, EditOutcome, EditRefused, Ticket, Violation};
pub use observation::{
    FreezeReason, LaneStatus, OBSERVATION_VERSION, Observation, ObservationChange, PeerStatus, Rejection, SessionStatus, View, WaitReason,
};
pub use operation::Operation;
pub use vocabulary::{DialError, GlobalEffect, GlobalInput, Refusal, ZoneEffect, ZoneInput};
