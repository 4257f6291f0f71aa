//! Serves an empty cluster, for `kubectl` by hand: `cargo run -p strait-netns-testbed --example kubernetes_api -- kubeconfig.json [PORT]`.
#![allow(missing_docs, clippy::print_stdout)]
use std::{io, net::TcpListener, thread};
use strait_netns_testbed::kubernetes::{ADMIN_TOKEN, KubernetesApi};
use strait_scenarios::kubernetes::Settings;

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| "kubeconfig.json".to_owned());
    let port = arguments.next().and_then(|port| port.parse().ok()).unwrap_or(0);
    let api = KubernetesApi::serve(TcpListener::bind(("127.0.0.1", port))?, &[], Settings::default())?;
    std::fs::write(&file, api.kubeconfig(ADMIN_TOKEN))?;
    println!("https://{}, by KUBECONFIG={file}", api.address());
    loop {
        thread::park();
    }
}
