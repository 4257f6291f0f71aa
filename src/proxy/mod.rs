//! `strait proxy run`: Envoy beside a workload on a machine, from its bootstrap to its end; `strait proxy redirect`, which leads the
//! workload's traffic there; and `strait ingress run`, by which other zones come in.
//!
//! The launcher asks a control plane of its zone for a bootstrap, starts Envoy with it and keeps it running. What Envoy is told from then on
//! it hears from the control plane itself, over xDS: the launcher holds no configuration but the names of services, for which a workload asks
//! it. Where there are several control planes, it passes on what they and Envoy say to each other, which it cannot read, and leads Envoy to the
//! nearest.
mod admin;
mod advertised;
mod ask;
mod backoff;
mod bootstrap;
mod control_plane;
mod dataplane;
mod dns;
mod drain;
mod envoy;
mod exit;
mod ingress;
mod keep;
mod launch;
mod marked;
mod nearest;
mod places;
mod port_or_off;
mod question;
mod readiness;
mod redirect;
mod relay;
mod renew;
mod search;
mod settings;
mod signals;
mod supervise;
mod through;
mod tied;
mod token;
mod turned_away;
mod variables;
mod version;

pub(crate) use ingress::IngressArguments;
pub(crate) use redirect::{InstallArguments, PrintArguments, UninstallArguments};
pub(crate) use settings::ProxyArguments;

use crate::{
    command::{IngressCommand, ProxyCommand},
    console::complain,
    logging,
};
use admin::Admin;
use bootstrap::Bootstrap;
use control_plane::Address;
use dns::{Answering, Dns};
use envoy::Envoy;
use exit::CannotRun;
use question::Question;
use readiness::Readiness;
use relay::Relay;
use renew::Renewing;
use search::AllRefused;
use settings::ProxySettings;
use signals::Signals;
use std::{future::pending, process::ExitCode, time::Duration};
use strait_shell::process::DataDir;
use tokio::{runtime::Builder, sync::watch, time::timeout};
use version::Version;

/// What Envoy is started with, in the data directory.
const CONFIG: &str = "envoy.yaml";
/// A bootstrap that was kept is taken when no control plane gives one for so long.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn execute(command: ProxyCommand) -> ExitCode {
    let done = match command {
        ProxyCommand::Run(arguments) => ProxySettings::of(*arguments).map_err(CannotRun::Setting).and_then(run),
        ProxyCommand::Redirect { command } => redirect::execute(command),
        ProxyCommand::Envoy { launcher, program, arguments } => return tied::become_envoy(launcher, &program, &arguments),
    };
    ended("proxy", done)
}

pub(crate) fn ingress(command: IngressCommand) -> ExitCode {
    let IngressCommand::Run(arguments) = command;
    ended("ingress", arguments.settings().map_err(CannotRun::Setting).and_then(run))
}

fn ended(what: &str, done: Result<(), CannotRun>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            complain(&format!("strait {what}: {why}\n"));
            ExitCode::from(why.code())
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is the last step")]
fn run(settings: ProxySettings) -> Result<(), CannotRun> {
    logging::begin(&settings.log);
    // One thread: Envoy ends with the thread that started it, which must not end before the process does.
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| CannotRun::System(format!("the runtime cannot be started: {error}")))?;
    let done = runtime.block_on(live(&settings));
    // A name that is still being looked up keeps nobody.
    runtime.shutdown_background();
    done
}

async fn live(settings: &ProxySettings) -> Result<(), CannotRun> {
    let mut signals = Signals::hear()?;
    let readiness = match settings.readiness_port {
        Some(port) => Some(Readiness::start(port).await?),
        None => None,
    };
    let Prepared { envoy, version, relay, directory, dns } = tokio::select! {
        biased;
        signal = signals.asked() => {
            tracing::info!(signal, "stopping");
            return Ok(());
        }
        prepared = prepare(settings) => prepared?,
    };
    if let (Some(readiness), Some(admin)) = (&readiness, &envoy.admin) {
        readiness.is_of(admin);
    }
    let answering = async {
        match &dns {
            Some(dns) => dns.follow(&directory).await,
            None => pending().await,
        }
    };
    let (starts, mut to_start) = watch::channel(0);
    let relayed = relay.as_ref().map(Relay::address).transpose().map_err(unrelayed)?;
    let renewing = async {
        match settings.moves.clone() {
            Some(moves) => {
                let renewing = Renewing { settings: settings.clone(), version: &version, directory: &directory, relay: relayed };
                renewing.follow(moves, &starts).await
            }
            None => pending().await,
        }
    };
    let counting = async {
        match envoy.admin.as_ref().filter(|_| settings.proxy.mesh.is_none()) {
            Some(admin) => turned_away::follow(admin, settings).await,
            None => pending().await,
        }
    };
    let tokens = token::follow(settings, &directory);
    let relaying = async {
        match relay {
            Some(relay) => relay.run().await,
            None => pending().await,
        }
    };
    tokio::select! {
        biased;
        done = supervise::supervise(&envoy, &mut signals, &mut to_start) => done,
        done = renewing => done,
        () = answering => Ok(()),
        () = relaying => Ok(()),
        () = counting => Ok(()),
        () = tokens => Ok(()),
    }
}

/// All that Envoy needs.
struct Prepared {
    envoy: Envoy,
    version: Version,
    /// Through which it reaches its control plane, where there are several.
    relay: Option<Relay>,
    /// It is ours as long as it is held.
    directory: DataDir,
    dns: Option<Dns>,
}

