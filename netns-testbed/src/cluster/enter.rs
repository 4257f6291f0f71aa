//! The process of a container before it becomes what it is to run: it makes its files, which it alone sees, and takes its environment.
use super::mounts::Mounts;
use nix::sched::{CloneFlags, unshare};
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::Command,
};

/// What a container is, for its process.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Described {
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
    pub(super) environment: Vec<(String, String)>,
    /// In a folder of its own, in which it also begins.
    pub(super) folder: PathBuf,
    /// Where files of volumes are, and what is in them.
    pub(super) files: Vec<(PathBuf, Vec<u8>)>,
    /// Folders, and what they are elsewhere.
    pub(super) shared: Vec<(PathBuf, PathBuf)>,
    /// Files in the place of the machine's.
    pub(super) replaced: Vec<(PathBuf, Vec<u8>)>,
}

/// Becomes the container that is described in a file, which is read once. Returns only if it cannot.
///
/// # Errors
/// Why not.
pub fn become_container(described: &Path) -> Result<std::convert::Infallible, String> {
    let text = fs::read(described).map_err(|error| format!("{}: {error}", described.display()))?;
    // It holds tokens.
    fs::remove_file(described).map_err(|error| format!("{}: {error}", described.display()))?;
    let described: Described = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    unshare(CloneFlags::CLONE_NEWNS).map_err(|error| format!("its own mounts: {error}"))?;
    let mut mounts = Mounts::new(&described.folder).map_err(|error| format!("its own mounts: {error}"))?;
    for (path, content) in &described.replaced {
        mounts.replace(path, content).map_err(mounted(path))?;
    }
    for (path, with) in &described.shared {
        mounts.shared(path, with).map_err(mounted(path))?;
    }
    for (path, content) in &described.files {
        mounts.file(path, content).map_err(mounted(path))?;
    }
    let begins = described.folder.join("home");
    fs::create_dir_all(&begins).map_err(mounted(&begins))?;
    let mut command = Command::new(&described.program);
    command.args(&described.arguments).env_clear().envs(described.environment).current_dir(begins);
    let error = command.exec();
    Err(format!("{}: {error}", described.program.display()))
}

fn mounted(what: &Path) -> impl Fn(io::Error) -> String {
    move |error| format!("{}: {error}", what.display())
}
