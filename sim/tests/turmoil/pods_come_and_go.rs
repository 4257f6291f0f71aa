//! Pods are workloads: who asks is a pod that runs, and what one leaves another gets.
use super::{cluster::*, script::*};
use std::collections::BTreeSet;
use strait_scenarios::{
    event::What,
    workload::{Answer, AtWorkload, ProxyId},
    world::WorldKind::{Model, Turmoil},
};

fn asked_by(script: &Script, number: u64) -> ProxyId {
    let asks = |what: &What| match what {
        What::Workload(AtWorkload::Asks { number: of, ask }) if *of == number => Some(ask.from.clone()),
        _ => None,
    };
    script.events.iter().find_map(|event| asks(&event.what)).unwrap()
}

#[test]
fn who_asks_is_a_pod_of_the_deployment_that_is_named() {
    for kind in [Model, Turmoil] {
        let mut script = open(kind, &shop(5));
        script.world.ask(1, &ask_api("web.shop", 0));
        script.run_for(1);
        assert!(script.answered_by(1).starts_with("api-"), "{kind}");
        let first = asked_by(&script, 1);
        assert!(first.name.as_str().starts_with("web-") && first.name.as_str().ends_with(".shop"), "{kind}: {first}");

        script.roll_out("web");
        script.run_for(60);
        script.world.ask(2, &ask_api("web.shop", 0));
        script.run_for(1);
        script.answered_by(2);
        let second = asked_by(&script, 2);
        assert_ne!(first, second, "{kind}");
        // Gone by its own name, too.
        script.world.ask(3, &ask_api(first.name.as_str(), 0));
        script.world.ask(4, &ask_api(second.name.as_str(), 0));
        script.world.ask(5, &ask_api("nobody.shop", 0));
        script.run_for(1);
        assert_eq!(script.answer_to(3), Some(&Answer::Failed("no such pod is there".to_owned())), "{kind}");
        assert_eq!(script.answer_to(5), script.answer_to(3), "{kind}");
        script.answered_by(4);
    }
}

#[test]
fn a_pod_that_ends_answers_nothing_more() {
    for kind in [Model, Turmoil] {
        let mut script = open(kind, &shop(6));
        script.world.ask(1, &ask_api("web.shop", 20_000));
        script.run_for(1);
        script.roll_out("api");
        script.run_for(60);
        assert!(matches!(script.answer_to(1), Some(Answer::Failed(_))), "{kind}: {:?}", script.answer_to(1));
    }
}

#[test]
fn what_one_leaves_another_gets() {
    let mut script = open(Turmoil, &shop(7));
    let mut answered = BTreeSet::new();
    for round in 0..6 {
        script.until_api_answers(1 + round * 1000, 30);
        for number in 500 + round * 1000..510 + round * 1000 {
            script.world.ask(number, &ask_api("web.shop", 0));
            script.run_for_ms(100);
            answered.insert(script.answered_by(number));
        }
        script.roll_out("api");
        script.run_for(60);
    }
    let addresses = script.addresses_of("api");
    let different: BTreeSet<&String> = addresses.iter().collect();
    assert_eq!(addresses.len(), 2 * 7);
    assert!(different.len() <= 5, "{different:?}");
    assert!(answered.len() >= 10, "{answered:?}");
}
