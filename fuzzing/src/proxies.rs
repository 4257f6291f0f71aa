//! What a proxy says to its zone: the question for a bootstrap, and its side of discovery.
use crate::Target;
use prost::Message;
use serde_json::json;
use strait_core::{node::PlanUpdate, plan::PartName};
use strait_proto::{discovery::DeltaDiscoveryRequest, envoy::config::core::v3::Node};
use strait_shell::proxies::{BootstrapRequest, Claim, Delta};

pub(crate) const BOOTSTRAP: Target = Target { name: "bootstrap", run: bootstrap, seeds: bootstrap_seeds };
pub(crate) const DISCOVERY: Target = Target { name: "discovery", run: discovery, seeds: discovery_seeds };

/// So many requests without anything new lead to at most as many responses, and one for each type.
const TYPES: usize = 16;

fn bootstrap(bytes: &[u8]) {
    if let Ok(request) = serde_json::from_slice::<BootstrapRequest>(bytes)
        && let Ok(claim) = request.claim()
    {
        assert_eq!(claim.dataplane.as_ref().map_or_else(|| claim.key(), |dataplane| dataplane.key.clone()), claim.key());
    }
}

/// Requests, each after its length in two bytes. Whatever they say, what is said to them comes to an end.
fn discovery(bytes: &[u8]) {
    let (mut stream, mut rest) = (Delta::new(None), bytes);
    stream.update(PlanUpdate { number: 1, put: Vec::new(), gone: vec![PartName::Names] });
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let (one, after) = after.split_at(usize::from(u16::from_be_bytes(*length)).min(after.len()));
        rest = after;
        let Ok(request) = DeltaDiscoveryRequest::decode(one) else { continue };
        if let Some(node) = &request.node {
            _ = Claim::of_node(node);
        }
        if stream.request(request).is_err() {
            return;
        }
        let said = std::iter::from_fn(|| stream.next_response()).take(TYPES + 1).count();
        assert!(said <= TYPES, "one request is answered without an end");
        _ = stream.taken();
    }
}

fn bootstrap_seeds() -> Vec<Vec<u8>> {
    let dataplane = "type: Dataplane\nmesh: default\nname: web\nnetworking:\n  address: 10.0.0.1\n  inbound:\n  - {port: 80, tags: {kuma.io/service: web}}\n";
    let whole = json!({
        "mesh": "default", "name": "web", "proxyType": "dataplane", "dataplaneToken": "x.y.z", "dataplaneResource": dataplane, "workdir": "/tmp/x",
        "features": ["feature-tcp-accesslog-via-named-pipe"], "version": {"kumaDp": {"version": "2.14.3"}, "envoy": {"version": "1.36.0"}},
        "dynamicMetadata": {"a": "b"}, "caCert": "", "host": "cp",
    });
    let ingress = json!({"name": "in", "proxyType": "ingress"});
    [whole, ingress, json!({})].iter().map(|request| request.to_string().into_bytes()).collect()
}

fn discovery_seeds() -> Vec<Vec<u8>> {
    let of = |name: &str| format!("type.googleapis.com/envoy.config.{name}");
    let types = [of("cluster.v3.Cluster"), of("listener.v3.Listener"), of("endpoint.v3.ClusterLoadAssignment")];
    let ask = |type_url: &String, nonce: &str| DeltaDiscoveryRequest {
        node: Some(Node { id: "default.web".to_owned(), ..Node::default() }),
        type_url: type_url.clone(),
        response_nonce: nonce.to_owned(),
        ..DeltaDiscoveryRequest::default()
    };
    let requests = types.iter().flat_map(|of| [ask(of, ""), ask(of, "1"), ask(of, "2")]);
    let framed = requests.map(|request| {
        let bytes = request.encode_to_vec();
        [u16::try_from(bytes.len()).unwrap_or_default().to_be_bytes().to_vec(), bytes].concat()
    });
    let framed: Vec<Vec<u8>> = framed.collect();
    vec![framed[0].clone(), framed.concat()]
}
