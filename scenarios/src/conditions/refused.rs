//! `refused`: a zone has no session, and the reason is visible.
use super::{Condition, ConditionFacts, Scene, condition, optional_text};
use crate::{
    event::NodeId,
    language::{Shape, shape::may},
};

pub(super) const FACTS: ConditionFacts = ConditionFacts {
    name: "refused",
    does: "the zone has no session, and says why with these words",
    shape: Shape::Zone,
    beside: &[may("because", Shape::Text)],
    read: |node, fields, check| {
        let because = optional_text(fields, "because", check);
        condition(Refused { who: check.speaker(node)?, because: because? })
    },
};

#[derive(Debug)]
struct Refused {
    who: NodeId,
    because: Option<String>,
}

impl Condition for Refused {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        let zone = &self.who;
        let peer = scene.sync_of(zone)?.ok_or_else(|| format!("{zone} has never tried to connect"))?;
        match (&peer.session, &peer.last_end) {
            (Some(_), _) => Err(format!("{zone} has a session")),
            (None, None) => Err(format!("{zone} does not say why it has no session")),
            (None, Some(why)) if self.because.as_ref().is_some_and(|words| !why.contains(words.as_str())) => {
                Err(format!("{zone} has no session because: {why}"))
            }
            (None, Some(_)) => Ok(()),
        }
    }
}
