//! The cluster of a zone whose proxies are pods.
use super::CannotServe;
use crate::settings::{BadSetting, KubernetesSettings};
use std::sync::Arc;
use strait_core::{
    kubernetes::Ask,
    node::{ObservationChange, ZoneInput},
};
#[cfg(feature = "kubernetes")]
use strait_shell::kubernetes::{Access, Follower, Informers, Remembered, Reviewer, SILENCE};
use strait_shell::{
    kubernetes::{Reach, Review},
    process::{DataDir, Desk},
};
use tokio::sync::mpsc;

/// A cluster that can be asked.
pub(super) struct Cluster {
    pub(super) reach: Reach,
    #[cfg(feature = "kubernetes")]
    client: strait_shell::kubernetes::Client,
    #[cfg(feature = "kubernetes")]
    system_namespace: String,
}

/// A cluster that is followed, as long as this is kept.
pub(super) struct Followed {
    #[cfg(feature = "kubernetes")]
    informers: Informers,
}

impl Cluster {
    /// `None`: the zone is in none. That nobody answers there now is no error: the zone begins with what it has stored.
    pub(super) async fn reach(settings: Option<&KubernetesSettings>) -> Result<Option<Self>, CannotServe> {
        let Some(settings) = settings else { return Ok(None) };
        Self::of(settings).await.map(Some).map_err(CannotServe::from)
    }

    #[cfg(feature = "kubernetes")]
    async fn of(settings: &KubernetesSettings) -> Result<Self, BadSetting> {
        let access = Access { kubeconfig: settings.kubeconfig.clone(), context: settings.context.clone() };
        let bad = |why: String| BadSetting { name: "kubernetes.kubeconfig".to_owned(), why };
        let client = access.client().await.map_err(|error| bad(error.to_string()))?;
        Ok(Self { reach: Reach::default(), client, system_namespace: settings.system_namespace.clone() })
    }

    #[cfg(not(feature = "kubernetes"))]
    async fn of(_: &KubernetesSettings) -> Result<Self, BadSetting> {
        Err(BadSetting { name: "environment".to_owned(), why: "must be `universal` in this build".to_owned() })
    }

    /// What says whose the tokens of its pods are, and remembers that in the data directory.
    #[cfg_attr(not(feature = "kubernetes"), expect(unused_variables))]
    pub(super) fn reviewer(&self, directory: &Arc<DataDir>) -> Option<Arc<dyn Review>> {
        #[cfg(feature = "kubernetes")]
        return Some(Arc::new(Remembered::new(Reviewer::new(self.client.clone()), Arc::clone(directory))));
        #[cfg(not(feature = "kubernetes"))]
        None
    }

    /// Follows what is in it.
    #[cfg_attr(not(feature = "kubernetes"), expect(unused_variables))]
    pub(super) fn follow(self, mailbox: &mpsc::Sender<ZoneInput>, desk: &Desk, instance: &str) -> Result<Followed, CannotServe> {
        Ok(Followed {
            #[cfg(feature = "kubernetes")]
            informers: Informers::begin(
                &self.client,
                mailbox,
                desk.clone(),
                Follower::of_process(instance, &self.system_namespace)?,
                &self.reach,
                SILENCE,
            ),
        })
    }
}

impl Followed {
    /// Takes what the node lets know.
    #[cfg_attr(not(feature = "kubernetes"), expect(unused_variables))]
    pub(super) fn hear(&self, change: &ObservationChange) {
        #[cfg(feature = "kubernetes")]
        self.informers.hear(change);
    }

    /// Asks the API for something.
    #[cfg_attr(not(feature = "kubernetes"), expect(unused_variables))]
    pub(super) fn ask(&self, ask: Ask) {
        #[cfg(feature = "kubernetes")]
        self.informers.ask(ask);
    }
}
