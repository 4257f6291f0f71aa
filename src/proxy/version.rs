//! Which Envoy it is.
use std::fmt;

/// The version of an Envoy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    major: u32,
    minor: u32,
    patch: u32,
    /// All that it says of itself: `COMMIT/1.40.0/Clean/RELEASE/BoringSSL`.
    pub(super) build: String,
}

impl Version {
    /// What `envoy --version` prints: `PROGRAM  version: COMMIT/1.40.0/Clean/RELEASE/BoringSSL`.
    pub(super) fn read(printed: &str) -> Option<Self> {
        let build = printed.lines().find_map(|line| line.split_once("version:"))?.1.trim();
        let [_, release, _, _, _] = build.split('/').collect::<Vec<_>>()[..] else { return None };
        let release = release.split(['-', '+']).next()?;
        let numbers: Vec<u32> = release.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
        let [major, minor, patch] = <[u32; 3]>::try_from(numbers).ok()?;
        Some(Self { major, minor, patch, build: build.to_owned() })
    }

    /// Whether it is this release or a later one.
    pub(super) fn is_at_least(&self, (major, minor): (u32, u32)) -> bool {
        (self.major, self.minor) >= (major, minor)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}
