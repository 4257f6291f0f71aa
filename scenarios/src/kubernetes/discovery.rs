//! What is served: the old way, a document for each group and version, and the new one, all at once.
use super::{
    Api, VERSION,
    answer::Response,
    failure::Failure,
    resource::{Resource, api_version},
    schema,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
/// How the real API calls it: not as it is asked for (`…v2@v1.0…`), which is no media type.
const PROTOBUF_V2: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
/// What may be done with objects that are kept.
const VERBS: [&str; 8] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/// `/version`.
pub(super) fn version() -> Response {
    let (major, minor) = VERSION.trim_start_matches('v').split_once('.').unwrap_or(("1", "0"));
    let minor = minor.split('.').next().unwrap_or("0");
    Response::json(
        200,
        &json!({
            "major": major, "minor": minor, "gitVersion": VERSION, "gitCommit": "", "gitTreeState": "clean",
            "buildDate": "1970-01-01T00:00:00Z", "goVersion": "", "compiler": "", "platform": "linux/amd64",
        }),
    )
}

fn wants_aggregated(accept: &str) -> bool {
    accept.split(',').any(|one| one.contains("as=APIGroupDiscoveryList") && one.split(';').any(|part| part.trim() == "v=v2"))
}

impl Api {
    /// `/api`.
    pub(super) fn core_versions(&self, accept: &str) -> Response {
        if wants_aggregated(accept) {
            return self.aggregated(|group| group.is_empty());
        }
        let address = json!([{"clientCIDR": "0.0.0.0/0", "serverAddress": self.settings.address}]);
        Response::json(200, &json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": address}))
    }

    /// `/apis`.
    pub(super) fn groups(&self, accept: &str) -> Response {
        if wants_aggregated(accept) {
            return self.aggregated(|group| !group.is_empty());
        }
        let groups: Vec<Value> = self.served.groups().iter().filter(|(group, _)| !group.is_empty()).map(group).collect();
        Response::json(200, &json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
    }

    pub(super) fn group(&self, named: &str) -> Result<Response, Failure> {
        let groups = self.served.groups();
        let found = groups.iter().find(|(name, _)| name == named).ok_or_else(Failure::no_such_resource)?;
        let mut group = group(found);
        group["kind"] = json!("APIGroup");
        group["apiVersion"] = json!("v1");
        Ok(Response::json(200, &group))
    }

    /// The kinds of a group and version.
    pub(super) fn kinds(&self, group: &str, version: &str) -> Result<Response, Failure> {
        let resources = self.served.of(group, version);
        if resources.is_empty() {
            return Err(Failure::no_such_resource());
        }
        let mut shown = Vec::new();
        for resource in &resources {
            let mut one = json!({
                "name": resource.plural, "singularName": resource.singular, "namespaced": resource.namespaced, "kind": resource.kind,
                "verbs": verbs(resource),
            });
            if !resource.short_names.is_empty() {
                one["shortNames"] = json!(resource.short_names);
            }
            if !resource.categories.is_empty() {
                one["categories"] = json!(resource.categories);
            }
            shown.push(one);
            for (name, [group, version, kind], verbs) in subresources(resource) {
                let mut one = json!({
                    "name": format!("{}/{name}", resource.plural), "singularName": "", "namespaced": resource.namespaced, "kind": kind, "verbs": verbs,
                });
                if group != resource.group {
                    one["group"] = json!(group);
                    one["version"] = json!(version);
                }
                shown.push(one);
            }
        }
        Ok(Response::json(
            200,
            &json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version(group, version), "resources": shown}),
        ))
    }

    fn aggregated(&self, wanted: impl Fn(&str) -> bool) -> Response {
        let items: Vec<Value> = self
            .served
            .groups()
            .iter()
            .filter(|(group, _)| wanted(group))
            .map(|(group, versions)| {
                let versions: Vec<Value> = versions
                    .iter()
                    .map(|version| {
                        let resources: Vec<Value> = self.served.of(group, version).iter().map(|resource| aggregated(resource)).collect();
                        json!({"version": version, "resources": resources, "freshness": "Current"})
                    })
                    .collect();
                json!({"metadata": {"name": group, "creationTimestamp": null}, "versions": versions})
            })
            .collect();
        let body = json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items});
        Response::text(200, AGGREGATED, body.to_string().into_bytes())
    }

    /// `/openapi/v2`.
    pub(super) fn open_api_v2(&self, accept: &str) -> Response {
        let all: Vec<Arc<Resource>> = self.served.all().cloned().collect();
        let document = schema::document_v2(&all);
        if accept.contains("proto-openapi.spec.v2") {
            return Response::text(200, PROTOBUF_V2, schema::as_protobuf(&document));
        }
        Response::json(200, &document)
    }

    /// `/openapi/v3`.
    pub(super) fn open_api_v3(&self) -> Response {
        let places: BTreeMap<String, u64> = self
            .served
            .groups()
            .into_iter()
            .flat_map(|(group, versions)| versions.into_iter().map(move |version| open_api_path(&group, &version)))
            .map(|path| (path, self.defined_at))
            .collect();
        Response::json(200, &schema::paths_document(&places))
    }

    pub(super) fn open_api_v3_of(&self, path: &str, accept: &str) -> Result<Response, Failure> {
        if accept.contains("protobuf") && !accept.contains("application/json") {
            return Err(Failure::not_acceptable());
        }
        let groups = self.served.groups();
        let mut all = groups.iter().flat_map(|(group, versions)| versions.iter().map(move |version| (group, version)));
        let (group, version) = all.find(|(group, version)| open_api_path(group, version) == path).ok_or_else(Failure::no_such_resource)?;
        Ok(Response::json(200, &schema::document(&self.served.of(group, version))))
    }
}

