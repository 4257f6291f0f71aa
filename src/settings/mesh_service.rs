//! How long services stay that were made of what proxies say.
use super::BadSetting;
use clap::Args;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use strait_core::{node::SERVICES_STAY_FOR, resource::model::go_duration};

#[derive(Debug, Args)]
pub(crate) struct MeshServiceArguments {
    /// How long a `MeshService` that was made of what proxies say stays when no proxy serves it any more. [default: 1h]
    #[arg(long, env = "STRAIT_MESH_SERVICE_DELETION_GRACE_PERIOD", value_name = "TIME")]
    mesh_service_deletion_grace_period: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MeshServiceFile {
    deletion_grace_period: Option<String>,
}

/// How long services stay that were made of what proxies say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MeshServiceSettings {
    #[serde(serialize_with = "in_seconds")]
    pub(crate) deletion_grace_period: Duration,
}

impl MeshServiceSettings {
    pub(super) fn of(arguments: MeshServiceArguments, file: MeshServiceFile) -> Result<Self, BadSetting> {
        let Some(text) = arguments.mesh_service_deletion_grace_period.or(file.deletion_grace_period) else {
            return Ok(Self { deletion_grace_period: SERVICES_STAY_FOR });
        };
        let wrong = |error: &dyn std::fmt::Display| BadSetting::new("meshService.deletionGracePeriod", error.to_string());
        Ok(Self { deletion_grace_period: go_duration(&text).map_err(|error| wrong(&error))? })
    }
}

fn in_seconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{}s", time.as_secs()))
}
