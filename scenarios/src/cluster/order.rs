//! What a step does to a cluster: as its operator, or to its API.
use crate::kubernetes::{Api, Refusal, RefusedWith, Rule};
use serde_json::{Value, json};
use std::time::Duration;
use strait_core::time::Wall;

/// What a step does to a cluster.
#[derive(Clone, Debug, PartialEq)]
pub enum ClusterOrder {
    /// `kubectl apply` of these objects, in this order.
    Apply(Vec<Value>),
    /// `kubectl delete` of the object with this kind and name.
    Delete(Value),
    /// `kubectl scale` of a Deployment.
    Scale {
        /// Its namespace and its name.
        deployment: (String, String),
        /// To so many pods.
        replicas: u32,
    },
    /// `kubectl rollout restart` of a Deployment: other pods take the place of its pods.
    RollOut {
        /// Its namespace and its name.
        deployment: (String, String),
    },
    /// From now on its API behaves so.
    Api(Behaviour),
}

/// How the API of a cluster behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Nobody reaches it.
    Away,
    /// As it should.
    Fine,
    /// All watches end, once.
    DropsWatches,
    /// All watches end, and what happened until now is forgotten: whoever comes back has to list anew.
    Expires,
    /// Watches stay open and tell nothing.
    Silent,
    /// Lists that take any version are answered as of now, whatever happens from now on.
    Stale,
    /// Each answer takes so long.
    Slow(Duration),
    /// So many requests are refused.
    Refuses {
        /// How.
        with: RefusedWith,
        /// How many.
        requests: u32,
        /// Which.
        whom: Rule,
    },
}

impl ClusterOrder {
    /// Carries it out.
    ///
    /// # Errors
    /// What the API answers.
    pub fn carry_out(&self, api: &mut Api, now: Wall) -> Result<(), String> {
        match self {
            Self::Apply(objects) => objects.iter().try_for_each(|object| {
                let called = || {
                    format!("{} {}", object["kind"].as_str().unwrap_or_default(), object["metadata"]["name"].as_str().unwrap_or_default())
                };
                api.apply(now, object).map_err(|why| format!("{}: {why}", called()))
            }),
            Self::Delete(object) => api.withdraw(now, object),
            Self::Scale { deployment, replicas } => api.alter(now, &path(deployment), &json!({"spec": {"replicas": replicas}})),
            Self::RollOut { deployment } => {
                let said = json!({"kubectl.kubernetes.io/restartedAt": now.rfc3339()});
                api.alter(now, &path(deployment), &json!({"spec": {"template": {"metadata": {"annotations": said}}}}))
            }
            Self::Api(behaviour) => {
                behaviour.begin(api);
                Ok(())
            }
        }
    }
}

impl Behaviour {
    fn begin(&self, api: &mut Api) {
        let version = api.version();
        match self {
            Self::Away => api.faults_mut().is_away = true,
            Self::Fine => {
                let faults = api.faults_mut();
                (faults.is_away, faults.silent_watches, faults.slow) = (false, false, Duration::ZERO);
                (faults.stale_version, faults.all_stale) = (None, false);
                faults.refuses.clear();
            }
            Self::DropsWatches => api.drop_watches(),
            Self::Expires => {
                api.faults_mut().expired_before = version;
                api.drop_watches();
            }
            Self::Silent => api.faults_mut().silent_watches = true,
            Self::Stale => {
                let faults = api.faults_mut();
                (faults.stale_version, faults.all_stale) = (Some(version), true);
            }
            Self::Slow(takes) => api.faults_mut().slow = *takes,
            Self::Refuses { with, requests, whom } => {
                api.faults_mut().refuses.push(Refusal { with: *with, requests: *requests, whom: whom.clone() });
            }
        }
    }
}

fn path((namespace, name): &(String, String)) -> String {
    format!("/apis/apps/v1/namespaces/{namespace}/deployments/{name}")
}
