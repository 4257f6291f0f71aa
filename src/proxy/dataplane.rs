//! Which proxy it is.
use super::variables::fill_in;
use crate::settings::BadSetting;
use std::{collections::BTreeMap, fmt, fs, path::Path};
use strait_core::resource::{Kind, MeshName, Resource, ResourceName, from_yaml};
use strait_shell::proxies::is_redirected;

/// A longer file is no `Dataplane`, in bytes. Control planes read no more, either.
const LARGEST: u64 = 256 << 10;

/// Which proxy it is.
#[derive(Clone, Debug)]
pub(super) struct Proxy {
    /// `None`: it is an ingress, which is of no mesh.
    pub(super) mesh: Option<MeshName>,
    pub(super) name: ResourceName,
    /// Its `Dataplane` as YAML, or its `ZoneIngress`, which it brings along; `None`: the control plane holds that.
    pub(super) resource: Option<String>,
    /// Whether all traffic of its workload is redirected to it; `None`: only the control plane knows.
    pub(super) is_redirected: Option<bool>,
}

impl Proxy {
    /// Reads a `Dataplane` file, and replaces its variables.
    pub(super) fn of_file(path: &Path, values: &BTreeMap<String, String>) -> Result<Self, BadSetting> {
        let bad = |why: String| BadSetting { name: "--dataplane-file".to_owned(), why: format!("{}: {why}", path.display()) };
        let size = fs::metadata(path).map_err(|error| bad(error.to_string()))?.len();
        if size > LARGEST {
            return Err(bad(format!("it has {size} bytes, at most {LARGEST} are read")));
        }
        let text = fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
        let text = fill_in(&text, values).map_err(|why| bad(why.to_string()))?;
        let resources = from_yaml(&text).map_err(|error| bad(error.to_string()))?;
        let [one] =
            <[Resource; 1]>::try_from(resources).map_err(|all| bad(format!("it must hold one Dataplane, not {} resources", all.len())))?;
        if *one.kind() != Kind::dataplane() {
            return Err(bad(format!("it must hold a Dataplane, not a {}", one.kind())));
        }
        let mesh = one.mesh().cloned().ok_or_else(|| bad("its Dataplane must say its mesh".to_owned()))?;
        let is_redirected = Some(one.spec.value().is_some_and(is_redirected));
        Ok(Self { mesh: Some(mesh), name: one.key.name, resource: Some(text), is_redirected })
    }
}

impl Proxy {
    /// The folder in which everything of it is kept, where nothing else is said.
    pub(super) fn folder(&self) -> String {
        match &self.mesh {
            Some(mesh) => format!("proxy-{mesh}-{}", self.name),
            None => format!("ingress-{}", self.name),
        }
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.mesh {
            Some(mesh) => write!(f, "{mesh}/{}", self.name),
            None => write!(f, "ingress {}", self.name),
        }
    }
}
