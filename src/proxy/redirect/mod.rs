//! `strait proxy redirect`: leads the traffic of a workload to its proxy, on Linux, by rules of nftables.
//!
//! They stand in one table of our own, which is put in its place whole: nothing else on the machine is read or changed, and to install it again,
//! or to remove what is not there, does no harm.
//!
//! | module | what |
//! | --- | --- |
//! | `arguments` | what is said on the command line |
//! | `ports` | sets of ports |
//! | `rules` | the table, as text |
//! | `nft` | who makes it so |
mod arguments;
mod nft;
mod ports;
mod rules;

pub(crate) use arguments::{InstallArguments, PrintArguments, UninstallArguments};

use super::exit::CannotRun;
use crate::{command::RedirectCommand, console::say};

pub(super) fn execute(command: RedirectCommand) -> Result<(), CannotRun> {
    match command {
        RedirectCommand::Install(InstallArguments { redirection, nft }) => nft::apply(&nft, &rules::install(&redirection.read()?)),
        RedirectCommand::Uninstall(UninstallArguments { nft }) => nft::apply(&nft, rules::UNINSTALL),
        RedirectCommand::Print(PrintArguments { redirection }) => {
            say(&rules::install(&redirection.read()?));
            Ok(())
        }
    }
}
