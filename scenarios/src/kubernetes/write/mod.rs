//! Writing: what a client or a controller wants to be there is checked, completed, counted and kept.
mod asked;
mod decode;
mod defaults;
mod delete;
mod names;
mod rules;
mod services;
mod subresource;

pub(super) use defaults::CLEANUP;
pub(super) use delete::{Deletion, FOREGROUND, ORPHAN, Propagation};

use super::{
    Api,
    failure::{Cause, Failure},
    object::{self, at, text},
    patch::{self, Writes},
    resource::Resource,
    schema::{Field, Shape, without_empty},
    store::Key,
};
use serde_json::{Value, json};
use std::sync::Arc;
use strait_core::time::Wall;

/// The manager of what controllers write.
pub(super) const CONTROLLERS: &str = "kube-controller-manager";
/// So often a name is made up anew when it is taken.
const NAMES_TRIED: usize = 8;

/// Who writes, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer<'a> {
    pub(super) now: Wall,
    pub(super) manager: &'a str,
    /// Nothing is kept.
    pub(super) dry_run: bool,
    /// The owners of fields are known already, as after an apply.
    pub(super) owners_known: bool,
}

impl Writer<'_> {
    /// A controller.
    pub(super) fn controller(now: Wall) -> Self {
        Self { now, manager: CONTROLLERS, dry_run: false, owners_known: false }
    }
}

/// Which part of an object a write is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    Status,
    /// The finalizers in the specification of a namespace.
    Finalize,
}

impl Part {
    fn subresource(self) -> &'static str {
        match self {
            Self::Whole => "",
            Self::Status => "status",
            Self::Finalize => "finalize",
        }
    }
}

