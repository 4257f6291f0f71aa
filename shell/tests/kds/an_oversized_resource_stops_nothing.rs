//! A resource that no message could carry is refused where it is written, and stops nothing that comes after it.
use super::cast::*;
use strait_core::{
    node::*,
    resource::*,
    sync::{Dialect, Dialect::Strait},
};

fn big(name: &str) -> Change {
    let Change::Put(mut resource) = timeout(name) else { unreachable!() };
    resource.labels.insert("note".to_owned(), "x".repeat(11 << 20));
    Change::Put(resource)
}

async fn oversized(theirs: Dialect) {
    let (global, pipe) = global(Strait);
    let east = zone("east", 2, theirs, &pipe);
    global
        .mailbox
        .send(GlobalInput::Operate { ticket: Ticket(3), operation: Operation::Admit(ZoneName::new("east").unwrap()) })
        .await
        .unwrap();
    global.mailbox.send(GlobalInput::Edit { ticket: Ticket(1), changes: vec![mesh(), timeout("small")] }).await.unwrap();
    until("the zone holds the policy", || east.holds("small")).await;
    global.mailbox.send(GlobalInput::Edit { ticket: Ticket(2), changes: vec![big("big")] }).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    global.mailbox.send(GlobalInput::Edit { ticket: Ticket(4), changes: vec![timeout("later")] }).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(300)).await;
    let sessions = global.inputs().iter().filter(|input| matches!(input, GlobalInput::Opened { .. })).count();
    assert_eq!(sessions, 1);
    assert!(!global.holds("big"));
    assert!(east.holds("later"), "one oversized resource stops everything after it");
}

#[tokio::test(start_paused = true)]
async fn an_oversized_resource_is_refused_by_name() {
    oversized(Strait).await;
}

#[tokio::test(start_paused = true)]
async fn an_oversized_resource_is_refused_by_name_kuma() {
    oversized(Dialect::Kuma).await;
}
