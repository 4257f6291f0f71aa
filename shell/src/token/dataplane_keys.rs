//! What a control plane knows of the dataplane tokens of one mesh.
use super::{BadSecret, Bearers, SigningKeys, stored};
use std::collections::BTreeSet;
use strait_core::resource::{Key, MeshName, Resource};

/// What the name of the list of revoked tokens begins with; the mesh follows.
const REVOCATIONS: &str = "dataplane-token-revocations-";

/// The keys that sign the dataplane tokens of one mesh, and which of these were revoked.
#[derive(Debug)]
pub struct DataplaneKeys {
    mesh: MeshName,
    signing: SigningKeys,
    /// `None`: there is no list.
    revoked: Option<Result<BTreeSet<String>, BadSecret>>,
}

impl DataplaneKeys {
    /// Nothing yet.
    pub fn of(mesh: MeshName) -> Self {
        Self { signing: SigningKeys::of(Bearers::Proxies(mesh.clone())), mesh, revoked: None }
    }

    /// Takes in a version of a resource; what has to do with none of this is left alone.
    ///
    /// # Errors
    /// By its name it is a key or the list of revoked tokens, and it cannot be used.
    pub fn holds(&mut self, resource: &Resource) -> Result<(), BadSecret> {
        if !self.is_list(&resource.key) {
            return self.signing.holds(resource);
        }
        let read = revoked(resource).map_err(|why| BadSecret { key: resource.key.clone(), why });
        let bad = read.as_ref().err().cloned();
        self.revoked = Some(read);
        bad.map_or(Ok(()), Err)
    }

    /// A resource is gone.
    pub fn dropped(&mut self, key: &Key) {
        if self.is_list(key) {
            self.revoked = None;
        }
        self.signing.dropped(key);
    }

    /// The keys.
    pub fn signing(&self) -> &SigningKeys {
        &self.signing
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.signing.is_empty() && self.revoked.is_none()
    }

    /// Whether the token of this `jti` was revoked.
    pub(super) fn has_revoked(&self, jti: &str) -> Result<bool, BadSecret> {
        match &self.revoked {
            None => Ok(false),
            Some(Ok(revoked)) => Ok(revoked.contains(jti)),
            Some(Err(bad)) => Err(bad.clone()),
        }
    }

    fn is_list(&self, key: &Key) -> bool {
        key.kind.as_str() == "Secret"
            && key.mesh.as_ref() == Some(&self.mesh)
            && key.name.as_str().strip_prefix(REVOCATIONS) == Some(self.mesh.as_str())
    }
}

/// A comma stands between any two, as in Kuma; people also leave spaces and line breaks. Nothing in it revokes nothing.
fn revoked(resource: &Resource) -> Result<BTreeSet<String>, String> {
    let text = if is_empty(resource) { Vec::new() } else { stored::bytes(resource)? };
    let text = String::from_utf8(text).map_err(|_| "it is not a list of `jti` with commas between them".to_owned())?;
    Ok(text.split(',').map(str::trim).filter(|jti| !jti.is_empty()).map(str::to_owned).collect())
}

fn is_empty(resource: &Resource) -> bool {
    resource.spec.value().is_some_and(|spec| spec.get("data").is_none_or(|data| data.as_str() == Some("")))
}
