//! A container as its pod describes it, with variables and volumes worked out.
use super::order::{Asks, Container, PodId, Probe, Turn};
use crate::kubernetes::{
    Api,
    object::{self, at, list, number, text},
    store::Key,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use std::net::Ipv4Addr;
use strait_core::time::Wall;

/// How long a projected token lives whose volume says nothing, in seconds.
const TOKEN_SECONDS: i64 = 3600;

/// Why a container cannot run yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waits {
    /// As `kubectl get pods` shows it.
    pub(super) reason: &'static str,
    pub(super) message: String,
}

impl Waits {
    fn creating(message: String) -> Self {
        Self { reason: "ContainerCreating", message }
    }
}

/// All containers of a pod, in the order in which they begin.
pub(super) fn all(pod: &Value) -> impl Iterator<Item = (&Value, Turn)> {
    let first = list(pod, &["spec", "initContainers"]).iter().map(|one| {
        let turn = if one["restartPolicy"] == "Always" { Turn::FirstAndBeside } else { Turn::First };
        (one, turn)
    });
    first.chain(list(pod, &["spec", "containers"]).iter().map(|one| (one, Turn::Main)))
}

/// What is to run.
pub(super) fn resolve(
    api: &mut Api,
    now: Wall,
    (id, pod, address): (&PodId, &Value, Ipv4Addr),
    (described, turn): (&Value, Turn),
) -> Result<Container, Waits> {
    let env = environment(pod, described, address)?;
    let texts = |field: &str| list(described, &[field]).iter().filter_map(Value::as_str).map(|text| expand(text, &env)).collect();
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for mount in list(described, &["volumeMounts"]) {
        let (named, path) = (text(mount, &["name"]), text(mount, &["mountPath"]).trim_end_matches('/'));
        let volumes = list(pod, &["spec", "volumes"]);
        let volume = volumes.iter().find(|volume| text(volume, &["name"]) == named);
        let volume = volume.ok_or_else(|| Waits::creating(format!("volumes: there is no `{named}`")))?;
        if volume["emptyDir"].is_object() {
            folders.push((path.to_owned(), named.to_owned()));
            continue;
        }
        for (name, content) in content(api, now, id, pod, volume)? {
            files.push((format!("{path}/{name}"), content));
        }
    }
    let (command, args) = (texts("command"), texts("args"));
    Ok(Container {
        name: text(described, &["name"]).to_owned(),
        image: text(described, &["image"]).to_owned(),
        command,
        args,
        env,
        files,
        folders,
        readiness: probe(described),
        turn,
        of: pod.clone(),
    })
}

fn environment(pod: &Value, described: &Value, address: Ipv4Addr) -> Result<Vec<(String, String)>, Waits> {
    let mut env: Vec<(String, String)> = Vec::new();
    for variable in list(described, &["env"]) {
        let name = text(variable, &["name"]).to_owned();
        let field = text(variable, &["valueFrom", "fieldRef", "fieldPath"]);
        let value = match field {
            "" if variable["valueFrom"].is_null() => expand(text(variable, &["value"]), &env),
            "metadata.name" => object::name(pod).to_owned(),
            "metadata.namespace" => object::namespace(pod).to_owned(),
            "metadata.uid" => object::uid(pod).to_owned(),
            "spec.nodeName" => text(pod, &["spec", "nodeName"]).to_owned(),
            "spec.serviceAccountName" => account(pod).to_owned(),
            "status.podIP" => address.to_string(),
            _ => {
                let message =
                    format!("env {name}: only a value, or a fieldRef to the name, namespace, uid, node, account or IP of the pod");
                return Err(Waits { reason: "CreateContainerConfigError", message });
            }
        };
        env.push((name, value));
    }
    Ok(env)
}

/// `$(NAME)` becomes what the variable says; `$$` is a `$`; a variable that nobody knows stays as it is.
fn expand(text: &str, env: &[(String, String)]) -> String {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        expanded.push_str(before);
        let named = from.strip_prefix("$(").and_then(|named| named.split_once(')'));
        let known = named.and_then(|(name, after)| Some((&env.iter().rev().find(|(known, _)| known == name)?.1, after)));
        rest = match (known, from.strip_prefix("$$")) {
            (Some((value, after)), _) => {
                expanded.push_str(value);
                after
            }
            (None, Some(after)) => {
                expanded.push('$');
                after
            }
            (None, None) => {
                expanded.push('$');
                &from[1..]
            }
        };
    }
    expanded + rest
}

