//! However sessions end, nothing of them goes on: as many tasks run after many of them as after a few.
use super::cast::*;
use strait_core::sync::Dialect::Strait;
use strait_proto::kds::{DeltaDiscoveryRequest, DeltaDiscoveryResponse};

fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

fn as_a_strait<T>(mut call: tonic::Request<T>) -> tonic::Request<T> {
    call.metadata_mut().insert("strait-dialect", "1".parse().unwrap());
    call
}

#[derive(Clone, Copy)]
enum Badly {
    Nonsense,
    OneLaneAlone,
    HangsUp,
    AsksForNothing,
}

async fn session(pipe: &Pipe, badly: Badly) {
    let mut client = stranger(pipe.clone()).await;
    let (say, said) = tokio::sync::mpsc::channel::<DeltaDiscoveryRequest>(1);
    let down = as_a_strait(signed(tokio_stream::wrappers::ReceiverStream::new(said)));
    let mut down = client.global_to_zone_sync(down).await.unwrap().into_inner();
    let up = as_a_strait(signed(tokio_stream::pending::<DeltaDiscoveryResponse>()));
    let up = if let Badly::OneLaneAlone = badly { None } else { Some(client.zone_to_global_sync(up).await.unwrap()) };
    match badly {
        Badly::Nonsense => say.send(DeltaDiscoveryRequest { type_url: "no kind".to_owned(), ..Default::default() }).await.unwrap(),
        Badly::HangsUp => return,
        Badly::OneLaneAlone | Badly::AsksForNothing => {}
    }
    // Until global gives it up.
    while let Ok(Some(_)) = down.message().await {}
    drop((up, say));
}

async fn sessions_that_end_badly(pipe: &Pipe) {
    for badly in [Badly::Nonsense, Badly::OneLaneAlone, Badly::HangsUp, Badly::AsksForNothing] {
        session(pipe, badly).await;
    }
    // Until the last of them is forgotten.
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
}

#[tokio::test(start_paused = true)]
async fn at_global() {
    let (_global, pipe) = global(Strait);
    sessions_that_end_badly(&pipe).await;
    let after_few = tasks();
    for _ in 0..10 {
        sessions_that_end_badly(&pipe).await;
    }
    assert_eq!(tasks(), after_few);
}

#[tokio::test(start_paused = true)]
async fn in_a_zone() {
    let (global, pipe) = global(Strait);
    let first = zone("east", 2, Strait, &pipe);
    until("the zone has its session", || first.observe().peers.values().any(|peer| peer.session.is_some())).await;
    // Another store under this name is refused, again and again.
    let second = zone("east", 3, Strait, &pipe);
    let refused = || second.inputs().iter().filter(|input| matches!(input, strait_core::node::ZoneInput::Closed { .. })).count();
    until("it is refused", || refused() >= 3).await;
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    let after_few = tasks();
    until("it is refused many times more", || refused() >= 30).await;
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert!(tasks() <= after_few + 4, "{} tasks, and {after_few} before", tasks());
    drop(global);
}
