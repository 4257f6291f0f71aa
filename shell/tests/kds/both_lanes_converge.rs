//! What is written on global arrives in a zone, and the other way round, in both dialects.
use super::cast::*;
use strait_core::{
    node::{GlobalInput, Operation, Ticket, ZoneInput},
    resource::ZoneName,
    sync::Dialect,
};

async fn converge(ours: Dialect, theirs: Dialect) {
    let (global, pipe) = global(ours);
    let east = zone("east", 2, theirs, &pipe);
    let changes = vec![mesh(), timeout("retry")];
    global.mailbox.send(GlobalInput::Edit { ticket: Ticket(1), changes }).await.unwrap();
    if ours.min(theirs) == Dialect::Kuma {
        // What a plain Kuma zone holds is anybody's guess, so an operator lets it in.
        let operation = Operation::Admit(ZoneName::new("east").unwrap());
        global.mailbox.send(GlobalInput::Operate { ticket: Ticket(3), operation }).await.unwrap();
    }
    until("the zone holds the policy", || east.holds("retry")).await;
    east.mailbox.send(ZoneInput::Edit { ticket: Ticket(2), changes: vec![service("backend")] }).await.unwrap();
    until("global holds the service", || global.holds("backend")).await;
    let session = east.observe().peers.values().next().unwrap().session.unwrap();
    assert_eq!(session.dialect, ours.min(theirs));
    // And it stays: pings and heartbeats are answered.
    tokio::time::sleep(std::time::Duration::from_secs(100)).await;
    assert_eq!(east.observe().peers.values().next().unwrap().session, Some(session));
    assert!(!global.inputs().iter().any(|input| matches!(input, GlobalInput::Closed { .. })));
}

#[tokio::test(start_paused = true)]
async fn between_straits() {
    converge(Dialect::Strait, Dialect::Strait).await;
}

#[tokio::test(start_paused = true)]
async fn in_kumas_dialect() {
    converge(Dialect::Kuma, Dialect::Strait).await;
    converge(Dialect::Strait, Dialect::Kuma).await;
}
