//! Control planes are asked until one of them answers.
use super::{
    ask::{Refusal, Unanswered, ask},
    backoff::Backoff,
    bootstrap::Bootstrap,
    control_plane::{Address, ControlPlane, measured},
    nearest::nearest_first,
    question::Question,
};
use std::time::Duration;
use tokio::time::sleep;

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// All that answered refuse.
#[derive(Debug)]
pub(super) struct AllRefused {
    /// One of them: one that does not believe the token, if there is such.
    pub(super) by: Address,
    pub(super) refusal: Refusal,
}

/// The bootstrap, and who gave it. Waits for it as long as nobody answers, or one of them may give it later.
pub(super) async fn search(control_planes: &[ControlPlane], question: &Question) -> Result<(Bootstrap, Address), AllRefused> {
    let mut pauses = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
    let mut said = Vec::new();
    loop {
        let (mut reasons, mut refused, mut has_hope) = (Vec::new(), Vec::new(), false);
        for control_plane in nearest(control_planes).await {
            let by = control_plane.address.clone();
            match ask(&control_plane, question).await {
                Ok(bootstrap) => return Ok((bootstrap, by)),
                Err(Unanswered::Refused(refusal)) => {
                    reasons.push(format!("{by}: {}", refusal.why));
                    refused.push(AllRefused { by, refusal });
                }
                Err(Unanswered::NotYet(why)) => {
                    reasons.push(format!("{by}: {why}"));
                    has_hope = true;
                }
                Err(Unanswered::Away(why)) => reasons.push(format!("{by}: {why}")),
            }
        }
        if !has_hope && let Some(refused) = refused.into_iter().min_by_key(|refused| !refused.refusal.is_of_token) {
            return Err(refused);
        }
        reasons.sort();
        // Said once, and not with each attempt.
        if reasons != said {
            tracing::warn!(why = %reasons.join("; "), "no control plane gives a bootstrap; asking on");
            said = reasons;
        }
        sleep(pauses.pause()).await;
    }
}

/// Measured anew in each round: who is nearest may just have come back.
async fn nearest(control_planes: &[ControlPlane]) -> Vec<ControlPlane> {
    if control_planes.len() < 2 {
        return control_planes.to_vec();
    }
    let measured = measured(control_planes).await.into_iter().map(Result::ok);
    nearest_first(control_planes.iter().cloned().zip(measured).collect())
}