impl Api {
    /// Puts a new object in.
    pub(super) fn create(
        &mut self,
        writer: Writer,
        resource: &Arc<Resource>,
        namespace: &str,
        mut new: Value,
    ) -> Result<Arc<Value>, Failure> {
        if let Value::Object(map) = &mut new {
            map.insert("apiVersion".to_owned(), json!(resource.api_version()));
            map.insert("kind".to_owned(), json!(resource.kind));
        }
        let given = object::namespace(&new);
        if !given.is_empty() && given != namespace {
            return Err(Failure::bad_request(format!(
                "the namespace of the provided object does not match the namespace sent on the request: {given:?} is not {namespace:?}"
            )));
        }
        if !text(&new, &["metadata", "resourceVersion"]).is_empty() {
            return Err(Failure::bad_request("resourceVersion should not be set on objects to be created"));
        }
        self.name(resource, namespace, &mut new)?;
        let metadata = object::metadata(&mut new);
        for given in ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink"] {
            metadata.remove(given);
        }
        if resource.namespaced {
            metadata.insert("namespace".to_owned(), json!(namespace));
        } else {
            metadata.remove("namespace");
        }
        object::without_nulls(metadata_of(&mut new));
        let key = Key::new(&resource.id(), namespace, object::name(&new));
        if resource.namespaced {
            self.room(resource, &key)?;
        }
        if resource.status
            && let Value::Object(map) = &mut new
        {
            map.remove("status");
        }
        defaults::of_new(resource, &mut new);
        resource.fields.fill(&mut new);
        leave_out(resource, &mut new);
        let causes = rules::check(resource, &new, None);
        if !causes.is_empty() {
            return Err(Failure::invalid(resource, &key.name, &causes));
        }
        if self.store.get(&key).is_some() {
            return Err(Failure::already_exists(resource, &key.name));
        }
        if resource.id() == "services" {
            self.give_addresses(resource, None, &mut new)?;
        }
        let uid = self.new_uid();
        let metadata = object::metadata(&mut new);
        metadata.insert("uid".to_owned(), json!(uid));
        metadata.insert("creationTimestamp".to_owned(), json!(object::time(writer.now)));
        if resource.counts_generations() {
            metadata.insert("generation".to_owned(), json!(1));
        }
        self.own(writer, resource, None, &mut new, Part::Whole);
        Ok(self.keep(writer, key, new))
    }

    /// Checks its name, or makes one up.
    fn name(&mut self, resource: &Resource, namespace: &str, new: &mut Value) -> Result<(), Failure> {
        let begin = text(new, &["metadata", "generateName"]).to_owned();
        if object::name(new).is_empty() && !begin.is_empty() {
            for _ in 0..NAMES_TRIED {
                let name = format!("{}{}", &begin[..begin.len().min(58)], self.new_suffix());
                let free = self.store.get(&Key::new(&resource.id(), namespace, &name)).is_none();
                object::metadata(new).insert("name".to_owned(), json!(name));
                if free {
                    break;
                }
            }
        }
        let mut causes = names::check(resource, object::name(new));
        causes.extend(names::check_labels(new));
        if causes.is_empty() { Ok(()) } else { Err(Failure::invalid(resource, object::name(new), &causes)) }
    }

    /// Whether there is a namespace, and whether it takes new objects.
    fn room(&self, resource: &Resource, key: &Key) -> Result<(), Failure> {
        let Some(namespace) = self.store.get(&Key::new("namespaces", "", &key.namespace)) else {
            let details = json!({"name": key.namespace, "kind": "namespaces"});
            return Err(Failure { details, ..Failure::new(404, "NotFound", format!("namespaces {:?} not found", key.namespace)) });
        };
        if !object::is_being_deleted(namespace) {
            return Ok(());
        }
        let why = format!("unable to create new content in namespace {} because it is being terminated", key.namespace);
        let mut failure = Failure::forbidden(resource, &key.name, &why);
        let message = format!("namespace {} is being terminated", key.namespace);
        failure.details["causes"] = json!([{"reason": "NamespaceTerminating", "message": message, "field": "metadata.namespace"}]);
        Err(failure)
    }

    /// Puts an object in the place of one that is there.
    pub(super) fn update(
        &mut self,
        writer: Writer,
        resource: &Arc<Resource>,
        key: &Key,
        mut new: Value,
        part: Part,
    ) -> Result<Arc<Value>, Failure> {
        let existing = self.store.get(key).cloned().ok_or_else(|| Failure::not_found(resource, &key.name))?;
        let uid = object::uid(&new);
        if !uid.is_empty() && uid != object::uid(&existing) {
            let why = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {}", object::uid(&existing));
            return Err(Failure::conflict(resource, &key.name, &why));
        }
        let version = text(&new, &["metadata", "resourceVersion"]);
        if version.is_empty() && resource.custom {
            let cause = Cause::invalid("metadata.resourceVersion", &json!(0), "must be specified for an update");
            return Err(Failure::invalid(resource, &key.name, &[cause]));
        }
        if !version.is_empty() && version != text(&existing, &["metadata", "resourceVersion"]) {
            return Err(Failure::modified(resource, &key.name));
        }
        keep_identity(&existing, &mut new);
        keep_parts(resource, &existing, &mut new, part);
        defaults::of_changed(resource, &existing, &mut new);
        resource.fields.fill(&mut new);
        leave_out(resource, &mut new);
        let mut causes = names::check_labels(&new);
        causes.extend(rules::check(resource, &new, Some(&existing)));
        if !causes.is_empty() {
            return Err(Failure::invalid(resource, &key.name, &causes));
        }
        if resource.id() == "services" && part == Part::Whole {
            self.give_addresses(resource, Some(&existing), &mut new)?;
        }
        if resource.counts_generations() && wishes_differ(&existing, &new) {
            let generation = object::number(&existing, &["metadata", "generation"]).unwrap_or(0) + 1;
            object::metadata(&mut new).insert("generation".to_owned(), json!(generation));
        }
        self.own(writer, resource, Some(&existing), &mut new, part);
        if is_over(&new) {
            return Ok(self.take_away(writer, key, new));
        }
        if same(&existing, &new) {
            return Ok(existing);
        }
        Ok(self.keep(writer, key.clone(), new))
    }

    fn own(&self, writer: Writer, resource: &Resource, existing: Option<&Value>, new: &mut Value, part: Part) {
        if writer.owners_known {
            return;
        }
        let writes = Writes {
            manager: writer.manager,
            operation: "Update",
            subresource: part.subresource(),
            api_version: &resource.api_version(),
            now: writer.now,
        };
        patch::record(existing, new, &resource.shape(), &writes);
    }

    fn keep(&mut self, writer: Writer, key: Key, new: Value) -> Arc<Value> {
        if writer.dry_run {
            return Arc::new(new);
        }
        let kept = self.store.put(key.clone(), new);
        self.defined(&key);
        kept
    }

    /// Ends an object that nothing holds any more.
    fn take_away(&mut self, writer: Writer, key: &Key, last: Value) -> Arc<Value> {
        if writer.dry_run {
            return Arc::new(last);
        }
        self.store.put(key.clone(), last);
        let gone = self.store.remove(key).unwrap_or_default();
        self.defined(key);
        gone
    }

    /// Serves other kinds after a change of their definitions.
    fn defined(&mut self, key: &Key) {
        const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";
        if key.resource == DEFINITIONS {
            self.defined_at = self.store.version();
            let established = |definition: &Value| {
                object::list(definition, &["status", "conditions"])
                    .iter()
                    .any(|one| one["type"] == "Established" && one["status"] == "True")
            };
            let all = self.store.all(DEFINITIONS, "").map(|(_, definition)| definition.as_ref());
            self.served.define(all.filter(|definition| established(definition)));
        }
    }
}

