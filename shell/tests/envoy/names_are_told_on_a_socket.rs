//! A launcher asks Envoy for names, and is told them once.
use crate::{
    running::{free_port, run},
    stage::{names, plan},
};
use serde_json::Value;
use std::{
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
};

const MESH: &str = "
type: Mesh
name: shop
---
type: Dataplane
mesh: shop
name: cart
networking:
  address: 127.0.0.1
  inbound: [{port: INBOUND, servicePort: 9, tags: {kuma.io/service: cart}}]
";

fn ask(mut envoy: UnixStream, path: &str, more: &str) -> (String, String) {
    write!(envoy, "GET {path} HTTP/1.1\r\nhost: localhost\r\n{more}connection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    envoy.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

#[test]
fn whole_and_then_that_they_are_the_same() {
    let port = free_port();
    let mut parts = plan(&MESH.replace("INBOUND", &port.to_string()), "");
    // More than the 4 KiB that Envoy answers by itself unless it is told to.
    parts.push(names(400));
    let Some(envoy) = run(&parts, &[], port) else { return };
    let (head, body) = ask(envoy.names(), "/dns", "");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    let told: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((told["ttl"].as_u64(), told["records"].as_array().unwrap().len()), (Some(30), 400));
    assert_eq!(told["records"][0], serde_json::json!({"name": "service-0.svc.mesh.local", "ips": ["241.0.0.1"]}));
    let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned();
    let (head, body) = ask(envoy.names(), "/dns", &format!("if-none-match: {tag}\r\n"));
    assert!(head.starts_with("http/1.1 304"), "{head}");
    assert_eq!(body, "");
    let (head, _) = ask(envoy.names(), "/dns", "if-none-match: another\r\n");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(ask(envoy.names(), "/other", "").0.starts_with("http/1.1 404"));
}
