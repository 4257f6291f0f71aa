//! A list of a time before what is known, as a cache of the API or a restored cluster says it: it is shown, and counts for nothing, until a newer
//! one comes or an operator adopts.
use crate::{
    manifests::{pod, service},
    stage::Zone,
};
use serde_json::json;
use strait_core::{
    kubernetes::ObjectKind,
    node::{Operation, StaleList, Ticket, ZoneInput},
};

/// A zone that has seen two pods, and an API that says what it said before the second.
fn behind(restarted: bool) -> Zone {
    let mut zone = Zone::new();
    zone.put(&service("web", json!({"app": "web"}), "10.96.0.1"));
    zone.put(&pod("web-0", json!({"app": "web"}), "10.1.0.1"));
    let (objects, version) = (zone.objects.clone(), zone.version);
    zone.put(&pod("web-1", json!({"app": "web"}), "10.1.0.2"));
    if restarted {
        zone.restart();
    }
    zone.objects = objects;
    zone.version = version;
    zone.list_all();
    zone
}

#[test]
fn it_takes_nothing_away_while_the_zone_runs_and_not_after_a_restart_either() {
    for restarted in [false, true] {
        let mut zone = behind(restarted);
        assert_eq!(zone.names("Dataplane"), ["web-0.shop", "web-1.shop"]);
        let stale = zone.status().stale;
        assert_eq!(stale.get(&ObjectKind::Pod), Some(&StaleList { listed: 102, known: 103 }));
        assert!(!zone.status().is_current());
        // The API has caught up.
        zone.version = 110;
        zone.list_all();
        assert_eq!(zone.names("Dataplane"), ["web-0.shop"]);
        assert!(zone.status().is_current());
    }
}

#[test]
fn what_is_newer_goes_on_meanwhile() {
    let mut zone = behind(false);
    zone.version = 110;
    zone.put(&pod("web-2", json!({"app": "web"}), "10.1.0.3"));
    assert_eq!(zone.names("Dataplane"), ["web-0.shop", "web-1.shop", "web-2.shop"]);
}

#[test]
fn an_operator_says_that_the_cluster_was_restored() {
    let mut zone = behind(true);
    zone.alone.input(ZoneInput::Operate { ticket: Ticket(1), operation: Operation::Adopt });
    assert_eq!(zone.names("Dataplane"), ["web-0.shop"]);
    assert!(zone.status().is_current());
    // From now on that is the history.
    zone.put(&pod("web-3", json!({"app": "web"}), "10.1.0.4"));
    assert_eq!(zone.names("Dataplane"), ["web-0.shop", "web-3.shop"]);
}

/// News of an object that is older than what is known of it, as after a watch began anew.
#[test]
fn old_news_of_one_object_counts_for_nothing() {
    let mut zone = Zone::new();
    let old = pod("web-0", json!({"app": "web"}), "10.1.0.1");
    zone.put(&pod("web-0", json!({"app": "web"}), "10.1.0.9"));
    zone.version -= 2;
    zone.put(&old);
    let address = |zone: &Zone| zone.held("Dataplane", "web-0.shop").unwrap().spec.value().unwrap()["networking"]["address"].clone();
    assert_eq!(address(&zone), "10.1.0.9");
    zone.version -= 2;
    zone.gone(ObjectKind::Pod, "shop", "web-0");
    assert_eq!(zone.names("Dataplane"), ["web-0.shop"]);
}
