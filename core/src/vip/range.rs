//! The addresses that a zone may give to services.
use serde::{Deserialize, Serialize};
use std::{fmt, net::Ipv4Addr, str::FromStr};

/// A block of IPv4 addresses, all of which are given out: nobody broadcasts to a virtual IP, and Kuma gives out the first one, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VipRange {
    first: u32,
    prefix: u8,
}

/// A text is no range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}`: {why}")]
pub struct BadRange {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl VipRange {
    /// Kuma's for `MeshService`: 241.0.0.0/8.
    pub const MESH_SERVICE: Self = Self { first: 241 << 24, prefix: 8 };

    /// Kuma's for `MeshMultiZoneService`: 243.0.0.0/8.
    pub const MESH_MULTI_ZONE_SERVICE: Self = Self { first: 243 << 24, prefix: 8 };

    /// Its first address.
    pub fn first(self) -> Ipv4Addr {
        Ipv4Addr::from(self.first)
    }

    /// Its last address.
    pub fn last(self) -> Ipv4Addr {
        Ipv4Addr::from(self.first | !self.mask())
    }

    /// Whether an address lies in it.
    pub fn contains(self, address: Ipv4Addr) -> bool {
        u32::from(address) & self.mask() == self.first
    }

    fn mask(self) -> u32 {
        u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0)
    }
}

impl fmt::Display for VipRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first(), self.prefix)
    }
}

impl FromStr for VipRange {
    type Err = BadRange;

    fn from_str(text: &str) -> Result<Self, BadRange> {
        let bad = |why| BadRange { text: text.to_owned(), why };
        let (address, prefix) = text.split_once('/').ok_or_else(|| bad("a range is an address and a length, such as 241.0.0.0/8"))?;
        let first: Ipv4Addr = address.parse().map_err(|_| bad("it does not begin with an IPv4 address"))?;
        let prefix: u8 = prefix.parse().ok().filter(|prefix| (8..=30).contains(prefix)).ok_or_else(|| bad("its length must be 8 to 30"))?;
        let range = Self { first: u32::from(first), prefix };
        if range.first & !range.mask() != 0 {
            return Err(bad("it does not begin at its first address"));
        }
        if first.is_loopback() || first.is_multicast() || first.octets()[0] == 0 {
            return Err(bad("addresses that mean something else everywhere cannot be given to services"));
        }
        Ok(range)
    }
}

impl TryFrom<String> for VipRange {
    type Error = BadRange;

    fn try_from(text: String) -> Result<Self, BadRange> {
        text.parse()
    }
}

impl From<VipRange> for String {
    fn from(range: VipRange) -> Self {
        range.to_string()
    }
}
