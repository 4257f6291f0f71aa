//! What a cluster comes to, worked out anew from all objects as the API wrote them, by whoever has all the time there is. It shares nothing with
//! the conversion but what they are about.
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// By kind, namespace and name.
pub(crate) type Objects = BTreeMap<(String, String, String), Value>;

/// All resources, by kind, mesh and name; and of which objects something is wrong, and what.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Mesh {
    pub(crate) resources: BTreeMap<(String, String, String), Value>,
    pub(crate) wrong: BTreeSet<(String, &'static str)>,
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value.pointer(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn map(value: &Value, path: &str) -> Map<String, Value> {
    value.pointer(path).and_then(Value::as_object).cloned().unwrap_or_default()
}

fn label<'a>(value: &'a Value, label: &str) -> &'a str {
    value["metadata"]["labels"][label].as_str().unwrap_or_default()
}

fn annotation<'a>(value: &'a Value, annotation: &str) -> &'a str {
    value["metadata"]["annotations"][annotation].as_str().unwrap_or_default()
}

fn is_on(text: &str) -> bool {
    matches!(text, "true" | "yes" | "enabled")
}

struct World<'a> {
    objects: &'a Objects,
    meshes: &'a BTreeMap<String, &'static str>,
}

impl<'a> World<'a> {
    fn of(&self, kind: &str, namespace: &str) -> Vec<&'a Value> {
        self.objects.iter().filter(|((of, within, _), _)| of == kind && within == namespace).map(|(_, value)| value).collect()
    }

    fn mesh_of(&self, object: &Value, namespace: &Value) -> String {
        let said = [
            label(object, "kuma.io/mesh"),
            annotation(object, "kuma.io/mesh"),
            label(namespace, "kuma.io/mesh"),
            annotation(namespace, "kuma.io/mesh"),
        ];
        said.into_iter().find(|said| !said.is_empty()).unwrap_or("default").to_owned()
    }

    fn is_endpoint(&self, service: &Value, pod: &Value) -> bool {
        let (namespace, name) = (text(service, "/metadata/namespace"), text(service, "/metadata/name"));
        let slices = self.of("EndpointSlice", namespace).into_iter().filter(|slice| label(slice, "kubernetes.io/service-name") == name);
        slices.flat_map(|slice| list(slice, "/endpoints")).any(|endpoint| {
            let uid = text(endpoint, "/targetRef/uid");
            text(endpoint, "/targetRef/name") == text(pod, "/metadata/name") && (uid.is_empty() || uid == text(pod, "/metadata/uid"))
        })
    }

    fn selects(&self, service: &Value, pod: &Value) -> bool {
        if text(service, "/spec/type") == "ExternalName" || is_on(annotation(service, "kuma.io/ignore")) {
            return false;
        }
        let selector = map(service, "/spec/selector");
        if selector.is_empty() {
            return self.is_endpoint(service, pod);
        }
        selector.iter().all(|(key, value)| label(pod, key) == value.as_str().unwrap() && pod["metadata"]["labels"].get(key).is_some())
    }

    /// A pod that is a proxy of an existing mesh, and of which one.
    fn proxied(&self, pod: &Value, namespace: &Value) -> Option<String> {
        let runs = !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed") && !text(pod, "/status/podIP").is_empty();
        let mesh = self.mesh_of(pod, namespace);
        (is_on(annotation(pod, "kuma.io/sidecar-injected")) && runs && self.meshes.contains_key(&mesh)).then_some(mesh)
    }
}

fn unready(pod: &Value, container: &str) -> bool {
    list(pod, "/status/containerStatuses").iter().any(|status| text(status, "/name") == container && status["ready"] != json!(true))
}

fn tcp_ports(service: &Value) -> Vec<&Value> {
    list(service, "/spec/ports").iter().filter(|port| matches!(text(port, "/protocol"), "" | "TCP")).collect()
}

fn protocol(service: &Value, port: &Value) -> String {
    let known = |said: &str| matches!(said, "http" | "http2" | "grpc" | "tcp" | "kafka" | "tls" | "mysql");
    let explicit = annotation(service, &format!("{}.service.kuma.io/protocol", port["port"])).to_owned();
    [text(port, "/appProtocol").to_owned(), explicit].into_iter().find(|said| known(said)).unwrap_or_else(|| "tcp".to_owned())
}

