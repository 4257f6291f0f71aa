//! Which proxies a zone serves: those of meshes that it holds, and ingresses of its own, whose token says so.
use super::{Desk, ProxyKeys, wall};
use crate::{
    kubernetes::{NotReviewed, Review},
    proxies::{Admit, Claim, NotAdmitted},
    token::{IngressRefused, ProxyIdentity, Token, ZoneKeys, verify_ingress},
};
use std::sync::Arc;
use strait_core::{
    kubernetes::pod_of,
    plan::labels_of_identity,
    resource::{Key, Kind, MeshName, Resource, ResourceName, ZoneName},
};

/// Judges proxies by their tokens.
pub struct ProxyGuard {
    zone: ZoneName,
    keys: ProxyKeys,
    desk: Desk,
    /// Says whose the tokens of pods are.
    cluster: Option<Arc<dyn Review>>,
}

impl ProxyGuard {
    /// In this zone, by these keys, and by what a desk shows.
    pub fn new(zone: ZoneName, keys: ProxyKeys, desk: Desk) -> Self {
        Self { zone, keys, desk, cluster: None }
    }

    /// In a zone that is in this cluster: a proxy beside a pod proves who it is by the token of the pod's service account.
    #[must_use]
    pub fn in_cluster(self, cluster: Option<Arc<dyn Review>>) -> Self {
        Self { cluster, ..self }
    }

    /// Whether whoever shows this is the pod that something was made of. `false`: that is made of no pod.
    async fn is_of_pod(&self, cluster: &dyn Review, claim: &Claim, token: Option<&Token>) -> Result<bool, NotAdmitted> {
        let key = claim.key();
        let held = self.desk.look(|shown| shown.view.resources.get(&key).cloned());
        let Some(pod) = held.as_deref().and_then(pod_of) else { return Ok(false) };
        if claim.dataplane.is_some() {
            return Err(NotAdmitted::Invalid(format!("{key} is made of pod {pod}: its proxy brings none along")));
        }
        let refused = |why: String| NotAdmitted::Refused(why);
        let token = token.ok_or_else(|| refused(format!("the proxy of pod {pod} must show the token of its service account")))?;
        let shown = cluster.review(token).await.map_err(|why| match why {
            NotReviewed::Refused(_) => refused(why.to_string()),
            NotReviewed::NotYet(_) => NotAdmitted::NotYet(why.to_string()),
        })?;
        if (shown.namespace.as_str(), shown.name.as_str()) != (pod.namespace.as_str(), pod.service_account.as_str()) {
            let (wanted, found) = (format!("{}/{}", pod.namespace, pod.service_account), format!("{}/{}", shown.namespace, shown.name));
            return Err(refused(format!("the token is of the service account {found}; pod {pod} has {wanted}")));
        }
        if let Some(other) = shown.pod.filter(|name| *name != pod.name) {
            return Err(refused(format!("the token was given to pod {}/{other}, not to {pod}", pod.namespace)));
        }
        Ok(true)
    }

    /// A zone token of this zone, for an ingress.
    fn admit_ingress(&self, claim: &Claim, token: Option<&Token>) -> Result<(), NotAdmitted> {
        let key = claim.key();
        let (known, keys) = self.desk.look(|shown| {
            let held = &shown.view.resources;
            let keys: Vec<Arc<Resource>> = held.values().filter(|held| ZoneKeys::is_one(&held.key)).cloned().collect();
            (held.contains_key(&key), keys)
        });
        // Before its token is judged: one that is to be made of a pod shows another, and is to ask again.
        if !known && claim.dataplane.is_none() {
            return Err(NotAdmitted::Unknown(format!("there is no {key} here: write it, or let the proxy bring it along")));
        }
        verify_ingress(&ZoneKeys::of(keys.iter().map(AsRef::as_ref)), token, &self.zone, wall()).map_err(|why| match why {
            IngressRefused::NotYet(_) => NotAdmitted::NotYet(why.to_string()),
            _ => NotAdmitted::Refused(why.to_string()),
        })
    }
}

#[tonic::async_trait]
impl Admit for ProxyGuard {
    async fn admit(&self, claim: &Claim, token: Option<&Token>) -> Result<(), NotAdmitted> {
        if let Some(cluster) = &self.cluster
            && self.is_of_pod(&**cluster, claim, token).await?
        {
            return Ok(());
        }
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
