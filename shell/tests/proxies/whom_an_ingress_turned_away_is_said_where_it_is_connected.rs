//! A launcher says how many its ingress turned away; the node of the control plane to which its Envoy is connected hears it, and nobody else's.
use crate::port::Port;
use serde_json::json;
use strait_core::{
    node::{FromProxy, Observation, ProxySession, ProxyStatus, TurnedAway, ZoneInput},
    resource::{Key, Kind, ResourceName},
};

const KNOWN: TurnedAway = TurnedAway { unknown_name: 1, plain: 0, silent: 0, too_many: 0 };

/// A control plane to which the Envoy of `ingress` is connected.
fn port() -> Port {
    let mut shown = Observation::default();
    let key = Key { kind: Kind::zone_ingress(), mesh: None, name: ResourceName::new("ingress").unwrap() };
    let status = ProxyStatus { session: ProxySession(7), sent: 1, took: 1, refused: None, is_deaf: false, turned_away: Some(KNOWN) };
    shown.proxies.insert(key, status);
    Port::showing(shown)
}

fn said(name: &str, of: TurnedAway) -> String {
    json!({"name": name, "turnedAway": of}).to_string()
}

#[tokio::test]
async fn the_node_hears_what_is_new() {
    let mut port = port();
    let more = TurnedAway { unknown_name: 2, ..KNOWN };
    for of in [KNOWN, more] {
        let (status, why) = port.turned_away(&said("ingress", of)).await;
        assert_eq!(status, "204", "{why}");
    }
    let heard = port.node.try_recv().unwrap();
    assert_eq!(heard, ZoneInput::Proxy(ProxySession(7), FromProxy::TurnedAway { connections: more }));
    assert!(port.node.try_recv().is_err());
}

#[tokio::test]
async fn and_nothing_from_whom_it_does_not_know() {
    let mut port = port();
    for (body, status, why) in [
        (said("other", KNOWN), "404", "the Envoy of ZoneIngress other is not connected here"),
        (said("stranger", KNOWN), "422", "who is that?"),
        (json!({"name": "ingress"}).to_string(), "422", "what an ingress counted: missing field `turnedAway` at line 1 column 18"),
        (" ".repeat(5000), "413", "what an ingress counted has at most 4096 bytes"),
    ] {
        assert_eq!(port.turned_away(&body).await, (status.to_owned(), why.to_owned()));
    }
    assert!(port.node.try_recv().is_err());
}
