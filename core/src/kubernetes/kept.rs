//! What a zone keeps in its cluster, since it must not lose it with its store: whose each virtual IP is, and its history.
//!
//! Each is a `ConfigMap` in the namespace of the control plane. That of an address is named by it, so that there is but one: whoever creates it has
//! the address.
use super::{
    custom::Copy,
    object::{ConfigMap, ObjectId, ObjectKind, ObjectName, Texts},
};
use crate::{names::ServiceId, resource::ZoneName, sync::Lineage};
use std::net::Ipv4Addr;

const ADDRESS: &str = "strait-vip-";
const HISTORY: &str = "strait-history-";

/// What an object is about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kept {
    /// Whose an address is; `None`: it cannot be told, or it is another zone's.
    Address(Ipv4Addr, Option<ServiceId>),
    /// A history of this zone, up to what it may have come at most; `None`: it cannot be read.
    History(Option<Lineage>),
    /// Something else.
    Else,
}

/// The object of an address.
pub(crate) fn of_address(namespace: &str, zone: &ZoneName, address: Ipv4Addr, service: &ServiceId) -> Copy {
    let service = serde_json::to_string(service).expect("services hold only what JSON can say");
    let data = [("address", address.to_string()), ("service", service), ("zone", zone.to_string())];
    Copy::kept(address_id(namespace, address).name, &texts(data))
}

/// The object of a history.
pub(crate) fn of_history(namespace: &str, zone: &ZoneName, lineage: &Lineage) -> Copy {
    let lineage = serde_json::to_string(lineage).expect("histories hold only what JSON can say");
    Copy::kept(history_id(namespace, zone).name, &texts([("lineage", lineage), ("zone", zone.to_string())]))
}

/// The object of an address, by its name.
pub(crate) fn address_id(namespace: &str, address: Ipv4Addr) -> ObjectId {
    named(namespace, &format!("{ADDRESS}{}", address.to_string().replace('.', "-")))
}

/// The object of a history, by its name.
pub(crate) fn history_id(namespace: &str, zone: &ZoneName) -> ObjectId {
    named(namespace, &format!("{HISTORY}{zone}"))
}

fn named(namespace: &str, name: &str) -> ObjectId {
    ObjectId { kind: ObjectKind::ConfigMap, name: ObjectName::new(namespace, name) }
}

/// The address that an object of this name is about.
pub(crate) fn address_of(id: &ObjectId) -> Option<Ipv4Addr> {
    let address: Ipv4Addr = id.name.name.strip_prefix(ADDRESS)?.replace('-', ".").parse().ok()?;
    (address_id(&id.name.namespace, address) == *id).then_some(address)
}

/// What an object says.
pub(crate) fn said_by(map: &ConfigMap, id: &ObjectId, zone: &ZoneName) -> Kept {
    let is_ours = map.data.get("zone").is_some_and(|of| of == zone.as_str());
    if let Some(address) = address_of(id) {
        let service = map.data.get("service").filter(|_| is_ours).and_then(|said| serde_json::from_str(said).ok());
        return Kept::Address(address, service);
    }
    if *id == history_id(&id.name.namespace, zone) {
        return Kept::History(map.data.get("lineage").and_then(|said| serde_json::from_str(said).ok()));
    }
    Kept::Else
}

fn texts<const N: usize>(data: [(&str, String); N]) -> Texts {
    data.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
