//! Resources to begin with.
use std::sync::LazyLock;
use strait_core::resource::{Resource, from_yaml};

/// A resource of which only this is said. The fields of protobuf kinds stand beside `type`, the others below `spec`.
pub(crate) fn of(kind: &str, spec: &str) -> Resource {
    let fields: Vec<Resource> = from_yaml(&format!("type: Holder\nname: a\nspec:\n  {}\n", spec.replace('\n', "\n  "))).unwrap();
    let head = from_yaml(&format!("type: {kind}\nname: a\n")).unwrap();
    Resource { spec: fields[0].spec.clone(), ..head[0].clone() }
}

/// One of each kind, parsed.
pub(crate) static RESOURCES: LazyLock<Vec<Resource>> = LazyLock::new(|| from_yaml(VALID).unwrap());

/// Of each kind that we understand, one that uses much of it.
const VALID: &str = "\
type: Mesh
name: payments
mtls:
  enabledBackend: ca
  backends:
  - {name: ca, type: builtin, dpCert: {rotation: {expiration: 12h}}, conf: {caCert: {expiration: 2y}}}
logging:
  defaultBackend: to-file
  backends:
  - {name: to-file, type: file, conf: {path: /var/log/mesh}}
tracing:
  defaultBackend: z
  backends:
  - {name: z, type: zipkin, sampling: '12.5', conf: {url: 'http://traces.example:9411/api/v2/spans', apiVersion: httpProto}}
  - {name: d, type: datadog, conf: {address: agent.example, port: 8126}}
metrics:
  enabledBackend: p
  backends:
  - {name: p, type: prometheus, conf: {skipMTLS: true, aggregate: [{name: one}, {name: two}]}}
networking: {outbound: {passthrough: false}}
routing: {zoneEgress: true, localityAwareLoadBalancing: true}
constraints:
  dataplaneProxy:
    requirements: [{tags: {kuma.io/zone: east}}]
    restrictions: [{tags: {legacy: '*'}}]
meshServices: {mode: Exclusive}
skipCreatingInitialPolicies: ['*']
---
type: Secret
mesh: payments
name: ca-key
data: c2VjcmV0
---
type: GlobalSecret
name: token-key
data: _-8
---
type: Dataplane
mesh: payments
name: web-1
networking:
  address: 10.0.0.1
  admin: {port: 9901}
  inbound:
  - port: 8080
    servicePort: 80
    serviceAddress: 127.0.0.1
    name: main
    protocol: http
    state: Ready
    serviceProbe: {interval: 10s, timeout: 2s, healthyThreshold: 1}
    tags: {kuma.io/service: web, kuma.io/protocol: http, version: v1.2}
  outbound:
  - {port: 10001, tags: {kuma.io/service: db}}
  - {port: 10002, address: 240.0.0.1, backendRef: {kind: MeshService, name: db, port: 5432}}
  - {port: 10003, backendRef: {kind: MeshExternalService, labels: {team: data}}}
  transparentProxying:
    redirectPortInbound: 15006
    redirectPortOutbound: '15001'
    reachableBackends:
      refs: [{kind: MeshService, name: db, namespace: data}, {kind: MeshMultiZoneService, labels: {team: data}}]
  listeners:
  - {type: ZoneIngress, address: 10.0.0.1, port: 10001, name: in}
metrics: {name: p, type: prometheus}
probes: {port: 9000, endpoints: [{inboundPort: 8080, inboundPath: /healthz, path: /8080/healthz}]}
---
type: Dataplane
mesh: payments
name: edge
networking: {address: edge.example, gateway: {type: DELEGATED, tags: {kuma.io/service: edge}}}
---
type: DataplaneInsight
mesh: payments
name: web-1
subscriptions:
- {id: one, connectTime: '2030-01-02T03:04:05Z', generation: 7, status: {total: {}}}
mTLS: {issuedBackend: ca, supportedBackends: [ca], certificateRegenerations: 2}
---
type: ZoneIngress
name: ingress
zone: east
networking: {address: 192.168.0.1, port: 10001, advertisedAddress: east.example, advertisedPort: 10001, admin: {port: 9901}}
availableServices:
- {mesh: payments, instances: 2, tags: {kuma.io/service: web, kuma.io/zone: east}}
---
type: Zone
name: east
enabled: false
---
type: MeshService
mesh: payments
name: web
labels: {kuma.io/display-name: web}
spec:
  selector: {dataplaneTags: {kuma.io/service: web}}
  ports: [{port: 80, targetPort: main, appProtocol: http}, {port: 81, targetPort: 8081, name: admin}]
  identities: [{type: ServiceTag, value: web}]
  state: Available
status: {addresses: []}
---
type: HostnameGenerator
name: local
spec:
  selector: {meshService: {matchLabels: {kuma.io/origin: zone}}}
  template: '{{ .DisplayName }}.{{ label \"kuma.io/zone\" }}.svc.mesh.local'
---
type: MeshTimeout
mesh: payments
name: slow-backends
spec:
  targetRef: {kind: Dataplane, labels: {app: web}}
  to:
  - targetRef: {kind: MeshService, name: db, namespace: data, sectionName: main}
    default: {connectionTimeout: 2s, idleTimeout: 0s, http: {requestTimeout: 1.5s, maxStreamDuration: 1h30m}}
  - targetRef: {kind: MeshMultiZoneService, labels: {team: data}}
    default: {idleTimeout: 1h}
