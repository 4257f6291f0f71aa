//! `strait demo across-zones`: a mesh over three zones on one machine, in network namespaces of its own. What happens is a scenario, which is told while it runs.
use crate::{command::DemoArguments, scenario};
use std::process::ExitCode;

/// What happens.
const SCENARIO: &str = include_str!("../../scenarios/suites/demo-across-zones.yaml");
/// A scenario is called as its file is.
const FILE: &str = "demo-across-zones.yaml";

pub(super) fn show(arguments: &DemoArguments) -> Result<ExitCode, String> {
    if arguments.stay {
        return Err("error: `--stay` is for the demo without `across-zones`".to_owned());
    }
    scenario::show(&[(FILE, SCENARIO)], &arguments.envoy, None)
}