fn open_api_path(group: &str, version: &str) -> String {
    if group.is_empty() { format!("api/{version}") } else { format!("apis/{group}/{version}") }
}

fn group((name, versions): &(String, Vec<String>)) -> Value {
    let shown: Vec<Value> =
        versions.iter().map(|version| json!({"groupVersion": api_version(name, version), "version": version})).collect();
    json!({"name": name, "versions": shown, "preferredVersion": shown[0]})
}

fn verbs(resource: &Resource) -> Vec<&'static str> {
    if resource.kept { VERBS.to_vec() } else { vec!["create"] }
}

/// The name of a subresource, the group, version and kind of what it takes, and what may be done.
type Subresource = (&'static str, [String; 3], Vec<&'static str>);

fn subresources(resource: &Resource) -> Vec<Subresource> {
    let own = [resource.group.clone(), resource.version.clone(), resource.kind.clone()];
    let other = |group: &str, version: &str, kind: &str| [group.to_owned(), version.to_owned(), kind.to_owned()];
    let mut found = Vec::new();
    match resource.id().as_str() {
        "pods" => {
            found.push(("binding", other("", "v1", "Binding"), vec!["create"]));
            found.push(("eviction", other("policy", "v1", "Eviction"), vec!["create"]));
        }
        "serviceaccounts" => found.push(("token", other("authentication.k8s.io", "v1", "TokenRequest"), vec!["create"])),
        "namespaces" => found.push(("finalize", own.clone(), vec!["update"])),
        _ => {}
    }
    if resource.scale.is_some() {
        found.push(("scale", other("autoscaling", "v1", "Scale"), vec!["get", "patch", "update"]));
    }
    if resource.status {
        found.push(("status", own, vec!["get", "patch", "update"]));
    }
    found
}

fn aggregated(resource: &Resource) -> Value {
    let scope = if resource.namespaced { "Namespaced" } else { "Cluster" };
    let mut shown = json!({
        "resource": resource.plural, "responseKind": resource.group_version_kind(), "scope": scope,
        "singularResource": resource.singular, "verbs": verbs(resource),
    });
    if !resource.short_names.is_empty() {
        shown["shortNames"] = json!(resource.short_names);
    }
    if !resource.categories.is_empty() {
        shown["categories"] = json!(resource.categories);
    }
    let subresources: Vec<Value> = subresources(resource)
        .into_iter()
        .map(|(name, [group, version, kind], verbs)| {
            json!({"subresource": name, "responseKind": {"group": group, "version": version, "kind": kind}, "verbs": verbs})
        })
        .collect();
    if !subresources.is_empty() {
        shown["subresources"] = json!(subresources);
    }
    shown
}
