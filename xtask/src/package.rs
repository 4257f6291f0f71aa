//! Programs that tests use and that Python's installer knows: installed once, of a known version, by whoever needs them first.
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Python's installer, as machines have it.
const INSTALLERS: &[&[&str]] = &[&["python3", "-m", "pip"], &["pip3"], &["pip"], &["python", "-m", "pip"]];

/// A package.
pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// The SHA-256 that it must have, in hex; empty: any.
    pub(crate) hash: &'static str,
}

impl Package {
    /// Installs it into this folder below `target/tools`, if need be, and says where that is. `prepare` may change what was installed.
    ///
    /// # Errors
    /// It cannot be installed or prepared.
    pub(crate) fn folder(&self, called: &str, prepare: impl FnOnce(&Path) -> Result<(), String>) -> Result<PathBuf, String> {
        let tools = crate::generate::workspace_root().join("target").join("tools");
        let folder = tools.join(called);
        if !folder.is_dir() {
            self.install(&tools, &folder, prepare)?;
        }
        Ok(folder)
    }

    /// Beside its place first, so that it is there whole or not at all, however many tests install it at once.
    fn install(&self, tools: &Path, folder: &Path, prepare: impl FnOnce(&Path) -> Result<(), String>) -> Result<(), String> {
        fs::create_dir_all(tools).map_err(|error| format!("{}: {error}", tools.display()))?;
        let fresh = tempfile::tempdir_in(tools).map_err(|error| format!("{}: {error}", tools.display()))?;
        let mut failed = Vec::new();
        for installer in INSTALLERS {
            match self.installed_by(installer, fresh.path()) {
                Ok(()) => break,
                Err(why) => failed.push(why),
            }
        }
        if failed.len() == INSTALLERS.len() {
            return Err(format!("{} {} cannot be installed: {}", self.name, self.version, failed.join("; ")));
        }
        prepare(fresh.path())?;
        let whole = fresh.keep();
        if fs::rename(&whole, folder).is_err() {
            // Another test was faster.
            let _ = fs::remove_dir_all(&whole);
        }
        Ok(())
    }

    fn installed_by(&self, installer: &[&str], folder: &Path) -> Result<(), String> {
        let [program, arguments @ ..] = installer else { return Err("nobody".to_owned()) };
        let wanted = folder.join("wanted.txt");
        let hash = if self.hash.is_empty() { String::new() } else { format!(" --hash=sha256:{}", self.hash) };
        fs::write(&wanted, format!("{}=={}{hash}\n", self.name, self.version)).map_err(|error| format!("{}: {error}", wanted.display()))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .args(["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--upgrade", "--target"])
            .arg(folder);
        run(command.arg("--requirement").arg(&wanted))
    }
}

/// Runs a command, and says why it failed.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let done = command.output().map_err(|error| format!("{program}: {error}"))?;
    if done.status.success() { Ok(()) } else { Err(format!("{program}: {}", String::from_utf8_lossy(&done.stderr).trim())) }
}
