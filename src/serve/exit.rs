//! Why a control plane does not run, and the exit code that says so.
use crate::settings::BadSetting;
use std::{fmt, net::SocketAddr, process::ExitCode};
use strait_shell::process::{DataDirError, RoleError, StartError};

/// Why a control plane does not run.
#[derive(Debug)]
pub(crate) enum CannotServe {
    /// A setting is wrong. Exit code 2.
    Setting(BadSetting),
    /// An address cannot be listened on. Exit code 3.
    Listen { what: &'static str, at: SocketAddr, why: std::io::Error },
    /// The data directory, or what is stored in it, cannot be used. Exit code 4.
    Data(String),
    /// The system refuses something else. Exit code 5.
    System(String),
}

impl CannotServe {
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Setting(_) => 2,
            Self::Listen { .. } => 3,
            Self::Data(_) => 4,
            Self::System(_) => 5,
        })
    }
}

impl fmt::Display for CannotServe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(bad) => bad.fmt(f),
            Self::Listen { what, at, why } => write!(f, "{what} cannot listen on {at}: {why}"),
            Self::Data(why) | Self::System(why) => f.write_str(why),
        }
    }
}

impl From<BadSetting> for CannotServe {
    fn from(bad: BadSetting) -> Self {
        Self::Setting(bad)
    }
}

impl From<DataDirError> for CannotServe {
    fn from(error: DataDirError) -> Self {
        Self::Data(error.to_string())
    }
}

impl From<RoleError> for CannotServe {
    fn from(error: RoleError) -> Self {
        Self::Data(error.to_string())
    }
}

impl From<StartError> for CannotServe {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Randomness => Self::System(error.to_string()),
            StartError::Store(_) | StartError::Recover(_) => Self::Data(error.to_string()),
        }
    }
}
