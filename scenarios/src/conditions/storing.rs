//! `storing` and `not_storing`: whether the store of a control plane takes writes, as it says itself.
use super::{Condition, ConditionFacts, Scene, condition};
use crate::{
    event::NodeId,
    language::{Shape, shape::may},
};
use strait_core::StoreFailure;

const WHY: &[&str] = &["full", "io"];

pub(super) const STORING: ConditionFacts = ConditionFacts {
    name: "storing",
    does: "it shows no failure of its store",
    shape: Shape::ControlPlane,
    beside: &[],
    read: |node, _, check| condition(Storing(check.control_plane(node)?)),
};

pub(super) const NOT_STORING: ConditionFacts = ConditionFacts {
    name: "not_storing",
    does: "it is up, takes nothing because its store failed, and says why",
    shape: Shape::ControlPlane,
    beside: &[may("because", Shape::Choice(WHY))],
    read: |node, fields, check| {
        let because = match fields.get("because") {
            Some(because) if check.choice(because, "reason", WHY)? == "full" => Some(StoreFailure::Full),
            Some(_) => Some(StoreFailure::Io),
            None => None,
        };
        condition(NotStoring { who: check.control_plane(node)?, because })
    },
};

#[derive(Debug)]
struct Storing(NodeId);

impl Condition for Storing {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        match scene.observe(&self.0)?.store_failure {
            Some(why) => Err(format!("{} takes nothing: {why}", self.0)),
            None => Ok(()),
        }
    }
}

#[derive(Debug)]
struct NotStoring {
    who: NodeId,
    because: Option<StoreFailure>,
}

impl Condition for NotStoring {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        match scene.observe(&self.who)?.store_failure {
            None => Err(format!("{} shows no failure of its store", self.who)),
            Some(why) if self.because.is_some_and(|because| because != why) => Err(format!("{} takes nothing: {why}", self.who)),
            Some(_) => Ok(()),
        }
    }
}
