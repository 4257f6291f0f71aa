//! Envoy: which one it is, and how it is started.
use super::{admin::Admin, exit::CannotRun, settings::ProxySettings, tied, version::Version};
use crate::settings::BadSetting;
use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{
    process::{Child, Command},
    time::timeout,
};

/// What our configuration is written for.
const OLDEST: (u32, u32) = (1, 36);
/// From this one on it counts by itself the processors that it may use.
const COUNTS_PROCESSORS: (u32, u32) = (1, 40);
/// It says its version at once, or something is wrong with it.
const SAYS_VERSION_WITHIN: Duration = Duration::from_secs(10);

/// Which version this program is.
pub(super) async fn version(program: &Path) -> Result<Version, CannotRun> {
    let (major, minor) = OLDEST;
    let shown = program.display();
    let bad = |why: String| CannotRun::Setting(BadSetting { name: "--envoy".to_owned(), why });
    let asked = Command::new(program).arg("--version").stdin(Stdio::null()).kill_on_drop(true).output();
    let output = match timeout(SAYS_VERSION_WITHIN, asked).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
            return Err(bad(format!(
                "there is no program {shown}: install Envoy {major}.{minor} or later, or name it with `--envoy PROGRAM`"
            )));
        }
        Ok(Err(error)) => return Err(bad(format!("{shown}: {error}"))),
        Err(_) => return Err(bad(format!("{shown} does not say its version within {} s", SAYS_VERSION_WITHIN.as_secs()))),
    };
    let version = Version::read(&String::from_utf8_lossy(&output.stdout)).filter(|_| output.status.success());
    let version = version.ok_or_else(|| bad(format!("{shown} does not say its version as Envoy does (`envoy --version`)")))?;
    if version.is_at_least(OLDEST) {
        return Ok(version);
    }
    Err(bad(format!("{shown} is Envoy {version}, but {major}.{minor} or later is needed")))
}

/// How it is started.
pub(super) struct Envoy {
    program: PathBuf,
    arguments: Vec<OsString>,
    /// Where it is told to drain; `None`: nowhere.
    pub(super) admin: Option<Admin>,
    pub(super) drain_time: Duration,
}

impl Envoy {
    /// With the bootstrap in that file.
    pub(super) fn new(settings: &ProxySettings, version: &Version, config: &Path, admin: Option<Admin>) -> Self {
        let seconds = settings.drain_time.as_secs() + u64::from(settings.drain_time.subsec_nanos() > 0);
        let mut arguments = vec!["--config-path".into(), config.into(), "--drain-time-s".into(), seconds.to_string().into()];
        // Hot restart shares memory between all Envoys of a machine that are not told apart; whoever restarts it here lets connections end first.
        arguments.extend(
            ["--drain-strategy", "immediate", "--disable-hot-restart", "--log-level", settings.envoy_log_level.as_str()]
                .map(OsString::from),
        );
        // Without a number as many as the processors that it may use, as with kuma-dp: a fixed one would keep the traffic of a large machine on few of them.
        match settings.concurrency {
            0 if cfg!(target_os = "linux") && !version.is_at_least(COUNTS_PROCESSORS) => arguments.push("--cpuset-threads".into()),
            0 => {}
            threads => arguments.extend(["--concurrency".into(), threads.to_string().into()]),
        }
        Self { program: settings.envoy.clone(), arguments, admin, drain_time: settings.drain_time }
    }

    /// Starts it. Its output goes to ours.
    pub(super) fn start(&self) -> io::Result<Child> {
        // A group of its own: Ctrl-C is for the launcher, which lets connections end first.
        tied::command(&self.program, &self.arguments).stdin(Stdio::null()).process_group(0).kill_on_drop(true).spawn()
    }
}
