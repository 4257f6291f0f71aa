//! Which proxies a zone serves: those of meshes that it holds, whose token says so.
use super::{Desk, ProxyKeys};
use crate::{
    proxies::{Admit, Claim, NotAdmitted},
    token::{ProxyIdentity, Token},
};
use strait_core::{
    plan::labels_of_identity,
    resource::{Key, Kind, ResourceName},
};

/// Judges proxies by their tokens.
pub struct ProxyGuard {
    keys: ProxyKeys,
    desk: Desk,
}

impl ProxyGuard {
    /// By these keys, and by what a desk shows.
    pub fn new(keys: ProxyKeys, desk: Desk) -> Self {
        Self { keys, desk }
    }
}

impl Admit for ProxyGuard {
    fn admit(&self, claim: &Claim, token: Option<&Token>) -> Result<(), NotAdmitted> {
        let invalid = |why: String| NotAdmitted::Invalid(why);
        let key = Key { kind: Kind::dataplane(), mesh: Some(claim.mesh.clone()), name: claim.name.clone() };
        let mesh = ResourceName::new(claim.mesh.as_str()).map_err(|error| invalid(format!("mesh: {error}")))?;
        let mesh = Key { kind: Kind::mesh(), mesh: None, name: mesh };
        let (has_mesh, known, identities) = self.desk.look(|shown| {
            let held = &shown.view.resources;
            let identities = held.values().filter(|held| held.kind().as_str() == "MeshIdentity" && held.mesh() == Some(&claim.mesh));
            (held.contains_key(&mesh), held.get(&key).cloned(), identities.cloned().collect::<Vec<_>>())
        });
        if !has_mesh {
            return Err(NotAdmitted::NotYet(format!("mesh: there is no mesh `{}` in this zone (yet)", claim.mesh)));
        }
        let brought = claim.dataplane.as_ref();
        if brought.or(known.as_deref()).is_none() {
            return Err(NotAdmitted::Unknown(format!("there is no {key} here: write it, or let the proxy bring it along")));
        }
        // Who replaces a Dataplane has to be allowed to be both: a token for one workload is none for another's proxy (as in Kuma).
        for (dataplane, is_brought) in brought.map(|one| (one, true)).into_iter().chain(known.as_deref().map(|one| (one, false))) {
            let mut identity = ProxyIdentity::of(dataplane).ok_or_else(|| invalid(format!("{key}: it cannot be read")))?;
            identity.made_of = labels_of_identity(identities.iter().map(AsRef::as_ref), dataplane);
            identity.is_brought = is_brought;
            self.keys.judge(token, &identity).map_err(|why| match why.may_pass() {
                true => NotAdmitted::NotYet(why.to_string()),
                false => NotAdmitted::Refused(why.to_string()),
            })?;
        }
        Ok(())
    }
}
