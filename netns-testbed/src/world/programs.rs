//! Which programs run on the hosts.
use std::{
    env,
    path::{self, Path, PathBuf},
};

/// Which programs run on the hosts.
#[derive(Clone, Debug)]
pub struct Programs {
    /// The control planes: what users deploy.
    pub nodes: PathBuf,
    /// A build that can also be the model of a Kuma, or be wrong in a given way.
    pub testbed: PathBuf,
    /// Envoy, for workloads.
    pub envoy: PathBuf,
    /// What operators of clusters do is done by this `kubectl`; `None`: by the model of the API itself.
    pub kubectl: Option<PathBuf>,
}

impl Programs {
    /// The same ones by paths that lead there from every directory, because containers begin in one of their own, with a `PATH` of their own. What is not there
    /// keeps its name: who starts it says so.
    pub(super) fn found_anywhere(&self) -> Self {
        let Self { nodes, testbed, envoy, kubectl } = self;
        Self {
            nodes: found_anywhere(nodes),
            testbed: found_anywhere(testbed),
            envoy: found_anywhere(envoy),
            kubectl: kubectl.as_deref().map(found_anywhere),
        }
    }
}

fn found_anywhere(program: &Path) -> PathBuf {
    // As a shell does: only a bare name is looked for.
    let is_bare = program.parent() == Some(Path::new(""));
    let found = if is_bare {
        env::var_os("PATH").and_then(|folders| env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file()))
    } else {
        path::absolute(program).ok()
    };
    found.unwrap_or_else(|| program.to_path_buf())
}
