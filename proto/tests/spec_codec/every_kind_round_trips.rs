//! JSON to bytes to JSON gives the same JSON, for every kind that is protobuf, and the generated types read the same bytes.

use prost::Message;
use serde_json::{Value, json};
use strait_proto::{mesh, spec_codec, system};

#[track_caller]
fn round_trips<M: Message + Default + prost::Name>(spec: Value) -> M {
    let name = M::full_name();
    assert!(spec_codec::knows(&name), "{name}");
    let bytes = spec_codec::encode(&name, &spec).expect("encodes");
    assert_eq!(spec_codec::decode(&name, &bytes).expect("decodes"), spec);
    let message = M::decode(bytes.as_slice()).expect("the generated type reads it");
    let again = message.encode_to_vec();
    assert_eq!(spec_codec::decode(&name, &again).expect("decodes what the generated type wrote"), spec);
    message
}

#[test]
fn dataplane() {
    let dataplane: mesh::Dataplane = round_trips(json!({
        "networking": {
            "address": "10.1.0.7",
            "advertisedAddress": "203.0.113.7",
            "admin": { "port": 9901 },
            "inbound": [{
                "port": 18080,
                "servicePort": 8080,
                "serviceAddress": "127.0.0.1",
                "name": "http",
                "protocol": "http",
                "state": "NotReady",
                "health": {},
                "serviceProbe": {
                    "interval": "10s",
                    "timeout": "1.500s",
                    "unhealthyThreshold": 3,
                    "healthyThreshold": 1,
                    "tcp": {},
                },
                "tags": {
                    "kuma.io/service": "orders",
                    "kuma.io/zone": "harbour",
                    "version": "",
                },
            }],
            "outbound": [
                { "port": 3000, "tags": { "kuma.io/service": "stock" } },
                { "address": "10.9.0.1", "port": 3001, "backendRef": {
                    "kind": "MeshService", "name": "stock", "port": 8080,
                    "labels": { "kuma.io/zone": "quay" },
                } },
            ],
            "transparentProxying": {
                "redirectPortInbound": 15006,
                "redirectPortOutbound": 15001,
                "directAccessServices": ["*"],
                "reachableServices": ["stock", "mail"],
                "ipFamilyMode": "IPv4",
                "reachableBackends": { "refs": [
                    { "kind": "MeshService", "name": "stock", "namespace": "shop", "port": 8080 },
                    { "kind": "MeshService", "labels": { "team": "mail" } },
                ] },
            },
            "listeners": [{ "type": "ZoneIngress", "address": "10.1.0.7", "port": 10001, "name": "in" }],
        },
        "metrics": { "name": "prom", "type": "prometheus", "conf": { "port": 5670, "path": "/metrics" } },
        "probes": { "port": 9000, "endpoints": [
            { "inboundPort": 8080, "inboundPath": "/healthy", "path": "/8080/healthy" },
        ] },
    }));
    let networking = dataplane.networking.expect("networking");
    assert_eq!(networking.transparent_proxying.map(|proxying| proxying.redirect_port_outbound), Some(15001));
}

#[test]
fn builtin_gateway_dataplane() {
    let _: mesh::Dataplane = round_trips(json!({
        "networking": {
            "address": "10.1.0.9",
            "gateway": { "type": "BUILTIN", "tags": { "kuma.io/service": "edge" } },
        },
    }));
}

