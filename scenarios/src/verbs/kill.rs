//! `kill`: a process ends; what it wrote reaches its disk.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::language::{Process, Shape};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "kill",
    does: "a process ends: the kernel closes its connections, and what it wrote reaches its disk; a proxy, with its workload",
    shape: Shape::Process,
    read: |node, check| verb(Kill(check.process(node)?)),
};

#[derive(Debug)]
struct Kill(Process);

impl Verb for Kill {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(match &self.0 {
            Process::ControlPlane(who) => Act::Kill(who.clone()),
            Process::Proxy(who) => Act::KillProxy(who.clone()),
            Process::Forwarder(who) => Act::KillForwarder(who.clone()),
        })
    }
}
