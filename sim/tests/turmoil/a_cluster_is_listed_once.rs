//! What a zone control plane asks its cluster for: each kind is listed once, and again only where nothing else helps.
use super::{cluster::*, script::*};
use strait_scenarios::{cluster::Behaviour, world::WorldKind::Turmoil};

#[test]
fn and_watched_from_there() {
    let mut script = open(Turmoil, &shop(3));
    script.until_api_answers(1, 20);
    assert_eq!(script.requests("list"), [1; 4]);
    assert_eq!(script.requests("watch"), [1; 4]);
    script.roll_out("api");
    script.run_for(60);
    script.until_api_answers(100, 10);
    assert_eq!((script.requests("list"), script.requests("watch")), ([1; 4], [1; 4]));

    // Watches that end go on from where they were.
    script.behaves(Behaviour::DropsWatches);
    script.roll_out("api");
    script.run_for(60);
    assert_eq!((script.requests("list"), script.requests("watch")), ([1; 4], [2; 4]));
    script.until_api_answers(200, 10);

    // So they do after an outage, in which nothing is forgotten.
    script.behaves(Behaviour::Away);
    script.run_for(100);
    script.world.ask(300, &ask_api("web.shop", 0));
    script.run_for(1);
    script.answered_by(300);
    script.behaves(Behaviour::Fine);
    script.run_for(60);
    assert_eq!(script.requests("list"), [1; 4]);

    // What is forgotten by the API has to be listed, but for a kind of which all is known.
    script.roll_out("api");
    script.run_for_ms(100);
    script.behaves(Behaviour::Expires);
    script.run_for(60);
    let lists = script.requests("list");
    assert!(lists.contains(&2) && lists.iter().all(|lists| *lists <= 2), "{lists:?}");
    script.until_api_answers(400, 10);

    // So it is by a process that begins anew.
    script.world.restart(&at("east"), Disk::Kept);
    script.run_for(30);
    assert_eq!(script.requests("list"), lists.map(|lists| lists + 1));
    script.until_api_answers(500, 10);
}

#[test]
fn a_control_plane_that_is_down_hears_later_what_happened() {
    let mut script = open(Turmoil, &shop(4));
    script.until_api_answers(1, 20);
    assert_eq!(script.services(), ["api", "web"]);
    script.world.kill(&at("east"));
    script.roll_out("api");
    script.run_for(60);
    let service = serde_json::json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}});
    script.order(&strait_scenarios::cluster::ClusterOrder::Delete(service));
    script.world.restart(&at("east"), Disk::Kept);
    script.run_for(30);
    assert_eq!(script.services(), ["api"]);
    script.until_api_answers(100, 20);
}
