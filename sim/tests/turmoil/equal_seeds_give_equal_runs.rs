//! Two runs from one seed are equal, event by event; another seed gives another run.
use super::{cluster::*, script::*};
use std::time::Duration;
use strait_core::sync::Dialect::{Kuma, Strait};
use strait_scenarios::{
    cluster::Behaviour,
    forwarder::{Forwarder, ForwarderId},
    kubernetes::{RefusedWith, Rule},
    world::WorldKind::Turmoil,
};

fn run(seed: u64) -> String {
    let mut setup = setup(seed, Strait, &[("east", Strait), ("west", Kuma), ("north", Strait)]);
    setup.proxies = ["api", "web"].map(|name| (proxy(name), workload(name))).into();
    let mut script = Script::new(&setup);
    script.put(&GLOBAL, mesh_of_workloads());
    script.run_for(5);
    script.world.ask(1, &ask("web", "api", 2000));
    script.world.cut(&zone("east"), CutHow::Stall);
    script.put(&GLOBAL, timeout("retry", 1));
    script.world.power_loss(&at("north"));
    script.run_for(10);
    script.world.cut(&zone("east"), CutHow::Sever);
    script.world.kill(&at("west"));
    script.world.kill_proxy(&proxy("api"));
    script.run_for(5);
    script.world.restart_proxy(&proxy("api"));
    script.world.restart(&at("east"), Disk::Kept);
    script.world.heal(&zone("east"));
    script.world.restart(&at("north"), Disk::Kept);
    script.world.restart(&GLOBAL, Disk::Kept);
    script.world.restart(&at("west"), Disk::Kept);
    script.put(&at("east"), service("backend"));
    script.run_for(10);
    script.world.ask(2, &ask("web", "api", 0));
    script.run_for(20);
    format!("{:#?}{:?}", script.events, script.meters())
}

#[test]
fn equal_seeds_give_equal_runs() {
    let first = run(11);
    assert!(first == run(11));
    assert!(first != run(12));
}

/// A runtime drops its tasks in an order that follows from how many tasks the whole process has ever had.
#[test]
fn a_host_that_dies_ends_its_connections_in_one_order_however_many_tasks_were_before() {
    let run = || {
        let mut setup = setup(11, Strait, &[("east", Strait)]);
        setup.proxies = ["api", "web", "db"].map(|name| (proxy(name), workload(name))).into();
        let near = ForwarderId { zone: zone("east"), name: "near".parse().unwrap() };
        setup.forwarders = [(near.clone(), Forwarder { delay: Duration::ZERO })].into();
        let mut script = Script::new(&setup);
        script.put(&GLOBAL, mesh_of_workloads());
        script.run_for(5);
        script.world.kill_forwarder(&near);
        script.run_for(1);
        format!("{:#?}", script.events)
    };
    let first = run();
    for _ in 0..4 {
        // One more task.
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { tokio::spawn(async {}).await.unwrap() });
        assert!(first == run());
    }
}

/// Also where a client of the API has to wait by chance, and says on objects what is wrong with them.
#[test]
fn so_do_runs_with_a_cluster_that_misbehaves() {
    let run = |seed: u64| {
        let mut script = open(Turmoil, &shop(seed));
        script.world.ask(1, &ask_api("web.shop", 2000));
        script.behaves(Behaviour::Away);
        script.run_for(30);
        script.behaves(Behaviour::Fine);
        let whom = Rule { user: "system:serviceaccount:".to_owned(), ..Rule::default() };
        script.behaves(Behaviour::Refuses { with: RefusedWith::InternalError, requests: 30, whom });
        script.behaves(Behaviour::Expires);
        script.roll_out("api");
        script.run_for(60);
        script.world.restart(&at("east"), Disk::Kept);
        script.roll_out("web");
        script.run_for(60);
        script.world.ask(2, &ask_api("web.shop", 0));
        script.run_for(10);
        let mut events = Vec::new();
        script.world.look_at_cluster(&zone("east"), &mut |api| events.extend(api.all_held("events").cloned()));
        (format!("{:#?}{:?}", script.events, script.meters()), events)
    };
    let first = run(11);
    assert!(first == run(11));
    assert!(first != run(12));
}
