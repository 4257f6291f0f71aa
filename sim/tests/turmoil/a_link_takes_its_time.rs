//! A link carries as many bytes in a second as its rate says, and loses as many packets as its loss says: those come again, late.
use super::script::*;
use rand::RngExt;
use std::{num::NonZeroU64, time::Duration};
use strait_core::{Emit, Seed, node::ObservationChange, resource::Resource, time::Mono};
use strait_scenarios::{
    event::{Stepped, What},
    link::Share,
    world::Link,
};

const PLAIN: Link = Link {
    delay: Duration::from_millis(20),
    jitter: Duration::ZERO,
    loss: Share(0),
    burst: 0,
    duplicate: Share(0),
    reorder: Share(0),
    rate: None,
};

/// About 30 kB that do not compress.
fn large(name: &str) -> Resource {
    let mut rng = Seed(1).rng();
    let data: String = (0..40_000).map(|_| char::from(b'a' + rng.random_range(0..26_u8))).collect();
    secret(name, &data)
}

/// When east first held the resource of that name.
fn held_since(script: &Script, name: &str) -> Option<Mono> {
    let is_it = |emit: &Emit<_>| matches!(emit, Emit::Observed(ObservationChange::Holds(held)) if held.display_name() == name);
    let holds = |what: &What| matches!(what, What::Stepped(Stepped::Zone { emits, .. }) if emits.iter().any(is_it));
    script.events.iter().find(|event| event.node == at("east") && holds(&event.what)).map(|event| event.at)
}

/// How long it takes until east holds something large.
fn takes(link: Link) -> Duration {
    let mut script = straits();
    script.world.link(&zone("east"), link);
    let before = script.session(&at("east"), "east");
    let begun = script.world.now();
    script.put(&GLOBAL, large("large"));
    script.run_for(60);
    assert_eq!(script.session(&at("east"), "east"), before, "{link:?}");
    held_since(&script, "large").unwrap_or_else(|| panic!("never held over {link:?}")).since(begun)
}

#[test]
fn a_rate_is_in_bytes_and_seconds() {
    assert!(takes(PLAIN) < Duration::from_millis(500));
    for rate in [3_000, 12_000] {
        let (took, least) = (takes(Link { rate: NonZeroU64::new(rate), ..PLAIN }), 30_000.0 / rate as f64);
        // Beside it there is what says what it is, and there are heartbeats; and global hears in turns how far it has come.
        assert!((least..least * 1.25 + 0.5).contains(&took.as_secs_f64()), "{took:?} at {rate} B/s, which carries it in {least} s");
    }
}

/// How many of a thousand edits, each in a packet of its own, come late.
fn late_of_a_thousand(loss: u32) -> usize {
    const EDITS: usize = 250;
    let mut script = straits();
    script.world.link(&zone("east"), Link { loss: Share(loss), ..PLAIN });
    let before = script.session(&at("east"), "east");
    let mut begun = Vec::new();
    for number in 0..EDITS {
        begun.push(script.world.now());
        script.put(&GLOBAL, timeout(&format!("edit-{number}"), 1));
        script.run_for_ms(700);
    }
    script.run_for(10);
    let took = begun.iter().enumerate().map(|(number, begun)| {
        let name = format!("edit-{number}");
        held_since(&script, &name).unwrap_or_else(|| panic!("{name} was never held")).since(*begun)
    });
    // A lost packet is sent again after a round trip and 200 ms.
    let late = took.filter(|took| *took >= Duration::from_millis(240)).count();
    assert_eq!(script.session(&at("east"), "east"), before, "nothing was lost for good");
    late * 1000 / EDITS
}

#[test]
fn a_loss_is_in_millionths_of_packets() {
    assert_eq!(late_of_a_thousand(0), 0);
    for loss in [40_000, 200_000] {
        let (late, expected) = (late_of_a_thousand(loss), loss as usize / 1000);
        // What follows a lost packet waits for it, and the answer to one edit may be lost before the next is sent.
        assert!((expected / 2..=expected * 5 / 2).contains(&late), "{late} of 1000 came late, {expected} packets are lost");
    }
}