/// Number, name and container of where a pod listens.
fn listens(pod: &Value, port: &Value) -> Option<(u64, String, Option<String>)> {
    let mut said = Vec::new();
    for container in list(pod, "/spec/containers") {
        for of in list(container, "/ports") {
            said.push((of["containerPort"].as_u64().unwrap(), text(of, "/name").to_owned(), Some(text(container, "/name").to_owned())));
        }
    }
    match &port["targetPort"] {
        Value::String(name) => said.into_iter().find(|(_, of, _)| of == name),
        target => {
            let number = target.as_u64().or(port["port"].as_u64()).unwrap();
            Some(said.into_iter().find(|(of, ..)| *of == number).unwrap_or((number, String::new(), None)))
        }
    }
}

fn put_without_nothing(into: &mut Value, field: &str, value: &str) {
    if !value.is_empty() {
        into[field] = json!(value);
    }
}

fn labels(object: &Value, made: &[(&str, &str)]) -> Value {
    let mut labels = map(object, "/metadata/labels");
    labels.extend(made.iter().map(|(label, value)| ((*label).to_owned(), json!(value))));
    Value::Object(labels)
}

/// What the cluster comes to.
pub(crate) fn mesh(objects: &Objects, meshes: &BTreeMap<String, &'static str>) -> Mesh {
    let world = World { objects, meshes };
    let mut mesh = Mesh::default();
    for ((kind, namespace, name), object) in objects {
        let Some(home) = objects.get(&("Namespace".to_owned(), String::new(), namespace.clone())) else { continue };
        match kind.as_str() {
            "Pod" => pod(&world, object, home, &mut mesh),
            "Service" => service(&world, object, home, (namespace, name), &mut mesh),
            _ => {}
        }
    }
    mesh
}

fn pod(world: &World<'_>, pod: &Value, namespace: &Value, mesh: &mut Mesh) {
    let (space, name) = (text(pod, "/metadata/namespace"), text(pod, "/metadata/name"));
    let id = format!("Pod {space}/{name}");
    if is_on(annotation(pod, "kuma.io/sidecar-injected")) && !text(pod, "/status/podIP").is_empty() {
        let runs = !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed");
        if runs && !world.meshes.contains_key(&world.mesh_of(pod, namespace)) {
            mesh.wrong.insert((id.clone(), "MeshMissing"));
        }
    }
    let Some(of) = world.proxied(pod, namespace) else { return };
    if map(pod, "/metadata/labels").is_empty() {
        mesh.wrong.insert((id.clone(), "NoLabels"));
    }
    let services: Vec<&Value> = world.of("Service", space).into_iter().filter(|service| world.selects(service, pod)).collect();
    let mut inbounds = Vec::new();
    for service in services {
        for port in tcp_ports(service) {
            let Some((number, port_name, container)) = listens(pod, port) else {
                mesh.wrong.insert((id.clone(), "NoSuchPort"));
                continue;
            };
            let service_name = text(service, "/metadata/name");
            let mut tags: Map<String, Value> = map(pod, "/metadata/labels");
            tags.retain(|label, value| !label.contains("kuma.io/") && value != "");
            tags.insert("k8s.kuma.io/namespace".to_owned(), json!(space));
            tags.insert("k8s.kuma.io/service-name".to_owned(), json!(service_name));
            tags.insert("k8s.kuma.io/service-port".to_owned(), json!(port["port"].to_string()));
            tags.insert("kuma.io/service".to_owned(), json!(format!("{service_name}_{space}_svc_{}", port["port"])));
            tags.insert("kuma.io/zone".to_owned(), json!("east"));
            tags.insert("kuma.io/protocol".to_owned(), json!(protocol(service, port)));
            if text(service, "/spec/clusterIP") == "None" {
                tags.insert("kuma.io/instance".to_owned(), json!(name));
            }
            let mut inbound = json!({"port": number, "tags": tags, "protocol": protocol(service, port)});
            put_without_nothing(&mut inbound, "name", &port_name);
            let is_leaving = !pod["metadata"]["deletionTimestamp"].is_null();
            if is_leaving || unready(pod, "kuma-sidecar") || container.is_some_and(|container| unready(pod, &container)) {
                inbound["state"] = json!("NotReady");
            }
            inbounds.push(inbound);
        }
    }
    if inbounds.is_empty() {
        let mut tags: Map<String, Value> = map(pod, "/metadata/labels");
        tags.retain(|_, value| value != "");
        tags.insert("k8s.kuma.io/namespace".to_owned(), json!(space));
        tags.insert("kuma.io/service".to_owned(), json!(format!("{name}_{space}_svc")));
        tags.insert("kuma.io/zone".to_owned(), json!("east"));
        tags.insert("kuma.io/protocol".to_owned(), json!("tcp"));
        tags.insert("kuma.io/instance".to_owned(), json!(name));
        let mut inbound = json!({"port": 49151, "tags": tags, "protocol": "tcp"});
        if unready(pod, "app") || unready(pod, "kuma-sidecar") {
            inbound["state"] = json!("NotReady");
        }
        inbounds.push(inbound);
    }
    let mut networking = json!({"address": pod["status"]["podIP"], "inbound": inbounds});
    let is_gateway = annotation(pod, "kuma.io/gateway") == "enabled";
    if is_gateway {
        let mut tags = inbounds_tags(&networking);
        if tags.get("kuma.io/protocol").is_some_and(|protocol| protocol != "tcp") {
            tags.remove("kuma.io/protocol");
        }
        networking = json!({"address": pod["status"]["podIP"], "gateway": {"type": "DELEGATED", "tags": tags}});
    }
    if is_on(annotation(pod, "kuma.io/transparent-proxying")) {
        networking["transparentProxying"] =
            json!({"redirectPortInbound": 15006, "redirectPortOutbound": 15001, "ipFamilyMode": "DualStack"});
    }
    let account = text(pod, "/spec/serviceAccountName");
    let made = labels(
        pod,
        &[
            ("k8s.kuma.io/namespace", space),
            ("k8s.kuma.io/service-account", account),
            ("kuma.io/workload", account),
            ("kuma.io/display-name", name),
            ("kuma.io/env", "kubernetes"),
            ("kuma.io/managed-by", "k8s-controller"),
            ("kuma.io/mesh", &of),
            ("kuma.io/origin", "zone"),
            ("kuma.io/proxy-type", if is_gateway { "gateway" } else { "sidecar" }),
            ("kuma.io/zone", "east"),
        ],
    );
    let resource = json!({"labels": made, "spec": {"networking": networking}, "status": null});
    mesh.resources.insert(("Dataplane".to_owned(), of, format!("{name}.{space}")), resource);
}

