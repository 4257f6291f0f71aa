//! A spec that we understand is checked as Kuma checks it: a wrong one is refused in Kuma's words, with Kuma's path.
use crate::examples::{RESOURCES, of};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fmt::Write;
use strait_core::resource::{Resource, Spec, from_json, from_yaml, model};

#[test]
fn valid_ones_are_not_refused() {
    for resource in &*RESOURCES {
        assert_eq!(model::validate(resource), [], "{}", resource.key);
        assert_eq!(model::beyond_proxies(resource), [], "{}", resource.key);
    }
}

/// Reads the model and writes it again.
fn through_the_model(resource: &Resource) -> Value {
    serde_json::to_value(model::parse(resource.kind(), resource.spec.value().unwrap()).unwrap().unwrap()).unwrap()
}

#[test]
fn every_kind_that_is_understood_keeps_what_it_does_not_know() {
    for resource in &*RESOURCES {
        let mut spec = resource.spec.value().unwrap().clone();
        spec["newerField"] = json!({"of": ["Kuma", 3]});
        let newer = Resource { spec: Spec::new(spec), ..resource.clone() };
        assert_eq!(model::validate(&newer), [], "{}", newer.key);
        assert_eq!(through_the_model(&newer)["newerField"], json!({"of": ["Kuma", 3]}), "{}", newer.key);
        // Written again it says the same to whoever reads it.
        let again = Resource { spec: Spec::new(through_the_model(&newer)), ..newer.clone() };
        assert_eq!(through_the_model(&again), through_the_model(&newer), "{}", newer.key);
    }
}

#[test]
fn zones_of_a_mesh_are_named_or_selected_and_need_not_exist() {
    for spec in
        ["zones: []", "zones: [east, not-yet-there]", "zoneSelector: {matchLabels: {}}", "zoneSelector: {matchLabels: {region: eu}}"]
    {
        assert_eq!(model::validate(&of("MeshZones", spec)), [], "{spec}");
    }
    assert_eq!(model::validate(&from_yaml("type: Zone\nname: a.b\n").unwrap()[0])[0].0, "name");
}

#[test]
fn a_kind_that_is_only_relayed_is_not_checked() {
    for spec in [json!({"to": 7}), json!({})] {
        let policy = from_json(&json!({"type": "MeshRateLimit", "name": "a", "spec": spec})).unwrap();
        assert_eq!(model::validate(&policy), []);
        assert_eq!(model::parse(policy.kind(), policy.spec.value().unwrap()), Ok(None));
    }
}

