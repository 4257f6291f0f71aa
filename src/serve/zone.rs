//! `strait zone run`.
use super::{
    begin,
    build::Build,
    certificate::{self, Bears},
    cluster::Cluster,
    ended,
    exit::CannotServe,
    global::{listen, listening},
    lives, shown, stop, surroundings, tell_that_it_lives,
};
use crate::{
    logging,
    settings::{BadSetting, DnsListener, DnsSettings, KubernetesSettings, ZoneArguments, ZoneSettings},
};
use rustls::pki_types::ServerName;
use std::{io, net::SocketAddr, process::ExitCode, sync::Arc};
use strait_core::{
    Node, Recover as _, ZoneNode,
    node::{Environment, ZoneConfig, ZoneEffect, ZoneInput},
    resource::MeshName,
    sync::Dialect,
};
use strait_shell::{
    api::{Api, Mode},
    backup::Source,
    convert::fits,
    dns::{Apart, Responder, Sockets, Table, serve_apart},
    drive::MAILBOX,
    identity::{Issuer, SEALING_KEY, Sealer},
    kds::{Client, ClientConfig, Local},
    process::{DataDir, Desk, ProxyGuard, ProxyKeys, Role, Stopped, Surroundings, live, news},
    proxies::{self, Streams},
    tls::{TlsAcceptor, TlsConnect, accept, acceptor_for_all, trusting},
};
use tokio::{net::TcpListener, sync::mpsc};

pub(crate) fn run(arguments: ZoneArguments) -> ExitCode {
    run_as(arguments, |settings, _| {
        let config = ZoneConfig {
            fits,
            vips: settings.ipam.ranges(),
            services_stay_for: settings.mesh_service.deletion_grace_period,
            ..ZoneConfig::new(settings.name.clone())
        };
        let config = match &settings.kubernetes {
            Some(cluster) => {
                ZoneConfig { environment: Environment::Kubernetes, system_namespace: cluster.system_namespace.clone(), ..config }
            }
            None => config,
        };
        let recover = move |seed, now, durable: &_, out: &mut _| ZoneNode::recover(config.clone(), seed, now, durable, out);
        Build { dialect: Dialect::Strait, recover: Box::new(recover) }
    })
}

/// Runs what `build` makes, instead of the zone of this release.
pub(crate) fn run_as<N: Node<Input = ZoneInput, Effect = ZoneEffect>>(
    arguments: ZoneArguments,
    build: impl FnOnce(&ZoneSettings, &Surroundings) -> Build<N>,
) -> ExitCode {
    let print = arguments.print_config;
    let settings = ZoneSettings::of(arguments).map_err(CannotServe::from);
    ended("zone", settings.and_then(|settings| if print { shown(&settings) } else { serve(&settings, build) }))
}

fn serve<N: Node<Input = ZoneInput, Effect = ZoneEffect>>(
    settings: &ZoneSettings,
    build: impl FnOnce(&ZoneSettings, &Surroundings) -> Build<N>,
) -> Result<(), CannotServe> {
    let upstream = &settings.global;
    let bad = |name: &str, why: String| BadSetting { name: name.to_owned(), why };
    let connector = trusting(&upstream.authority).map_err(|why| bad("global.ca", why.to_string()))?;
    let name = ServerName::try_from(upstream.host().to_owned()).map_err(|error| bad("global.address", error.to_string()))?;
    let uri = format!("https://{}", upstream.address).parse::<http::Uri>().map_err(|error| bad("global.address", error.to_string()))?;
    logging::begin(&settings.log);
    let surroundings = surroundings(settings.testbed.as_deref())?;
    let build = build(settings, &surroundings);
    let directory = Arc::new(DataDir::open(&settings.data_dir)?);
    Role::Zone(settings.name.clone()).claim(&directory)?;
    let connect = TlsConnect { address: upstream.address.clone(), name, connector };
    lives(|| one_life(settings, &build, &surroundings, &directory, &connect, &uri))
}

