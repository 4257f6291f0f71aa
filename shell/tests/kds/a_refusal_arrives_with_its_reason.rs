//! Why global ends a session is told to the zone, and neither node hears of the session again.
use super::cast::*;
use strait_core::{
    node::{Refusal, ZoneInput},
    sync::Dialect::Strait,
};

#[tokio::test(start_paused = true)]
async fn a_second_store_under_one_name_is_refused() {
    let (global, pipe) = global(Strait);
    let first = zone("east", 2, Strait, &pipe);
    until("the zone has its session", || first.observe().peers.values().any(|peer| peer.session.is_some())).await;
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    let second = zone("east", 3, Strait, &pipe);
    let told = |inputs: Vec<ZoneInput>| {
        inputs.into_iter().find_map(|input| if let ZoneInput::Closed { why, .. } = input { Some(why) } else { None })
    };
    until("the second is refused", || told(second.inputs()).is_some()).await;
    assert_eq!(told(second.inputs()), Some(Some(Refusal::NameTaken)));
    assert_eq!(told(first.inputs()), None);
    // Global ended it, so global is not told that it ended.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert!(!global.inputs().iter().any(|input| matches!(input, strait_core::node::GlobalInput::Closed { .. })));
}
