//! A host that is in no mesh, from which gateways are asked in plain. It is never down.
use super::{
    TurmoilWorld,
    clock::WorldTime,
    frames::{hear, say},
    host::{Run, Shared, locked},
    running::Running,
    workload::Workload,
};
use crate::proxy::{Does, Lost, address};
use std::{io, net::SocketAddr};
use strait_scenarios::{
    workload::{Answer, Ask, AtWorkload},
    world::{Setup, World as _},
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::spawn_local,
    time::timeout,
};

/// How it is made to ask. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Outside(Shared<Option<UnboundedSender<Question>>>);

/// What is asked, and whom.
struct Question {
    number: u64,
    ask: Ask,
    gateway: Workload,
}

impl TurmoilWorld {
    /// Puts it in its place, after all others, if there is a gateway that it could ask.
    pub(super) fn place_outside(&mut self, setup: &Setup) {
        if setup.proxies.values().all(|workload| workload.gateway.is_none()) {
            return;
        }
        let before = setup.proxies.len() + setup.ingresses.len() + setup.forwarders.len() + setup.moves.len();
        let own = address(u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1));
        let (outside, running, began) = (self.outside.clone(), self.running.clone(), self.now());
        self.sim.host(own, move || outside.start(WorldTime::showing(began), running.clone()));
    }
}

impl Outside {
    fn start(&self, world: WorldTime, running: Running) -> Run {
        let (asks, mut asked): (_, UnboundedReceiver<Question>) = unbounded_channel();
        *locked(&self.0) = Some(asks);
        Box::pin(async move {
            while let Some(question) = asked.recv().await {
                spawn_local(question.put(world, running.clone()));
            }
            Ok(())
        })
    }

    /// A gateway is to be asked.
    pub(super) fn ask(&self, gateway: &Workload, number: u64, ask: &Ask) {
        gateway.tell(AtWorkload::Asks { number, ask: ask.clone() });
        let question = Question { number, ask: ask.clone(), gateway: gateway.clone() };
        if let Some(asks) = &*locked(&self.0) {
            // It ends with the world.
            let _ = asks.send(question);
        }
    }
}

impl Question {
    /// Waits for the answer as long as its author does.
    async fn put(self, world: WorldTime, running: Running) {
        let Self { number, ask, gateway } = self;
        let answer = timeout(ask.patience(), carry(number, &ask, &gateway, &running)).await.unwrap_or_else(|_| Lost::Unanswered.into());
        gateway.happened(world.now(), AtWorkload::Answered { number, answer });
    }
}

async fn carry(number: u64, ask: &Ask, gateway: &Workload, running: &Running) -> Answer {
    let port = if let Does::Serves(workload) = &gateway.does { workload.port } else { 0 };
    let Ok(mut stream) = running.connect(SocketAddr::new(gateway.address(), port)).await else {
        return Answer::Failed("nobody answers at the gateway".to_owned());
    };
    let asked: io::Result<Answer> = async {
        say(&mut stream, &(number, ask)).await?;
        hear(&mut stream).await
    }
    .await;
    asked.unwrap_or_else(|_| Lost::Reset.into())
}
