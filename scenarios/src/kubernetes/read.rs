//! Getting, listing, and beginning to watch.
use super::{
    Api, Asked,
    answer::{Answer, Response},
    failure::Failure,
    form::Form,
    object,
    resource::Resource,
    selector::{Fields, Labels},
    store::Key,
    watch::Watch,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::{collections::VecDeque, sync::Arc};

/// How long a watch lives whose client says nothing, in seconds. The real API draws it between this and its double.
const WATCH_SECONDS: u64 = 1800;

/// A list that goes on.
struct Continued {
    version: u64,
    after: Key,
}

impl Continued {
    fn write(&self) -> String {
        let token = json!({"v": "meta.k8s.io/v1", "rv": self.version, "start": format!("{}/{}", self.after.namespace, self.after.name)});
        URL_SAFE_NO_PAD.encode(token.to_string())
    }

    fn read(token: &str, resource: &str) -> Result<Self, Failure> {
        let read = || {
            let value: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
            let (namespace, name) = value["start"].as_str()?.split_once('/')?;
            Some(Self { version: value["rv"].as_u64()?, after: Key::new(resource, namespace, name) })
        };
        read().ok_or_else(|| Failure::bad_request("continue key is not valid: it is none that this API gave"))
    }
}

impl Api {
    pub(super) fn get(&self, asked: &Asked) -> Result<Response, Failure> {
        let form = Form::wanted(asked.accept, asked.query.get("includeObject"))?;
        let resource = &asked.resource;
        let key = asked.key();
        let object = self.store.get(&key).ok_or_else(|| Failure::not_found(resource, &key.name))?;
        Ok(Response::json(200, &form.one(resource, object, asked.now)))
    }

    pub(super) fn list(&self, asked: &Asked) -> Result<Response, Failure> {
        let (resource, query) = (&asked.resource, &asked.query);
        let form = Form::wanted(asked.accept, query.get("includeObject"))?;
        let (labels, fields) = selectors(asked)?;
        let limit = query.number("limit")?.filter(|limit| *limit > 0).and_then(|limit| usize::try_from(limit).ok());
        let wanted = query.number("resourceVersion")?;
        let (version, after) = match query.get("continue") {
            Some(token) => {
                let continued = Continued::read(token, &resource.id())?;
                if continued.version < self.store.compacted() {
                    let fresh = Continued { version: self.store.version(), after: continued.after };
                    let message = "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results.";
                    return Err(Failure { continues_at: Some(fresh.write()), ..Failure::expired(message) });
                }
                (continued.version, Some(continued.after))
            }
            None => (self.version_of_list(wanted, query.get("resourceVersionMatch"))?, None),
        };
        let all = self.store.all_at(&resource.id(), &asked.place.namespace, version);
        let mut rest = all
            .iter()
            .filter(|(key, object)| after.as_ref().is_none_or(|after| *key > after) && labels.select(object) && fields.select(object));
        let (mut found, mut last) = (Vec::new(), None);
        while limit.is_none_or(|limit| found.len() < limit)
            && let Some((key, object)) = rest.next()
        {
            found.push(object.as_ref());
            last = Some(key);
        }
        let mut metadata = json!({"resourceVersion": version.to_string()});
        let more = rest.count();
        if let (Some(last), 1..) = (last, more) {
            metadata["continue"] = json!(Continued { version, after: last.clone() }.write());
            if labels.is_empty() && fields == Fields::default() {
                metadata["remainingItemCount"] = json!(more);
            }
        }
        Ok(Response::json(200, &form.list(resource, found.into_iter(), &metadata, asked.now)))
    }

    /// The version at which a list is answered.
    fn version_of_list(&self, wanted: Option<u64>, matching: Option<&str>) -> Result<u64, Failure> {
        let current = self.store.version();
        match (wanted, matching) {
            (Some(0) | None, None) if self.faults.all_stale && self.faults.stale_version.is_some() => {
                Ok(self.faults.stale_version.map_or(current, |stale| stale.clamp(self.store.compacted(), current)))
            }
            (Some(0), _) => Ok(self.faults.stale_version.map_or(current, |stale| stale.clamp(self.store.compacted(), current))),
            (Some(wanted), _) if wanted > current => Err(Failure::too_large_version(wanted, current)),
            (Some(wanted), Some("Exact")) if wanted < self.store.compacted() => {
                Err(Failure::expired("The resourceVersion for the provided list is too old."))
            }
            (Some(wanted), Some("Exact")) => Ok(wanted),
            (None, Some(_)) => Err(Failure::bad_request("resourceVersionMatch is forbidden unless resourceVersion is provided")),
            _ => Ok(current),
        }
    }

    pub(super) fn watch(&self, asked: &Asked) -> Result<Answer, Failure> {
        let (resource, query) = (&asked.resource, &asked.query);
        let form = Form::wanted(asked.accept, query.get("includeObject"))?;
        let (labels, fields) = selectors(asked)?;
        let current = self.store.version();
        let wanted = query.number("resourceVersion")?.unwrap_or(0);
        if wanted > current {
            return Err(Failure::too_large_version(wanted, current));
        }
        let told_first = query.is_true("sendInitialEvents");
        if told_first && query.get("resourceVersionMatch") != Some("NotOlderThan") {
            let why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
            return Err(Failure::new(
                422,
                "Invalid",
                format!("ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: {why}"),
            ));
        }
        let kept = query.get("sendInitialEvents") == Some("false");
        let from_now = told_first || wanted == 0 && !kept;
        let after = if from_now || wanted == 0 { current } else { wanted };
        let lives = query.number("timeoutSeconds")?.unwrap_or(WATCH_SECONDS);
        let mut watch = Watch {
            resource: Arc::clone(resource),
            namespace: asked.place.namespace.clone(),
            labels,
            fields,
            form,
            after,
            bookmarks: query.is_true("allowWatchBookmarks"),
            initial: VecDeque::new(),
            initial_end: told_first && query.is_true("allowWatchBookmarks"),
            told_at: asked.now,
            until: strait_core::time::Wall(asked.now.0.saturating_add(lives.saturating_mul(1000))),
            epoch: self.faults.watch_epoch,
            columns_told: false,
        };
        if from_now {
            let id = resource.id();
            let all = self.store.all(&id, &asked.place.namespace);
            watch.initial = all
                .filter(|(_, object)| watch.labels.select(object) && watch.fields.select(object))
                .map(|(_, object)| Arc::clone(object))
                .collect();
        }
        Ok(Answer::Watch(Box::new(watch)))
    }

    /// How many a kind has, as the subresource `scale` says it.
    pub(super) fn scale_of(&self, resource: &Resource, object: &Value) -> Option<Value> {
        let paths = resource.scale.as_ref()?;
        let number = |path: &str| super::json_path::find(object, path).as_i64().unwrap_or(0);
        let metadata = &object["metadata"];
        let selector = match &paths.selector {
            Some(path) => super::json_path::find(object, path).as_str().unwrap_or_default().to_owned(),
            None => object::texts(object, &["spec", "selector", "matchLabels"])
                .map(|(key, value)| format!("{key}={value}"))
                .collect::<Vec<_>>()
                .join(","),
        };
        Some(json!({
            "kind": "Scale", "apiVersion": "autoscaling/v1",
            "metadata": {
                "name": metadata["name"], "namespace": metadata["namespace"], "uid": metadata["uid"],
                "resourceVersion": metadata["resourceVersion"], "creationTimestamp": metadata["creationTimestamp"],
            },
            "spec": {"replicas": number(&paths.wished)},
            "status": {"replicas": number(&paths.is), "selector": selector},
        }))
    }
}

pub(super) fn selectors(asked: &Asked) -> Result<(Labels, Fields), Failure> {
    let labels = Labels::parse(asked.query.get("labelSelector").unwrap_or_default())?;
    let mut selector = asked.query.get("fieldSelector").unwrap_or_default().to_owned();
    if !asked.place.name.is_empty() {
        selector = format!("metadata.name={}", asked.place.name);
    }
    Ok((labels, Fields::parse(&selector, &asked.resource)?))
}
