//! `strait testbed`: a control plane that only a testbed runs: the model of a Kuma, or one with something wrong with it.
//!
//! It serves, stores and speaks as `strait global run` and `strait zone run` do; what differs is the node inside.
use crate::{
    command::{TestbedBuild, TestbedCommand},
    serve::{Build, run_global_as, run_zone_as},
};
use std::process::ExitCode;
use strait_core::node::Environment;
use strait_scenarios::{
    limits::Limits,
    sabotage::{GlobalActor, ZoneActor},
};
use strait_shell::process::Surroundings;
use strait_sim::{Build as Made, Refusals};

pub(crate) fn execute(command: TestbedCommand) -> ExitCode {
    match command {
        TestbedCommand::Global { build, arguments } => run_global_as(*arguments, |surroundings| {
            let made = made(&build, surroundings);
            Build::<GlobalActor> {
                dialect: made.dialect,
                recover: Box::new(move |seed, now, durable, out| made.global(seed, now, durable, out)),
            }
        }),
        #[cfg(target_os = "linux")]
        TestbedCommand::Workload { called, port, protocol } => {
            listened(port, strait_netns_testbed::serve_workload(&called, port, protocol))
        }
        #[cfg(target_os = "linux")]
        TestbedCommand::Gateway { port, to } => listened(port, strait_netns_testbed::serve_gateway(port, &to)),
        #[cfg(target_os = "linux")]
        TestbedCommand::Container { described } => match strait_netns_testbed::cluster::become_container(&described) {
            Ok(never) => match never {},
            Err(why) => {
                crate::console::complain(&format!("error: the container cannot begin: {why}\n"));
                ExitCode::FAILURE
            }
        },
        #[cfg(target_os = "linux")]
        TestbedCommand::Forward { port, to } => listened(port, strait_netns_testbed::forward(port, to)),
        TestbedCommand::Zone { build, arguments } => run_zone_as(*arguments, |settings, surroundings| {
            let (made, zone) = (made(&build, surroundings), settings.name.clone());
            Build::<ZoneActor> {
                dialect: made.dialect,
                recover: Box::new(move |seed, now, durable, out| made.zone(&zone, seed, now, durable, out)),
            }
        }),
    }
}

/// What becomes of a process that listens on a port for as long as it lives.
#[cfg(target_os = "linux")]
fn listened(port: u16, ended: std::io::Result<()>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            crate::console::complain(&format!("error: port {port} cannot be listened on: {why}\n"));
            ExitCode::FAILURE
        }
    }
}

fn made(build: &TestbedBuild, surroundings: &Surroundings) -> Made {
    let limits = Limits::default();
    let limits = Limits {
        remembered_removals: build.remembered_removals.unwrap_or(limits.remembered_removals),
        snapshots: build.snapshots.unwrap_or(limits.snapshots),
        vips: build.vips.unwrap_or(limits.vips),
    };
    let refusals = Refusals::lacking(build.lacks.iter().copied().collect());
    if let Surroundings::Testbed(testbed) = surroundings {
        let refusals = refusals.clone();
        testbed.follow(move |faults| refusals.reject_only(&faults.unreadable));
    }
    Made { dialect: build.speaks, environment: Environment::Universal, limits, sabotage: build.sabotage.clone(), refusals }
}