async fn prepare(settings: &ProxySettings) -> Result<Prepared, CannotRun> {
    let version = envoy::version(&settings.envoy).await?;
    let directory = DataDir::open(&settings.data_dir)?;
    keep::claim(&directory, &settings.proxy)?;
    let question = Question::new(settings, &version).map_err(|error| CannotRun::System(error.to_string()))?;
    let kept = keep::kept(&directory, &question, settings.control_planes.iter().map(|control_plane| &control_plane.address))?;
    tracing::info!(proxy = %settings.proxy, envoy = %version, data = %settings.data_dir.display(), "proxy starts");
    // Before a control plane is looked for: where questions are redirected, those for its name are answered here, too.
    let dns = match settings.dns {
        Answering::Nowhere => None,
        Answering::At(port) => Some(Dns::start(port, settings, &directory).await?),
        Answering::IfRedirected(_) if kept.as_ref().is_some_and(|kept| !kept.is_redirected) => None,
        // The port may be another proxy's, to which the traffic is redirected.
        Answering::IfRedirected(port) => Dns::start(port, settings, &directory).await.ok(),
    };
    let searching = search::search(&settings.control_planes, &question);
    let refused = |AllRefused { by, refusal }| CannotRun::Refused { by, why: refusal.why };
    let answered = match kept {
        None => Ok(searching.await.map_err(refused)?),
        Some(kept) => match timeout(PATIENCE, searching).await {
            Ok(Ok(answered)) => Ok(answered),
            // Envoy would show the same token.
            Ok(Err(why)) if why.refusal.is_of_token => return Err(refused(why)),
            Ok(Err(AllRefused { by, refusal })) => {
                tracing::warn!(%by, why = refusal.why, "a control plane refuses this proxy");
                Err(kept)
            }
            Err(_) => Err(kept),
        },
    };
    let (bootstrap, by) = match answered {
        Ok((bootstrap, by)) => {
            keep::keep(&directory, &question, &bootstrap, &by)?;
            tracing::info!(%by, "a control plane gave the bootstrap");
            (bootstrap, Some(by))
        }
        Err(kept) => {
            tracing::warn!("no control plane gives a bootstrap: starting with the one that was kept");
            (kept, None)
        }
    };
    let dns = match settings.dns {
        Answering::IfRedirected(_) if !bootstrap.is_redirected => {
            if dns.is_some() {
                tracing::info!("nothing is redirected to this proxy: names are answered no more");
            }
            None
        }
        Answering::IfRedirected(port) if dns.is_none() => Some(Dns::start(port, settings, &directory).await?),
        _ => dns,
    };
    let bootstrap = with_interface(settings, with_token_in_a_file(settings, &directory, bootstrap)?);
    let (config, relay) = match relayed(settings, &bootstrap.text, by.as_ref()).await? {
        Some((config, relay)) => (config, Some(relay)),
        None => (bootstrap.text, None),
    };
    directory.write(CONFIG, &config)?;
    let envoy = Envoy::new(settings, &version, &directory.path().join(CONFIG), bootstrap.admin);
    Ok(Prepared { envoy, version, relay, directory, dns })
}

/// The token may be another later: Envoy is told where it stands.
fn with_token_in_a_file(settings: &ProxySettings, directory: &DataDir, bootstrap: Bootstrap) -> Result<Bootstrap, CannotRun> {
    let (Some(_), Some(token)) = (&settings.token_file, settings.current_token()) else { return Ok(bootstrap) };
    let Some(text) = token::in_a_file(&bootstrap.text, directory.path()) else { return Ok(bootstrap) };
    token::write(directory, &token)?;
    Ok(Bootstrap { text, ..bootstrap })
}

/// Where somebody is to be told whether Envoy is ready, it can be asked: on a socket of its own, if its `Dataplane` names no port.
fn with_interface(settings: &ProxySettings, bootstrap: Bootstrap) -> Bootstrap {
    if settings.readiness_port.is_none() || bootstrap.admin.is_some() {
        return bootstrap;
    }
    let socket = settings.interface_at();
    match admin::with_socket(&bootstrap.text, &socket) {
        Some(text) => Bootstrap { text, admin: Some(Admin::Socket(socket)), ..bootstrap },
        None => {
            tracing::warn!("the bootstrap has another form than Envoy's: nobody can be told whether it is ready");
            bootstrap
        }
    }
}

/// The bootstrap as Envoy is given it where there are several control planes. `by`: the one that gave it.
async fn relayed(settings: &ProxySettings, bootstrap: &str, by: Option<&Address>) -> Result<Option<(String, Relay)>, CannotRun> {
    let [first, _, ..] = &settings.control_planes[..] else { return Ok(None) };
    let relay = Relay::open(&settings.control_planes, by.unwrap_or(&first.address)).await.map_err(unrelayed)?;
    let addresses = settings.control_planes.iter().map(|control_plane| &control_plane.address);
    let config = through::through(bootstrap, relay.address().map_err(unrelayed)?, addresses);
    if config.is_none() {
        tracing::warn!("the bootstrap has another form than Strait's: Envoy keeps to the control plane that stands in it");
    }
    Ok(config.map(|config| (config, relay)))
}

#[expect(clippy::needless_pass_by_value, reason = "it is a step of map_err")]
fn unrelayed(error: std::io::Error) -> CannotRun {
    CannotRun::System(format!("Envoy's connections cannot be passed on: {error}"))
}
