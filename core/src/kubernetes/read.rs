//! Objects as the API writes them, read into what is needed of them.
//!
//! Nobody vouches for what a file or an API says, so everything has a bound: an object that breaks one is reported by its field, and all else
//! goes on.
mod form;

use super::{
    annotations, custom,
    object::{
        ClusterIp, ConfigMap, Container, ContainerPort, Endpoint, EndpointSlice, Meta, Namespace, Object, ObjectId, ObjectKind, ObjectName,
        Owner, Pod, Seen, Service, ServiceKind, ServicePort, Target, Texts, Transport, Unreadable,
    },
};
use crate::resource::model;
pub(super) use form::MetaForm;
use form::{ConfigMapForm, NamespaceForm, PodForm, PortForm, ServiceForm, SliceForm, TargetForm};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The most items of one list or map; the API allows fewer of each.
pub const MOST_ITEMS: usize = 1_000;
/// The longest name, label or address, in bytes.
pub const MOST_TEXT: usize = 512;
/// The longest annotation, in bytes.
pub const MOST_ANNOTATION: usize = 64 << 10;

/// The container that is the proxy, by Kuma's name.
pub(super) const SIDECAR: &str = "kuma-sidecar";

/// A value is no object of which anything is made here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct NotAnObject {
    /// The field that says so.
    pub field: &'static str,
    /// What is wrong with it.
    pub why: String,
}

/// A field, and what is wrong with it.
pub(super) type Wrong = (String, String);

/// Reads one object; `Ok(Err)`: it is there and cannot be read. `kind`: what it is; else its own `kind` says that, as in a file.
///
/// # Errors
/// It does not say which object it is.
pub fn read(value: &Value, kind: Option<ObjectKind>) -> Result<Seen, NotAnObject> {
    let kind = match kind {
        Some(kind) => kind,
        None => kind_of(value)?,
    };
    let (name, version) = identity(value, kind)?;
    let id = ObjectId { kind, name };
    let read = match kind {
        ObjectKind::Namespace => namespace(value, &id.name, version),
        ObjectKind::Service => service(value, &id.name, version),
        ObjectKind::EndpointSlice => slice(value, &id.name, version),
        ObjectKind::Pod => pod(value, &id.name, version),
        ObjectKind::ConfigMap => config_map(value, &id.name, version),
        ObjectKind::Custom(kind) => custom::custom(value, kind, &id.name, version),
    };
    Ok(read.map_err(|(field, why)| Unreadable { id, version, field, why }))
}

/// The kind that an object says it is of.
///
/// # Errors
/// None, or one of which nothing is made here.
pub fn kind_of(value: &Value) -> Result<ObjectKind, NotAnObject> {
    let said = value.get("kind").and_then(Value::as_str).unwrap_or_default();
    let kind = ObjectKind::ALL.into_iter().find(|kind| kind.to_string() == said);
    let why = || format!("must be Namespace, Service, EndpointSlice or Pod, not `{}`", said.chars().take(80).collect::<String>());
    kind.ok_or_else(|| NotAnObject { field: "kind", why: why() })
}

fn identity(value: &Value, kind: ObjectKind) -> Result<(ObjectName, u64), NotAnObject> {
    let said = |field: &str| value.get("metadata").and_then(|meta| meta.get(field)).and_then(Value::as_str).unwrap_or_default();
    let name = said("name");
    checked(name, 253).map_err(|why| NotAnObject { field: "metadata.name", why })?;
    let namespace = match said("namespace") {
        _ if !kind.is_namespaced() => "",
        "" => "default",
        said => said,
    };
    if kind.is_namespaced() {
        checked(namespace, 63).map_err(|why| NotAnObject { field: "metadata.namespace", why })?;
    }
    Ok((ObjectName::new(namespace, name), said("resourceVersion").parse().unwrap_or(0)))
}

/// Whether a text is a name of the API.
fn checked(name: &str, most: usize) -> Result<(), String> {
    let letters = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
    let is_one = !name.is_empty() && name.len() <= most && letters;
    if is_one { Ok(()) } else { Err(format!("must be a name of 1 to {most} lower-case letters, digits, `-` and `.`")) }
}

pub(super) fn form<'de, T: Deserialize<'de>>(value: &'de Value) -> Result<T, Wrong> {
    model::read(value)
}

pub(super) fn meta(form: MetaForm, name: &ObjectName, version: u64) -> Result<Meta, Wrong> {
    let labels = texts("metadata.labels", form.labels)?;
    let mut annotations: BTreeMap<String, Option<String>> = form.annotations.unwrap_or_default();
    annotations.retain(|name, _| annotations::is_ours(name));
    few("metadata.annotations", annotations.len())?;
    for (name, value) in &annotations {
        let field = || format!("metadata.annotations[\"{}\"]", name.chars().take(80).collect::<String>());
        within(field, name.len() + value.as_ref().map_or(0, String::len), MOST_ANNOTATION)?;
    }
    let annotations = annotations.into_iter().map(|(name, value)| (name, value.unwrap_or_default())).collect();
    Ok(Meta { name: name.clone(), version, labels, annotations })
}