/// The files of a volume.
fn content(api: &mut Api, now: Wall, id: &PodId, pod: &Value, volume: &Value) -> Result<Vec<(String, Vec<u8>)>, Waits> {
    let mut files = Vec::new();
    if volume["configMap"].is_object() {
        files.extend(of_object(api, "configmaps", id, &volume["configMap"], "name")?);
    }
    if volume["secret"].is_object() {
        files.extend(of_object(api, "secrets", id, &volume["secret"], "secretName")?);
    }
    for source in list(volume, &["projected", "sources"]) {
        if source["configMap"].is_object() {
            files.extend(of_object(api, "configmaps", id, &source["configMap"], "name")?);
        }
        if source["secret"].is_object() {
            files.extend(of_object(api, "secrets", id, &source["secret"], "name")?);
        }
        let token = &source["serviceAccountToken"];
        if token.is_object() {
            let audiences: Vec<String> = token["audience"].as_str().map(str::to_owned).into_iter().collect();
            let seconds = number(token, &["expirationSeconds"]).unwrap_or(TOKEN_SECONDS);
            let made = api.token_of_pod(now, id, account(pod), &audiences, seconds);
            let made = made.map_err(|failure| Waits::creating(format!("the token of its account: {}", failure.message)))?;
            files.push((text(token, &["path"]).to_owned(), made.into_bytes()));
        }
    }
    Ok(files)
}

/// What a ConfigMap or a Secret holds: all of it, or its `items`.
fn of_object(api: &Api, resource: &str, id: &PodId, source: &Value, named: &str) -> Result<Vec<(String, Vec<u8>)>, Waits> {
    let name = text(source, &[named]);
    let Some(held) = api.store.get(&Key::new(resource, &id.namespace, name)) else {
        let is_optional = source["optional"] == true;
        return if is_optional { Ok(Vec::new()) } else { Err(Waits::creating(format!("{resource} {name:?} not found"))) };
    };
    let bytes = |value: &str| {
        if resource == "secrets" { STANDARD.decode(value).unwrap_or_default() } else { value.as_bytes().to_vec() }
    };
    let all: Vec<(&str, &str)> = object::texts(held, &["data"]).collect();
    let items = list(source, &["items"]);
    if items.is_empty() {
        return Ok(all.into_iter().map(|(key, value)| (key.to_owned(), bytes(value))).collect());
    }
    let one = |item: &Value| {
        let key = text(item, &["key"]);
        let found = all.iter().find(|(known, _)| *known == key);
        let (_, value) = found.ok_or_else(|| Waits::creating(format!("{resource} {name:?} has no key {key:?}")))?;
        Ok((text(item, &["path"]).to_owned(), bytes(value)))
    };
    items.iter().map(one).collect()
}

fn account(pod: &Value) -> &str {
    Some(text(pod, &["spec", "serviceAccountName"])).filter(|name| !name.is_empty()).unwrap_or("default")
}

fn probe(described: &Value) -> Option<Probe> {
    let probe = &described["readinessProbe"];
    let port = |of: &Value| match &of["port"] {
        Value::String(name) => {
            let ports = list(described, &["ports"]);
            number(ports.iter().find(|port| text(port, &["name"]) == name)?, &["containerPort"])
        }
        port => port.as_i64(),
    };
    let port = |of: &Value| port(of).and_then(|port| u16::try_from(port).ok());
    let asks = if probe["httpGet"].is_object() {
        Asks::Http { port: port(&probe["httpGet"])?, path: text(probe, &["httpGet", "path"]).to_owned() }
    } else {
        Asks::Tcp { port: port(at(probe, &["tcpSocket"]))? }
    };
    let every_seconds = number(probe, &["periodSeconds"]).and_then(|every| u32::try_from(every).ok()).unwrap_or(10);
    Some(Probe { asks, every_seconds })
}