#[test]
fn mesh() {
    let mesh: mesh::Mesh = round_trips(json!({
        "mtls": {
            "enabledBackend": "ca-1",
            "skipValidation": true,
            "backends": [{
                "name": "ca-1",
                "type": "provided",
                "mode": "PERMISSIVE",
                "dpCert": { "rotation": { "expiration": "24h" }, "requestTimeout": "5s" },
                "rootChain": { "requestTimeout": "0.250s" },
                "conf": {
                    "cert": { "secret": "ca-cert" },
                    "key": { "inlineString": "" },
                    "caCert": { "RSAbits": 2048, "ratio": 0.5, "offset": -3 },
                    "list": [1, "two", null, { "three": [] }, false],
                },
            }],
        },
        "tracing": { "defaultBackend": "z", "backends": [
            { "name": "z", "type": "zipkin", "sampling": 99.5, "conf": { "url": "http://trace.example/api" } },
            { "name": "y", "type": "zipkin", "sampling": 80 },
            { "name": "x", "type": "zipkin", "sampling": 0 },
        ] },
        "logging": { "backends": [{ "name": "f", "type": "file", "format": "%START_TIME%", "conf": { "path": "/dev/stdout" } }] },
        "metrics": { "enabledBackend": "p", "backends": [{ "name": "p", "type": "prometheus", "conf": {} }] },
        "networking": { "outbound": { "passthrough": false } },
        "routing": { "zoneEgress": true, "localityAwareLoadBalancing": true, "defaultForbidMeshExternalServiceAccess": true },
        "constraints": { "dataplaneProxy": {
            "requirements": [{ "tags": { "team": "*" } }],
            "restrictions": [{ "tags": { "legacy": "yes" } }],
        } },
        "skipCreatingInitialPolicies": ["*"],
        "meshServices": { "mode": "Exclusive" },
    }));
    assert_eq!(mesh.mesh_services.map(|services| services.mode()), Some(mesh::mesh::mesh_services::Mode::Exclusive));
}

#[test]
fn an_empty_spec_has_no_bytes() {
    let _: mesh::Mesh = round_trips(json!({}));
    assert_eq!(spec_codec::encode(super::MESH, &json!({})), Ok(Vec::new()));
}

#[test]
fn dataplane_insight() {
    let _: mesh::DataplaneInsight = round_trips(json!({
        "subscriptions": [{
            "id": "7f3c",
            "controlPlaneInstanceId": "harbour-cp-1",
            "connectTime": "2026-03-01T08:00:00.250Z",
            "disconnectTime": "2026-03-01T09:00:00Z",
            "generation": 4,
            "status": {
                "lastUpdateTime": "2026-03-01T08:30:00Z",
                "total": { "responsesSent": "12", "responsesAcknowledged": "11", "responsesRejected": "1" },
                "cds": { "responsesSent": "3" }, "eds": {}, "lds": {}, "rds": {},
            },
            "version": {
                "kumaDp": { "version": "2.14.3", "gitTag": "v2.14.3", "gitCommit": "abc", "buildDate": "today", "kumaCpCompatible": true },
                "envoy": { "version": "1.38.0", "build": "b/1.38.0", "kumaDpCompatible": true },
                "dependencies": { "coredns": "1.13.0" },
            },
        }],
        "mTLS": {
            "certificateExpirationTime": "2026-03-02T08:00:00Z",
            "lastCertificateRegeneration": "2026-03-01T08:00:00Z",
            "certificateRegenerations": 2,
            "issuedBackend": "ca-1",
            "supportedBackends": ["ca-1", "ca-2"],
        },
        "metadata": { "region": "north" },
        "openTelemetry": { "backends": [{ "name": "o", "traces": {
            "enabled": true, "envAllowed": true, "envInputPresent": true, "state": "ready",
            "overrideKinds": ["a"], "missingFields": ["b"], "blockedReasons": ["c"],
        } }] },
    }));
}

#[test]
fn zone_ingress_and_its_insight() {
    let _: mesh::ZoneIngress = round_trips(json!({
        "zone": "harbour",
        "networking": {
            "address": "10.1.0.2", "port": 10001,
            "advertisedAddress": "198.51.100.2", "advertisedPort": 30001,
            "admin": { "port": 9901 },
        },
        "availableServices": [
            { "mesh": "default", "instances": 3, "tags": { "kuma.io/service": "orders", "version": "v2" } },
            { "mesh": "default", "instances": 1, "externalService": true, "tags": { "kuma.io/service": "bank" } },
        ],
    }));
    let _: mesh::ZoneIngressInsight = round_trips(json!({ "subscriptions": [{ "id": "1" }], "metadata": { "a": 1 } }));
}

