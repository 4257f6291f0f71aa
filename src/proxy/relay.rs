//! Envoy reaches its control plane through the launcher, where there are several: so it comes to another one without being started anew, and
//! without an interface by which it would have to be told.
//!
//! The launcher listens on the loopback, and passes on what comes as it is: Envoy's TLS ends at the control plane, and nothing of it can be read
//! here. Meanwhile all are measured. When another one is to be used, Envoy's connections end; it comes again at once, and is told
//! what has changed since, as after any other loss of a connection.
use super::{
    control_plane::{Address, ControlPlane, measured},
    nearest::Choice,
};
use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
    time::sleep,
};

/// How often control planes are measured, give or take a fifth: launchers that were started together measure at different times.
const MEASURED_EVERY: Duration = Duration::from_secs(10);
/// How soon again, while the one that is used is not reached.
const DOUBTED_EVERY: Duration = Duration::from_secs(1);
/// Envoy has one connection; so many are passed on at a time, whoever comes.
const CONNECTIONS: usize = 16;
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
}

impl Relay {
    /// To the one with this address at first.
    pub(super) async fn open(control_planes: &[ControlPlane], first: &Address) -> io::Result<Self> {
        let chosen = control_planes.iter().position(|control_plane| control_plane.address == *first).unwrap_or_default();
        let choice = watch::Sender::new(Choice::new(control_planes.len(), chosen));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        Ok(Self { listener, between: Arc::new(Between { control_planes: control_planes.to_vec(), choice }) })
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
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
            match self.listener.accept().await {
                Ok((envoy, _)) => {
                    let between = Arc::clone(&self.between);
                    tokio::spawn(async move {
                        between.carry(envoy).await;
                        drop(permit);
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

impl Between {
    /// Measures, and chooses by that.
    async fn follow(&self) {
        loop {
            sleep(if self.choice.borrow().is_doubted() { DOUBTED_EVERY } else { jittered(MEASURED_EVERY) }).await;
            let round = measured(&self.control_planes).await;
            let mut chosen = None;
            self.choice.send_modify(|choice| chosen = choice.measured(&round));
            if let Some(chosen) = chosen {
                tracing::info!(control_plane = %self.control_planes[chosen].address, ?round, "Envoy is led to another control plane, by what was measured");
            }
        }
    }

    /// Passes one connection on, until it ends or another control plane is used.
    async fn carry(&self, envoy: TcpStream) {
        let Some((at, control_plane)) = self.dialed().await else {
            tracing::warn!("no control plane can be reached; Envoy tries again");
            return;
        };
        let mut choice = self.choice.subscribe();
        let was_answered = tokio::select! {
            biased;
            _ = choice.wait_for(|choice| choice.chosen() != at) => return,
            was_answered = passed_on(envoy, control_plane) => was_answered,
        };
        let mut is_given_up = false;
        self.choice.send_modify(|choice| is_given_up = choice.ended(at, was_answered));
        if is_given_up && let Some((other, _)) = self.first_but(at).await {
            self.give_up(at, other, "the one before is reached, but serves nobody");
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

    /// Of all but this one, the first that is reached.
    async fn first_but(&self, given_up: usize) -> Option<(usize, TcpStream)> {
        let mut dials = JoinSet::new();
        for (at, control_plane) in self.control_planes.iter().cloned().enumerate().filter(|(at, _)| *at != given_up) {
            dials.spawn(async move { Some((at, control_plane.dialed().await?)) });
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

/// Passes on what both say, until either ends. Whether Envoy was served: also who refuses it says something, but not for long.
async fn passed_on(envoy: TcpStream, control_plane: TcpStream) -> bool {
    let begun = Instant::now();
    // Nothing is lost by not asking for that.
    let _ = envoy.set_nodelay(true);
    let (mut from_envoy, mut to_envoy) = envoy.into_split();
    let (mut from_control_plane, mut to_control_plane) = control_plane.into_split();
    let mut was_answered = false;
    let answers = async {
        was_answered = matches!(from_control_plane.peek(&mut [0]).await, Ok(1));
        let _ = tokio::io::copy(&mut from_control_plane, &mut to_envoy).await;
        let _ = to_envoy.shutdown().await;
    };
    let asks = async {
        let _ = tokio::io::copy(&mut from_envoy, &mut to_control_plane).await;
        let _ = to_control_plane.shutdown().await;
    };
    // Neither end goes on with half a connection. One that fell silent would otherwise be kept after Envoy has given it up.
    tokio::select! {
        () = answers => {}
        () = asks => {}
    }
    was_answered && begun.elapsed() >= SERVED_FOR
}

/// Give or take a fifth.
fn jittered(time: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish();
    let percent = u32::try_from(80 + random % 41).unwrap_or(100);
    time * percent / 100
}
