//! What can be said on the command line.
mod amounts;
mod crash;
mod kubernetes;
mod policy;
mod proxy;
#[cfg(feature = "lab")]
mod testbed;
mod token;
mod why;

pub(crate) use crash::CrashArgument;
pub(crate) use kubernetes::{ConvertArguments, ConvertOutput, CrdsArguments, KubernetesCommand};
pub(crate) use policy::{PolicyCommand, PolicyOutput, PolicyResolveArguments};
pub(crate) use proxy::{IngressCommand, ProxyCommand, RedirectCommand};
#[cfg(feature = "lab")]
pub(crate) use testbed::{TestbedBuild, TestbedCommand};
pub(crate) use token::{DataplaneTokenArguments, TokenArguments, TokenCommand, ZoneScope};
pub(crate) use why::{WhyArguments, WhyOutput};

use crate::settings::{GlobalArguments, ZoneArguments};
use amounts::{budget, lasting, overlap, seed};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{
    num::{NonZeroU64, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};
use strait_core::{Seed, resource::ZoneName};
use strait_scenarios::world::WorldKind;

/// A multi-zone service-mesh control plane whose behaviour under failure is tested before it is deployed.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The global control plane, where operators write policies.
    Global {
        #[command(subcommand)]
        command: GlobalCommand,
    },
    /// A zone control plane; and what global's operators decide about zones.
    Zone {
        #[command(subcommand)]
        command: ZoneCommand,
    },
    /// Show a mesh on this machine, in a minute and without root: who reaches whom, and what an edit changes. Nothing is left of it.
    /// Exit code 0: all was as it should be, 1: something was not.
    Demo(DemoArguments),
    /// A proxy beside a workload on a machine.
    Proxy {
        #[command(subcommand)]
        command: ProxyCommand,
    },
    /// The proxy through which other zones reach the services of a zone.
    Ingress {
        #[command(subcommand)]
        command: IngressCommand,
    },
    /// Tokens of those who connect to a zone control plane. Those of zones: `strait zone token`.
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Create or change resources: all that stand in files, or none if one of them cannot be read.
    Apply(ApplyArguments),
    /// Show resources.
    Get(GetArguments),
    /// Delete a resource.
    Delete(DeleteArguments),
    /// In a zone: another authority takes the place of the one that vouches for its proxies in a mesh. Both are trusted meanwhile, so that no request
    /// fails. Exit code 0: it has begun, 2: it is refused, or no control plane answers.
    Rotate(RotateArguments),
    /// Show a control plane and its zones: who is here, what they hold, and why they do not get on.
    Status(StatusArguments),
    /// What a control plane keeps in its data directory.
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// Copy what a control plane keeps into a file: of one that runs, or with `--data-dir` of one that does not. The file holds keys. Exit
    /// code 0: it is written, 2: the file cannot be, 4: the data directory cannot be used, 5: no copy could be had.
    Backup(BackupArguments),
    /// Bring back what a backup holds, while the control plane does not run: all of it, or nothing. Exit code 0: it is there, 2: the file is
    /// no backup or was damaged, 4: the data directory cannot be used.
    Restore(RestoreArguments),
    /// Search for a violation: random topologies, workloads and faults. Exit code 0: nothing was found, 1: a violation, 2: bad input,
    /// 130: interrupted before anything was found.
    Explore(ExploreArguments),
    /// Whether this machine can run scenarios on real processes, in network namespaces. Exit code 0: it can, 1: something is missing.
    Doctor(DoctorArguments),
    /// Why a workload reaches a name, or does not: hop by hop, and of the first hop that breaks it the smallest change that turns the answer. Exit
    /// code 0: nothing that is known breaks it, 1: something does, 2: bad input.
    Why(WhyArguments),
    /// What policies come to.
    Policy {
        #[command(subcommand)]
        command: PolicyCommand,
    },
    /// What a cluster of Kubernetes becomes in a mesh.
    Kubernetes {
        #[command(subcommand)]
        command: KubernetesCommand,
    },
    /// Run and check scenarios: what must hold when links, processes and disks fail.
    Scenario {
        #[command(subcommand)]
        command: ScenarioCommand,
    },
    /// A control plane that only a testbed runs.
    #[cfg(feature = "lab")]
    #[command(hide = true)]
    Testbed {
        #[command(subcommand)]
        command: TestbedCommand,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum GlobalCommand {
    /// Run it until Ctrl-C or SIGTERM. Exit code 0: stopped as asked, 2: a setting is wrong, 3: an address cannot be listened on, 4: the
    /// data directory cannot be used, 5: the system refuses something else.
    Run(Box<GlobalArguments>),
    /// Adopt: this global's history is the truth. Zones that froze because of it are reset to it.
    Adopt(ApiArguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ZoneCommand {
    /// Run it until Ctrl-C or SIGTERM. Exit codes as of `strait global run`.
    Run(Box<ZoneArguments>),
    /// On global: print the line with which a zone joins. It holds the zone's token: whoever has it can be that zone.
    Token(TokenArguments),
    /// On global: answer a plain Kuma zone, which sends no token.
    Admit(DecideArguments),
    /// On global: what this zone announces now is the truth, although its history has forked.
    Adopt(DecideArguments),
    /// On global: let what this zone exports reach the other zones, and its store in again if it had been removed.
    Enable(DecideArguments),
    /// On global: withhold what this zone exports from the other zones. Its own session goes on.
    Disable(DecideArguments),
    /// On global: this zone is no more. What it announced goes everywhere, and its store is refused from now on.
    Remove(DecideArguments),
}

#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// What is shown.
    #[arg(value_enum, default_value = "one-zone")]
    pub(crate) show: Show,
    /// Envoy, 1.36 or later.
    #[arg(long, env = "STRAIT_PROXY_ENVOY", default_value = "envoy", value_name = "PROGRAM")]
    pub(crate) envoy: PathBuf,
    /// For `hybrid`: what is deployed in the cluster is deployed by this `kubectl`.
    #[arg(long, env = "STRAIT_KUBECTL", default_value = "kubectl", value_name = "PROGRAM")]
    pub(crate) kubectl: PathBuf,
    /// Stay afterwards, until Ctrl-C, and print the commands by which all of it can be looked at.
    #[arg(long)]
    pub(crate) stay: bool,
}

/// What the demo shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Show {
    /// Global and a zone, two meshes, three Envoys, without namespaces.
    OneZone,
    /// Global and three zones with ingresses, a gateway, and links of a wide-area network between them, which are cut and healed. Linux, in network
    /// namespaces of its own.
    AcrossZones,
    /// Global, a cluster of Kubernetes and machines beside it, two meshes, and a link between the zones that is cut and healed. Likewise; with `kubectl`.
    Hybrid,
}

#[derive(Debug, Args)]
pub(crate) struct ApiArguments {
    /// Where the API of the control plane is.
    #[arg(long, env = "STRAIT_API", default_value = "127.0.0.1:5681", value_name = "ADDRESS")]
    pub(crate) api: String,
}

#[derive(Debug, Args)]
pub(crate) struct DecideArguments {
    /// The zone.
    pub(crate) name: ZoneName,
    #[command(flatten)]
    pub(crate) api: ApiArguments,
}

#[derive(Debug, Args)]
pub(crate) struct RotateArguments {
    /// In which mesh.
    #[arg(short, long)]
    pub(crate) mesh: strait_core::resource::MeshName,
    /// By which `MeshIdentity`, if the zone has authorities of several.
    #[arg(long)]
    pub(crate) name: Option<strait_core::resource::ResourceName>,
    /// How long both are trusted before the new one signs, from when global has acknowledged it: longer than any zone is away; at least `30s`. [default: as long
    /// as a certificate of the old one may be valid, so a day if no MeshIdentity says something else]
    #[arg(long, value_name = "TIME", value_parser = overlap)]
    pub(crate) overlap: Option<Duration>,
    #[command(flatten)]
    pub(crate) api: ApiArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArguments {
    /// Files of resources in YAML; `-`: standard input.
    #[arg(short, long = "file", required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) api: ApiArguments,
}

#[derive(Debug, Args)]
pub(crate) struct GetArguments {
    /// Which kind, such as `meshtimeouts` or `MeshTimeout`.
    pub(crate) kind: String,
    /// Which one; without it, all.
    pub(crate) name: Option<String>,
    /// In which mesh. [default: default for one resource, every mesh for a list]
    #[arg(short, long)]
    pub(crate) mesh: Option<String>,
    /// How to show them.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: GetOutput,
    #[command(flatten)]
    pub(crate) api: ApiArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GetOutput {
    /// A line each.
    Table,
    /// As they are written.
    Yaml,
    /// For machines.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct DeleteArguments {
    /// Which kind, such as `meshtimeouts` or `MeshTimeout`.
    pub(crate) kind: String,
    /// Which one.
    pub(crate) name: String,
    /// In which mesh. [default: default]
    #[arg(short, long)]
    pub(crate) mesh: Option<String>,
    #[command(flatten)]
    pub(crate) api: ApiArguments,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// How to show it.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: DoctorOutput,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DoctorOutput {
    /// A line each.
    Table,
    /// For machines.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    /// How to show it.
    #[arg(short, long, value_enum, default_value = "text")]
    pub(crate) output: StatusOutput,
    #[command(flatten)]
    pub(crate) api: ApiArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusOutput {
    /// For people.
    Text,
    /// For machines.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Verify the store of a control plane that does not run, and that it would start from it. Changes nothing. Exit code 0: it is sound, 4: it
    /// is damaged, or the data directory cannot be used.
    Check(StoreCheckArguments),
}

#[derive(Debug, Args)]
pub(crate) struct StoreCheckArguments {
    /// The data directory.
    #[arg(long, env = "STRAIT_DATA_DIR", default_value = "strait-data/global", value_name = "FOLDER")]
    pub(crate) data_dir: PathBuf,
    /// How to show it.
    #[arg(short, long, value_enum, default_value = "text")]
    pub(crate) output: StatusOutput,
}

#[derive(Debug, Args)]
pub(crate) struct BackupArguments {
    /// The file to write. Nobody else may read it.
    pub(crate) file: PathBuf,
    /// The data directory of a control plane that does not run, instead of asking one that does.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Write over a file that is there.
    #[arg(long)]
    pub(crate) replace: bool,
    #[command(flatten)]
    pub(crate) api: ApiArguments,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArguments {
    /// What `strait backup` wrote.
    pub(crate) file: PathBuf,
    /// The data directory. [default: as of the control plane that it was: strait-data/global or strait-data/zone-ZONE]
    #[arg(long, env = "STRAIT_DATA_DIR", value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Take the place of a store that is there, which is kept aside.
    #[arg(long)]
    pub(crate) replace: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ScenarioCommand {
    /// Run scenarios in simulated worlds. Exit code 0: all passed, 1: a violation, 2: bad input.
    Run(Box<RunArguments>),
    /// Check scenario files without running them. Exit code 0: all are right, 2: they are not.
    Check {
        /// Files, or folders of files.
        #[arg(default_value = "scenarios/suites")]
        paths: Vec<PathBuf>,
    },
    /// Print the JSON Schema of scenario files, for editors.
    Schema,
}

#[derive(Debug, Args)]
pub(crate) struct ExploreArguments {
    /// How many cases to run. Without this and without `--for`: 1000.
    #[arg(long, value_name = "N", value_parser = budget)]
    pub(crate) cases: Option<NonZeroU64>,
    /// For how long to search at most, such as `10m`.
    #[arg(long = "for", value_name = "TIME", value_parser = lasting)]
    pub(crate) lasting: Option<Duration>,
    /// From which the cases follow: decimal, or hexadecimal with `0x`.
    #[arg(long, default_value = "0x5eed", value_parser = seed)]
    pub(crate) seed: Seed,
    /// The number of the first case.
    #[arg(long, default_value = "0", value_name = "N")]
    pub(crate) first: u64,
    /// Judge only these invariants, such as `S3,S4`.
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    pub(crate) invariants: Vec<String>,
    /// In which world.
    #[arg(long, default_value = "model", value_name = "WORLD")]
    pub(crate) on: WorldKind,
    /// How many run side by side. By default as many as there are processors. What is found does not depend on it.
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// How to show what came out.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) output: ExploreOutput,
    /// End with the first violation.
    #[arg(long)]
    pub(crate) until_found: bool,
    /// Each case follows from its number alone. Else every other one is made of those before it that got far
    #[arg(long)]
    pub(crate) unguided: bool,
    /// The folder in which what was found is written, shrunk, as scenarios. By default `scenarios/regressions`, with `--topology` `found`.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) regressions: Option<PathBuf>,
    /// Draw only what happens, in this topology: a scenario file, of which only `topology` is needed. Its steps are done first.
    #[arg(long, value_name = "FILE")]
    pub(crate) topology: Option<PathBuf>,
    /// A folder of Kuma resources (`.yaml`, `.yml`, `.json`), which are written on global before the first step.
    #[arg(long, value_name = "FOLDER", requires = "topology")]
    pub(crate) resources: Option<PathBuf>,
    /// A file with what must never hold: `never: [CONDITION, …]`.
    #[arg(long, value_name = "FILE", requires = "topology")]
    pub(crate) never: Option<PathBuf>,
    /// Inject a wrong behaviour, to see that it is found.
    #[arg(long, hide = true, value_name = "NAME")]
    pub(crate) sabotage: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExploreOutput {
    /// For people.
    Text,
    /// For machines.
    Json,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct RunArguments {
    /// Files, or folders of files.
    #[arg(default_value = "scenarios/suites")]
    pub(crate) paths: Vec<PathBuf>,
    /// In which worlds.
    #[arg(long, value_delimiter = ',', default_value = "model,turmoil", value_name = "WORLD")]
    pub(crate) on: Vec<WorldKind>,
    /// Only scenarios whose name contains this.
    #[arg(long, value_name = "WORD")]
    pub(crate) filter: Option<String>,
    /// From which everything random follows: decimal, or hexadecimal with `0x`.
    #[arg(long, default_value = "0x5eed", value_parser = seed)]
    pub(crate) seed: Seed,
    /// Run each with so many seeds, counted up from the first.
    #[arg(long, default_value = "1", value_name = "N")]
    pub(crate) seeds: NonZeroUsize,
    /// How many run side by side. By default as many as there are processors.
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// In `netns`, run this program's control planes, such as a release without the simulators. By default this program's own.
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) nodes: Option<PathBuf>,
    /// In `netns`, workloads have this Envoy beside them: 1.36 or later.
    #[arg(long, env = "STRAIT_PROXY_ENVOY", default_value = "envoy", value_name = "PROGRAM")]
    pub(crate) envoy: PathBuf,
    /// In `netns`, what operators of clusters do is done by this `kubectl`. By default the model of their API does it itself.
    #[arg(long, env = "STRAIT_KUBECTL", value_name = "PROGRAM")]
    pub(crate) kubectl: Option<PathBuf>,
    /// How many run side by side in `netns`, where most of them wait most of the time. By default 6 for each processor.
    #[arg(long, value_name = "N")]
    pub(crate) netns_jobs: Option<NonZeroUsize>,
    /// How to show what came out.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) output: Output,
    /// Write the step trace of every run into this folder, one JSON line for each event.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) trace: Option<PathBuf>,
    /// Tell each step as it happens, in the words of the comment above it, and what came of it. For one scenario in one world.
    #[arg(long)]
    pub(crate) tell: bool,
    /// Draw what happened: control planes as lanes, messages as arrows, faults as bars. A name that ends with `.html`, `.svg` or `.txt`. For one
    /// scenario in one world.
    #[arg(long, value_name = "FILE")]
    pub(crate) timeline: Option<PathBuf>,
    /// Run everything again in a second process, and compare what happened, event by event.
    #[arg(long)]
    pub(crate) verify_determinism: bool,
    /// Of a scenario with `crash_points`: only this one, such as `17:torn`. Of any: `east:17:torn`, counted from the first step; then only invariants judge.
    #[arg(long, value_name = "POINT", conflicts_with = "crash_points")]
    pub(crate) crash: Option<CrashArgument>,
    /// In `model`, crash each control plane of each scenario after each of its emits, with each outcome for its disk, evenly sampled down to N runs of each. Only
    /// invariants judge.
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "100")]
    pub(crate) crash_points: Option<NonZeroU64>,
    /// Add workloads to each scenario that has none, in two of its zones, which ask each other all the time. Only invariants judge.
    #[arg(long)]
    pub(crate) under_traffic: bool,
    /// Inject a wrong behaviour, to see that it is caught.
    #[arg(long, hide = true, value_name = "NAME")]
    pub(crate) sabotage: Option<String>,
    /// Judge these invariants only, such as `S15`, beside what the scenario itself expects.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(crate) judge: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// For machines.
    Json,
    /// For build servers.
    Junit,
}
