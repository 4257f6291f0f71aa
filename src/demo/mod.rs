//! `strait demo`: a mesh on one machine, in a minute and without root: global, a zone, two meshes with a service of the same name each, and real
//! Envoys. It shows who reaches whom, what an edit changes, and that requests go on when every control plane is gone. With `--stay` it then waits,
//! and says how to look for oneself. `strait demo across-zones`: the same of several zones; `strait demo hybrid`: of a cluster and machines.
mod across_zones;
mod application;
mod hybrid;
mod processes;
mod resources;
mod stay;

use crate::{
    command::{DemoArguments, Show},
    console::{VIOLATION, complain, ended, say},
};
use application::Application;
use processes::Processes;
use std::{
    net::TcpListener,
    process::ExitCode,
    time::{Duration, Instant},
};

/// Nothing here takes so long, but for a machine that is busy with something else.
const WITHIN: Duration = Duration::from_secs(60);

pub(crate) fn execute(arguments: &DemoArguments) -> ExitCode {
    match arguments.show {
        Show::OneZone => {}
        Show::AcrossZones => return ended(across_zones::show(arguments)),
        Show::Hybrid => return ended(hybrid::show(arguments)),
    }
    match show(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            complain(&format!("strait demo: {why}\n"));
            ExitCode::from(VIOLATION)
        }
    }
}

/// What is shown of a request: the code, and what the application said.
type Answer = (u16, String);

fn show(arguments: &DemoArguments) -> Result<(), String> {
    let folder = tempfile::Builder::new().prefix("strait-demo").tempdir().map_err(|error| error.to_string())?;
    let processes = Processes::new(folder.path(), &arguments.envoy);
    step("a global, and the zone `east` that joins it");
    let global = processes.global()?;
    let zone = processes.zone(&global)?;
    step("two isolated meshes, `shop` and `blog`; each has a service `stock`");
    processes.apply(resources::MESHES, &global)?;
    until("the zone holds both meshes", || {
        processes.get(&["meshes"], &zone).is_ok_and(|held| held.contains("shop") && held.contains("blog"))
    })?;
    processes.apply(resources::SERVICES, &zone)?;
    let [stock, cart, blog] = ["the stock of the shop", "the cart of the shop", "the stock of the blog"].map(Application::start);
    let (stock, cart, blog) = (stock?, cart?, blog?);
    let (outbound, reverse) = (free()?, free()?);
    let of_stock = resources::networking("stock", free()?, stock.port(), Some(("cart", reverse)));
    let of_cart = resources::networking("cart", free()?, cart.port(), Some(("stock", outbound)));
    let of_blog = resources::networking("stock", free()?, blog.port(), None);
    let _envoys = [
        processes.proxy("shop", "stock-1", &of_stock, &global, &zone)?,
        processes.proxy("blog", "stock-1", &of_blog, &global, &zone)?,
        processes.proxy("shop", "cart-1", &of_cart, &global, &zone)?,
    ];
    step(&format!("three Envoys are starting; the cart of the shop asks for `stock` on 127.0.0.1:{outbound}"));
    let ask = || application::ask(outbound);
    expect("it may not: no policy allows it", 403, &ask)?;
    processes.apply(resources::PERMISSION, &global)?;
    let (_, said) = expect("it may, once a MeshTrafficPermission on global says so", 200, &ask)?;
    if !said.contains("the stock of the shop") || !said.contains("spiffe://shop.east.mesh.local/workload/cart-1") {
        return Err(format!("another service answered, or it does not know who asks: {said}"));
    }
    expect(&format!("but the stock may not ask for the cart, on 127.0.0.1:{reverse}"), 403, &|| application::ask(reverse))?;
    processes.apply(resources::ROUTE, &global)?;
    expect("a MeshHTTPRoute sends it to a service that is not there", 500, &ask)?;
    processes.delete("MeshHTTPRoute", "away", &global)?;
    expect("and without that route it is answered again", 200, &ask)?;
    step("what the zone shows of its proxies:");
    let status = processes.status(&zone)?;
    let proxies = status.lines().skip_while(|line| !line.starts_with("PROXY")).take_while(|line| !line.is_empty());
    proxies.for_each(|line| say(&format!("      {line}\n")));
    step("every control plane is killed (kill -9)");
    let (global, zone) = (global.kill(), zone.kill());
    for _ in 0..100 {
        let (code, said) = ask();
        if code != 200 {
            return Err(format!("a request failed with {code} while the control planes are away: {said}"));
        }
    }
    step("100 of 100 requests are answered all the same");
    if arguments.stay {
        step("both control planes are started again, with what they had stored");
        let (global, zone) = processes.again(&global, &zone)?;
        stay::stay(&processes, &stay::Ports { allowed: outbound, denied: reverse }, &global, &zone)?;
    }
    Ok(())
}

/// Says what happens.
fn step(what: &str) {
    say(&format!("  -> {what}\n"));
}

/// Waits for this code, and shows the answer.
fn expect(what: &str, code: u16, ask: &dyn Fn() -> Answer) -> Result<Answer, String> {
    let began = Instant::now();
    let mut last = ask();
    while last.0 != code {
        if began.elapsed() > WITHIN {
            return Err(format!("{what}: {code} was to come, the last answer was {} {}", last.0, last.1));
        }
        processes::pause();
        last = ask();
    }
    let said = if last.1.is_empty() { String::new() } else { format!(": {}", last.1.trim()) };
    say(&format!("  -> {what}\n      {code}{said}   ({} ms)\n", began.elapsed().as_millis()));
    Ok(last)
}

fn until(what: &str, mut holds: impl FnMut() -> bool) -> Result<(), String> {
    let began = Instant::now();
    while !holds() {
        if began.elapsed() > WITHIN {
            return Err(format!("it never came to be: {what}"));
        }
        processes::pause();
    }
    Ok(())
}

/// A port that nobody has at the moment.
fn free() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    listener.local_addr().map(|at| at.port()).map_err(|error| error.to_string())
}
