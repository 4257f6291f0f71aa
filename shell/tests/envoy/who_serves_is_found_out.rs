//! A workload asks one of two others through its proxy, which asks both whether they serve: what a `MeshHealthCheck` says, Envoy does.
use crate::{
    running::{asked, free_port, get, respond, run, until},
    stage::plan,
};
use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use strait_core::plan::{Endpoint, Endpoints, Part};

const MESH: &str = "
type: Mesh
name: shop
---
type: MeshService
mesh: shop
name: stock
labels: {kuma.io/zone: east}
spec:
  selector: {dataplaneTags: {kuma.io/service: stock}}
  ports: [{port: 80, targetPort: FIRST, appProtocol: http}]
---
type: Dataplane
mesh: shop
name: cart
networking:
  address: 127.0.0.1
  inbound:
  - {port: FIRST, servicePort: ITS_WORKLOAD, protocol: http, tags: {kuma.io/service: stock}}
  - {port: SECOND, servicePort: OTHER_WORKLOAD, protocol: http, tags: {kuma.io/service: other}}
  outbound: [{port: OUTBOUND, backendRef: {kind: MeshService, name: stock, port: 80}}]
---
type: MeshHealthCheck
mesh: shop
name: often
spec:
  to:
  - targetRef: {kind: Mesh}
    default:
      interval: 50ms
      noTrafficInterval: 50ms
      timeout: 5s
      unhealthyThreshold: 1
      healthyThreshold: 1
      http: {path: /ready, requestHeadersToAdd: {set: [{name: x-asks, value: proxy}]}, expectedStatuses: [202]}
";

/// A workload that says who it is, and whether it is ready if it is asked as the policy says. Its port.
fn workload(says: &'static str, is_ready: Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let (path, by) = asked(&mut connection, "x-asks");
            match (path.as_str(), by.as_deref()) {
                ("/ready", Some("proxy")) if is_ready.load(Ordering::SeqCst) => respond(&mut connection, "202 Accepted", ""),
                ("/ready", _) => respond(&mut connection, "200 OK", ""),
                _ => respond(&mut connection, "200 OK", says),
            }
        }
    });
    port
}

#[test]
fn the_next_priority_is_sent_what_the_first_does_not_serve() {
    let (first, second, outbound) = (free_port(), free_port(), free_port());
    let is_ready = Arc::new(AtomicBool::new(true));
    let mesh = MESH
        .replace("FIRST", &first.to_string())
        .replace("SECOND", &second.to_string())
        .replace("OUTBOUND", &outbound.to_string())
        .replace("ITS_WORKLOAD", &workload("the first", Arc::clone(&is_ready)).to_string())
        .replace("OTHER_WORKLOAD", &workload("the second", Arc::new(AtomicBool::new(true))).to_string());
    let at = |port: u16, priority: u8| Endpoint { priority, address: Ipv4Addr::LOCALHOST.into(), port };
    let parts = plan(&mesh, "").into_iter().map(|part| match part {
        Part::Endpoints(endpoints) => {
            assert_eq!(endpoints.endpoints, [at(first, 0)].into());
            Part::Endpoints(Endpoints { endpoints: [at(first, 0), at(second, 1)].into(), ..(*endpoints).clone() }.into())
        }
        part => part,
    });
    let Some(_envoy) = run(&parts.collect::<Vec<_>>(), &[], outbound) else { return };
    let answer = || get(TcpStream::connect(("127.0.0.1", outbound)).unwrap(), "h", "/x");
    for (ready, expected) in [(true, "200 the first"), (false, "200 the second"), (true, "200 the first")] {
        is_ready.store(ready, Ordering::SeqCst);
        until(|| answer() == expected);
        assert_eq!([answer(), answer(), answer()], [expected; 3]);
    }
}
