//! `strait global run`.
use super::{
    certificate::{self, Certificate},
    ended,
    exit::CannotServe,
    lives, logging, shown, stop,
};
use crate::settings::{GlobalArguments, GlobalSettings, reached};
use std::{process::ExitCode, sync::Arc};
use strait_core::{
    GlobalNode, Node as _,
    node::{Change, GlobalConfig},
};
use strait_shell::{
    api::{Api, Mode},
    backup::Source,
    convert::fits,
    drive::MAILBOX,
    kds::{Local, Server, ServerConfig},
    process::{DataDir, Desk, Guard, Life, Role, Stopped, live, news},
    tls::{accept, acceptor},
    token::SigningKey,
};
use tokio::{net::TcpListener, sync::mpsc};

pub(crate) fn run(arguments: GlobalArguments) -> ExitCode {
    let print = arguments.print_config;
    let settings = GlobalSettings::of(arguments).map_err(CannotServe::from);
    ended("global", settings.and_then(|settings| if print { shown(&settings) } else { serve(&settings) }))
}

fn serve(settings: &GlobalSettings) -> Result<(), CannotServe> {
    logging::begin(&settings.log);
    let directory = Arc::new(DataDir::open(&settings.data_dir)?);
    Role::Global.claim(&directory)?;
    let certificate = certificate::of(settings, &directory)?;
    lives(|| one_life(settings, &directory, &certificate))
}

async fn one_life(settings: &GlobalSettings, directory: &Arc<DataDir>, certificate: &Certificate) -> Result<Stopped, CannotServe> {
    let life = Life::<GlobalNode>::begin(GlobalConfig { fits, ..GlobalConfig::new() }, directory.store())?;
    let acceptor = acceptor(&certificate.identity).map_err(|why| CannotServe::Data(format!("kds.tls: {why}")))?;
    let zones = listen("the zone port", settings.kds.listen).await?;
    let people = listen("the API", settings.api.listen).await?;
    let (kds_at, api_at) = (listening(&zones)?, listening(&people)?);
    let address = reached(&settings.kds.address, kds_at);
    let (mailbox, inputs) = mpsc::channel(MAILBOX);
    let desk = Desk::of_global(life.node.observe().clone(), mailbox.clone());
    let guard = Guard::new(desk.clone());
    let instance = format!("global-{}", std::process::id());
    let server = Server::new(ServerConfig::new(&instance), mailbox, Arc::new(guard.clone()));
    let (told, keys) = (desk.clone(), guard.clone());
    let mut performer = server.performer(Box::new(move |local| {
        if let Local::Observed(change) = &local {
            news::tell(change);
            keys.hear(change);
        }
        told.hear(local);
    }));
    tokio::spawn(server.serve(accept(zones, acceptor)));
    let api = Api::new(
        desk.clone(),
        Mode::Global { guard: guard.clone(), address: address.clone(), authority: certificate.authority.clone() },
        instance,
        Source::new(Role::Global, Arc::clone(directory), life.reader()),
    );
    tokio::spawn(api.serve(people));
    tokio::spawn(make_signing_key(desk, guard));
    tracing::info!(
        kds = %kds_at,
        api = %api_at,
        %address,
        data = %settings.data_dir.display(),
        "global runs; `strait zone token NAME` prints the line with which a zone joins"
    );
    Ok(live(life, inputs, &mut performer, stop::asked()).await)
}

pub(super) async fn listen(what: &'static str, at: std::net::SocketAddr) -> Result<TcpListener, CannotServe> {
    TcpListener::bind(at).await.map_err(|why| CannotServe::Listen { what, at, why })
}

/// Where that is, also if the port was left to the system.
pub(super) fn listening(listener: &TcpListener) -> Result<std::net::SocketAddr, CannotServe> {
    listener.local_addr().map_err(|error| CannotServe::System(error.to_string()))
}

/// A global without a key that signs zone tokens makes one.
async fn make_signing_key(desk: Desk, guard: Guard) {
    if guard.has_key() {
        return;
    }
    let made = SigningKey::generate(1).map(|key| key.to_resource());
    match made {
        Ok(Some(resource)) => match desk.edit(vec![Change::Put(resource)]).await {
            Ok(Ok(_)) => tracing::info!("made a key that signs zone tokens: GlobalSecret zone-token-signing-key-1"),
            Ok(Err(why)) => tracing::error!(%why, "the key that signs zone tokens could not be stored"),
            Err(_) => {}
        },
        Ok(None) => {}
        Err(bad) => tracing::error!(%bad, "no key that signs zone tokens could be made"),
    }
}
