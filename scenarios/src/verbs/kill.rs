//! `kill`: a process ends; what it wrote reaches its disk.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::language::{Shape, Who};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "kill",
    does: "a process ends: the kernel closes its connections, and what it wrote reaches its disk; a proxy, with its workload",
    shape: Shape::ControlPlaneOrProxy,
    read: |node, check| verb(Kill(check.who(node)?)),
};

#[derive(Debug)]
struct Kill(Who);

impl Verb for Kill {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(match &self.0 {
            Who::ControlPlane(who) => Act::Kill(who.clone()),
            Who::Proxy(who) => Act::KillProxy(who.clone()),
        })
    }
}