---
type: MeshTimeout
mesh: payments
name: inbound
spec:
  rules:
  - matches: [{spiffeID: {type: Prefix, value: 'spiffe://payments.example/ns/web'}}]
    default: {http: {requestTimeout: 1s}}
  - matches: [{sni: {type: Exact, value: web.example}}]
    default: {idleTimeout: 5m}
---
type: MeshHealthCheck
mesh: payments
name: who-serves
spec:
  targetRef: {kind: MeshGateway, name: edge, tags: {listener: main}}
  to:
  - targetRef: {kind: MeshMultiZoneService, name: api}
    default:
      interval: 10s
      timeout: 2s
      unhealthyThreshold: 3
      healthyThreshold: 1
      initialJitter: 5s
      intervalJitter: 6s
      intervalJitterPercent: 10
      healthyPanicThreshold: '62.9'
      failTrafficOnPanic: true
      eventLogPath: /tmp/health-check.log
      alwaysLogHealthCheckFailures: true
      noTrafficInterval: 10s
      reuseConnection: false
      tcp: {disabled: true, send: Zm9v, receive: [YmFy, YmF6]}
      http: {disabled: false, path: /health, requestHeadersToAdd: {add: [{name: x-a, value: b}], set: [{name: x-c, value: 'd,e'}]}, expectedStatuses: [200, 201]}
      grpc: {disabled: false, serviceName: s, authority: a}
  - targetRef: {kind: Mesh}
    default: {healthyPanicThreshold: 0, eventLogPath: 'C:\\logs\\a.log', tcp: {}}
---
type: MeshRetry
mesh: payments
name: again
spec:
  targetRef: {kind: Dataplane, labels: {app: web}}
  to:
  - targetRef: {kind: MeshMultiZoneService, name: api}
    default:
      tcp: {maxConnectAttempt: 3}
      http:
        numRetries: 4
        perTryTimeout: 2s
        backOff: {baseInterval: 10ms, maxInterval: 1s}
        rateLimitedBackOff: {resetHeaders: [{name: retry-after, format: Seconds}, {name: x-reset, format: UnixTimestamp}], maxInterval: 1m}
        retryOn: [5xx, GatewayError, HttpMethodGet, 409, '503']
        retriableRequestHeaders: [{name: x-again, value: '1'}, {type: Present, name: x-b}, {type: RegularExpression, name: x-c, value: 'a|b'}]
        retriableResponseHeaders: [{type: Prefix, name: x-d, value: e}]
        hostSelection: [{predicate: OmitPreviousHosts}, {predicate: OmitPreviousPriorities}, {predicate: OmitHostsWithTags, tags: {a: b}}]
        hostSelectionMaxAttempts: 5
      grpc: {numRetries: 0, perTryTimeout: 0s, backOff: {maxInterval: 1s}, retryOn: [Canceled, Unavailable]}
  - targetRef: {kind: MeshHTTPRoute, name: ways}
    default: {http: {retryOn: [], retriableRequestHeaders: []}}
---
type: MeshTrafficPermission
mesh: payments
name: who
spec:
  targetRef: {kind: Dataplane, labels: {app: web}, sectionName: main}
  rules:
  - default:
      allow: [{spiffeID: {type: Prefix, value: 'spiffe://payments.example/ns/web'}, sni: {type: Exact, value: web.example}}]
      deny: [{sni: {type: Exact, value: old.example}}]
      allowWithShadowDeny: [{spiffeID: {type: Exact, value: 'spiffe://payments.example/ns/old'}}]
---
type: MeshTrafficPermission
mesh: payments
name: who-once
spec:
  targetRef: {kind: MeshServiceSubset, name: web, tags: {version: v1}}
  from:
  - targetRef: {kind: MeshSubset, tags: {kuma.io/zone: east}}
    default: {action: AllowWithShadowDeny}
---
type: MeshHTTPRoute
mesh: payments
name: ways
spec:
  targetRef: {kind: Dataplane, labels: {app: web}}
  to:
  - targetRef: {kind: MeshService, name: api, sectionName: http}
    rules:
    - matches:
      - path: {type: PathPrefix, value: /v1}
        method: GET
        headers: [{name: x-user, value: a}, {type: Present, name: x-b}, {type: RegularExpression, name: x-c, value: 'a|b'}]
        queryParams: [{type: Exact, name: q, value: '1'}, {type: RegularExpression, name: r, value: '\\d+'}]
      default:
        filters:
        - {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: a, value: 100%}], add: [{name: b, value: c}], remove: [d]}}
        - {type: URLRewrite, urlRewrite: {hostname: api.example, path: {type: ReplacePrefixMatch, replacePrefixMatch: /v2}}}
        - {type: RequestMirror, requestMirror: {percentage: '12.5', backendRef: {kind: MeshService, name: copy}}}
        backendRefs: [{kind: MeshService, name: api, port: 80, weight: 9}, {kind: MeshMultiZoneService, labels: {a: b}, port: 80}]
    - matches: [{path: {type: RegularExpression, value: '/\\Qa.b\\E/.*'}}]
      default:
        filters: [{type: RequestRedirect, requestRedirect: {scheme: https, hostname: new.example, port: 8443, statusCode: 308}}]
---
type: MeshHTTPRoute
mesh: payments
name: of-a-gateway
spec:
  targetRef: {kind: MeshGateway, name: edge, tags: {listener: main}}
  to:
  - targetRef: {kind: Mesh}
    hostnames: ['*.example.com']
    rules:
    - matches: [{path: {type: PathPrefix, value: /}}]
      default:
        filters: [{type: URLRewrite, urlRewrite: {hostToBackendHostname: true}}]
        backendRefs: [{kind: MeshService, name: kuma.io/unresolved-backend}]
";