/// Specs that are wrong, by kind. Those of protobuf kinds stand beside `type`, the others below `spec`.
const WRONG: &[(&str, &[&str])] = &[
    (
        "Mesh",
        &[
            "mtls: 7",
            "mtls: {backends: [7]}",
            "mtls: {enabledBackend: other, backends: [{name: ca, type: builtin}]}",
            "mtls: {backends: [{name: ca}, {name: ca}]}",
            "mtls: {backends: [{name: ca, dpCert: {}}]}",
            "mtls: {backends: [{name: ca, dpCert: {rotation: {expiration: 1d12h}}}]}",
            "logging: {defaultBackend: b, backends: [{name: '', type: file}, {name: c, type: tcp}, {name: d, type: udp}]}",
            "logging: {backends: [{name: a, type: tcp, conf: {address: no-port}}, {name: a, type: file, conf: {path: /x}}]}",
            "tracing: {defaultBackend: b, backends: [{name: '', type: zipkin}, {name: c, type: datadog}, {name: d, type: jaeger}]}",
            "tracing: {backends: [{name: a, type: zipkin, sampling: 100.5, conf: {url: 'http://traces.example/', apiVersion: v9}}]}",
            "tracing: {backends: [{name: a, type: zipkin, sampling: most, conf: {url: traces}}]}",
            "tracing: {backends: [{name: a, type: datadog, conf: {address: x, port: 70000}}]}",
            "metrics: {enabledBackend: b, backends: [{name: a, type: statsd}]}",
            "metrics: {backends: [{name: a, type: prometheus, conf: {skipMTLS: true, tls: {mode: providedTLS}}}]}",
            "metrics: {backends: [{name: a, type: prometheus, conf: {aggregate: [{name: one}, {name: two}, {name: one}]}}]}",
            "routing: {zoneEgress: true}",
            "routing: {zoneEgress: 'true'}",
            "constraints: {dataplaneProxy: {requirements: [{}], restrictions: [{tags: {'a b': 'c d', e: ''}}]}}",
            "meshServices: {mode: Everywhen}",
        ],
    ),
    ("Secret", &["data: '%%%'", "data: 7"]),
    ("GlobalSecret", &["data: a"]),
    (
        "Dataplane",
        &[
            "networking: null",
            "networking: {}",
            "networking: {address: 0.0.0.0}",
            "networking: {address: 'bad host'}",
            "networking: {address: 10.0.0.1, inbound: [{port: -1}]}",
            "networking: {address: 10.0.0.1, inbound: [{port: 65536, servicePort: 70000, protocol: smtp}]}",
            "networking: {address: 10.0.0.1, inbound: [{port: 80, address: localhost, serviceAddress: '127.0.0.256'}]}",
            "networking: {address: 10.0.0.1, inbound: [{port: 80, address: 10.0.0.2, serviceAddress: 10.0.0.2}]}",
            "networking: {address: 10.0.0.1, inbound: [{port: 80, serviceAddress: 10.0.0.1}]}",
            "networking: {address: 10.0.0.1, inbound: [{port: 80, tags: {kuma.io/protocol: smtp, 'a b': c, d: 'e/f', g: ''}}]}",
            "networking: {address: 10.0.0.1, inbound: [{port: 80, state: Sleepy}]}",
            "networking: {address: 10.0.0.1, inbound: [{port: 80, serviceProbe: {interval: 0s, timeout: 0s, healthyThreshold: 0, unhealthyThreshold: 0}}]}",
            "networking: {address: 10.0.0.1, inbound: [{port: 80, serviceProbe: {interval: soon}}]}",
            "networking: {address: 10.0.0.1, outbound: [{port: 0, address: localhost}]}",
            "networking: {address: 10.0.0.1, outbound: [{port: 1, tags: {version: '1'}}]}",
            "networking: {address: 10.0.0.1, outbound: [{port: 1, tags: {kuma.io/service: a}, backendRef: {kind: MeshGateway}}]}",
            "networking: {address: 127.0.0.1, admin: {port: 80}, inbound: [{port: 80}], outbound: [{port: 80, tags: {kuma.io/service: a}}]}",
            "networking: {address: 10.0.0.1, gateway: {type: DELEGATED, tags: {kuma.io/protocol: http}}, inbound: [{port: 80}]}",
            "networking: {address: 10.0.0.1, gateway: {type: BUILTIN}, inbound: [{port: 80}], outbound: [{port: 1, tags: {kuma.io/service: a}}]}\nprobes: {port: 1}",
            "networking: {address: 10.0.0.1, gateway: {type: OTHER}}",
            "networking: {address: 10.0.0.1, inbound: [{port: 80}], listeners: [{port: 0}, {type: ZoneEgress, address: 10.0.0.1, port: 80, name: '80'}]}",
            "networking: {address: 10.0.0.1, listeners: [{type: ZoneEgress, address: 10.0.0.1, port: 1}, {type: ZoneEgress, address: 10.0.0.1, port: 1}, {type: ZoneIngress, address: 10.0.0.1, port: 1}]}",
            "networking: {address: 10.0.0.1, transparentProxying: {reachableBackends: {refs: [{kind: Mesh}, {kind: MeshService, namespace: a}, {kind: MeshService, name: A, labels: {a: b}}]}}}",
            "networking: {address: 10.0.0.1}\nmetrics: {type: statsd}",
            "networking: {address: 10.0.0.1}\nprobes: {endpoints: [{inboundPort: 1, inboundPath: healthz, path: /ok}]}",
        ],
    ),
    ("DataplaneInsight", &["subscriptions: {}", "subscriptions: [{generation: many}]", "mTLS: {supportedBackends: [7]}"]),
    (
        "ZoneIngress",
        &[
            "networking: null",
            "networking: {address: 10.0.0.1, port: 10001, advertisedPort: 10001}",
            "networking: {address: 10.0.0.1, port: 10001, advertisedAddress: east.example}",
            "networking: {address: '::', port: 10001, advertisedAddress: 'east example', advertisedPort: 65536}",
            "networking: {address: 127.0.0.1, port: 9901, admin: {port: 9901}}",
            "networking: {port: 10001}\navailableServices: [{tags: {version: ''}}]",
            "networking: {port: 10001}\navailableServices: [{instances: -1}]",
        ],
    ),
    (
        "MeshService",
        &[
            "selector: {dataplaneTags: {a: b}, dataplaneRef: {name: c}}",
            "ports: {}",
            "ports: [{port: eighty}]",
            "ports: [{port: 80, targetPort: {}}]",
            "state: 1",
        ],
    ),
    (
        "HostnameGenerator",
        &[
            "selector: null",
            "selector: {meshService: {}, meshExternalService: {}}\ntemplate: a.mesh",
            "selector: {meshService: {matchLabels: [a]}}\ntemplate: a.mesh",
            "selector: {meshService: {}}\ntemplate: '{{ .Nam }}.mesh'",
            "selector: {meshService: {}}\ntemplate: '{{ .Name }.mesh'",
            "selector: {meshService: {}}\ntemplate: '{{ }}.mesh'",
            "selector: {meshService: {}}\ntemplate: '{{ .Name }}_.Mesh'",
            "selector: {meshService: {}}\ntemplate: a.mesh\nextension: {config: {}}",
        ],
    ),
    (
        "MeshZones",
        &[
            "zones: null",
            "zones: [east]\nzoneSelector: {matchLabels: {}}",
            "zones: east",
            "zones: [East, '', east, east]",
            "zone: [east]",
            "zoneSelector: {}",
            "zoneSelector: {matchLabel: {region: eu}}",
            "zoneSelector: {matchLabels: [region]}",
        ],
    ),
    ("Zone", &["enabled: maybe", "enabled: 0"]),
    (
        "MeshTimeout",
        &[
            "to: null",
            "to: 7",
            "to: [{targetRef: {kind: Mesh}, default: {idleTimeout: soon}}]",
            "to: [{targetRef: {kind: Mesh}, default: {idleTimeout: 20}}]",
            "to: [{targetRef: {kind: Mesh}, default: {}}]",
            "to: [{default: {idleTimeout: -1s, connectionTimeout: 0s, http: {}}}]",
            "to: [{targetRef: {kind: Mesh}, default: {http: {requestTimeout: -1s, requestHeadersTimeout: -1s}}}]",
            "to: [{targetRef: {kind: Mesh}, default: {http: {requestHeadersTimeout: 1s}}}]",
            "to: [{targetRef: {kind: Dataplane}, default: {idleTimeout: 1s}}]",
            "to: [{targetRef: {kind: MeshService}, default: {idleTimeout: 1s}}, {targetRef: {kind: MeshService, name: A, labels: {a: b}}, default: {idleTimeout: 1s}}]",
            "to: [{targetRef: {kind: Mesh, name: a, namespace: b, labels: {c: d}, tags: {e: f}, sectionName: g}, default: {idleTimeout: 1s}}]",
            "targetRef: {kind: MeshHTTPRoute, name: a}\nto: [{targetRef: {kind: Mesh}, default: {idleTimeout: 1s, http: {requestTimeout: 1s, maxStreamDuration: 1s}}}]\nfrom: [{}]",
            "targetRef: {}\nrules: [{default: {idleTimeout: 1s}}]",
            "targetRef: {kind: Zone}\nrules: [{default: {idleTimeout: 1s}}]\nto: [{targetRef: {kind: Mesh}, default: {idleTimeout: 1s}}]",
            "targetRef: {kind: Mesh, name: a, mesh: b, proxyTypes: []}\nto: [{targetRef: {kind: Mesh}, default: {idleTimeout: 1s}}]",
            "targetRef: {kind: Dataplane, name: a, labels: {b: c}, tags: {d: e}, sectionName: f}\nto: [{targetRef: {kind: Mesh}, default: {idleTimeout: 1s}}]",
            "targetRef: {kind: MeshSubset, name: a, tags: {'b c': 'd e'}}\nto: [{targetRef: {kind: Mesh}, default: {idleTimeout: 1s}}]",
            "targetRef: {kind: MeshServiceSubset, tags: {'b c': 'd e'}}\nfrom: [{targetRef: {kind: MeshService, name: a}, default: {idleTimeout: 1s}}]",
            "targetRef: {kind: MeshGateway, labels: {a: b}}\nto: [{targetRef: {kind: MeshService, name: a}, default: {idleTimeout: 1s}}]",
            "rules: [{matches: [{}], default: {idleTimeout: 1s}}]",
            "rules: [{matches: [{spiffeID: {value: 'http://x'}}, {spiffeID: {type: Suffix, value: 'spiffe://X'}}, {spiffeID: {type: Exact, value: 'spiffe://x/a//b'}}], default: {idleTimeout: 1s, http: {requestTimeout: 1s}}}]",
            "rules: [{matches: [{sni: {}}, {sni: {type: Prefix, value: 'a b'}}], default: {idleTimeout: 1s}}]",
        ],
    ),
    (
        "MeshTrafficPermission",
        &[
            "rules: null",
            "rules: 7",
            "rules: [{default: {allow: {}}}]",
            "rules: [{}]",
            "rules: [{default: {allow: [{}, {spiffeID: {value: x}}], deny: [{sni: {type: Prefix, value: a}}], allowWithShadowDeny: [{spiffeID: {type: Exact}}]}}]",
            "rules: [{default: {allow: [{sni: {type: Exact, value: a}}]}}]\nfrom: [{targetRef: {kind: Mesh}, default: {action: Allow}}]",
            "from: [{targetRef: {kind: Mesh}, default: {action: Maybe}}]",
            "from: [{targetRef: {kind: Dataplane}}]",
            "targetRef: {kind: MeshGateway, name: a}\nfrom: [{default: {action: Deny}}]",
            "targetRef: {kind: Dataplane, sectionName: a}",
        ],
    ),
    (
        "MeshHealthCheck",
        &[
            "to: [{targetRef: {kind: Mesh}, default: {interval: 1, tcp: {}}}]",
            "to: [{targetRef: {kind: Mesh}, default: {unhealthyThreshold: a, tcp: {}}}]",
            "to: [{targetRef: {kind: Mesh}}, {default: {interval: 0s, timeout: -1s, initialJitter: 0s, intervalJitter: -1s, noTrafficInterval: 0s, unhealthyThreshold: 0, healthyThreshold: -1, grpc: {}}}]",
            "to: [{targetRef: {kind: Mesh}, default: {intervalJitterPercent: 101, healthyPanicThreshold: 101, eventLogPath: a.log, tcp: {}}}]",
            "to: [{targetRef: {kind: Mesh}, default: {intervalJitterPercent: -1, healthyPanicThreshold: most, eventLogPath: 'C:\\\\a\\\\\\\\b', tcp: {}}}]",
            "to: [{targetRef: {kind: Mesh}, default: {http: {path: '', expectedStatuses: [99, 100, 599, 600]}}}]",
            "to: [{targetRef: {kind: MeshHTTPRoute, name: a}, default: {tcp: {}}}]",
            "targetRef: {kind: MeshHTTPRoute, name: a}\nto: [{targetRef: {kind: Mesh}, default: {tcp: {}}}]",
        ],
    ),
    (
        "MeshRetry",
        &[
            "to: 7",
            "to: [{targetRef: {kind: Mesh}, default: {http: {numRetries: -1}}}]",
            "to: [{targetRef: {kind: Mesh}, default: {http: {retryOn: [5xx, {}]}}}]",
            "to: [{targetRef: {kind: Mesh}, default: {http: {perTryTimeout: soon}}}]",
            "to: [{targetRef: {kind: Mesh}}, {default: {tcp: {}, http: {}, grpc: {}}}]",
            "to: [{targetRef: {kind: Mesh}, default: {tcp: {maxConnectAttempt: 0}, http: {hostSelectionMaxAttempts: 3}}}]",
            "to: [{targetRef: {kind: Mesh}, default: {http: {backOff: {}, rateLimitedBackOff: {maxInterval: 0s}}, grpc: {backOff: {}, rateLimitedBackOff: {resetHeaders: [{format: Seconds}]}}}}]",
            "to: [{targetRef: {kind: Mesh}, default: {http: {retryOn: [Unavailable, 427, '600', 418, never]}, grpc: {retryOn: [5xx, Internal, '503']}}}]",
            "to: [{targetRef: {kind: Mesh}, default: {http: {hostSelection: [{predicate: OmitHostsWithTags}, {predicate: OmitPreviousPriorities, updateFrequency: 0}, {predicate: OmitPreviousPriorities}, {predicate: OmitNobody}]}}}]",
            "to: [{targetRef: {kind: MeshSubset, tags: {a: b}}, default: {tcp: {maxConnectAttempt: 1}}}, {targetRef: {kind: MeshHTTPRoute}, default: {http: {numRetries: 1}}}]",
            "targetRef: {kind: MeshGateway, name: a}\nto: [{targetRef: {kind: MeshService, name: b}, default: {tcp: {maxConnectAttempt: 1}}}]",
            "targetRef: {kind: MeshHTTPRoute, name: a}\nto: [{targetRef: {kind: MeshHTTPRoute, name: b}, default: {http: {numRetries: 1}}}]",
            "targetRef: {kind: Dataplane, sectionName: a}",
        ],
    ),
    (
        "MeshHTTPRoute",
        &[
            "to: 7",
            "to: [{targetRef: {kind: Mesh}, hostnames: [a]}]",
            "to: [{targetRef: {kind: MeshService, name: a}, rules: [{matches: [{path: {type: PathPrefix, value: a/}}, {path: {type: Exact, value: b}}]}]}]",
            "to: [{targetRef: {kind: MeshService, name: a}, rules: [{matches: [{queryParams: [{name: a}, {name: a}], headers: [{type: Absent, name: b, value: c}]}]}]}]",
            "to: [{targetRef: {kind: MeshService, name: a}, rules: [{default: {filters: [{type: RequestHeaderModifier}, {type: ResponseHeaderModifier}, {type: RequestRedirect}, {type: URLRewrite}, {type: RequestMirror}]}}]}]",
            "to: [{targetRef: {kind: MeshService, name: a}, rules: [{default: {filters: [{type: RequestHeaderModifier, requestHeaderModifier: {}}, {type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: a, value: b}], add: [{name: a, value: c}], remove: [a]}}]}}]}]",
            "to: [{targetRef: {kind: MeshService, name: a}, rules: [{matches: [{method: GET}], default: {filters: [{type: RequestRedirect, requestRedirect: {hostname: 10.0.0.1, path: {replacePrefixMatch: /a}}}, {type: URLRewrite, urlRewrite: {hostname: A_b, hostToBackendHostname: true, path: {replacePrefixMatch: /a}}}]}}]}]",
            "to: [{targetRef: {kind: MeshService, name: a}, rules: [{default: {filters: [{type: RequestMirror, requestMirror: {backendRef: {kind: MeshExternalService, name: a}}}], backendRefs: [{kind: Mesh}, {kind: MeshMultiZoneService, name: a}, {kind: MeshService}]}}]}]",
            "to: [{targetRef: {kind: MeshService, name: a}, rules: [{default: {backendRefs: [{kind: MeshService, name: a, weight: -1}]}}]}]",
            "targetRef: {kind: MeshGateway, name: a}\nto: [{targetRef: {kind: MeshService, name: a}, rules: [{}]}]",
            "targetRef: {kind: MeshHTTPRoute, name: a}\nto: [{}]",
            "targetRef: {kind: Dataplane, sectionName: a}",
        ],
    ),
];

