//! S15, denied: what a permission denies is not answered, once the proxy of the workload that is asked has taken that and its connections have drained.
use super::{Broken, Invariant};
use crate::{
    oracle::{
        permissions::{DRAINED_WITHIN, Verdict},
        questions::Answered,
        truth::{Happened, Truth},
    },
    workload::Answer,
};

/// S15.
#[derive(Debug)]
pub(super) struct Denied;

impl Invariant for Denied {
    fn id(&self) -> &'static str {
        "S15"
    }

    fn slug(&self) -> &'static str {
        "denied"
    }

    fn see(&mut self, truth: &Truth, Happened { event, answered, .. }: &Happened<'_>) -> Result<(), Broken> {
        let Some(Answered { asked, ask, answer: Answer::By { proxy: by, .. }, .. }) = answered else {
            return Ok(());
        };
        match truth.reach.verdict(&ask.from, by) {
            Some(Verdict::Denied(Some(since))) if *asked >= since.after(DRAINED_WITHIN) => {
                let asker = &ask.from;
                let what = format!(
                    "{by} answered {asker} to what it asked at {asked}, and a permission denies that, which its proxy has known since {since}"
                );
                Err(Broken::at(event, what))
            }
            _ => Ok(()),
        }
    }
}
