//! Parts of objects that have a path of their own: status, scale, tokens, and what schedulers and kubelets need.
use super::{Deletion, Part, Writer, decode};
use crate::kubernetes::{
    Api, Asked,
    answer::Response,
    failure::Failure,
    json_path,
    object::{self, text},
    request::Request,
};
use serde_json::{Value, json};

impl Api {
    pub(in crate::kubernetes) fn subresource(&mut self, asked: &Asked, request: &Request, verb: &str) -> Result<Response, Failure> {
        let id = asked.resource.id();
        match (asked.place.subresource.as_str(), verb) {
            ("status", _) if !asked.resource.status => Err(Failure::no_such_resource()),
            ("status", "get") => self.get(asked),
            ("status", "update") => self.update_part(asked, request, Part::Status),
            ("status", "patch") => self.patch_part(asked, request, Part::Status),
            ("scale", _) if asked.resource.scale.is_some() => self.scale(asked, request, verb),
            ("finalize", "update") if id == "namespaces" => self.update_part(asked, request, Part::Finalize),
            ("token", "create") if id == "serviceaccounts" => {
                let request = decode::json(request)?;
                self.request_token(asked, &request)
            }
            ("binding", "create") if id == "pods" => {
                let binding = decode::json(request)?;
                self.bind(asked, text(&binding, &["target", "name"]))
            }
            ("eviction", "create") if id == "pods" => {
                let eviction = decode::json(request)?;
                let how = Deletion::of(&eviction["deleteOptions"])?;
                self.delete(asked.writer()?, &asked.resource, &asked.key(), &how)?;
                Ok(success(201))
            }
            _ => Err(Failure::no_such_resource()),
        }
    }

    fn update_part(&mut self, asked: &Asked, request: &Request, part: Part) -> Result<Response, Failure> {
        let (new, warnings) = decode::object(asked, request)?;
        let updated = self.update(asked.writer()?, &asked.resource, &asked.key(), new, part)?;
        asked.answer(200, &updated, warnings)
    }

    /// Puts a pod on a node.
    fn bind(&mut self, asked: &Asked, node: &str) -> Result<Response, Failure> {
        let key = asked.key();
        let existing = self.store.get(&key).cloned().ok_or_else(|| Failure::not_found(&asked.resource, &key.name))?;
        let bound = text(&existing, &["spec", "nodeName"]);
        if !bound.is_empty() {
            return Err(Failure::conflict(&asked.resource, &key.name, &format!("pod {} is already assigned to node {bound:?}", key.name)));
        }
        let mut new = (*existing).clone();
        object::map_at(&mut new, &["spec"]).insert("nodeName".to_owned(), json!(node));
        self.update(asked.writer()?, &asked.resource, &key, new, Part::Whole)?;
        Ok(success(201))
    }

    fn scale(&mut self, asked: &Asked, request: &Request, verb: &str) -> Result<Response, Failure> {
        let key = asked.key();
        let existing = self.store.get(&key).cloned().ok_or_else(|| Failure::not_found(&asked.resource, &key.name))?;
        let now = self.scale_of(&asked.resource, &existing).unwrap_or_default();
        let wanted = match verb {
            "get" => return Ok(Response::json(200, &now)),
            "update" => decode::json(request)?,
            _ => {
                let mut wanted = now;
                let patch = decode::parse(&request.body)?;
                self.patched(asked, request, &patch, &mut wanted)?;
                wanted
            }
        };
        let version = text(&wanted, &["metadata", "resourceVersion"]);
        if !version.is_empty() && version != text(&existing, &["metadata", "resourceVersion"]) {
            return Err(Failure::modified(&asked.resource, &key.name));
        }
        let replicas = object::number(&wanted, &["spec", "replicas"]).unwrap_or(0);
        if replicas < 0 {
            let message = format!(
                "Scale.autoscaling {:?} is invalid: spec.replicas: Invalid value: {replicas}: must be greater than or equal to 0",
                key.name
            );
            return Err(Failure::new(422, "Invalid", message));
        }
        let mut new = (*existing).clone();
        if let Some(paths) = &asked.resource.scale {
            json_path::put(&mut new, &paths.wished, json!(replicas));
        }
        let writer: Writer = asked.writer()?;
        let updated = self.update(writer, &asked.resource, &key, new, Part::Whole)?;
        Ok(Response::json(200, &self.scale_of(&asked.resource, &updated).unwrap_or_default()))
    }
}

fn success(code: u16) -> Response {
    let body: Value = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": code});
    Response::json(code, &body)
}
