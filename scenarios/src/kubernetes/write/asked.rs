//! Writes as clients ask for them.
use super::{Deletion, Part, Writer, decode};
use crate::kubernetes::{
    Api, Asked,
    answer::Response,
    events,
    failure::Failure,
    form::{self, Form},
    object::{self, text},
    patch::{self, Writes},
    read,
    request::Request,
    store::Key,
};
use serde_json::{Value, json};

/// Media types of patches.
const JSON_PATCH: &str = "application/json-patch+json";
const MERGE_PATCH: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const APPLY: &str = "application/apply-patch+yaml";

impl Asked<'_> {
    pub(super) fn writer(&self) -> Result<Writer<'_>, Failure> {
        Ok(Writer { now: self.now, manager: &self.manager, dry_run: self.query.is_dry_run()?, owners_known: false })
    }

    pub(super) fn answer(&self, code: u16, object: &Value, warnings: Vec<String>) -> Result<Response, Failure> {
        let form = Form::wanted(self.accept, self.query.get("includeObject"))?;
        Ok(Response { warnings, ..Response::json(code, &form.one(&self.resource, object, self.now)) })
    }
}

impl Api {
    pub(in crate::kubernetes) fn create_asked(&mut self, asked: &Asked, request: &Request) -> Result<Response, Failure> {
        let (new, warnings) = decode::object(asked, request)?;
        if !asked.resource.kept {
            return self.review(asked, new);
        }
        let created = self.create(asked.writer()?, &asked.kept, &asked.place.namespace, new)?;
        asked.answer(201, &created, warnings)
    }

    pub(in crate::kubernetes) fn update_asked(&mut self, asked: &Asked, request: &Request) -> Result<Response, Failure> {
        let (new, warnings) = decode::object(asked, request)?;
        let name = object::name(&new);
        if name != asked.place.name {
            return Err(Failure::bad_request(format!(
                "the name of the object ({name}) does not match the name on the URL ({})",
                asked.place.name
            )));
        }
        let updated = self.update(asked.writer()?, &asked.kept, &asked.key(), new, Part::Whole)?;
        asked.answer(200, &updated, warnings)
    }

    pub(in crate::kubernetes) fn patch_asked(&mut self, asked: &Asked, request: &Request) -> Result<Response, Failure> {
        self.patch_part(asked, request, Part::Whole)
    }

    /// Patches an object, or a part of it.
    pub(super) fn patch_part(&mut self, asked: &Asked, request: &Request, part: Part) -> Result<Response, Failure> {
        let patch = decode::parse(&request.body)?;
        let key = asked.key();
        if request.media_type() == APPLY {
            if asked.resource.is_renamed() {
                return Err(Failure::unsupported_media_type(&format!("{JSON_PATCH}, {MERGE_PATCH}")));
            }
            return self.apply_asked(asked, &key, patch, part);
        }
        let existing = self.store.get(&key).cloned().ok_or_else(|| Failure::not_found(&asked.resource, &key.name))?;
        let mut new = form::as_version(&asked.resource, &existing);
        self.patched(asked, request, &patch, &mut new)?;
        let warnings = decode::known(asked, &mut new)?;
        if asked.resource.is_renamed() {
            events::as_kept(&mut new);
        }
        let updated = self.update(asked.writer()?, &asked.kept, &key, new, part)?;
        asked.answer(200, &updated, warnings)
    }

    /// An object after a patch.
    pub(super) fn patched(&self, asked: &Asked, request: &Request, patch: &Value, object: &mut Value) -> Result<(), Failure> {
        match request.media_type() {
            JSON_PATCH => patch::json_patch(object, patch).map_err(|error| match error {
                patch::Refused::NoPatch(why) => Failure::bad_request(why),
                // The real API keeps to itself why.
                patch::Refused::DoesNotFit => {
                    Failure::new(422, "Invalid", "the server rejected our request due to an error in our request")
                }
            })?,
            MERGE_PATCH if patch.is_object() => patch::merge_patch(object, patch),
            STRATEGIC if !asked.resource.custom && patch.is_object() => {
                patch::strategic_merge(object, patch, &asked.resource.shape()).map_err(Failure::bad_request)?;
            }
            MERGE_PATCH => return Err(Failure::bad_request("json: cannot unmarshal into Go value of type map[string]interface {}")),
            _ => {
                let strategic = if asked.resource.custom { String::new() } else { format!(", {STRATEGIC}") };
                return Err(Failure::unsupported_media_type(&format!("{JSON_PATCH}, {MERGE_PATCH}, {APPLY}{strategic}")));
            }
        }
        object::without_nulls(&mut object["metadata"]);
        Ok(())
    }