#[test]
fn zone_egress_and_its_insight() {
    let _: mesh::ZoneEgress = round_trips(json!({
        "zone": "harbour",
        "networking": { "address": "10.1.0.3", "port": 10002, "admin": { "port": 9901 } },
    }));
    let _: mesh::ZoneEgressInsight = round_trips(json!({ "subscriptions": [{ "id": "1" }] }));
}

#[test]
fn service_insight() {
    let _: mesh::ServiceInsight = round_trips(json!({ "services": {
        "orders": {
            "status": "partially_degraded",
            "dataplanes": { "total": 3, "online": 2, "offline": 1 },
            "issuedBackends": { "ca-1": 2, "ca-2": 0 },
            "addressPort": "orders.mesh:80",
            "zones": ["harbour", "quay"],
        },
        "edge": { "serviceType": "gateway_builtin", "status": "online" },
        "quiet": {},
    } }));
}

#[test]
fn backend_configurations() {
    let _: mesh::PrometheusMetricsBackendConfig = round_trips(json!({
        "port": 5670, "path": "/metrics", "skipMTLS": false, "tags": { "kuma.io/service": "dpp-metrics" },
        "aggregate": [{ "name": "app", "port": 80, "path": "/m", "enabled": true, "address": "127.0.0.1" }],
        "envoy": { "filterRegex": "http.*", "usedOnly": true },
        "tls": { "mode": "providedTLS" },
    }));
    let _: mesh::ZipkinTracingBackendConfig = round_trips(json!({
        "url": "http://trace.example", "traceId128bit": true, "apiVersion": "httpJson", "sharedSpanContext": true,
    }));
    let _: mesh::DatadogTracingBackendConfig = round_trips(json!({ "address": "dd", "port": 8126, "splitService": true }));
    let _: mesh::FileLoggingBackendConfig = round_trips(json!({ "path": "/tmp/log" }));
    let _: mesh::TcpLoggingBackendConfig = round_trips(json!({ "address": "log:5000" }));
}

#[test]
fn secret_and_data_source() {
    let secret: system::Secret = round_trips(json!({ "data": "aGFyYm91cg==" }));
    assert_eq!(secret.data.as_deref(), Some(b"harbour".as_slice()));
    for source in [json!({ "secret": "s" }), json!({ "file": "/f" }), json!({ "inline": "AAE=" }), json!({ "inlineString": "" })] {
        let _: system::DataSource = round_trips(source);
    }
}

#[test]
fn config_and_zone() {
    let _: system::Config = round_trips(json!({ "config": "{\"id\":\"7\"}" }));
    let _: system::Zone = round_trips(json!({ "enabled": false }));
}

#[test]
fn zone_insight() {
    let _: system::ZoneInsight = round_trips(json!({
        "subscriptions": [{
            "id": "a1", "globalInstanceId": "global-1", "zoneInstanceId": "harbour-1",
            "connectTime": "2026-03-01T08:00:00Z", "generation": 2, "authTokenProvided": true, "config": "{}",
            "status": {
                "lastUpdateTime": "2026-03-01T08:00:01Z",
                "total": { "responsesSent": "18446744073709551615" },
                "stat": { "Mesh": { "responsesSent": "2", "responsesAcknowledged": "2" }, "Secret": {} },
            },
            "version": { "kumaCp": {
                "version": "2.14.3", "gitTag": "v2.14.3", "gitCommit": "c", "buildDate": "d", "kumaCpGlobalCompatible": true,
            } },
        }],
        "envoyAdminStreams": {
            "configDumpGlobalInstanceId": "g1", "statsGlobalInstanceId": "g1", "clustersGlobalInstanceId": "g2",
        },
        "healthCheck": { "time": "2026-03-01T08:05:00Z" },
        "kdsStreams": {
            "globalToZone": { "globalInstanceId": "g1", "connectTime": "2026-03-01T08:00:00Z" },
            "zoneToGlobal": { "globalInstanceId": "g1" },
            "configDump": {}, "stats": {}, "clusters": {},
        },
    }));
}
