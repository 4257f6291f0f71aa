//! Envoy reaches its control plane through the launcher, where there are several: so it comes to another one without being started anew, and
//! without an interface by which it would have to be told.
//!
//! The launcher listens on the loopback, and passes on what comes as it is: Envoy's TLS ends at the control plane, and nothing of it can be read
//! here. Meanwhile all are measured. When another one is to be used, Envoy's connections end; it comes again at once, and is told
//! what has changed since, as after any other loss of a connection.
use super::{
    control_plane::{Address, ControlPlane, Unreached, measured},
    nearest::Choice,
    places::{Place, Places, Standing},
};
use std::{
    collections::BTreeMap,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

/// How often control planes are measured, give or take a fifth: launchers that were started together measure at different times.
const MEASURED_EVERY: Duration = Duration::from_secs(10);
/// How soon again, while the one that is used is not reached.
const DOUBTED_EVERY: Duration = Duration::from_secs(1);
/// Envoy has one connection; so many are passed on at a time, whoever comes.
const CONNECTIONS: usize = 16;
/// Envoy says at once that it wants TLS. Who says nothing for so long is not waited for.
const SPEAKS_WITHIN: Duration = Duration::from_secs(5);
/// With this byte TLS begins (RFC 8446, section 5.1: a handshake).
const HANDSHAKE: u8 = 22;
/// So much is passed on at once, in bytes.
const PASSED_AT_ONCE: usize = 8 << 10;
/// Envoy's connection lasts for hours. One that ends sooner than that was no use to it.
const SERVED_FOR: Duration = Duration::from_secs(5);
/// How long accepting rests when the system refuses it.
const REST: Duration = Duration::from_millis(100);

/// What passes Envoy's connections on.
pub(super) struct Relay {
    listener: TcpListener,
    between: Arc<Between>,
}

/// What each connection needs.
struct Between {
    control_planes: Vec<ControlPlane>,
    choice: watch::Sender<Choice>,
    places: Arc<Places>,
}

impl Relay {
    /// To the one with this address at first.
    pub(super) async fn open(control_planes: &[ControlPlane], first: &Address) -> io::Result<Self> {
        let chosen = control_planes.iter().position(|control_plane| control_plane.address == *first).unwrap_or_default();
        let choice = watch::Sender::new(Choice::new(control_planes.len(), chosen));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        Ok(Self {
            listener,
            between: Arc::new(Between { control_planes: control_planes.to_vec(), choice, places: Places::new(CONNECTIONS) }),
        })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Passes on what comes, for ever.
    pub(super) async fn run(self) {
        tokio::join!(self.between.follow(), self.accept());
    }

    async fn accept(&self) {
        loop {
            match self.listener.accept().await {
                Ok((envoy, _)) => {
                    let between = Arc::clone(&self.between);
                    let (mut place, closed) = between.places.enter();
                    tokio::spawn(async move {
                        tokio::select! {
                            biased;
                            _ = closed => {}
                            () = between.carry(envoy, &mut place) => {}
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "Envoy's connections cannot be accepted");
                    sleep(REST).await;
                }
            }
        }
    }
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// After Envoy was served. Also who refuses it says something, but not for long.
    Served,
    /// Sooner, by Envoy.
    ByEnvoy,
    /// Sooner, by the control plane, which had said nothing: as it does with whoever begins a handshake and leaves it there.
    WithoutAWord,
    /// Sooner, by the control plane.
    ByControlPlane,
}

impl Between {
    /// Measures, and chooses by that.
    async fn follow(&self) {
        let mut doubted = BTreeMap::new();
        loop {
            sleep(if self.choice.borrow().is_doubted() { DOUBTED_EVERY } else { jittered(MEASURED_EVERY) }).await;
            let round = measured(&self.control_planes).await;
            self.complain(&round, &mut doubted);
            let round: Vec<Option<Duration>> = round.into_iter().map(Result::ok).collect();
            let mut chosen = None;
            self.choice.send_modify(|choice| chosen = choice.measured(&round));
            if let Some(chosen) = chosen {
                tracing::info!(control_plane = %self.control_planes[chosen].address, ?round, "Envoy is led to another control plane, by what was measured");
            }
        }
    }

    /// Says whose certificate is not believed, once and not with each measurement.
    fn complain(&self, round: &[Result<Duration, Unreached>], doubted: &mut BTreeMap<usize, String>) {
        for (at, (control_plane, reached)) in self.control_planes.iter().zip(round).enumerate() {
            match reached {
                Ok(_) => _ = doubted.remove(&at),
                Err(Unreached::Away(_)) => {}
                Err(why @ Unreached::NotBelieved(_)) => {
                    let why = why.to_string();
                    if doubted.get(&at) != Some(&why) {
                        tracing::warn!(control_plane = %control_plane.address, why, "Envoy is not led to this control plane");
                        doubted.insert(at, why);
                    }
                }
            }
        }
    }

    /// Passes one connection on, until it ends or another control plane is used.
    async fn carry(&self, envoy: TcpStream, place: &mut Place) {
        // Nobody is dialled for who says nothing, or something else.
        if !is_handshake(&envoy).await {
            return;
        }
        place.spoke(Standing::Speaks);
        let Some((at, control_plane)) = self.dialed().await else {
            tracing::warn!("no control plane can be reached; Envoy tries again");
            return;
        };
        let mut choice = self.choice.subscribe();
        let ended = tokio::select! {
            biased;
            _ = choice.wait_for(|choice| choice.chosen() != at) => return,
            ended = passed_on(envoy, control_plane, place) => ended,
        };
        let mut is_doubted = false;
        self.choice.send_modify(|choice| is_doubted = choice.ended(at, ended == Ended::Served));
        if is_doubted {
            self.examine(at, ended).await;
        }
    }

    /// Gives up the one that is used, which did not serve some connections, unless it was not its fault: any process of the machine can connect.
    async fn examine(&self, at: usize, ended: Ended) {
        let acquit = || self.choice.send_modify(|choice| choice.acquit(at));
        if self.places.serves() {
            return acquit();
        }
        let why = match self.control_planes[at].measured().await {
            Ok(_) if ended != Ended::ByControlPlane => return acquit(),
            Ok(_) => "the one before is reached, but serves nobody".to_owned(),
            Err(why) => format!("the one before is reached, but serves nobody: {why}"),
        };
        if let Some((other, _)) = self.first_but(at).await {
            self.give_up(at, other, &why);
        }
    }

    /// A connection to the one that is used, else to the first of the others that is reached, which is used from now on.
    async fn dialed(&self) -> Option<(usize, TcpStream)> {
        let chosen = self.choice.borrow().chosen();
        if let Some(stream) = self.control_planes[chosen].dialed().await {
            return Some((chosen, stream));
        }
        let (other, stream) = self.first_but(chosen).await?;
        self.give_up(chosen, other, "the one before cannot be reached");
        Some((other, stream))
    }

    /// Of all but this one, the first that is reached and shows a certificate that is believed.
    async fn first_but(&self, given_up: usize) -> Option<(usize, TcpStream)> {
        let mut dials = JoinSet::new();
        for (at, control_plane) in self.control_planes.iter().cloned().enumerate().filter(|(at, _)| *at != given_up) {
            dials.spawn(async move {
                control_plane.measured().await.ok()?;
                Some((at, control_plane.dialed().await?))
            });
        }
        while let Some(dialed) = dials.join_next().await {
            if let Ok(Some(reached)) = dialed {
                return Some(reached);
            }
        }
        None
    }

    fn give_up(&self, given_up: usize, chosen: usize, why: &str) {
        tracing::warn!(control_plane = %self.control_planes[chosen].address, why, "Envoy is led to another control plane");
        self.choice.send_modify(|choice| choice.give_up(given_up, chosen));
    }
}

/// Whether TLS is what is wanted.
async fn is_handshake(envoy: &TcpStream) -> bool {
    let mut first = [0];
    matches!(timeout(SPEAKS_WITHIN, envoy.peek(&mut first)).await, Ok(Ok(1))) && first == [HANDSHAKE]
}

/// Passes on what both say, until either ends.
async fn passed_on(envoy: TcpStream, control_plane: TcpStream, place: &mut Place) -> Ended {
    let begun = Instant::now();
    // Nothing is lost by not asking for that.
    let _ = envoy.set_nodelay(true);
    let (mut from_envoy, mut to_envoy) = envoy.into_split();
    let (mut from_control_plane, mut to_control_plane) = control_plane.into_split();
    let mut was_answered = false;
    let answers = async {
        let ended = pass(&mut from_control_plane, &mut to_envoy, || was_answered = true).await;
        if ended == End::Here { Ended::ByControlPlane } else { Ended::ByEnvoy }
    };
    let asks = async {
        let speaks = || place.spoke(if begun.elapsed() >= SERVED_FOR { Standing::Served } else { Standing::Speaks });
        let ended = pass(&mut from_envoy, &mut to_control_plane, speaks).await;
        if ended == End::Here { Ended::ByEnvoy } else { Ended::ByControlPlane }
    };
    // Neither end goes on with half a connection. One that fell silent would otherwise be kept after Envoy has given it up.
    let ended = tokio::select! {
        ended = answers => ended,
        ended = asks => ended,
    };
    match ended {
        _ if was_answered && begun.elapsed() >= SERVED_FOR => Ended::Served,
        Ended::ByControlPlane if !was_answered => Ended::WithoutAWord,
        ended => ended,
    }
}

/// Who ended a connection, as seen from whom it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Here,
    There,
}

/// Passes on what one says, until either ends.
async fn pass(from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf, mut spoke: impl FnMut()) -> End {
    let mut buffer = vec![0; PASSED_AT_ONCE];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        spoke();
        if to.write_all(&buffer[..length]).await.is_err() {
            return End::There;
        }
    }
    let _ = to.shutdown().await;
    End::Here
}

/// Give or take a fifth.
fn jittered(time: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish();
    let percent = u32::try_from(80 + random % 41).unwrap_or(100);
    time * percent / 100
}
