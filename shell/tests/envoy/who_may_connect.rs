//! A workload asks itself through its own proxy, out and in again: both ends prove who they are, and permissions judge.
use crate::{
    running::{free_port, get, run, workload},
    stage::plan,
};
use serde_json::{Value, json};
use std::{net::TcpStream, time::SystemTime};
use strait_core::{plan::Part, time::Wall};
use strait_shell::{
    envoy::{XdsType, render},
    identity::{Sealer, make_authority, sign},
};

const MESH: &str = "
type: Mesh
name: shop
---
type: MeshIdentity
mesh: shop
name: identity
spec: {selector: {dataplane: {matchLabels: {}}}, provider: {type: Bundled, bundled: {autogenerate: {enabled: true}}}}
---
type: MeshService
mesh: shop
name: cart
labels: {kuma.io/zone: east}
spec:
  selector: {dataplaneTags: {kuma.io/service: cart}}
  ports: [{port: 80, targetPort: WEB, appProtocol: http2}, {port: 81, targetPort: RAW, appProtocol: tcp}]
---
";

const DATAPLANE: &str = "
type: Dataplane
mesh: shop
name: cart
labels: {kuma.io/workload: cart}
networking:
  address: 127.0.0.1
  inbound:
  - {port: WEB, servicePort: WORKLOAD, protocol: http, tags: {kuma.io/service: cart}}
  - {port: RAW, servicePort: WORKLOAD, protocol: tcp, tags: {kuma.io/service: cart}}
";

const OUTBOUND: &str = "  outbound:
  - {port: FIRST, backendRef: {kind: MeshService, name: cart, port: 80}}
  - {port: SECOND, backendRef: {kind: MeshService, name: cart, port: 81}}
";

/// Certificates of authorities that are trusted: `GOOD` is the one that signs.
const GOOD: &str = "[{type: Pem, pem: {value: damaged}}, {type: Pem, pem: {value: GOOD}}]";
const ALLOW: &str = "allow: [{spiffeID: {type: Prefix, value: 'spiffe://shop.east.mesh.local/workload'}}]";

/// What `cart` is to do, whom it trusts and lets in, and its certificate.
#[expect(clippy::disallowed_methods, reason = "Envoy goes by the clock of the machine")]
fn proxy(dataplane: &str, trusted: &str, rules: &str) -> (Vec<Part>, Value) {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let now = Wall(u64::try_from(since.as_millis()).unwrap());
    let sealer = Sealer::new(&Sealer::generate().unwrap()).unwrap();
    let authority = make_authority(&sealer, "shop.east.mesh.local", now).unwrap();
    let trusted = trusted.replace("GOOD", &format!("{:?}", authority.certificate));
    let further = format!(
        "
---
type: MeshTrust
mesh: shop
name: trust
spec: {{trustDomain: shop.east.mesh.local, caBundles: {trusted}}}
---
type: MeshTrafficPermission
mesh: shop
name: some
spec: {{rules: [{{default: {{{rules}}}}}]}}
"
    );
    let ports = [("WEB", free_port()), ("RAW", free_port()), ("WORKLOAD", workload())];
    let (mut mesh, mut dataplane) = (MESH.to_owned(), dataplane.to_owned());
    for (name, port) in ports {
        mesh = mesh.replace(name, &port.to_string());
        dataplane = dataplane.replace(name, &port.to_string());
    }
    let parts = plan(&mesh, &(dataplane + &further));
    let identity = parts.iter().find_map(|part| if let Part::Identity(identity) = part { Some(identity) } else { None }).unwrap();
    let signed = sign(&sealer, &authority, identity, now).unwrap();
    let inline = |text: &str| json!({"inlineString": text});
    let certificate = json!({"certificateChain": inline(&signed.certificate), "privateKey": inline(&signed.key)});
    let certificate = json!({"name": identity.name, "tlsCertificate": certificate});
    (parts, certificate)
}

/// What becomes of a request (over HTTP/2), and of a connection.
fn ask(trusted: &str, rules: &str) -> Option<(String, String)> {
    let (first, second) = (free_port(), free_port());
    let outbound = OUTBOUND.replace("FIRST", &first.to_string()).replace("SECOND", &second.to_string());
    let (parts, certificate) = proxy(&format!("{DATAPLANE}{outbound}"), trusted, rules);
    let _envoy = run(&parts, &[certificate], second)?;
    let says = |port: u16| get(TcpStream::connect(("127.0.0.1", port)).unwrap(), "h", "/x");
    Some((says(first), says(second)))
}

fn answers(trusted: &str, rules: &str, request: &str, connection: &str) {
    if let Some(answers) = ask(trusted, rules) {
        assert_eq!(answers, (request.to_owned(), connection.to_owned()));
    }
}

#[test]
fn whom_a_permission_allows() {
    answers(GOOD, ALLOW, "200 /x of h", "200 /x of h");
}

#[test]
fn nobody_whom_one_denies_whoever_is_allowed() {
    let deny = "deny: [{spiffeID: {type: Exact, value: 'spiffe://shop.east.mesh.local/workload/cart'}}]";
    answers(GOOD, &format!("{deny}, {ALLOW}"), "403 RBAC: access denied", "nothing");
}

#[test]
fn nobody_where_nobody_is_allowed() {
    answers(GOOD, "", "403 RBAC: access denied", "nothing");
}

#[test]
fn nobody_where_the_last_trust_was_withdrawn() {
    if let Some((request, connection)) = ask("[{type: Pem, pem: {value: damaged}}]", ALLOW) {
        assert!(request.starts_with("503 "), "{request}");
        assert_eq!(connection, "nothing");
    }
}

#[test]
fn nobody_past_the_ports_that_are_known() {
    let (inbound, outbound) = (free_port(), free_port());
    let redirected = format!("  transparentProxying: {{redirectPortInbound: {inbound}, redirectPortOutbound: {outbound}}}\n");
    let (parts, certificate) = proxy(&format!("{DATAPLANE}{redirected}"), GOOD, ALLOW);
    // Where a connection was sent at first only the kernel knows, and here it was sent nowhere else: so nothing may ask for that.
    let rendered: Vec<_> = parts.iter().flat_map(render).collect();
    let names: Vec<&str> = rendered.iter().filter(|one| one.of == XdsType::Cluster).map(|one| one.resource.name.as_str()).collect();
    assert!(names.contains(&"self_transparentproxy_no_destination_inbound"), "{names:?}");
    assert!(!names.contains(&"self_transparentproxy_passthrough_inbound_ipv4"), "{names:?}");
    let Some(_envoy) = run(&parts, &[certificate], inbound) else { return };
    assert_eq!(get(TcpStream::connect(("127.0.0.1", inbound)).unwrap(), "h", "/x"), "nothing");
}