    fn apply_asked(&mut self, asked: &Asked, key: &Key, mut wanted: Value, part: Part) -> Result<Response, Failure> {
        let resource = &asked.resource;
        if asked.query.get("fieldManager").is_none() {
            let cause = super::Cause::required("fieldManager", "is required for apply patch");
            return Err(Failure::new(
                422,
                "Invalid",
                format!("PatchOptions.meta.k8s.io \"\" is invalid: {}: {}", cause.field, cause.message),
            ));
        }
        if text(&wanted, &["apiVersion"]).is_empty() || text(&wanted, &["kind"]) != resource.kind {
            return Err(Failure::bad_request(format!("the object in an apply must be a {} of {}", resource.kind, resource.api_version())));
        }
        let named = object::name(&wanted);
        if !named.is_empty() && named != key.name {
            return Err(Failure::bad_request(format!(
                "the name of the object ({named}) does not match the name on the URL ({})",
                key.name
            )));
        }
        if !object::list(&wanted, &["metadata", "managedFields"]).is_empty() {
            return Err(Failure::bad_request("metadata.managedFields must be nil"));
        }
        let mut typed = wanted.clone();
        let unknown = crate::kubernetes::schema::unknown_fields(&mut typed, &resource.fields);
        if let Some(field) = unknown.first() {
            let place = if key.namespace.is_empty() { format!("/{}", key.name) } else { format!("{}/{}", key.namespace, key.name) };
            let why = format!(
                "failed to create typed patch object ({place}; {}, Kind={}): .{field}: field not declared in schema",
                resource.api_version(),
                resource.kind
            );
            return Err(Failure::new(500, "", why));
        }
        decode::known(asked, &mut wanted)?;
        if let Value::Object(map) = &mut wanted {
            match part {
                Part::Whole if resource.status => drop(map.remove("status")),
                Part::Whole => {}
                _ => map.retain(|field, _| matches!(field.as_str(), "apiVersion" | "kind" | "status")),
            }
        }
        let existing = self.store.get(key).cloned();
        let writes = Writes {
            manager: &asked.manager,
            operation: "Apply",
            subresource: part.subresource(),
            api_version: &resource.api_version(),
            now: asked.now,
        };
        let live = existing.as_deref().cloned().unwrap_or(Value::Null);
        let mut merged = patch::apply(&live, &wanted, &resource.shape(), &writes, asked.query.is_true("force"))?;
        let writer = Writer { owners_known: true, ..asked.writer()? };
        if existing.is_some() {
            // A version in the configuration is a condition; elsewhere it is what was found.
            let updated = self.update(writer, resource, key, merged, part)?;
            return asked.answer(200, &updated, Vec::new());
        }
        if part != Part::Whole {
            return Err(Failure::not_found(resource, &key.name));
        }
        object::metadata(&mut merged).insert("name".to_owned(), json!(key.name));
        let created = self.create(writer, resource, &key.namespace, merged)?;
        asked.answer(201, &created, Vec::new())
    }

    pub(in crate::kubernetes) fn delete_asked(&mut self, asked: &Asked, request: &Request) -> Result<Response, Failure> {
        let how = deletion(asked, request)?;
        let key = asked.key();
        let (last, gone) = self.delete(asked.writer()?, &asked.kept, &key, &how)?;
        if !gone {
            return asked.answer(200, &last, Vec::new());
        }
        if asked.resource.id() == "pods" {
            return asked.answer(200, &last, Vec::new());
        }
        let mut details = json!({"name": key.name, "kind": asked.resource.plural, "uid": object::uid(&last)});
        if !asked.resource.group.is_empty() {
            details["group"] = json!(asked.resource.group);
        }
        Ok(Response::json(200, &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})))
    }

    pub(in crate::kubernetes) fn delete_all_asked(&mut self, asked: &Asked, request: &Request) -> Result<Response, Failure> {
        let how = deletion(asked, request)?;
        let (labels, fields) = read::selectors(asked)?;
        let all = self
            .store
            .all(&asked.resource.id(), &asked.place.namespace)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect::<Vec<_>>();
        let mut gone = Vec::new();
        for (key, _) in all.iter().filter(|(_, object)| labels.select(object) && fields.select(object)) {
            gone.push(self.delete(asked.writer()?, &asked.kept, key, &how)?.0);
        }
        let form = Form::wanted(asked.accept, asked.query.get("includeObject"))?;
        let metadata = json!({"resourceVersion": self.store.version().to_string()});
        Ok(Response::json(200, &form.list(&asked.resource, gone.iter().map(AsRef::as_ref), &metadata, asked.now)))
    }
}

/// How to delete: what the body says, and beside it the query.
fn deletion(asked: &Asked, request: &Request) -> Result<Deletion, Failure> {
    let mut options = if request.body.is_empty() { json!({}) } else { decode::parse(&request.body)? };
    if let Some(policy) = asked.query.get("propagationPolicy") {
        options["propagationPolicy"] = json!(policy);
    }
    if let Some(seconds) = asked.query.number("gracePeriodSeconds")? {
        options["gracePeriodSeconds"] = json!(seconds);
    }
    Deletion::of(&options)
}