#[test]
fn wrong_ones_are_refused_with_path_and_reason() {
    let mut table = String::new();
    for (kind, specs) in WRONG {
        writeln!(table, "# {kind}").unwrap();
        for spec in *specs {
            let violations = model::validate(&of(kind, spec));
            assert_ne!(violations, [], "{kind} {spec}");
            writeln!(table, "\n{spec}").unwrap();
            violations.iter().for_each(|(path, message)| writeln!(table, "    {path} | {message}").unwrap());
        }
        writeln!(table).unwrap();
    }
    insta::assert_snapshot!(table);
}

#[test]
fn what_hangs_on_labels_and_names_is_checked_too() {
    let service = |name: &str| {
        let mut service = of("MeshService", "state: Available");
        service.labels.insert("kuma.io/display-name".to_owned(), name.to_owned());
        model::validate(&service)
    };
    assert_eq!(service(&"a".repeat(63)), []);
    assert_eq!(service(&"a".repeat(64)), [("name".to_owned(), "must not be longer than 63 characters".to_owned())]);

    let of_role = |role: &str| {
        let mut timeout =
            of("MeshTimeout", "targetRef: {kind: MeshGateway, name: a}\nto: [{targetRef: {kind: Mesh}, default: {idleTimeout: 1s}}]");
        timeout.labels.insert("kuma.io/policy-role".to_owned(), role.to_owned());
        model::validate(&timeout)
    };
    assert_eq!(of_role("system"), []);
    let unsupported = "value 'MeshGateway' is not supported".to_owned();
    assert_eq!(of_role("consumer"), [("spec.targetRef.kind".to_owned(), unsupported)]);
}