/// What is empty is not kept; of custom kinds, that goes for their metadata alone.
fn leave_out(resource: &Resource, new: &mut Value) {
    if !resource.custom {
        without_empty(new, &resource.fields);
    } else if let Some(Field { shape: Shape::Struct(metadata), .. }) = resource.fields.fields.get("metadata") {
        without_empty(metadata_of(new), metadata);
    }
}

fn metadata_of(object: &mut Value) -> &mut Value {
    &mut object["metadata"]
}

/// What nobody can change.
fn keep_identity(existing: &Value, new: &mut Value) {
    if let Value::Object(map) = new {
        for field in ["apiVersion", "kind"] {
            map.insert(field.to_owned(), existing[field].clone());
        }
    }
    let old = &existing["metadata"];
    let metadata = object::metadata(new);
    for field in [
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "resourceVersion",
        "generateName",
    ] {
        match old.get(field) {
            Some(value) => metadata.insert(field.to_owned(), value.clone()),
            None => metadata.remove(field),
        };
    }
    // Whoever knows nothing of owners changes nothing of them.
    if !metadata.contains_key("managedFields")
        && let Some(owners) = old.get("managedFields")
    {
        metadata.insert("managedFields".to_owned(), owners.clone());
    }
    object::without_nulls(metadata_of(new));
}

/// What this write is not for.
fn keep_parts(resource: &Resource, existing: &Value, new: &mut Value, part: Part) {
    let mut from_existing = |field: &str| {
        if let Value::Object(map) = new {
            match existing.get(field) {
                Some(value) => map.insert(field.to_owned(), value.clone()),
                None => map.remove(field),
            };
        }
    };
    match part {
        Part::Whole => {
            if resource.status {
                from_existing("status");
            }
            if existing["kind"] == "Namespace" {
                from_existing("spec");
            }
        }
        Part::Finalize => {
            let finalizers = at(new, &["spec", "finalizers"]).clone();
            *new = existing.clone();
            object::map_at(new, &["spec"]).insert("finalizers".to_owned(), finalizers);
        }
        Part::Status => {
            let (status, owners) = (new["status"].take(), new["metadata"]["managedFields"].take());
            *new = existing.clone();
            if let Value::Object(map) = new {
                map.insert("status".to_owned(), status);
                map.retain(|_, value| !value.is_null());
            }
            if !owners.is_null() {
                object::metadata(new).insert("managedFields".to_owned(), owners);
            }
        }
    }
}

/// Whether two states of an object differ in what is wished.
fn wishes_differ(old: &Value, new: &Value) -> bool {
    let wishes = |object: &Value| -> Vec<(String, Value)> {
        let fields = object.as_object().into_iter().flatten();
        fields
            .filter(|(name, value)| !matches!(name.as_str(), "metadata" | "status") && !value.is_null())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    wishes(old) != wishes(new)
}

/// Whether nothing has changed: owners alone are no change, as long as they own the same.
fn same(old: &Value, new: &Value) -> bool {
    old == new
}

/// Whether an object that is to go is held by nothing any more.
fn is_over(object: &Value) -> bool {
    object::is_being_deleted(object)
        && object::list(object, &["metadata", "finalizers"]).is_empty()
        && object::number(object, &["metadata", "deletionGracePeriodSeconds"]).unwrap_or(0) == 0
        && (object["kind"] != "Namespace" || object::list(object, &["spec", "finalizers"]).is_empty())
}