fn namespace(value: &Value, name: &ObjectName, version: u64) -> Result<Object, Wrong> {
    let read: NamespaceForm = form(value)?;
    let mut meta = meta(read.metadata, name, version)?;
    meta.labels.retain(|label, _| annotations::is_ours(label));
    Ok(Object::Namespace(Namespace { meta }))
}

fn pod(value: &Value, name: &ObjectName, version: u64) -> Result<Object, Wrong> {
    let mut read: PodForm = form(value)?;
    let is_leaving = read.metadata.deletion_timestamp.is_some();
    let owner = std::mem::take(&mut read.metadata.owner_references).unwrap_or_default().into_iter().next();
    let uid = short("metadata.uid", read.metadata.uid.take().unwrap_or_default())?;
    let (spec, status) = (read.spec.unwrap_or_default(), read.status.unwrap_or_default());
    let written = spec.containers.unwrap_or_default();
    few("spec.containers", written.len())?;
    let mut has_sidecar_container = spec.init_containers.iter().flatten().any(|container| container.name == SIDECAR);
    let mut containers = Vec::new();
    for (index, container) in written.into_iter().enumerate() {
        let at = format!("spec.containers[{index}]");
        let written = container.ports.unwrap_or_default();
        few(&format!("{at}.ports"), written.len())?;
        let port = |(number, port): (usize, form::ContainerPortForm)| {
            let at = format!("{at}.ports[{number}]");
            Ok(ContainerPort {
                name: short(&format!("{at}.name"), port.name.unwrap_or_default())?,
                number: port_number(&format!("{at}.containerPort"), port.container_port)?,
                transport: transport(port.protocol.as_deref()),
            })
        };
        let ports = written.into_iter().enumerate().map(port).collect::<Result<_, Wrong>>()?;
        has_sidecar_container |= container.name == SIDECAR;
        containers.push(Container { name: short(&format!("{at}.name"), container.name)?, ports });
    }
    let initial = status.init_container_statuses.into_iter().flatten().filter(|of| of.name == SIDECAR);
    let unready = status.container_statuses.into_iter().flatten().chain(initial).filter(|of| !of.ready).map(|of| of.name);
    let unready: BTreeSet<String> = unready.collect();
    few("status.containerStatuses", unready.len())?;
    let is_finished = matches!(status.phase.as_deref(), Some("Succeeded" | "Failed")) || status.reason.as_deref() == Some("Evicted");
    Ok(Object::Pod(Box::new(Pod {
        uid,
        service_account: short("spec.serviceAccountName", spec.service_account_name.unwrap_or_default())?,
        owner: owner.map(|owner| Owner { kind: owner.kind, name: owner.name }),
        containers,
        has_sidecar_container,
        unready,
        address: short("status.podIP", status.pod_ip.unwrap_or_default())?,
        is_finished,
        is_leaving,
        meta: meta(read.metadata, name, version)?,
    })))
}

fn service(value: &Value, name: &ObjectName, version: u64) -> Result<Object, Wrong> {
    let read: ServiceForm = form(value)?;
    let (spec, status) = (read.spec.unwrap_or_default(), read.status.unwrap_or_default());
    let written = spec.ports.unwrap_or_default();
    few("spec.ports", written.len())?;
    let ports = written.into_iter().enumerate().map(|(index, port)| service_port(&format!("spec.ports[{index}]"), port));
    let kind = match spec.kind.as_deref() {
        None | Some("" | "ClusterIP") => ServiceKind::ClusterIp,
        Some("NodePort") => ServiceKind::NodePort,
        Some("LoadBalancer") => ServiceKind::LoadBalancer,
        Some("ExternalName") => ServiceKind::ExternalName,
        Some(_) => return Err(("spec.type".to_owned(), "must be ClusterIP, NodePort, LoadBalancer or ExternalName".to_owned())),
    };
    let all = spec.cluster_ips.filter(|all| !all.is_empty()).unwrap_or_else(|| spec.cluster_ip.into_iter().collect());
    few("spec.clusterIPs", all.len())?;
    let cluster_ip = match all.first().map(String::as_str) {
        None | Some("") => ClusterIp::Unset,
        Some("None") => ClusterIp::Headless,
        Some(_) => ClusterIp::At(all.into_iter().map(|one| short("spec.clusterIPs", one)).collect::<Result<_, _>>()?),
    };
    let given = status.load_balancer.unwrap_or_default().ingress.unwrap_or_default().into_iter().next().unwrap_or_default();
    let given = given.ip.filter(|ip| !ip.is_empty()).or(given.hostname).filter(|address| !address.is_empty());
    let external = spec.external_ips.into_iter().flatten().next().or(given);
    Ok(Object::Service(Box::new(Service {
        selector: texts("spec.selector", spec.selector)?,
        ports: ports.collect::<Result<_, _>>()?,
        kind,
        cluster_ip,
        external: external.map(|external| short("status.loadBalancer.ingress", external)).transpose()?,
        meta: meta(read.metadata, name, version)?,
    })))
}

