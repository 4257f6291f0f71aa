//! `strait global run`.
use super::{
    begin,
    build::Build,
    certificate::{self, Bears, Certificate},
    ended,
    exit::CannotServe,
    lives, shown, stop, surroundings, tell_that_it_lives,
};
use crate::{
    logging,
    settings::{BadSetting, GlobalArguments, GlobalSettings, reached},
};
use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};
use strait_core::{
    GlobalNode, Node, Recover as _,
    node::{GlobalConfig, GlobalEffect, GlobalInput},
    sync::Dialect,
};
use strait_shell::{
    api::{Api, Mode},
    backup::Source,
    convert::fits,
    drive::MAILBOX,
    kds::{Authorize, Everyone, Local, Server, ServerConfig},
    process::{DataDir, Desk, Guard, ProxyKeys, Role, Stopped, Surroundings, live, news},
    testbed::Happened,
    tls::{accept, acceptor},
    token::SigningKey,
};
use tokio::{net::TcpListener, sync::mpsc};
use tokio_stream::StreamExt as _;

pub(crate) fn run(arguments: GlobalArguments) -> ExitCode {
    let recover =
        |seed, now, durable: &_, out: &mut _| GlobalNode::recover(GlobalConfig { fits, ..GlobalConfig::new() }, seed, now, durable, out);
    run_as(arguments, |_| Build { dialect: Dialect::Strait, recover: Box::new(recover) })
}

/// Runs what `build` makes, instead of the global of this release.
pub(crate) fn run_as<N: Node<Input = GlobalInput, Effect = GlobalEffect>>(
    arguments: GlobalArguments,
    build: impl FnOnce(&Surroundings) -> Build<N>,
) -> ExitCode {
    let print = arguments.print_config;
    let settings = GlobalSettings::of(arguments).map_err(CannotServe::from);
    ended("global", settings.and_then(|settings| if print { shown(&settings) } else { serve(&settings, build) }))
}

fn serve<N: Node<Input = GlobalInput, Effect = GlobalEffect>>(
    settings: &GlobalSettings,
    build: impl FnOnce(&Surroundings) -> Build<N>,
) -> Result<(), CannotServe> {
    logging::begin(&settings.log);
    let surroundings = surroundings(settings.testbed.as_deref())?;
    let build = build(&surroundings);
    let directory = Arc::new(DataDir::open(&settings.data_dir)?);
    Role::Global.claim(&directory)?;
    let kds = &settings.kds;
    let bears = Bears { section: "kds", files: kds.tls.as_ref(), listen: kds.listen, address: &kds.address, also: Vec::new() };
    let certificate = certificate::of(&bears, &directory)?;
    lives(|| one_life(settings, &build, &surroundings, &directory, &certificate))
}

async fn one_life<N: Node<Input = GlobalInput, Effect = GlobalEffect>>(
    settings: &GlobalSettings,
    build: &Build<N>,
    surroundings: &Surroundings,
    directory: &Arc<DataDir>,
    certificate: &Certificate,
) -> Result<Stopped, CannotServe> {
    let own_key = own_key(settings)?;
    let life = begin(build, directory, surroundings)?;
    let acceptor = acceptor(&certificate.identity).map_err(|why| BadSetting { name: "kds.tls".to_owned(), why })?;
    let zones = listen("the zone port", settings.kds.listen).await?;
    let people = listen("the API", settings.api.listen).await?;
    let (kds_at, api_at) = (listening(&zones)?, listening(&people)?);
    let address = reached(&settings.kds.address, kds_at);
    let (mailbox, inputs) = mpsc::channel(MAILBOX);
    let desk = Desk::of_global(life.node.observe().clone(), mailbox.clone());
    let guard = Guard::new(desk.clone(), own_key);
    let proxy_keys = ProxyKeys::new(desk.clone());
    let instance = format!("global-{}", std::process::id());
    let config = ServerConfig { dialect: build.dialect, first_session: surroundings.first_session(), ..ServerConfig::new(&instance) };
    // A plain Kuma asks nobody who he is.
    let authorize: Arc<dyn Authorize> = if build.dialect == Dialect::Kuma { Arc::new(Everyone) } else { Arc::new(guard.clone()) };
    let callers: Arc<Mutex<Vec<IpAddr>>> = Arc::default();
    let (dialled, tracer) = (Arc::clone(&callers), surroundings.tracer());
    let server = Server::announcing(config, mailbox, authorize, move |session, connection| {
        let from = dialled.lock().unwrap_or_else(PoisonError::into_inner).get(connection).copied();
        if let (Some(tracer), Some(from)) = (&tracer, from) {
            tracer.tell::<GlobalInput, GlobalEffect>(Happened::Dialled { session, from });
        }
    });
    let (told, keys, keys_of_proxies) = (desk.clone(), guard.clone(), proxy_keys.clone());
    let mut performer = server.performer(Box::new(move |local| {
        if let Local::Observed(change) = &local {
            news::tell(change);
            keys.hear(change);
            keys_of_proxies.hear(change);
        }
        told.hear(local);
    }));
    let is_watched = surroundings.tracer().is_some();
    let incoming = accept(zones, acceptor).map(move |stream| {
        if let (true, Ok(stream)) = (is_watched, &stream) {
            let from = stream.get_ref().0.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
            callers.lock().unwrap_or_else(PoisonError::into_inner).push(from);
        }
        stream
    });
    tokio::spawn(server.serve(incoming));
    let api = Api::new(
        desk.clone(),
        proxy_keys,
        Mode::Global { guard: guard.clone(), address: address.clone(), authority: certificate.authority.clone() },
        instance,
        Source::new(Role::Global, Arc::clone(directory), life.reader()),
    );
    tokio::spawn(api.serve(people));
    if build.dialect == Dialect::Strait {
        tokio::spawn(make_signing_key(guard));
    }
    tracing::info!(
        kds = %kds_at,
        api = %api_at,
        %address,
        data = %settings.data_dir.display(),
        "global runs; `strait zone token NAME` prints the line with which a zone joins"
    );
    tell_that_it_lives(&life, surroundings);
    Ok(live(life, inputs, &mut performer, surroundings, stop::asked()).await)
}

/// The key that signs zone tokens and is no resource.
fn own_key(settings: &GlobalSettings) -> Result<Option<SigningKey>, CannotServe> {
    let Some(path) = &settings.kds.zone_token_key_file else {
        return Ok(None);
    };
    let bad = |why: String| BadSetting { name: "kds.zoneTokenKeyFile".to_owned(), why: format!("{}: {why}", path.display()) };
    let pem = fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
    Ok(Some(SigningKey::from_pem(pem).map_err(bad)?))
}

pub(super) async fn listen(what: &'static str, at: std::net::SocketAddr) -> Result<TcpListener, CannotServe> {
    TcpListener::bind(at).await.map_err(|why| CannotServe::Listen { what, at, why })
}

/// Where that is, also if the port was left to the system.
pub(super) fn listening(listener: &TcpListener) -> Result<std::net::SocketAddr, CannotServe> {
    listener.local_addr().map_err(|error| CannotServe::System(error.to_string()))
}

/// A global without a key that signs zone tokens makes one.
async fn make_signing_key(guard: Guard) {
    if !guard.has_key()
        && let Err(why) = guard.make().await
    {
        tracing::error!(why, "a key that signs zone tokens could not be made");
    }
}
