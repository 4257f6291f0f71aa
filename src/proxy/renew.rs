//! An ingress that is advertised by a host name gets another address: a control plane is asked for another bootstrap, by which Envoy says where it is
//! from now on, and Envoy is started anew with that. Until one is given, Envoy runs on as it is.
use super::{
    CONFIG, advertised::Named, bootstrap::Bootstrap, control_plane::Address, exit::CannotRun, keep, question::Question, search,
    search::AllRefused, settings::ProxySettings, through::through, version::Version, with_interface, with_token_in_a_file,
};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use strait_shell::process::DataDir;
use tokio::{sync::watch, time::timeout};

/// What an ingress is at an address.
pub(super) type AtAddress = Arc<dyn Fn(IpAddr) -> String + Send + Sync>;

/// An ingress that is advertised by a host name.
#[derive(Clone)]
pub(super) struct Moves {
    pub(super) named: Named,
    pub(super) resource: AtAddress,
}

/// What it takes to ask for another bootstrap.
pub(super) struct Renewing<'a> {
    pub(super) settings: ProxySettings,
    pub(super) version: &'a Version,
    pub(super) directory: &'a DataDir,
    /// Through which Envoy reaches its control planes, where there are several.
    pub(super) relay: Option<SocketAddr>,
}

impl Renewing<'_> {
    fn keep(&self, question: &Question, bootstrap: Bootstrap, by: &Address) -> Result<(), CannotRun> {
        keep::keep(self.directory, question, &bootstrap, by)?;
        let bootstrap = with_interface(&self.settings, with_token_in_a_file(&self.settings, self.directory, bootstrap)?);
        let addresses = self.settings.control_planes.iter().map(|control_plane| &control_plane.address);
        let relayed = self.relay.and_then(|relay| through(&bootstrap.text, relay, addresses));
        Ok(self.directory.write(CONFIG, &relayed.unwrap_or(bootstrap.text))?)
    }

    /// Follows the name for ever. Counts up with each bootstrap that is there to start with.
    pub(super) async fn follow(mut self, mut moves: Moves, starts: &watch::Sender<u64>) -> Result<(), CannotRun> {
        loop {
            let address = moves.named.elsewhere().await;
            tracing::info!(host = moves.named.host, from = %moves.named.is, to = %address, "the advertised host name leads elsewhere");
            self.settings.proxy.resource = Some((moves.resource)(address));
            let question = Question::new(&self.settings, self.version).map_err(|error| CannotRun::System(error.to_string()))?;
            // The name may lead elsewhere again before anybody answers.
            let (bootstrap, by) = match timeout(moves.named.every, search::search(&self.settings.control_planes, &question)).await {
                Ok(Ok(answered)) => answered,
                Ok(Err(AllRefused { by, refusal })) => {
                    tracing::warn!(%by, why = refusal.why, "a control plane refuses the ingress at its new address");
                    continue;
                }
                Err(_) => {
                    tracing::warn!("no control plane gives a bootstrap for the new address: the old one stays advertised");
                    continue;
                }
            };
            if let Err(error) = self.keep(&question, bootstrap, &by) {
                tracing::warn!(%error, "the bootstrap for the new address cannot be kept: the old one stays advertised");
                continue;
            }
            moves.named.is = address;
            starts.send_modify(|starts| *starts += 1);
        }
    }
}
