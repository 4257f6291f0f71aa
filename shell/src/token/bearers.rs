//! Whose tokens a key signs.
use std::fmt;
use strait_core::resource::{Key, Kind, MeshName, ResourceName};

/// Whose tokens a key signs. Where it is kept follows from that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bearers {
    /// Zone control planes: `GlobalSecret`s, which never leave global.
    Zones,
    /// The proxies of a mesh: `Secret`s in it, which follow it to the zones.
    Proxies(MeshName),
}

impl Bearers {
    /// The key with this serial number, as it is stored. `None`: its name would be too long.
    pub(super) fn key(&self, serial: &str) -> Option<Key> {
        let (kind, mesh) = match self {
            Self::Zones => ("GlobalSecret", None),
            Self::Proxies(mesh) => ("Secret", Some(mesh.clone())),
        };
        Some(Key { kind: Kind::new(kind).ok()?, mesh, name: ResourceName::new(&format!("{}{serial}", self.prefix())).ok()? })
    }

    /// Whose key this is by its name, and its serial number. `None`: it is something else.
    pub(super) fn of(key: &Key) -> Option<(Self, &str)> {
        let bearers = match (key.kind.as_str(), &key.mesh) {
            ("GlobalSecret", None) => Self::Zones,
            ("Secret", Some(mesh)) => Self::Proxies(mesh.clone()),
            _ => return None,
        };
        let serial = key.name.as_str().strip_prefix(&bearers.prefix())?;
        (!serial.is_empty() && serial.bytes().all(|digit| digit.is_ascii_digit())).then_some((bearers, serial))
    }

    /// What the names of their keys begin with; a serial number follows, which tokens name as their `kid`.
    fn prefix(&self) -> String {
        match self {
            Self::Zones => "zone-token-signing-key-".to_owned(),
            Self::Proxies(mesh) => format!("dataplane-token-signing-key-{mesh}-"),
        }
    }
}

impl fmt::Display for Bearers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zones => f.write_str("zones"),
            Self::Proxies(mesh) => write!(f, "the proxies of mesh `{mesh}`"),
        }
    }
}