/// The places of all values in a value.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(fields) => fields.iter().for_each(|(field, value)| {
            places(value, &format!("{at}/{}", field.replace('~', "~0").replace('/', "~1")), found);
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(index, item)| places(item, &format!("{at}/{index}"), found)),
        _ => {}
    }
}

fn replacement() -> impl Strategy<Value = Value> {
    let texts = ["", "-1", "1e400", "0s", "-9223372036854775808ns", "{{", "}}", "{{ - }}", "spiffe://", "://", "[::", "é", "a\0", "*"];
    prop_oneof![
        prop::sample::select(texts.to_vec()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![json!(null), json!(true), json!([]), json!({}), json!([null]), json!({"": null}), json!([[]])]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_stands_anywhere_nothing_panics(
        which in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), new in replacement(),
    ) {
        let resource = which.get(&RESOURCES);
        let mut spec = resource.spec.value().unwrap().clone();
        let mut found = Vec::new();
        places(&spec, "", &mut found);
        *spec.pointer_mut(&found[place.index(found.len())]).unwrap() = new;
        let changed = Resource { spec: Spec::new(spec), ..resource.clone() };
        // What it says it says again, and what was read is written and read again as it is.
        prop_assert_eq!(model::validate(&changed), model::validate(&changed));
        prop_assert_eq!(model::beyond_proxies(&changed), model::beyond_proxies(&changed));
        if let Ok(Some(_)) = model::parse(changed.kind(), changed.spec.value().unwrap()) {
            let again = Resource { spec: Spec::new(through_the_model(&changed)), ..changed.clone() };
            prop_assert_eq!(model::validate(&again), model::validate(&changed));
            prop_assert_eq!(through_the_model(&again), through_the_model(&changed));
        }
    }
}
