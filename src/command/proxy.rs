//! How a proxy is run.
use crate::proxy::{IngressArguments, InstallArguments, PrintArguments, ProxyArguments, UninstallArguments};
use clap::Subcommand;
use std::{ffi::OsString, path::PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum ProxyCommand {
    /// Run Envoy beside a workload, with what a control plane of the zone gives it, until Ctrl-C or SIGTERM; connections may end then, and a second
    /// signal ends it at once. If Envoy ends by itself it is started again. While no control plane answers, it starts with what it was given last.
    /// Exit code 0: stopped as asked, 2: a setting is wrong, or there is no Envoy that can be used, 3: an address cannot be listened on, 4: the data directory cannot be used, 5: the
    /// system refuses something else, 6: a control plane refuses this proxy.
    Run(Box<ProxyArguments>),
    /// Lead all traffic of this machine to a proxy, and its questions of DNS to the launcher (Linux; nftables). Exit code 0: done, 2: a setting is wrong,
    /// 5: there is no nft, or the system refuses.
    Redirect {
        #[command(subcommand)]
        command: RedirectCommand,
    },
    /// Become Envoy, and end with the launcher.
    #[command(hide = true)]
    Envoy {
        /// The process that started this one.
        #[arg(long)]
        launcher: u32,
        /// Envoy.
        program: PathBuf,
        /// What it is told.
        arguments: Vec<OsString>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum IngressCommand {
    /// Run Envoy as the ingress of a zone, until Ctrl-C or SIGTERM, as `strait proxy run` does beside a workload: it lets proxies of other zones reach
    /// the services of this one, of every mesh, and reads nothing of what they say. Exit codes as of `strait proxy run`.
    Run(Box<IngressArguments>),
}

#[derive(Debug, Subcommand)]
pub(crate) enum RedirectCommand {
    /// Redirect from now on; what was installed before goes. It is gone after a restart of the machine.
    Install(InstallArguments),
    /// Redirect nothing any more.
    Uninstall(UninstallArguments),
    /// Show what would be installed, as nft reads it. Needs no rights, and no nft.
    Print(PrintArguments),
}
