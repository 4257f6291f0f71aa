//! How the API of a cluster is reached.
use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use std::{path::PathBuf, time::Duration};

/// Longer than any machine on the way takes to answer at all.
const CONNECTS_WITHIN: Duration = Duration::from_secs(10);

/// How the API of a cluster is reached.
#[derive(Clone, Debug)]
pub struct Access {
    /// Files as `kubectl` takes them, merged: the first that says something wins. None: what pods are given by their cluster.
    pub kubeconfig: Vec<PathBuf>,
    /// Which context of them; `None`: the one that they say.
    pub context: Option<String>,
}

/// The API cannot even be asked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct AccessError(String);

impl Access {
    /// What asks. It connects when it is used, in the runtime in which this is called.
    ///
    /// # Errors
    /// What says where the API is cannot be read, or cannot be used.
    pub async fn client(&self) -> Result<Client, AccessError> {
        let mut config = self.config().await?;
        config.connect_timeout = Some(CONNECTS_WITHIN);
        // Whoever asks waits by himself, and counts what he asked.
        config.default_retry = false;
        Client::try_from(config).map_err(|error| AccessError(format!("it cannot be used: {error}")))
    }

    async fn config(&self) -> Result<Config, AccessError> {
        let mut merged = None::<Kubeconfig>;
        for path in &self.kubeconfig {
            let wrong = |why: &dyn std::fmt::Display| AccessError(format!("{}: {why}", path.display()));
            let read = Kubeconfig::read_from(path).map_err(|error| wrong(&error))?;
            merged = Some(match merged {
                Some(before) => before.merge(read).map_err(|error| wrong(&error))?,
                None => read,
            });
        }
        let Some(file) = merged else {
            return Config::incluster().map_err(|error| {
                AccessError(format!("no file is named, and this is no pod of a cluster ({error}): name one with `--kubeconfig`"))
            });
        };
        let options = KubeConfigOptions { context: self.context.clone(), ..KubeConfigOptions::default() };
        Config::from_custom_kubeconfig(file, &options).await.map_err(|error| AccessError(error.to_string()))
    }
}
