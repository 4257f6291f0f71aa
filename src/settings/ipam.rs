//! From which ranges a zone gives addresses to services.
use super::BadSetting;
use clap::Args;
use serde::{Deserialize, Serialize};
use strait_core::vip::{VipRange, VipRanges};

#[derive(Debug, Args)]
pub(crate) struct IpamArguments {
    /// From where services get their virtual IPs. Those that have one keep it. [default: 241.0.0.0/8]
    #[arg(long, env = "STRAIT_IPAM_MESH_SERVICE_CIDR", value_name = "CIDR")]
    ipam_mesh_service_cidr: Option<String>,
    /// From where unions of services over several zones get theirs. [default: 243.0.0.0/8]
    #[arg(long, env = "STRAIT_IPAM_MESH_MULTI_ZONE_SERVICE_CIDR", value_name = "CIDR")]
    ipam_mesh_multi_zone_service_cidr: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct IpamFile {
    #[serde(default)]
    mesh_service: RangeFile,
    #[serde(default)]
    mesh_multi_zone_service: RangeFile,
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
    pub(crate) mesh_multi_zone_service: RangeSettings,
}

/// One range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RangeSettings {
    pub(crate) cidr: VipRange,
}

impl IpamSettings {
    pub(super) fn of(arguments: IpamArguments, file: IpamFile) -> Result<Self, BadSetting> {
        let services = arguments.ipam_mesh_service_cidr.or(file.mesh_service.cidr);
        let unions = arguments.ipam_mesh_multi_zone_service_cidr.or(file.mesh_multi_zone_service.cidr);
        let kuma = VipRanges::default();
        Ok(Self {
            mesh_service: RangeSettings { cidr: range("ipam.meshService.cidr", services, kuma.mesh_service)? },
            mesh_multi_zone_service: RangeSettings { cidr: range("ipam.meshMultiZoneService.cidr", unions, kuma.mesh_multi_zone_service)? },
        })
    }

    /// As the node is told them.
    pub(crate) fn ranges(&self) -> VipRanges {
        VipRanges { mesh_service: self.mesh_service.cidr, mesh_multi_zone_service: self.mesh_multi_zone_service.cidr }
    }
}

fn range(name: &str, said: Option<String>, otherwise: VipRange) -> Result<VipRange, BadSetting> {
    let Some(text) = said else { return Ok(otherwise) };
    text.parse()
        .map_err(|bad| BadSetting::new(name, format!("{bad}; allowed is a block of 4 to 16777216 IPv4 addresses, such as {otherwise}")))
}