fn service_port(at: &str, port: PortForm) -> Result<ServicePort, Wrong> {
    let number = port_number(&format!("{at}.port"), port.port)?;
    let target = match port.target_port {
        None => Target::Number(number),
        Some(TargetForm::Number(0)) => Target::Number(number),
        Some(TargetForm::Number(target)) => Target::Number(port_number(&format!("{at}.targetPort"), target)?),
        Some(TargetForm::Name(name)) => Target::Named(short(&format!("{at}.targetPort"), name)?),
    };
    Ok(ServicePort {
        name: short(&format!("{at}.name"), port.name.unwrap_or_default())?,
        number,
        target,
        transport: transport(port.protocol.as_deref()),
        app_protocol: port.app_protocol.map(|said| short(&format!("{at}.appProtocol"), said)).transpose()?,
    })
}

fn slice(value: &Value, name: &ObjectName, version: u64) -> Result<Object, Wrong> {
    let read: SliceForm = form(value)?;
    let endpoints = read.endpoints.unwrap_or_default();
    few("endpoints", endpoints.len())?;
    let mut pods = BTreeMap::new();
    for (index, endpoint) in endpoints.into_iter().enumerate() {
        let is_pod = |target: &form::TargetRefForm| {
            let here = target.namespace.as_deref().is_none_or(|said| said.is_empty() || *said == *name.namespace);
            target.kind.as_deref() == Some("Pod") && here
        };
        let Some(target) = endpoint.target_ref.filter(is_pod) else { continue };
        let at = format!("endpoints[{index}]");
        let addresses = endpoint.addresses.unwrap_or_default();
        few(&format!("{at}.addresses"), addresses.len())?;
        let pod = target.name.unwrap_or_default();
        let field = || format!("{at}.targetRef.name");
        checked(&pod, 253).map_err(|why| (field(), why))?;
        let uid = short(&format!("{at}.targetRef.uid"), target.uid.unwrap_or_default())?;
        let addresses = addresses.into_iter().map(|address| short(&format!("{at}.addresses"), address)).collect::<Result<_, _>>()?;
        pods.insert(pod.as_str().into(), Endpoint { uid, addresses });
    }
    let meta = meta(read.metadata, name, version)?;
    let service = meta.labels.get("kubernetes.io/service-name").map(|service| service.as_str().into());
    let meta = Meta { labels: Texts::new(), annotations: Texts::new(), ..meta };
    Ok(Object::EndpointSlice(EndpointSlice { meta, service, pods }))
}

fn config_map(value: &Value, name: &ObjectName, version: u64) -> Result<Object, Wrong> {
    let mut read: ConfigMapForm = form(value)?;
    let uid = short("metadata.uid", read.metadata.uid.take().unwrap_or_default())?;
    let mut data = Texts::new();
    let written = read.data.unwrap_or_default();
    few("data", written.len())?;
    for (name, value) in written {
        within(|| format!("data.{name}"), value.as_ref().map_or(0, String::len), MOST_ANNOTATION)?;
        data.insert(name, value.unwrap_or_default());
    }
    Ok(Object::ConfigMap(Box::new(ConfigMap { meta: meta(read.metadata, name, version)?, uid, data })))
}

fn transport(said: Option<&str>) -> Transport {
    if matches!(said, None | Some("" | "TCP")) { Transport::Tcp } else { Transport::Other }
}

fn port_number(field: &str, number: i64) -> Result<u16, Wrong> {
    let port = u16::try_from(number).ok().filter(|port| *port != 0);
    port.ok_or_else(|| (field.to_owned(), format!("must be a port, from 1 to 65535, not {number}")))
}

fn texts(field: &str, form: Option<BTreeMap<String, Option<String>>>) -> Result<Texts, Wrong> {
    let form = form.unwrap_or_default();
    few(field, form.len())?;
    let one = |(name, value): (String, Option<String>)| {
        let value = value.unwrap_or_default();
        within(|| field.to_owned(), name.len() + value.len(), MOST_TEXT)?;
        Ok((name, value))
    };
    form.into_iter().map(one).collect()
}

pub(super) fn short(field: &str, text: String) -> Result<String, Wrong> {
    within(|| field.to_owned(), text.len(), MOST_TEXT).map(|()| text)
}

fn few(field: &str, count: usize) -> Result<(), Wrong> {
    let why = || format!("must not have more than {MOST_ITEMS} items, it has {count}");
    if count > MOST_ITEMS { Err((field.to_owned(), why())) } else { Ok(()) }
}

fn within(field: impl Fn() -> String, bytes: usize, most: usize) -> Result<(), Wrong> {
    if bytes > most { Err((field(), format!("must not be longer than {most} bytes, it has {bytes}"))) } else { Ok(()) }
}
