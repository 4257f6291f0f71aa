//! A person with `kubectl`, as far as scenarios need one: objects of any kind that is served are applied, looked at and deleted, through the API as by any client.
use super::{Answer, Api, Request, User, object::text, resource::Resource};
use serde_json::{Value, json};
use std::sync::Arc;
use strait_core::time::Wall;

/// By what the API knows it.
const TOKEN: &str = "operator-of-the-cluster";
/// Who owns the fields that it applies.
const MANAGER: &str = "operator";

impl Api {
    /// `kubectl apply --server-side --force-conflicts` of one object; in `default`, where it is of a namespace and says of none.
    ///
    /// # Errors
    /// What the API answers; or there is no such kind.
    pub fn apply(&mut self, now: Wall, object: &Value) -> Result<(), String> {
        let resource = self.kind_of(object)?;
        let path = path(&resource, object);
        let query = format!("{path}?fieldManager={MANAGER}&force=true");
        self.operate(now, Request::with_body("PATCH", &query, "application/apply-patch+yaml", object)).map(drop)
    }

    /// `kubectl delete`, of an object of which kind, version, namespace and name are given.
    ///
    /// # Errors
    /// What the API answers; or there is no such kind.
    pub fn withdraw(&mut self, now: Wall, object: &Value) -> Result<(), String> {
        let resource = self.kind_of(object)?;
        let path = path(&resource, object);
        self.operate(now, Request::with_body("DELETE", &path, "application/json", &json!({"propagationPolicy": "Background"}))).map(drop)
    }

    /// A strategic merge patch of the object at a path of the API.
    ///
    /// # Errors
    /// What the API answers.
    pub fn alter(&mut self, now: Wall, path: &str, patch: &Value) -> Result<(), String> {
        self.operate(now, Request::with_body("PATCH", path, "application/strategic-merge-patch+json", patch)).map(drop)
    }

    fn kind_of(&self, object: &Value) -> Result<Arc<Resource>, String> {
        let (version, kind) = (text(object, &["apiVersion"]), text(object, &["kind"]));
        let (group, version) = version.split_once('/').unwrap_or(("", version));
        let found = self.served.all().find(|one| one.group == group && one.version == version && one.kind == kind);
        found.cloned().ok_or_else(|| format!("no kind {kind:?} is served in version {:?}", text(object, &["apiVersion"])))
    }

    fn operate(&mut self, now: Wall, request: Request) -> Result<Value, String> {
        self.accept_token(TOKEN, User { name: MANAGER.to_owned(), groups: vec!["system:masters".to_owned()], ..User::default() });
        match self.handle(now, &request.as_bearer(TOKEN)).answer {
            Answer::Whole(response) => {
                let said: Value = serde_json::from_slice(&response.body).map_err(|error| error.to_string())?;
                if response.code < 300 { Ok(said) } else { Err(text(&said, &["message"]).to_owned()) }
            }
            Answer::Watch(_) | Answer::Cut => Err("the API does not answer".to_owned()),
        }
    }
}

/// Where an object stands: in `default`, if it is of a namespace and says of none.
fn path(resource: &Resource, object: &Value) -> String {
    let group = if resource.group.is_empty() { "/api".to_owned() } else { format!("/apis/{}", resource.group) };
    let said = Some(text(object, &["metadata", "namespace"])).filter(|name| !name.is_empty()).unwrap_or("default");
    let namespace = if resource.namespaced { format!("/namespaces/{said}") } else { String::new() };
    format!("{group}/{}{namespace}/{}/{}", resource.version, resource.plural, text(object, &["metadata", "name"]))
}
