//! `strait ingress run`: the proxy through which other zones come in. It is launched as those beside workloads are; what it is stands in flags.
use super::{
    dataplane::Proxy,
    dns::Answering,
    launch::{LaunchArguments, bad, token},
    settings::ProxySettings,
};
use crate::settings::BadSetting;
use clap::Args;
use serde_json::{Value, json};
use std::{net::IpAddr, path::PathBuf};
use strait_core::resource::ResourceName;

#[derive(Debug, Args)]
pub(crate) struct IngressArguments {
    /// What it is called in its zone.
    #[arg(long, env = "STRAIT_INGRESS_NAME", default_value = "ingress")]
    name: ResourceName,
    /// Where it listens: one of the machine's own addresses.
    #[arg(long, env = "STRAIT_INGRESS_ADDRESS", value_name = "IP", value_parser = address)]
    address: IpAddr,
    /// Its port.
    #[arg(long, env = "STRAIT_INGRESS_PORT", default_value = "10001", value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Where other zones reach it, if that is somewhere else: through a load balancer, or a router that translates addresses.
    #[arg(long, env = "STRAIT_INGRESS_ADVERTISED_ADDRESS", value_name = "IP", value_parser = advertised)]
    advertised_address: Option<IpAddr>,
    /// The port there. [default: the one on which it listens]
    #[arg(long, env = "STRAIT_INGRESS_ADVERTISED_PORT", value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    advertised_port: Option<u16>,
    /// Where Envoy's own interface is, on loopback; 0: nowhere, and connections are cut when it stops.
    #[arg(long, env = "STRAIT_INGRESS_ADMIN_PORT", default_value = "9901", value_name = "PORT")]
    admin_port: u16,
    /// What proves that it may let others into the zone: `strait zone token ZONE --scope ingress` on global prints it.
    #[arg(long, env = "STRAIT_INGRESS_TOKEN_FILE", value_name = "FILE")]
    token_file: PathBuf,
    #[command(flatten)]
    launch: LaunchArguments,
}

impl IngressArguments {
    /// The settings that these arguments, and the files that they name, amount to.
    pub(super) fn settings(self) -> Result<ProxySettings, BadSetting> {
        let reached = self.launch.reached()?;
        let token = token("--token-file", &self.token_file)?;
        if self.admin_port == self.port {
            return Err(bad("--admin-port", format!("must be another than the ingress's own, {}", self.port)));
        }
        let resource = self.resource().to_string();
        let proxy = Proxy { mesh: None, name: self.name, resource: Some(resource), is_redirected: Some(false) };
        ProxySettings::with((self.launch, reached), proxy, Some(token), (Answering::Nowhere, Vec::new()))
    }

    /// As the zone keeps it.
    fn resource(&self) -> Value {
        let mut networking = json!({
            "address": self.address,
            "port": self.port,
            "advertisedAddress": self.advertised_address.unwrap_or(self.address),
            "advertisedPort": self.advertised_port.unwrap_or(self.port),
        });
        if self.admin_port != 0 {
            networking["admin"] = json!({"port": self.admin_port});
        }
        json!({"type": "ZoneIngress", "name": self.name, "networking": networking})
    }
}

fn address(text: &str) -> Result<IpAddr, String> {
    let address: IpAddr = text.parse().map_err(|_| "it is an IP address, such as `10.0.0.7`".to_owned())?;
    if address.is_unspecified() {
        return Err("it is one address, which the zone's proxies and other zones know it by, not all of them".to_owned());
    }
    Ok(address)
}

fn advertised(text: &str) -> Result<IpAddr, String> {
    if text.parse::<IpAddr>().is_err() {
        return Err("it is an IP address, such as `203.0.113.7`: host names are not resolved yet".to_owned());
    }
    address(text)
}
