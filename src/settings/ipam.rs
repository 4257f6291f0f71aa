//! From which ranges a zone gives addresses to services.
use super::BadSetting;
use clap::Args;
use serde::{Deserialize, Serialize};
use strait_core::vip::VipRange;

#[derive(Debug, Args)]
pub(crate) struct IpamArguments {
    /// From where services get their virtual IPs. Those that have one keep it. [default: 241.0.0.0/8]
    #[arg(long, env = "STRAIT_IPAM_MESH_SERVICE_CIDR", value_name = "CIDR")]
    ipam_mesh_service_cidr: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct IpamFile {
    #[serde(default)]
    mesh_service: RangeFile,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RangeFile {
    cidr: Option<String>,
}

/// From where services get their addresses; in Kuma's form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IpamSettings {
    pub(crate) mesh_service: RangeSettings,
}

/// One range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RangeSettings {
    pub(crate) cidr: VipRange,
}

impl IpamSettings {
    pub(super) fn of(arguments: IpamArguments, file: IpamFile) -> Result<Self, BadSetting> {
        let cidr = match arguments.ipam_mesh_service_cidr.or(file.mesh_service.cidr) {
            Some(text) => text.parse::<VipRange>().map_err(|bad| {
                let allowed = "allowed is a block of 4 to 16777216 IPv4 addresses, such as 241.0.0.0/8";
                BadSetting::new("ipam.meshService.cidr", format!("{bad}; {allowed}"))
            })?,
            None => VipRange::MESH_SERVICE,
        };
        Ok(Self { mesh_service: RangeSettings { cidr } })
    }
}