async fn one_life<N: Node<Input = ZoneInput, Effect = ZoneEffect>>(
    settings: &ZoneSettings,
    build: &Build<N>,
    surroundings: &Surroundings,
    directory: &Arc<DataDir>,
    connect: &TlsConnect,
    global: &http::Uri,
) -> Result<Stopped, CannotServe> {
    let zone = &settings.name;
    let life = begin(build, directory, surroundings)?;
    let people = listen("the API", settings.api.listen).await?;
    let api_at = listening(&people)?;
    let ports = answering(&settings.dns).await?;
    let for_proxies = ForProxies::listen(settings, directory).await?;
    let cluster = Cluster::reach(settings.kubernetes.as_ref()).await?;
    let (mailbox, inputs) = mpsc::channel(MAILBOX);
    let desk = Desk::of_zone(life.node.observe().clone(), mailbox.clone());
    let instance = format!("{zone}-{}", std::process::id());
    let config = ClientConfig {
        instance: instance.clone(),
        dialect: build.dialect,
        first_session: surroundings.first_session(),
        token: settings.global.token.clone(),
        ..ClientConfig::new(zone.clone(), global.clone())
    };
    let proxy_keys = ProxyKeys::new(desk.clone());
    let (told, keys) = (Table::new(desk.clone()), proxy_keys.clone());
    let (dns_at, _resolvers) = answer(ports, &told)?;
    let streams = Streams::default();
    let issuer = Issuer::new(sealer(directory)?, streams.clone(), mailbox.clone());
    let proxies_at = match for_proxies {
        Some(port) => {
            let guard = ProxyGuard::new(zone.clone(), proxy_keys.clone(), desk.clone());
            let guard = guard.in_cluster(cluster.as_ref().and_then(|cluster| cluster.reviewer(directory)));
            port.serve(mailbox.clone(), &streams, guard, &desk)
        }
        None => "off".to_owned(),
    };
    let reach = cluster.as_ref().map(|cluster| cluster.reach.clone());
    let cluster = cluster.map(|cluster| cluster.follow(&mailbox, &desk, &instance)).transpose()?;
    let mut performer = Client::new(config, connect.clone(), mailbox).performer(Box::new(move |local| {
        if let Local::Observed(change) = &local {
            news::tell(change);
            keys.hear(change);
            if let Some(cluster) = &cluster {
                cluster.hear(change);
            }
        }
        match local {
            Local::Proxy(session, said) => streams.tell(session, said),
            Local::Issue(issue) => issuer.carry_out(issue),
            Local::Kubernetes(ask) => {
                if let Some(cluster) = &cluster {
                    cluster.ask(ask);
                }
            }
            local => told.hear(local),
        }
    }));
    let source = Source::new(Role::Zone(zone.clone()), Arc::clone(directory), life.reader());
    tokio::spawn(Api::new(desk, proxy_keys, Mode::Zone { name: zone.clone(), cluster: reach }, instance, source).serve(people));
    tracing::info!(
        %zone,
        global = %settings.global.address,
        api = %api_at,
        dns = %dns_at,
        proxies = %proxies_at,
        data = %settings.data_dir.display(),
        "zone runs"
    );
    tell_that_it_lives(&life, surroundings);
    Ok(live(life, inputs, &mut performer, surroundings, stop::asked()).await)
}

/// Seals the keys of authorities: by a key that lies beside the store, and not in it.
fn sealer(directory: &DataDir) -> Result<Arc<Sealer>, CannotServe> {
    let key = match directory.read(SEALING_KEY)? {
        Some(key) => key,
        None => {
            let key = Sealer::generate().map_err(|error| CannotServe::System(error.to_string()))?;
            directory.write(SEALING_KEY, &key)?;
            key
        }
    };
    Sealer::new(&key).map(Arc::new).map_err(|error| CannotServe::Data(format!("{SEALING_KEY} in the data directory: {error}")))
}

/// The port of the proxies.
struct ForProxies {
    listener: TcpListener,
    at: SocketAddr,
    acceptor: TlsAcceptor,
    authority: String,
}

impl ForProxies {
    /// `None`: there is none.
    async fn listen(
        ZoneSettings { proxies: settings, kubernetes, .. }: &ZoneSettings,
        directory: &DataDir,
    ) -> Result<Option<Self>, CannotServe> {
        let Some(at) = settings.listen else { return Ok(None) };
        let also = kubernetes.as_ref().map(KubernetesSettings::service_names).unwrap_or_default();
        let bears = Bears { section: "proxies", files: settings.tls.as_ref(), listen: at, address: &settings.address, also };
        let certificate = certificate::of(&bears, directory)?;
        let acceptor = acceptor_for_all(&certificate.identity).map_err(|why| BadSetting { name: "proxies.tls".to_owned(), why })?;
        let listener = listen("the port of the proxies", at).await?;
        Ok(Some(Self { at: listening(&listener)?, listener, acceptor, authority: certificate.authority }))
    }

    /// Serves from now on, there.
    fn serve(self, mailbox: mpsc::Sender<ZoneInput>, streams: &Streams, guard: ProxyGuard, desk: &Desk) -> String {
        let server = proxies::Server::new(mailbox, streams.clone(), Arc::new(guard), desk.clone(), self.at.port(), &self.authority);
        tokio::spawn(server.serve(accept(self.listener, self.acceptor)));
        self.at.to_string()
    }
}

/// The ports on which questions of DNS are answered, and about which mesh.
async fn answering(settings: &DnsSettings) -> Result<Vec<(Sockets, MeshName)>, CannotServe> {
    let mut ports = Vec::new();
    for DnsListener { address: at, mesh } in settings.ports() {
        let bound = Sockets::bind(at).await.map_err(|bad| {
            let what = if bad.over == "UDP" { "the resolver (UDP)" } else { "the resolver (TCP)" };
            CannotServe::Listen { what, at, why: bad.why }
        });
        ports.push((bound?, mesh));
    }
    Ok(ports)
}

/// Answers there, as long as what is returned is kept; and where that is.
fn answer(ports: Vec<(Sockets, MeshName)>, table: &Table) -> Result<(String, Vec<Apart>), CannotServe> {
    let (mut at, mut serving) = (Vec::new(), Vec::new());
    for (sockets, mesh) in ports {
        let failed = |error: io::Error| CannotServe::System(format!("names cannot be answered: {error}"));
        at.push(sockets.address().map_err(failed)?.to_string());
        serving.push(serve_apart(sockets, Responder::new(table.clone(), mesh)).map_err(failed)?);
    }
    Ok((if at.is_empty() { "off".to_owned() } else { at.join(", ") }, serving))
}
