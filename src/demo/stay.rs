//! What a user can look at by hand, until Ctrl-C.
use super::{
    processes::{Processes, Running},
    step, until,
};
use crate::console::say;
use tokio::{
    runtime::Builder,
    signal::unix::{SignalKind, signal},
};

/// Every proxy of the demo.
const PROXIES: [&str; 3] = ["blog/stock-1", "shop/cart-1", "shop/stock-1"];

/// Where workloads ask for services.
pub(super) struct Ports {
    /// The cart for the stock, which it may.
    pub(super) allowed: u16,
    /// The stock for the cart, which it may not.
    pub(super) denied: u16,
}

/// Prints the commands once what they show is there, and returns when somebody asks for the end.
pub(super) fn stay(processes: &Processes<'_>, ports: &Ports, global: &Running, zone: &Running) -> Result<(), String> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let hear = |kind| signal(kind).map_err(|error| format!("signals cannot be heard: {error}"));
        // From before anybody is told of Ctrl-C: without them it leaves its folder behind.
        let (mut interrupt, mut terminate) = (hear(SignalKind::interrupt())?, hear(SignalKind::terminate())?);
        until("the proxies are back", || processes.status(zone).is_ok_and(|status| PROXIES.iter().all(|proxy| status.contains(proxy))))?;
        let mut address = None;
        until("the stock has its address back", || {
            address = address_of_stock(processes, zone);
            address.is_some()
        })?;
        step("it stays until Ctrl-C. In another terminal:");
        commands(&address.unwrap_or_default(), ports, global, zone)?.iter().for_each(|line| say(&format!("      {line}\n")));
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        step("everything is stopped, and nothing is left of it");
        Ok(())
    })
}

/// As the zone shows it.
fn address_of_stock(processes: &Processes<'_>, zone: &Running) -> Option<String> {
    let shown = processes.get(&["MeshService", "stock", "--mesh", "shop", "--output", "json"], zone).ok()?;
    let shown: serde_json::Value = serde_json::from_str(&shown).ok()?;
    Some(shown.pointer("/status/vips/0/ip")?.as_str()?.to_owned())
}

/// Each as it can be given to a shell, with what is to come of it.
fn commands(address: &str, ports: &Ports, global: &Running, zone: &Running) -> Result<Vec<String>, String> {
    let (host, port) = zone.dns().rsplit_once(':').ok_or("the zone answers no questions of DNS")?;
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let own = quoted(own.to_str().ok_or("the path of this program is not text")?);
    let (global, Ports { allowed, denied }) = (global.api(), ports);
    let dig = format!("dig @{host} -p {port} stock.svc.mesh.local +short");
    let insights = format!("{own} get dataplaneinsights --output yaml --api {global}");
    Ok(vec![
        format!("{dig}    # the zone answers for the mesh `shop`: {address}"),
        format!("curl -i http://127.0.0.1:{allowed}/    # the cart asks for the stock: 200"),
        format!("curl -i http://127.0.0.1:{denied}/    # the stock asks for the cart: 403"),
        format!("{own} status --api {global}    # global, and its zone"),
        format!("{own} status --api {}    # the zone, and its proxies", zone.api()),
        format!("{insights}    # what global knows of the proxies of all zones"),
    ])
}

/// As a word for a shell.
fn quoted(path: &str) -> String {
    let is_plain = path.chars().all(|one| one.is_ascii_alphanumeric() || "/._-".contains(one));
    if is_plain { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}
