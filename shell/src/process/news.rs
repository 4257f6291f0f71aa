//! One line of log for each change of state that matters to whoever runs the process.
use strait_core::node::{ObservationChange, ProxyStatus, VipState};

/// Says it.
pub fn tell(change: &ObservationChange) {
    match change {
        ObservationChange::Opened { zone, status } => tracing::info!(%zone, dialect = %status.dialect, "session begins"),
        ObservationChange::Ended { zone, why } => tracing::info!(%zone, %why, "no session"),
        ObservationChange::Refused { zone, why } => tracing::warn!(%zone, %why, "session refused"),
        ObservationChange::StoreFailed(why) => tracing::error!(%why, "the store takes no writes"),
        ObservationChange::Waiting { zone, why: Some(why) } => tracing::warn!(%zone, %why, "zone waits"),
        ObservationChange::Rejected { zone, key, rejection: Some(rejection) } => {
            tracing::warn!(%zone, resource = %key, why = %rejection.why, "resource refused by the other end");
        }
        ObservationChange::TooLarge { zone, kind, bytes: Some(bytes) } => {
            tracing::warn!(%zone, %kind, bytes, "kind too large for one message: the zone is sent nothing of it");
        }
        ObservationChange::Proxy { proxy, status: Some(ProxyStatus { refused: Some(why), .. }) } => {
            tracing::warn!(%proxy, %why, "a proxy refused something of its configuration");
        }
        ObservationChange::Rotation { identity, trust_domain, status: Some(status) } => {
            tracing::info!(%identity, trust_domain, phase = %status.phase, waits_for = %status.waits_for, "rotation of an authority");
        }
        ObservationChange::Rotation { identity, trust_domain, status: None } => {
            tracing::info!(%identity, trust_domain, "rotation of an authority is over");
        }
        ObservationChange::Vip { service, vip: Some(VipState::Exhausted) } => {
            tracing::warn!(%service, "no virtual IP is left: the service gets the next that is released");
        }
        ObservationChange::Lane { zone, lane, status } => {
            if let Some(why) = status.frozen {
                tracing::warn!(%zone, ?lane, %why, "frozen until an operator adopts");
            }
        }
        ObservationChange::Listed { kind, stale: Some(stale) } => {
            tracing::warn!(%kind, listed = stale.listed, known = stale.known, "a list of the cluster is older than what is known: it counts for nothing");
        }
        ObservationChange::Object { id, problems } => {
            for problem in problems.iter().filter(|problem| problem.reason.is_warning()) {
                tracing::warn!(object = %id, reason = problem.reason.as_str(), why = %problem.message, "something is wrong with an object");
            }
        }
        ObservationChange::Holds(_)
        | ObservationChange::Listed { stale: None, .. }
        | ObservationChange::Dropped(_)
        | ObservationChange::Vip { .. }
        | ObservationChange::Named { .. }
        | ObservationChange::Head(_)
        | ObservationChange::Proxy { .. }
        | ObservationChange::Waiting { why: None, .. }
        | ObservationChange::Rejected { rejection: None, .. }
        | ObservationChange::TooLarge { bytes: None, .. } => {}
    }
}
