//! Configuration: a YAML file, then the environment (`STRAIT_…`), then flags; later ones win.
mod dns;
mod file;
mod global;
mod ipam;
mod join;
mod kubernetes;
mod log;
mod mesh_service;
mod proxies;
mod testbed;
mod zone;

pub(crate) use dns::{DnsListener, DnsSettings};
pub(crate) use global::{GlobalArguments, GlobalSettings, TlsFiles, host_of, reached};
pub(crate) use join::Join;
pub(crate) use kubernetes::KubernetesSettings;
pub(crate) use log::{LogArguments, LogFormat, LogSettings};
pub(crate) use zone::{ZoneArguments, ZoneSettings};

use std::fmt;

/// What stands for a secret where configuration is shown.
const MASKED: &str = "***";

/// A setting that is wrong or missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadSetting {
    /// Its name in the file, or the flag.
    pub(crate) name: String,
    /// What is wrong, and what is allowed.
    pub(crate) why: String,
}

impl BadSetting {
    fn new(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self { name: name.into(), why: why.into() }
    }
}

impl fmt::Display for BadSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.why)
    }
}
