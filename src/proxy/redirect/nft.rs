//! Rules are put into the kernel by nft(8), which checks them and carries them out in one step, all or none.
use super::{super::exit::CannotRun, arguments::NftArguments};
use crate::settings::BadSetting;
use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Where it is on machines that do not have it on the `PATH` of ordinary users.
const ELSEWHERE: [&str; 2] = ["/usr/sbin/nft", "/sbin/nft"];

/// Has it carry out what stands in this text.
pub(super) fn apply(arguments: &NftArguments, text: &str) -> Result<(), CannotRun> {
    let programs = match &arguments.nft {
        Some(program) => vec![program.clone()],
        None => ["nft"].into_iter().chain(ELSEWHERE).map(PathBuf::from).collect(),
    };
    for program in &programs {
        match run(program, text) {
            Ok(outcome) => return outcome,
            Err(why) if why.kind() == io::ErrorKind::NotFound => {}
            Err(why) => return Err(CannotRun::System(format!("{}: {why}", program.display()))),
        }
    }
    match &arguments.nft {
        Some(program) => {
            let why = format!("there is no program {}", program.display());
            Err(CannotRun::Setting(BadSetting { name: "--nft".to_owned(), why }))
        }
        None => Err(CannotRun::System("there is no nft: install nftables, or name the program with `--nft`".to_owned())),
    }
}

fn run(program: &Path, text: &str) -> io::Result<Result<(), CannotRun>> {
    let mut command = Command::new(program);
    let mut child = command.args(["-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // If it does not read, it says why.
        _ = input.write_all(text.as_bytes());
    }
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(Ok(()));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let (program, said) = (program.display(), said.trim());
    let hint = if said.contains("not permitted") { "\nIt takes root, or CAP_NET_ADMIN." } else { "" };
    Ok(Err(CannotRun::System(format!("{program} refuses the rules ({}): {said}{hint}", output.status))))
}
