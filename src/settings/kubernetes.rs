//! In what environment a zone is, and how its cluster is reached.
use super::BadSetting;
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use std::{ffi::OsString, path::PathBuf};

#[derive(Debug, Args)]
pub(crate) struct KubernetesArguments {
    /// What the zone's proxies stand beside: processes on machines (`universal`), or containers of pods, of which their cluster tells. [default: universal]
    #[arg(long, env = "STRAIT_ENVIRONMENT", value_name = "ENVIRONMENT")]
    environment: Option<Environment>,
    /// With `--environment kubernetes`: how its API is reached, as `kubectl` is told. [default: as a pod of that cluster]
    #[arg(long, env = "KUBECONFIG", value_name = "FILE")]
    kubeconfig: Option<OsString>,
    /// Which context of that file. [default: its current one]
    #[arg(long, env = "STRAIT_KUBERNETES_CONTEXT", value_name = "CONTEXT")]
    kubernetes_context: Option<String>,
    /// The namespace of the control plane: pods of ingresses stand there. [default: kuma-system]
    #[arg(long, env = "STRAIT_KUBERNETES_SYSTEM_NAMESPACE", value_name = "NAMESPACE")]
    kubernetes_system_namespace: Option<String>,
}

/// What proxies stand beside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ValueEnum)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Environment {
    /// Processes on machines.
    #[default]
    Universal,
    /// Containers of pods.
    Kubernetes,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct KubernetesFile {
    kubeconfig: Option<PathBuf>,
    context: Option<String>,
    system_namespace: Option<String>,
}

/// How the cluster of a zone is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KubernetesSettings {
    /// None: as pods reach it.
    pub(crate) kubeconfig: Vec<PathBuf>,
    pub(crate) context: Option<String>,
    pub(crate) system_namespace: String,
}

/// What the Service of a control plane is called, as with Kuma.
const SERVICE: &str = "kuma-control-plane";

impl KubernetesSettings {
    /// By what pods of the cluster reach this control plane: the names of its Service.
    pub(crate) fn service_names(&self) -> Vec<String> {
        let within = format!("{SERVICE}.{}", self.system_namespace);
        vec![SERVICE.to_owned(), format!("{within}.svc"), format!("{within}.svc.cluster.local"), within]
    }

    /// `None`: the zone is in no cluster.
    pub(super) fn of(arguments: KubernetesArguments, from: Option<Environment>, file: KubernetesFile) -> Result<Option<Self>, BadSetting> {
        if arguments.environment.or(from).unwrap_or_default() == Environment::Universal {
            return Ok(None);
        }
        if cfg!(not(feature = "kubernetes")) {
            return Err(BadSetting::new("environment", "this program was built without the feature `kubernetes`: it must be `universal`"));
        }
        let named = arguments.kubeconfig.filter(|named| !named.is_empty());
        let named = named.map(|named| std::env::split_paths(&named).filter(|path| !path.as_os_str().is_empty()).collect());
        let system_namespace = arguments.kubernetes_system_namespace.or(file.system_namespace).unwrap_or_else(|| "kuma-system".to_owned());
        let is_one = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
        if system_namespace.is_empty() || system_namespace.len() > 63 || !system_namespace.bytes().all(is_one) {
            let why = format!("`{system_namespace}` must be the name of a namespace: 1 to 63 lower-case letters, digits and `-`");
            return Err(BadSetting::new("kubernetes.systemNamespace", why));
        }
        Ok(Some(Self {
            kubeconfig: named.unwrap_or_else(|| file.kubeconfig.into_iter().collect()),
            context: arguments.kubernetes_context.or(file.context),
            system_namespace,
        }))
    }
}
