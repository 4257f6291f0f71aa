//! Which proxies a zone serves: those of meshes that it holds, and ingresses of its own, whose token says so.
use super::{Desk, ProxyKeys, wall};
use crate::{
    proxies::{Admit, Claim, NotAdmitted},
    token::{IngressRefused, ProxyIdentity, Token, ZoneKeys, verify_ingress},
};
use std::sync::Arc;
use strait_core::{
    plan::labels_of_identity,
    resource::{Key, Kind, MeshName, Resource, ResourceName, ZoneName},
};

/// Judges proxies by their tokens.
pub struct ProxyGuard {
    zone: ZoneName,
    keys: ProxyKeys,
    desk: Desk,
}

impl ProxyGuard {
    /// In this zone, by these keys, and by what a desk shows.
    pub fn new(zone: ZoneName, keys: ProxyKeys, desk: Desk) -> Self {
        Self { zone, keys, desk }
    }

    /// A zone token of this zone, for an ingress.
    fn admit_ingress(&self, claim: &Claim, token: Option<&Token>) -> Result<(), NotAdmitted> {
        let key = claim.key();
        let (known, keys) = self.desk.look(|shown| {
            let held = &shown.view.resources;
            let keys: Vec<Arc<Resource>> = held.values().filter(|held| ZoneKeys::is_one(&held.key)).cloned().collect();
            (held.contains_key(&key), keys)
        });
        verify_ingress(&ZoneKeys::of(keys.iter().map(AsRef::as_ref)), token, &self.zone, wall()).map_err(|why| match why {
            IngressRefused::NotYet(_) => NotAdmitted::NotYet(why.to_string()),
            _ => NotAdmitted::Refused(why.to_string()),
        })?;
        if !known && claim.dataplane.is_none() {
            return Err(NotAdmitted::Unknown(format!("there is no {key} here: write it, or let the proxy bring it along")));
        }
        Ok(())
    }
}

impl Admit for ProxyGuard {
    fn admit(&self, claim: &Claim, token: Option<&Token>) -> Result<(), NotAdmitted> {
        match &claim.mesh {
            Some(mesh) => self.admit_to(mesh, claim, token),
            None => self.admit_ingress(claim, token),
        }
    }
}

impl ProxyGuard {
    fn admit_to(&self, of: &MeshName, claim: &Claim, token: Option<&Token>) -> Result<(), NotAdmitted> {
        let invalid = |why: String| NotAdmitted::Invalid(why);
        let key = claim.key();
        let mesh = ResourceName::new(of.as_str()).map_err(|error| invalid(format!("mesh: {error}")))?;
        let mesh = Key { kind: Kind::mesh(), mesh: None, name: mesh };
        let (has_mesh, known, identities) = self.desk.look(|shown| {
            let held = &shown.view.resources;
            let identities = held.values().filter(|held| held.kind().as_str() == "MeshIdentity" && held.mesh() == Some(of));
            (held.contains_key(&mesh), held.get(&key).cloned(), identities.cloned().collect::<Vec<_>>())
        });
        if !has_mesh {
            return Err(NotAdmitted::NotYet(format!("mesh: there is no mesh `{of}` in this zone (yet)")));
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
