//! Which proxies may be whom: the keys of dataplane tokens, and the tokens that were revoked, as a control plane holds them.
use super::{Desk, Gone, wall};
use crate::token::{
    Bearers, CannotIssue, DataplaneClaims, DataplaneKeys, DataplaneRefused, ProxyIdentity, SigningKey, Token, issue_dataplane,
    verify_dataplane,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};
use strait_core::{
    node::{Change, EditRefused, ObservationChange},
    resource::{Key, MeshName, Resource},
};
use tokio::sync::oneshot;

/// The serial number of the first key of a mesh.
const FIRST: u64 = 1;

/// By mesh, what is known of its dataplane tokens. Follows what a node lets know. Clones are the same.
#[derive(Clone)]
pub struct ProxyKeys(Arc<Inner>);

struct Inner {
    meshes: Mutex<BTreeMap<MeshName, DataplaneKeys>>,
    desk: Desk,
    /// Held while a key is made, so that nobody's is overwritten.
    making: tokio::sync::Mutex<()>,
}

/// A mesh has no key, and none could be made.
#[derive(Debug, thiserror::Error)]
pub enum CannotMakeKey {
    /// It cannot be written.
    #[error(transparent)]
    Refused(#[from] EditRefused),
    /// Whether it was written is not known.
    #[error(transparent)]
    Gone(#[from] Gone),
    /// The system gives none.
    #[error("{0}")]
    System(String),
}

impl ProxyKeys {
    /// Those that a node holds by now. From now on it is to hear of changes through [`Self::hear`].
    pub fn new(desk: Desk) -> Self {
        let held =
            desk.look(|shown| shown.view.resources.values().filter(|held| held.kind().as_str() == "Secret").cloned().collect::<Vec<_>>());
        let keys = Self(Arc::new(Inner { meshes: Mutex::default(), desk, making: tokio::sync::Mutex::default() }));
        held.iter().for_each(|held| keys.holds(held));
        keys
    }

    /// Takes note of keys and lists that come and go.
    pub fn hear(&self, change: &ObservationChange) {
        match change {
            ObservationChange::Holds(resource) => self.holds(resource),
            ObservationChange::Dropped(key) => self.dropped(key),
            _ => {}
        }
    }

    /// Whether whoever shows this may be this proxy.
    ///
    /// # Errors
    /// It may not.
    pub fn judge(&self, token: Option<&Token>, proxy: &ProxyIdentity) -> Result<(), DataplaneRefused> {
        let token = token.ok_or_else(|| DataplaneRefused::Missing(proxy.mesh.clone()))?;
        self.of(&proxy.mesh, |keys| verify_dataplane(keys, token, proxy, wall()))
    }

    /// Signs with the newest key of the mesh.
    ///
    /// # Errors
    /// There is none that can sign this.
    pub fn issue(&self, claims: &DataplaneClaims, valid_for: Duration, id: &str) -> Result<Token, CannotIssue> {
        self.of(&claims.mesh, |keys| issue_dataplane(keys, claims, valid_for, id, wall()))
    }

    /// Makes the first key of a mesh and writes it, where there is none: on global, from where it goes to the zones that hold the mesh.
    ///
    /// # Errors
    /// It cannot be made, or not be written.
    pub async fn make(&self, mesh: &MeshName) -> Result<(), CannotMakeKey> {
        let _alone = self.0.making.lock().await;
        if !self.of(mesh, |keys| keys.signing().is_empty()) {
            return Ok(());
        }
        let key = generate(Bearers::Proxies(mesh.clone())).await.map_err(CannotMakeKey::System)?;
        // The edit is answered after it was heard of, and so the key is known then.
        self.0.desk.edit(vec![Change::Put(key)]).await??;
        tracing::info!(%mesh, serial = FIRST, "made a key that signs dataplane tokens");
        Ok(())
    }

    fn holds(&self, resource: &Resource) {
        let Some(mesh) = mesh_of(&resource.key) else {
            return;
        };
        let mut meshes = self.meshes();
        let keys = meshes.entry(mesh.clone()).or_insert_with(|| DataplaneKeys::of(mesh.clone()));
        if let Err(bad) = keys.holds(resource) {
            tracing::warn!(%bad, "a secret by which dataplane tokens are judged cannot be used");
        }
        if keys.is_empty() {
            meshes.remove(mesh);
        }
    }

    fn dropped(&self, key: &Key) {
        let Some(mesh) = mesh_of(key) else {
            return;
        };
        let mut meshes = self.meshes();
        if let Some(keys) = meshes.get_mut(mesh) {
            keys.dropped(key);
            if keys.is_empty() {
                meshes.remove(mesh);
            }
        }
    }

    fn of<T>(&self, mesh: &MeshName, ask: impl FnOnce(&DataplaneKeys) -> T) -> T {
        match self.meshes().get(mesh) {
            Some(keys) => ask(keys),
            None => ask(&DataplaneKeys::of(mesh.clone())),
        }
    }

    fn meshes(&self) -> MutexGuard<'_, BTreeMap<MeshName, DataplaneKeys>> {
        self.0.meshes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The mesh in which this is a secret.
fn mesh_of(key: &Key) -> Option<&MeshName> {
    key.mesh.as_ref().filter(|_| key.kind.as_str() == "Secret")
}

/// The first key for these. Takes long enough that nobody else should wait for it.
pub(super) async fn generate(bearers: Bearers) -> Result<Resource, String> {
    let (made, making) = oneshot::channel();
    let make = move || {
        // Who asked may have gone meanwhile.
        let _ = made.send(SigningKey::generate(bearers, FIRST));
    };
    thread::Builder::new().name("signing-key".to_owned()).spawn(make).map_err(|error| error.to_string())?;
    let key = making.await.map_err(|_| "no key could be made".to_owned())??;
    key.to_resource().ok_or_else(|| "the name of the mesh is too long for that of its key".to_owned())
}
