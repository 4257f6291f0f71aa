//! What runs on the host of a workload from its start to its end: the workload, its proxy, and the launcher of that.
use super::{
    clock::{SkewedClocks, WorldTime},
    frames::{hear, say},
    host::{Shared, locked},
    port::Told,
    workload::Workload,
};
use crate::proxy::{Does, Hop, Lost, SimProxy, opened, pause};
use ::turmoil::net::{TcpListener, TcpStream};
use rand::rngs::ChaCha8Rng;
use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use strait_core::{Seed, node::FromProxy};
use strait_scenarios::{
    gateway::passed_on,
    workload::{Answer, Ask, Connection, INBOUND_PORT},
};
use strait_shell::drive::Clocks as _;
use tokio::{
    sync::mpsc::UnboundedReceiver,
    task::spawn_local,
    time::{sleep, timeout},
};

/// One life of a workload and its proxy. Clones are the same.
#[derive(Clone)]
pub(super) struct Life {
    workload: Workload,
    proxy: Shared<SimProxy>,
    /// The connections to other proxies over which nobody asks just now.
    kept: Shared<BTreeMap<SocketAddr, Vec<TcpStream>>>,
    /// What clouds choose by.
    chance: Shared<ChaCha8Rng>,
    seed: Seed,
    clocks: SkewedClocks,
}

impl Life {
    pub(super) fn new(workload: Workload, seed: Seed, world: WorldTime) -> Self {
        let clocks = SkewedClocks { world, host: Arc::clone(&workload.home) };
        let proxy = Arc::new(Mutex::new(SimProxy::new(&workload.does)));
        let chance = Arc::new(Mutex::new(seed.fork("clouds").rng()));
        Self { workload, proxy, kept: Shared::default(), chance, seed, clocks }
    }

    /// Runs until nobody is left who could make it ask.
    pub(super) async fn run(self, mut asked: UnboundedReceiver<(u64, Ask)>) -> ::turmoil::Result {
        // Its kernel leads there whatever is sent to it, on whichever port.
        let listener = TcpListener::bind(("0.0.0.0", INBOUND_PORT)).await?;
        spawn_local(self.clone().serve(listener));
        if let Does::Serves(workload) = &self.workload.does
            && workload.gateway.is_some()
        {
            let front = TcpListener::bind(("0.0.0.0", workload.port)).await?;
            spawn_local(self.clone().take_in(front));
        }
        spawn_local(self.clone().launch());
        let mut rng = self.seed.fork("questions").rng();
        while let Some((number, ask)) = asked.recv().await {
            let hop = locked(&self.proxy).sends(&ask, &|name| self.workload.look_up(name), &mut rng);
            spawn_local(self.clone().ask(number, ask, hop));
        }
        Ok(())
    }

    // ---- the proxy and its zone ------------------------------------------------------------------

    /// Connects to the zone again and again.
    async fn launch(self) {
        let mut rng = self.seed.fork("launcher").rng();
        let mut way = 0;
        loop {
            if let Some(zone) = self.dialed(&mut way).await {
                let _ended = self.converse(zone).await;
            }
            sleep(pause(&mut rng)).await;
        }
    }

    /// A connection by the way that was taken before, else by the first other that is there, which is taken from now on.
    async fn dialed(&self, way: &mut usize) -> Option<TcpStream> {
        let ways = &self.workload.control_planes;
        let before = *way;
        for next in std::iter::once(before).chain((0..ways.len()).filter(|other| *other != before)) {
            if let Ok(zone) = self.workload.running.connect(ways[next]).await {
                *way = next;
                return Some(zone);
            }
        }
        None
    }

    /// Does what the zone says, until the connection ends.
    async fn converse(&self, mut zone: TcpStream) -> io::Result<()> {
        let Workload { id, does, .. } = &self.workload;
        let brings = (!self.workload.is_pod()).then(|| self.workload.address());
        say(&mut zone, &opened(id, does, brings)).await?;
        loop {
            match hear(&mut zone).await? {
                Told::Plan(update) => {
                    let took = locked(&self.proxy).take(update);
                    say(&mut zone, &took).await?;
                    if let (FromProxy::Took { .. }, Some(configured)) = (&took, &self.workload.configured) {
                        locked(configured).insert(id.clone());
                    }
                }
                Told::Certificate(certificate) => locked(&self.proxy).certify(certificate),
            }
        }
    }

    // ---- questions -------------------------------------------------------------------------------

    /// Asks, and waits for the answer as long as its author and his proxy do.
    async fn ask(self, number: u64, ask: Ask, hop: Result<Hop, Answer>) {
        let answer = self.answer_to(&ask, hop).await;
        self.workload.answered(self.clocks.world.now(), number, answer);
    }

