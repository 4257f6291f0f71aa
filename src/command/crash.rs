//! `--crash`: where a process is to crash.
// Without the simulated worlds it is read, and nothing can be run that needs it.
#![cfg_attr(not(feature = "lab"), allow(dead_code))]
use std::str::FromStr;
use strait_core::resource::ZoneName;
use strait_scenarios::{event::NodeId, runner::Crash};

/// A crash: of whom, if it is said, and where.
#[derive(Clone, Debug)]
pub(crate) struct CrashArgument {
    pub(crate) of: Option<NodeId>,
    pub(crate) at: Crash,
}

impl CrashArgument {
    pub(crate) fn to_argument(&self) -> String {
        let of = self.of.as_ref().map_or_else(String::new, |of| format!("{of}:"));
        format!("{of}{}", self.at.to_argument())
    }
}

impl FromStr for CrashArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((who, at)) = text.split_once(':').filter(|(_, at)| at.contains(':')) else {
            return Ok(Self { of: None, at: text.parse()? });
        };
        let of = match who {
            "global" => NodeId::Global,
            zone => NodeId::Zone(ZoneName::new(zone).map_err(|why| why.to_string())?),
        };
        Ok(Self { of: Some(of), at: at.parse()? })
    }
}
