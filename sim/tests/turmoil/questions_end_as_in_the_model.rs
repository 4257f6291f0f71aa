//! What workloads ask each other ends once, and as in the model: also where a host or a control plane dies meanwhile.
use super::script::*;
use strait_core::sync::Dialect::Strait;
use strait_scenarios::{
    event::What,
    workload::{Answer, AtWorkload},
    world::WorldKind::{self, Model, Turmoil},
};

/// How the questions ended, in their order.
fn answers(script: &Script) -> Vec<(u64, Answer)> {
    let answered = |what: &What| match what {
        What::Workload(AtWorkload::Answered { number, answer }) => Some((*number, answer.clone())),
        _ => None,
    };
    let mut answers: Vec<_> = script.events.iter().filter_map(|event| answered(&event.what)).collect();
    answers.sort_by_key(|(number, _)| *number);
    answers
}

fn run(kind: WorldKind) -> Vec<(u64, Answer)> {
    let mut setup = setup(5, Strait, &[("east", Strait)]);
    setup.proxies = ["api", "web"].map(|name| (proxy(name), workload(name))).into();
    let mut script = Script::in_world(kind, &setup);
    script.put(&GLOBAL, mesh_of_workloads());
    script.world.ask(1, &ask("web", "api", 0));
    script.run_for(20);
    script.world.ask(2, &ask("web", "api", 0));
    script.world.ask(3, &ask("web", "nobody", 0));
    script.world.ask(4, &ask("web", "web", 0));
    script.run_for(1);
    script.world.ask(5, &ask("web", "api", 1000));
    script.run_for_ms(300);
    script.world.kill_proxy(&proxy("api"));
    script.world.ask(6, &ask("web", "api", 0));
    script.run_for(2);
    script.world.restart_proxy(&proxy("api"));
    script.run_for(5);
    script.world.ask(7, &ask("web", "api", 1000));
    script.run_for_ms(300);
    script.world.kill_proxy(&proxy("web"));
    script.world.ask(8, &ask("web", "api", 0));
    script.run_for(2);
    script.world.restart_proxy(&proxy("web"));
    script.world.ask(9, &ask("web", "api", 0));
    script.run_for(5);
    script.world.kill(&at("east"));
    script.run_for(5);
    script.world.ask(10, &ask("web", "api", 0));
    script.run_for_ms(100);
    script.world.restart_proxy(&proxy("api"));
    script.run_for(2);
    script.world.ask(11, &ask("web", "api", 0));
    script.world.restart(&at("east"), Disk::Kept);
    script.run_for(5);
    script.world.ask(12, &ask("web", "api", 0));
    script.world.power_loss(&at("east"));
    script.world.restart(&at("east"), Disk::Kept);
    script.run_for(5);
    assert_eq!(script.world.observe(&at("east")).unwrap().proxies.len(), 2, "in {kind}");
    script.world.ask(13, &ask("api", "web", 0));
    script.run_for(10);
    answers(&script)
}

#[test]
fn questions_end_as_in_the_model() {
    let here = run(Turmoil);
    let numbers: Vec<u64> = here.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=13).collect::<Vec<_>>());
    assert_eq!(here, run(Model));
    let answered = |number: u64| matches!(here[number as usize - 1].1, Answer::By { .. });
    assert_eq!((1..=13).filter(|number| answered(*number)).collect::<Vec<_>>(), [2, 4, 10, 12, 13], "{here:#?}");
}
