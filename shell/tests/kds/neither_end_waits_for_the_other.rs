//! Both ends send more than windows and pipes hold, at the same moment; neither waits for the other to read first.
use super::cast::*;
use strait_core::{
    node::*,
    resource::ZoneName,
    sync::Dialect::{self, Kuma, Strait},
};

/// So many resources at each end, each so large: many times what the pipe and the flow-control windows hold.
const RESOURCES: usize = 300;
const LARGE: usize = 20_000;

fn large(change: Change, n: usize) -> Change {
    let Change::Put(mut resource) = change else { unreachable!() };
    // Different from letter to letter, so that compression does not help.
    let mut state = n as u64 + 1;
    let letters = (0..LARGE).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'!' + u8::try_from((state >> 33) % 90).unwrap())
    });
    resource.labels.insert("note".to_owned(), letters.collect());
    Change::Put(resource)
}

async fn both_send(theirs: Dialect) {
    let (global, pipe) = global(Strait);
    let east = zone("east", 2, theirs, &pipe);
    let operation = Operation::Admit(ZoneName::new("east").unwrap());
    global.mailbox.send(GlobalInput::Operate { ticket: Ticket(1), operation }).await.unwrap();
    global.mailbox.send(GlobalInput::Edit { ticket: Ticket(2), changes: vec![mesh(), timeout("first")] }).await.unwrap();
    until("the zone holds the mesh", || east.holds("first")).await;
    let policies = (0..RESOURCES).map(|n| large(timeout(&format!("policy-{n}")), n)).collect();
    let services = (0..RESOURCES).map(|n| large(service(&format!("service-{n}")), n)).collect();
    global.mailbox.send(GlobalInput::Edit { ticket: Ticket(3), changes: policies }).await.unwrap();
    east.mailbox.send(ZoneInput::Edit { ticket: Ticket(4), changes: services }).await.unwrap();
    let last = RESOURCES - 1;
    for _ in 0..600 {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        if global.holds(&format!("service-{last}")) && east.holds(&format!("policy-{last}")) {
            break;
        }
    }
    assert!(global.holds(&format!("service-{last}")), "what the zone sends never arrived");
    assert!(east.holds(&format!("policy-{last}")), "what global sends never arrived");
    let sessions = global.inputs().iter().filter(|input| matches!(input, GlobalInput::Opened { .. })).count();
    assert_eq!(sessions, 1, "it took more than one session");
}

#[tokio::test(start_paused = true)]
async fn between_straits() {
    both_send(Strait).await;
}

#[tokio::test(start_paused = true)]
async fn in_kumas_dialect() {
    both_send(Kuma).await;
}