    async fn answer_to(&self, ask: &Ask, hop: Result<Hop, Answer>) -> Answer {
        match hop {
            Err(answer) => answer,
            Ok(hop) => {
                let patience = (ask.patience(), Lost::Unanswered);
                let (longest, lost) = hop.timeout.map_or(patience, |timeout| patience.min((timeout, Lost::TimedOut)));
                timeout(longest, self.carry(&hop, ask)).await.unwrap_or_else(|_| lost.seen(ask.speaks))
            }
        }
    }

    /// A gateway takes whoever connects from outside.
    async fn take_in(self, front: TcpListener) {
        while let Ok((stream, _)) = front.accept().await {
            spawn_local(self.clone().ask_for(stream));
        }
    }

    /// Asks what it is asked from outside, and passes the answer on.
    async fn ask_for(self, mut outside: TcpStream) -> io::Result<()> {
        let (number, ask): (u64, Ask) = hear(&mut outside).await?;
        let mut rng = self.seed.fork(&format!("from outside {number}")).rng();
        let hop = locked(&self.proxy).sends(&ask, &|name| self.workload.look_up(name), &mut rng);
        say(&mut outside, &passed_on(self.answer_to(&ask, hop).await)).await
    }

    /// Brings a question where it goes, and its answer back; elsewhere, if that is said, where there is no connection or no answer in time.
    async fn carry(&self, hop: &Hop, ask: &Ask) -> Answer {
        let mut hop = hop.clone();
        loop {
            let once = self.carry_once(&hop, ask);
            let carried = match hop.each {
                None => once.await,
                Some(each) => timeout(each, once).await.unwrap_or(Err(Lost::TimedOut)),
            };
            match carried {
                Ok(answer) => return answer,
                Err(lost) => match hop.again() {
                    Some(again) => hop = again,
                    None => return lost.seen(hop.speaks),
                },
            }
        }
    }

    /// # Errors
    /// There is no connection, or it broke.
    async fn carry_once(&self, hop: &Hop, ask: &Ask) -> Result<Answer, Lost> {
        let hop = &Hop { to: self.workload.networks.past(hop.to, &mut locked(&self.chance)), ..hop.clone() };
        let to = SocketAddr::new(hop.to.ip(), INBOUND_PORT);
        let keeps = ask.connection == Connection::Kept;
        let kept = if keeps { locked(&self.kept).get_mut(&to).and_then(Vec::pop) } else { None };
        // One that was closed meanwhile says nothing of whoever is there now.
        if let Some(kept) = kept
            && let Ok(answer) = self.bring(kept, to, hop, ask).await
        {
            return Ok(answer);
        }
        let stream = self.workload.running.connect(to).await.map_err(|_| Lost::NobodyAt(hop.to))?;
        self.bring(stream, to, hop, ask).await.map_err(|_| Lost::Reset)
    }

    async fn bring(&self, mut stream: TcpStream, to: SocketAddr, hop: &Hop, ask: &Ask) -> io::Result<Answer> {
        say(&mut stream, &(hop, ask.takes)).await?;
        let answer = hear(&mut stream).await?;
        if ask.connection == Connection::Kept {
            locked(&self.kept).entry(to).or_default().push(stream);
        }
        Ok(answer)
    }

    /// Takes whoever connects.
    async fn serve(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            spawn_local(self.clone().answer(stream));
        }
    }

    /// Answers what is asked over one connection: the workload, if its proxy lets it through. An ingress passes on what both ends say.
    async fn answer(self, mut stream: TcpStream) -> io::Result<()> {
        let Does::Serves(workload) = &self.workload.does else {
            return self.pass_on(stream).await;
        };
        loop {
            let (hop, takes): (Hop, Duration) = hear(&mut stream).await?;
            let asker = locked(&self.proxy).lets_in(&hop, workload.protocol, self.clocks.now().wall);
            let answer = match asker {
                Err(answer) => answer,
                Ok(asker) => {
                    sleep(takes).await;
                    Answer::By { proxy: self.workload.id.clone(), asker }
                }
            };
            say(&mut stream, &answer).await?;
        }
    }

    /// Where a connection goes is decided once, by what is said on it first.
    async fn pass_on(&self, mut stream: TcpStream) -> io::Result<()> {
        let mut to: Option<(SocketAddr, TcpStream)> = None;
        let mut rng = self.seed.fork(&format!("through {}", self.clocks.world.now())).rng();
        loop {
            let (hop, takes): (Hop, Duration) = hear(&mut stream).await?;
            let (next, server) = match &mut to {
                Some(to) => to,
                None => {
                    let next = locked(&self.proxy).passes(&hop, &mut rng).ok_or(io::ErrorKind::ConnectionReset)?;
                    let server = self.workload.running.connect(SocketAddr::new(next.ip(), INBOUND_PORT)).await?;
                    to.insert((next, server))
                }
            };
            say(server, &(Hop { to: *next, ..hop }, takes)).await?;
            let answer: Answer = hear(server).await?;
            say(&mut stream, &answer).await?;
        }
    }
}
