//! Why a proxy does not run, and the exit code that says so.
use super::control_plane::Address;
use crate::settings::BadSetting;
use std::fmt;
use strait_shell::process::DataDirError;

/// The exit code where the system refuses something.
pub(super) const SYSTEM: u8 = 5;

/// Why a proxy does not run. The codes are those of control planes, and one of its own.
#[derive(Debug)]
pub(super) enum CannotRun {
    /// A setting is wrong. Exit code 2.
    Setting(BadSetting),
    /// An address cannot be listened on. Exit code 3.
    Address(String),
    /// The data directory cannot be used. Exit code 4.
    Data(String),
    /// The system refuses something else. Exit code 5.
    System(String),
    /// A control plane refuses this proxy. Exit code 6.
    Refused { by: Address, why: String },
}

impl CannotRun {
    pub(super) fn code(&self) -> u8 {
        match self {
            Self::Setting(_) => 2,
            Self::Address(_) => 3,
            Self::Data(_) => 4,
            Self::System(_) => SYSTEM,
            Self::Refused { .. } => 6,
        }
    }
}

impl fmt::Display for CannotRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(bad) => bad.fmt(f),
            Self::Address(why) | Self::Data(why) | Self::System(why) => f.write_str(why),
            Self::Refused { by, why } => write!(f, "the control plane {by} refuses this proxy: {why}"),
        }
    }
}

impl From<BadSetting> for CannotRun {
    fn from(bad: BadSetting) -> Self {
        Self::Setting(bad)
    }
}

impl From<DataDirError> for CannotRun {
    fn from(error: DataDirError) -> Self {
        Self::Data(error.to_string())
    }
}
