//! The recorded zones connect to our global, which holds what theirs did: it asks, tells, and answers the same.
use super::{
    as_global,
    holdings::{self, Holdings},
    permitted::*,
    tape::Recording,
    wire::Rpc,
};
use std::collections::BTreeSet;
use strait_core::resource::Origin;

/// Plays a recording; permits these differences only, and in what is held at the end none.
async fn play(name: &str, permitted: &[&Permitted]) {
    let Some(recording) = Recording::named(name) else {
        return;
    };
    let played = as_global::play(&recording).await;
    only(permitted, &played.found);
    let observation = played.global.observe();
    for zone in recording.zones().collect::<BTreeSet<_>>() {
        let ours =
            holdings::of(&observation, |held| held.origin() == Some(Origin::Zone) && held.zone().is_some_and(|of| of.as_str() == zone));
        assert_eq!(ours, attributed(holdings::told_in(&recording, zone, Rpc::ZoneToGlobalSync, |_, _| true), zone));
    }
}

/// Kuma's global writes into an ingress which zone it is of: the recordings show that where it passes one on.
fn attributed(mut told: Holdings, zone: &str) -> Holdings {
    for ((kind, _), held) in &mut told {
        if kind == "ZoneIngress" {
            held.spec["zone"] = zone.into();
        }
    }
    told
}

#[tokio::test(start_paused = true)]
async fn when_a_zone_connects_for_the_first_time() {
    play("first-connect", &[&SILENT_WHERE_KUMA_IS_EMPTY, &SILENT_UNTIL_ADMITTED, &MESH_LABEL_ON_ALL]).await;
}

#[tokio::test(start_paused = true)]
async fn when_policies_meshes_and_secrets_come_and_go() {
    play("policies", &[&SILENT_WHERE_KUMA_IS_EMPTY, &SILENT_UNTIL_ADMITTED, &MESH_LABEL_ON_ALL]).await;
}

#[tokio::test(start_paused = true)]
async fn when_what_one_zone_announces_reaches_another() {
    let permitted = [&SILENT_WHERE_KUMA_IS_EMPTY, &LATE_WHERE_KUMA_IS_EMPTY, &SILENT_UNTIL_ADMITTED, &MESH_LABEL_ON_ALL];
    play("across-zones", &permitted).await;
}

#[tokio::test(start_paused = true)]
async fn when_a_zone_was_cut_off_and_comes_back() {
    play("reconnect", &[&SILENT_WHERE_KUMA_IS_EMPTY, &SILENT_UNTIL_ADMITTED, &MESH_LABEL_ON_ALL]).await;
}

#[tokio::test(start_paused = true)]
async fn when_it_has_lost_its_data_and_an_operator_admits_the_zone_nevertheless() {
    play("global-loses-data", &[&SILENT_WHERE_KUMA_IS_EMPTY, &SILENT_UNTIL_ADMITTED, &MESH_LABEL_ON_ALL]).await;
}

#[tokio::test(start_paused = true)]
async fn when_proxies_are_asked_about() {
    let permitted = [&SILENT_WHERE_KUMA_IS_EMPTY, &SILENT_UNTIL_ADMITTED, &MESH_LABEL_ON_ALL, &PROXIES_ARE_NOT_ASKED_ABOUT];
    play("admin", &permitted).await;
}
