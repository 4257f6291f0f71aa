//! Steps that are made while a scenario runs: values that are read as a file's steps are, by the same check.
use super::{Check, Node, steps};
use crate::scenario::{Scenario, Step};
use serde_json::Value;
use std::path::PathBuf;

/// Reads steps one after the other. What earlier ones made (backups, meshes) later ones may name.
#[derive(Clone, Debug)]
pub(crate) struct LiveSteps {
    check: Check,
}

impl LiveSteps {
    /// For the topology of a scenario.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let mut check = Check::new(PathBuf::new());
        check.global = scenario.global;
        check.zones = scenario.zones.clone();
        check.lacks = scenario.lacks.keys().cloned().collect();
        check.links_are = scenario.links.clone();
        check.proxies = scenario.proxies.keys().cloned().collect();
        let gateways = scenario.proxies.iter().filter_map(|(proxy, workload)| Some((proxy.clone(), workload.gateway.clone()?)));
        check.gateways = gateways.collect();
        check.ingresses = scenario.ingresses.clone();
        check.meshes = scenario.meshes.iter().map(ToString::to_string).collect();
        Self { check }
    }

    /// For what has been read so far.
    pub(crate) fn after(check: Check) -> Self {
        Self { check }
    }

    /// Reads one.
    ///
    /// # Errors
    /// What a file with this step would be refused for.
    pub(crate) fn read(&mut self, step: &Value) -> Result<Step, String> {
        let read = steps::one(&Node::from_json(step), &mut self.check);
        let mistakes = std::mem::take(&mut self.check.mistakes);
        match (read, mistakes.first()) {
            (Some(step), None) => Ok(step),
            (_, Some(mistake)) => Err(format!("{} {}: {step}", mistake.message, mistake.help)),
            (None, None) => Err(format!("this is not a step: {step}")),
        }
    }
}
