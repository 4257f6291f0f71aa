//! One resource on the wire: `Resource { "<name>.<mesh>", version, Any(KumaResource) }`.
use super::{Malformed, spec};
use prost::Message;
use prost_types::Any;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use strait_core::resource::{Key, Kind, Labels, MeshName, RawSpec, Resource, ResourceName, Spec, WireKey};
use strait_proto::kds::{self, KUMA_RESOURCE_TYPE_URL, KumaResource, Meta};

/// The name on the wire. A resource that belongs to no mesh has one that ends in a dot.
pub(super) fn wire_name(key: &WireKey) -> String {
    format!("{}.{}", key.name, key.mesh.as_ref().map_or("", MeshName::as_str))
}

/// What a name on the wire names: split at its last dot.
pub(super) fn named(kind: &Kind, name: &str) -> Result<WireKey, Malformed> {
    let (name, mesh) = name.rsplit_once('.').unwrap_or((name, ""));
    key(kind, name, mesh)
}

fn key(kind: &Kind, name: &str, mesh: &str) -> Result<WireKey, Malformed> {
    let wrong = |error: strait_core::resource::NameError| Malformed(format!("a resource of kind {kind}: {error}"));
    let mesh = if mesh.is_empty() { None } else { Some(MeshName::new(mesh).map_err(wrong)?) };
    Ok(Key { kind: kind.clone(), mesh, name: ResourceName::new(name).map_err(wrong)? })
}

pub(super) fn to_wire(resource: &Resource, version: impl Fn(&[u8]) -> String) -> kds::Resource {
    let mesh = resource.key.mesh.as_ref().map_or("", MeshName::as_str).to_owned();
    let kind = resource.kind();
    let kuma = KumaResource {
        meta: Some(Meta { name: resource.key.name.to_string(), mesh, version: String::new(), labels: resource.labels.clone() }),
        spec: Some(spec::to_wire(kind, &resource.spec)),
        status: resource.status.as_ref().map(spec::status_to_wire),
    };
    let value = kuma.encode_to_vec();
    kds::Resource {
        version: version(&value),
        resource: Some(Any { type_url: KUMA_RESOURCE_TYPE_URL.to_owned(), value }),
        name: wire_name(&resource.key),
    }
}

/// A resource as a peer sent it. What is wrong within it becomes a spec that cannot be decoded.
pub(super) fn from_wire(kind: &Kind, wire: kds::Resource) -> Result<Resource, Malformed> {
    let key = named(kind, &wire.name)?;
    let any = wire.resource.unwrap_or_default();
    Ok(match open(&key, &any) {
        Ok((labels, spec, status)) => Resource { key, labels, spec, status },
        Err(why) => {
            let raw = RawSpec { type_url: any.type_url, bytes: any.value };
            Resource { key, labels: Labels::new(), spec: Spec::undecodable(raw, why), status: None }
        }
    })
}

fn open(key: &WireKey, any: &Any) -> Result<(Labels, Spec, Option<Spec>), String> {
    if any.type_url != KUMA_RESOURCE_TYPE_URL {
        return Err(format!("it is a `{}`, not a `{KUMA_RESOURCE_TYPE_URL}`", any.type_url.chars().take(120).collect::<String>()));
    }
    let kuma = KumaResource::decode(any.value.as_slice()).map_err(|error| error.to_string())?;
    let meta = kuma.meta.ok_or("it has no meta")?;
    if self::key(&key.kind, &meta.name, &meta.mesh).as_ref() != Ok(key) {
        return Err("its meta names another resource than its envelope".to_owned());
    }
    let mut spec = spec::from_wire(&key.kind, kuma.spec.ok_or("it has no spec")?);
    let status = kuma.status.map(|status| spec::status_from_wire(&key.kind, status));
    // A resource is refused as a whole, and only its spec can say why.
    if let Some(why) = status.as_ref().and_then(Spec::undecodable_because)
        && spec.undecodable_because().is_none()
    {
        let raw = RawSpec { type_url: any.type_url.clone(), bytes: any.value.clone() };
        spec = Spec::undecodable(raw, format!("status: {why}"));
    }
    Ok((meta.labels, spec, status.filter(|status| status.undecodable_because().is_none())))
}

pub(super) fn hex_sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