fn inbounds_tags(networking: &Value) -> Map<String, Value> {
    map(networking, "/inbound/0/tags")
}

fn service(world: &World<'_>, service: &Value, namespace: &Value, (space, name): (&str, &str), mesh: &mut Mesh) {
    let wanted = is_on(label(namespace, "kuma.io/sidecar-injection")) || !label(service, "kuma.io/mesh").is_empty();
    let cluster_ip = text(service, "/spec/clusterIP");
    if !wanted || is_on(annotation(service, "kuma.io/ignore")) || cluster_ip.is_empty() {
        return;
    }
    let pods: Vec<&Value> = world.of("Pod", space).into_iter().filter(|pod| world.selects(service, pod)).collect();
    let runs = |pod: &Value| !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed") && !text(pod, "/status/podIP").is_empty();
    let is_gateway = |pod: &Value| runs(pod) && !annotation(pod, "kuma.io/gateway").is_empty();
    let proxies: Vec<&Value> = pods.iter().copied().filter(|pod| world.proxied(pod, namespace).is_some()).collect();
    if pods.iter().any(|pod| is_gateway(pod)) && proxies.iter().all(|pod| is_gateway(pod)) {
        return;
    }
    let id = format!("Service {space}/{name}");
    let of = world.mesh_of(service, namespace);
    match world.meshes.get(&of) {
        None => {
            mesh.wrong.insert((id, "MeshMissing"));
            return;
        }
        Some(mode) if *mode == "Disabled" => return,
        Some(_) => {}
    }
    let is_ready = |pod: &&&Value| {
        tcp_ports(service).iter().all(|port| {
            listens(pod, port).is_some_and(|(_, _, container)| {
                let is_leaving = !pod["metadata"]["deletionTimestamp"].is_null();
                !is_leaving && !unready(pod, "kuma-sidecar") && !container.is_some_and(|container| unready(pod, &container))
            })
        })
    };
    let ready: Vec<&&Value> = proxies.iter().filter(is_ready).filter(|pod| !is_gateway(pod)).collect();
    let ports: Vec<Value> = tcp_ports(service)
        .iter()
        .map(|port| {
            let section = if text(port, "/name").is_empty() { port["port"].to_string() } else { text(port, "/name").to_owned() };
            let target = if port["targetPort"].is_null() { &port["port"] } else { &port["targetPort"] };
            json!({"name": section, "port": port["port"], "targetPort": target, "appProtocol": protocol(service, port)})
        })
        .collect();
    let tag = |port: &&Value| json!({"type": "ServiceTag", "value": format!("{name}_{space}_svc_{}", port["port"])});
    let identities: Vec<Value> = tcp_ports(service).iter().map(tag).collect();
    let mut put = |display: &str, selector: Value, is_available: bool, vips: Vec<Value>, more: &[(&str, &str)]| {
        let state = if is_available { "Available" } else { "Unavailable" };
        let made = [
            ("k8s.kuma.io/namespace", space),
            ("k8s.kuma.io/service-name", name),
            ("kuma.io/display-name", display),
            ("kuma.io/env", "kubernetes"),
            ("kuma.io/managed-by", "k8s-controller"),
            ("kuma.io/mesh", &of),
            ("kuma.io/origin", "zone"),
            ("kuma.io/zone", "east"),
        ];
        let made: Vec<(&str, &str)> = made.into_iter().chain(more.iter().copied()).collect();
        let spec = json!({"selector": selector, "ports": ports, "identities": identities, "state": state});
        let resource = json!({"labels": labels(service, &made), "spec": spec, "status": {"vips": vips}});
        mesh.resources.insert(("MeshService".to_owned(), of.clone(), format!("{display}.{space}")), resource);
    };
    if cluster_ip != "None" {
        let mut tags = map(service, "/spec/selector");
        if tags.is_empty() {
            tags.insert("k8s.kuma.io/service-name".to_owned(), json!(name));
        }
        tags.insert("k8s.kuma.io/namespace".to_owned(), json!(space));
        let headless = [("k8s.kuma.io/is-headless-service", "false")];
        put(name, json!({"dataplaneTags": tags}), !ready.is_empty(), vec![json!({"ip": cluster_ip})], &headless);
        if proxies.is_empty() {
            mesh.wrong.insert((id, "SelectsNothing"));
        }
        return;
    }
    let mut endpoints: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for slice in world.of("EndpointSlice", space).into_iter().filter(|slice| label(slice, "kubernetes.io/service-name") == name) {
        for endpoint in list(slice, "/endpoints") {
            let vips = endpoints.entry(text(endpoint, "/targetRef/name").to_owned()).or_default();
            for address in list(endpoint, "/addresses") {
                if !vips.contains(&json!({"ip": address})) {
                    vips.push(json!({"ip": address}));
                }
            }
        }
    }
    for (pod, vips) in endpoints {
        let of_pod = world.objects.get(&("Pod".to_owned(), space.to_owned(), pod.clone()));
        let index = of_pod.map_or("", |pod| label(pod, "apps.kubernetes.io/pod-index"));
        let mut more = vec![("k8s.kuma.io/is-headless-service", "true")];
        if of_pod.is_some_and(|pod| pod["metadata"]["labels"].get("apps.kubernetes.io/pod-index").is_some()) && !index.is_empty() {
            more.push(("apps.kubernetes.io/pod-index", index));
        }
        let is_available = ready.iter().any(|ready| text(ready, "/metadata/name") == pod);
        put(&hashed(&pod, name, space), json!({"dataplaneRef": {"name": format!("{pod}.{space}")}}), is_available, vips, &more);
    }
}

/// FNV-1a of 32 bits over the service's name and namespace, its digits as letters.
fn hashed(pod: &str, service: &str, namespace: &str) -> String {
    let mut hash: u32 = 2_166_136_261;
    for byte in format!("{service}{namespace}").bytes() {
        hash ^= u32::from(byte);
        hash = hash.wrapping_mul(16_777_619);
    }
    let letters: Vec<char> = "bcdfghjklmnpqrstvwxz2456789".chars().collect();
    let safe: String = hash.to_string().chars().map(|digit| letters[digit as usize % letters.len()]).collect();
    format!("{pod}-{safe}")
}
