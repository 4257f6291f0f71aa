//! `strait ingress run`: the proxy through which other zones come in. It is launched as those beside workloads are; what it is stands in flags.
use super::{
    advertised::{Advertised, Named},
    dataplane::Proxy,
    dns::{Answering, upstream},
    launch::{LaunchArguments, bad, token_in},
    renew::Moves,
    settings::ProxySettings,
};
use crate::settings::BadSetting;
use clap::Args;
use serde_json::json;
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use strait_core::resource::ResourceName;

/// Where one listens for other zones (Kuma's port).
const PORT: u16 = 10001;
/// Where its Envoy is told things.
const ADMIN_PORT: u16 = 9901;
/// Nobody looks a name up more often, or less.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug, Args)]
pub(crate) struct IngressArguments {
    /// What it is called in its zone.
    #[arg(long, env = "STRAIT_INGRESS_NAME", default_value = "ingress")]
    name: ResourceName,
    /// Where it listens: one of the machine's own addresses. [default: as the `ZoneIngress` of that name says which the control plane holds: one that it made of a
    /// pod, say]
    #[arg(long, env = "STRAIT_INGRESS_ADDRESS", value_name = "IP", value_parser = address)]
    address: Option<IpAddr>,
    /// Its port. [default: 10001]
    #[arg(long, env = "STRAIT_INGRESS_PORT", value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..), requires = "address")]
    port: Option<u16>,
    /// Where other zones reach it, if that is somewhere else: through a load balancer, or a router that translates addresses. What a host name leads to
    /// is told to them, and looked up again and again; when that becomes different, Envoy is started anew.
    #[arg(long, env = "STRAIT_INGRESS_ADVERTISED_ADDRESS", value_name = "IP or HOST", requires = "address")]
    advertised_address: Option<Advertised>,
    /// Who is asked for that name. [default: as the machine resolves names]
    #[arg(long, env = "STRAIT_INGRESS_RESOLVER", value_name = "ADDRESS[:PORT]", value_parser = upstream)]
    resolver: Option<SocketAddr>,
    /// How often.
    #[arg(long, env = "STRAIT_INGRESS_RESOLVE_EVERY", default_value = "30s", value_name = "TIME", value_parser = resolve_every)]
    resolve_every: Duration,
    /// The port there. [default: the one on which it listens]
    #[arg(long, env = "STRAIT_INGRESS_ADVERTISED_PORT", value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..), requires = "address")]
    advertised_port: Option<u16>,
    /// Where Envoy's own interface is, on loopback; 0: nowhere: connections are cut when it stops, and nobody counts whom it turns away. [default: 9901]
    #[arg(long, env = "STRAIT_INGRESS_ADMIN_PORT", value_name = "PORT", requires = "address")]
    admin_port: Option<u16>,
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
        let token = token_in("--token-file", self.token_file)?;
        let Some(listens) = self.address else {
            let proxy = Proxy { mesh: None, name: self.name, resource: None, is_redirected: Some(false) };
            return ProxySettings::with((self.launch, reached), proxy, Some(token), (Answering::Nowhere, Vec::new()));
        };
        let (port, admin_port) = (self.port.unwrap_or(PORT), self.admin_port.unwrap_or(ADMIN_PORT));
        if admin_port == port {
            return Err(bad("--admin-port", format!("must be another than the ingress's own, {port}")));
        }
        let named = |host| Named::find(host, self.resolver, self.resolve_every).map_err(|why| bad("--advertised-address", why.to_string()));
        let (address, named) = match self.advertised_address {
            None => (listens, None),
            Some(Advertised::Is(address)) => (address, None),
            Some(Advertised::Named(host)) => named(host).map(|named| (named.is, Some(named)))?,
        };
        let here =
            Here { name: self.name.clone(), listens: (listens, port), advertised_port: self.advertised_port.unwrap_or(port), admin_port };
        let proxy = Proxy { mesh: None, name: self.name, resource: Some(here.at(address)), is_redirected: Some(false) };
        let moves = named.map(|named| Moves { named, resource: Arc::new(move |address| here.at(address)) });
        let settings = ProxySettings::with((self.launch, reached), proxy, Some(token), (Answering::Nowhere, Vec::new()))?;
        Ok(ProxySettings { moves, ..settings })
    }
}

/// An ingress, but for where others reach it.
struct Here {
    name: ResourceName,
    listens: (IpAddr, u16),
    advertised_port: u16,
    admin_port: u16,
}

impl Here {
    /// As the zone keeps it.
    fn at(&self, advertised: IpAddr) -> String {
        let (address, port) = self.listens;
        let mut networking = json!({
            "address": address,
            "port": port,
            "advertisedAddress": advertised,
            "advertisedPort": self.advertised_port,
        });
        if self.admin_port != 0 {
            networking["admin"] = json!({"port": self.admin_port});
        }
        json!({"type": "ZoneIngress", "name": self.name, "networking": networking}).to_string()
    }
}

fn address(text: &str) -> Result<IpAddr, String> {
    let address: IpAddr = text.parse().map_err(|_| "it is an IP address, such as `10.0.0.7`".to_owned())?;
    if address.is_unspecified() {
        return Err("it is one address, which the zone's proxies and other zones know it by, not all of them".to_owned());
    }
    Ok(address)
}

fn resolve_every(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<jiff::SignedDuration>().ok().and_then(|parsed| Duration::try_from(parsed).ok());
    let is_allowed = |time: &Duration| (SHORTEST..=LONGEST).contains(time);
    parsed.filter(is_allowed).ok_or_else(|| "it is a time with its unit, such as `30s`, between `1s` and `24h`".to_owned())
}
