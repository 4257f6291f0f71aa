//! The server names by which Kuma 2.14 asks for a port beside ours ([`Destination::sni`]), as its control plane was seen to make them.
//!
//! * Where a `backendRef` names a port by its number, its proxies ask by the number also where the port has a name.
//! * A zone without a `MeshZoneAddress` is asked, and its ingress lets through, by the form of MADR-055: a digest, and what it is made of.
use super::Destination;
use crate::names::ServiceId;
use std::collections::BTreeSet;

/// A label of DNS has room for so many bytes, and Kuma marks a name that was cut by one more letter.
const LONGEST_LABEL: usize = 62;
/// Names of services in this namespace stand without it: Kuma's own.
const SYSTEM_NAMESPACE: &str = "kuma-system";

/// As an ingress of Kuma 2.14 is asked: `a` and a digest of name and mesh, the name, the number of the port, the mesh, and what it is.
pub(super) fn by_digest(destination: &Destination, number: u16) -> String {
    let ServiceId { mesh, zone, namespace, name, .. } = &destination.service;
    let name = match namespace.as_deref().filter(|namespace| *namespace != SYSTEM_NAMESPACE) {
        Some(namespace) => format!("{name}.{namespace}"),
        None => name.clone(),
    };
    let digest = fnv1a(format!("{name};{mesh};").as_bytes());
    let kind = if zone.is_some() { "ms" } else { "mzms" };
    format!("a{digest:x}.{}.{number}.{}.{kind}", cut(&name), cut(mesh.as_str())).to_ascii_lowercase()
}

/// All of them.
pub(super) fn of(destination: &Destination, number: u16) -> BTreeSet<String> {
    let numbered = Destination { port: number.to_string(), ..destination.clone() };
    BTreeSet::from([numbered.sni(), by_digest(destination, number)])
}

fn cut(name: &str) -> String {
    // Names are ASCII.
    if name.len() > LONGEST_LABEL { format!("{}x", name.get(..LONGEST_LABEL).unwrap_or(name)) } else { name.to_owned() }
}

/// FNV-1a with 64 bits, as in Kuma (`hash/fnv` of Go).
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
