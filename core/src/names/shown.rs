//! What is shown of a service that a zone knows: in Kuma's `status`, the address and the names that this zone gives it.
//!
//! They are put together for whoever looks, and stored nowhere: each zone gives its own. Which generator gave a name is not said, since the view does
//! not know it.
use super::ServiceId;
use crate::{
    node::{View, VipState},
    resource::{MeshName, Resource, Spec, ZoneName},
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// The fields of a status that are this zone's to say.
const FIELDS: [&str; 2] = ["addresses", "vips"];

/// What the services of a view are reached by.
#[derive(Debug)]
pub struct Reached<'a> {
    view: &'a View,
    here: &'a ZoneName,
    names: BTreeMap<&'a ServiceId, Vec<&'a str>>,
}

impl<'a> Reached<'a> {
    /// Of one mesh, or of all, as seen in zone `here`.
    pub fn new(view: &'a View, here: &'a ZoneName, mesh: Option<&MeshName>) -> Self {
        let mut names = BTreeMap::<_, Vec<&str>>::new();
        let meshes = view.names.iter().filter(|(name, _)| mesh.is_none_or(|mesh| mesh == *name));
        for (name, service) in meshes.flat_map(|(_, names)| names) {
            names.entry(service).or_default().push(name);
        }
        Self { view, here, names }
    }

    /// A resource as it is shown: one that describes a service with what that is reached by, others as they are.
    pub fn shown(&self, held: &Arc<Resource>) -> Arc<Resource> {
        let Some(service) = ServiceId::of(held, self.here) else {
            return Arc::clone(held);
        };
        let mut status = match held.status.as_ref().and_then(Spec::value) {
            Some(Value::Object(status)) => status.clone(),
            _ => Map::new(),
        };
        let names = self.names.get(&service).into_iter().flatten();
        let addresses = names.map(|name| json!({"hostname": name, "origin": "HostnameGenerator"})).collect();
        let vips = match self.view.vips.get(&service) {
            Some(VipState::Given(address)) => vec![json!({"ip": address})],
            Some(VipState::Exhausted) | None => Vec::new(),
        };
        status.extend(FIELDS.map(str::to_owned).into_iter().zip([Value::Array(addresses), Value::Array(vips)]));
        Arc::new(Resource { status: Some(Spec::new(Value::Object(status))), ..Resource::clone(held) })
    }
}

/// A service as its author means it, who may have taken its status from what was shown.
pub fn unshown(mut resource: Resource) -> Resource {
    if !matches!(resource.kind().as_str(), "MeshService" | "MeshMultiZoneService") {
        return resource;
    }
    if let Some(Value::Object(status)) = resource.status.as_ref().and_then(Spec::value)
        && FIELDS.iter().any(|field| status.contains_key(*field))
    {
        let mut status = status.clone();
        status.retain(|field, _| !FIELDS.contains(&field.as_str()));
        resource.status = (!status.is_empty()).then(|| Spec::new(Value::Object(status)));
    }
    resource
}
