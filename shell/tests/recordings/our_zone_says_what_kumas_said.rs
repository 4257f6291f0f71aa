//! Our zones connect to the recorded global, and hold what the recorded zones did: they ask, tell, and answer the same.
use super::{
    as_zone::{self, Played},
    holdings,
    permitted::*,
    tape::Recording,
    wire::Rpc,
};
use strait_core::{node::FreezeReason, resource::Origin};

/// Plays a recording; permits these differences only, and in what is held at the end none, of what ours takes: by connection and kind.
async fn play(name: &str, permitted: &[&Permitted], takes: fn(usize, &str) -> bool) -> Option<Played> {
    let recording = Recording::named(name)?;
    let played = as_zone::play(&recording).await;
    only(permitted, &played.found);
    for (name, zone) in &played.zones {
        let ours = holdings::of(&zone.node.observe(), |held| held.origin() == Some(Origin::Global));
        assert_eq!(ours, holdings::told_in(&recording, name, Rpc::GlobalToZoneSync, takes));
    }
    Some(played)
}

#[tokio::test(start_paused = true)]
async fn when_it_connects_for_the_first_time() {
    play("first-connect", &[&ASKS_WHETHER_IT_IS_A_STRAIT, &SAYS_ITS_OWN_STORE, &ENVIRONMENT_LABEL_ON_ALL], |_, _| true).await;
}

#[tokio::test(start_paused = true)]
async fn when_policies_meshes_and_secrets_come_and_go() {
    play("policies", &[&ASKS_WHETHER_IT_IS_A_STRAIT, &SAYS_ITS_OWN_STORE, &ENVIRONMENT_LABEL_ON_ALL], |_, _| true).await;
}

#[tokio::test(start_paused = true)]
async fn when_what_one_zone_announces_reaches_another() {
    let permitted = [&ASKS_WHETHER_IT_IS_A_STRAIT, &SAYS_ITS_OWN_STORE, &ENVIRONMENT_LABEL_ON_ALL, &SAYS_WHERE_ITS_INGRESSES_ARE];
    play("across-zones", &permitted, |_, _| true).await;
}

#[tokio::test(start_paused = true)]
async fn when_it_was_cut_off_and_comes_back() {
    play("reconnect", &[&ASKS_WHETHER_IT_IS_A_STRAIT, &SAYS_ITS_OWN_STORE, &ENVIRONMENT_LABEL_ON_ALL], |_, _| true).await;
}

/// The recorded global comes back empty. What it says before it shows that a mesh is missing is taken: that is its `Config`.
#[tokio::test(start_paused = true)]
async fn until_a_global_that_lost_its_data_would_take_a_mesh_from_it() {
    let takes = |connection: usize, kind: &str| connection == 1 || kind == "Config";
    let permitted = [&ASKS_WHETHER_IT_IS_A_STRAIT, &SAYS_ITS_OWN_STORE, &ENVIRONMENT_LABEL_ON_ALL, &FREEZES];
    let Some(played) = play("global-loses-data", &permitted, takes).await else {
        return;
    };
    let zone = &played.zones["zone-1"].node;
    assert!(zone.holds("payments"));
    let frozen = zone.observe().peers.into_values().filter_map(|peer| peer.consumed.frozen).collect::<Vec<_>>();
    assert_eq!(frozen, [FreezeReason::MeshMissing]);
}

#[tokio::test(start_paused = true)]
async fn when_proxies_are_asked_about() {
    play("admin", &[&ASKS_WHETHER_IT_IS_A_STRAIT, &SAYS_ITS_OWN_STORE, &ENVIRONMENT_LABEL_ON_ALL], |_, _| true).await;
}
