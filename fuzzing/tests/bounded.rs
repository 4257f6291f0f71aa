//! Every target, on its seeds, on what a search once found (`corpus/`), and on a bounded number of inputs made of those. The same ones in every run.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr)]
use rand::{RngExt, rngs::ChaCha8Rng, seq::IndexedRandom};
use std::{
    collections::BTreeSet,
    panic::{self, AssertUnwindSafe},
};
use strait_core::Seed;
use strait_fuzzing::{TARGETS, Target, corpus, global_after, zone_after};

/// So many inputs are made for a target that decodes; for one that lives, which costs more, a tenth.
const INPUTS: usize = 3000;
/// No input that is made is longer, in bytes.
const LONGEST: usize = 4096;

/// What a search of this target begins with.
fn known(target: &Target) -> Vec<Vec<u8>> {
    (target.seeds)().into_iter().chain(corpus::read(target.name).unwrap()).collect()
}

/// One input made of another one, and a piece of a third.
fn made(known: &[Vec<u8>], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = known.choose(rng).cloned().unwrap_or_default();
    for _ in 0..rng.random_range(1..=8) {
        let at = rng.random_range(0..=bytes.len());
        let piece = at..(at + rng.random_range(0..=16)).min(bytes.len());
        match rng.random_range(0..7) {
            0 => bytes.insert(at, rng.random()),
            1 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
            2 if at < bytes.len() => bytes[at] = *[0, 1, 0x7f, 0x80, 0xff, b'"', b'{', b'}', b'0', b'9', b'-', b'\n'].choose(rng).unwrap(),
            3 => _ = bytes.drain(piece),
            4 => {
                let copy = bytes[piece].to_vec();
                bytes.splice(at..at, copy);
            }
            5 => bytes.truncate(at),
            _ => {
                let other = known.choose(rng).cloned().unwrap_or_default();
                let begin = rng.random_range(0..=other.len());
                let end = rng.random_range(begin..=other.len());
                bytes.splice(at..at, other[begin..end].iter().copied());
            }
        }
    }
    bytes.truncate(LONGEST);
    bytes
}

/// Runs a target; if it panics, shows on what.
fn run(target: &Target, input: &[u8]) {
    let ended = panic::catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    if let Err(why) = ended {
        let hex: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
        eprintln!("{} fails on {} bytes: {hex}\n{}", target.name, input.len(), String::from_utf8_lossy(input));
        panic::resume_unwind(why);
    }
}

fn search(all: &[&Target], inputs: usize) {
    for target in all {
        let known = known(target);
        known.iter().for_each(|input| run(target, input));
        run(target, &[]);
        let rng = &mut Seed(0x5eed).fork(target.name).rng();
        for _ in 0..inputs {
            run(target, &made(&known, rng));
        }
    }
}

const LIVES: &[&str] = &["zone", "global", "store-of-a-zone", "store-of-global"];

#[test]
fn whatever_is_read_nothing_panics_and_what_is_taken_says_the_same_again() {
    let decoders: Vec<&Target> = TARGETS.iter().filter(|target| !LIVES.contains(&target.name)).collect();
    assert!(decoders.len() >= 10);
    search(&decoders, INPUTS);
}

#[test]
fn whatever_happens_to_a_node_it_goes_on_and_starts_again() {
    let lives: Vec<&Target> = TARGETS.iter().filter(|target| LIVES.contains(&target.name)).collect();
    assert_eq!(lives.len(), LIVES.len());
    search(&lives, INPUTS / 10);
}

/// Else the tests above could not fail.
#[test]
#[should_panic(expected = "too deep")]
fn a_target_that_panics_far_inside_is_found() {
    fn run(bytes: &[u8]) {
        assert!(!bytes.starts_with(b"[[["), "too deep");
    }
    search(&[&Target { name: "wrong", run, seeds: || vec![b"[[1]]".to_vec()] }], INPUTS);
}

/// What lives lead to, in all: else they would prove little.
#[test]
fn lives_lead_somewhere() {
    let (mut reached, mut global) = (BTreeSet::new(), BTreeSet::new());
    let rng = &mut Seed(0x5eed).fork("lives").rng();
    let [zones, globals] = ["zone", "global"].map(|name| known(strait_fuzzing::named(name).unwrap()));
    for _ in 0..60 {
        let after = zone_after(&made(&zones, rng));
        let peers = || after.peers.values();
        let marks = [
            ("a session", peers().any(|peer| peer.session.is_some())),
            ("refused", peers().any(|peer| peer.last_end.is_some())),
            ("frozen", peers().any(|peer| peer.consumed.frozen.is_some())),
            ("rejected", peers().any(|peer| !peer.rejected.is_empty())),
            ("resources", after.view.resources.len() > 3),
            ("an address", !after.view.vips.is_empty()),
            ("a proxy", !after.proxies.is_empty()),
        ];
        reached.extend(marks.into_iter().filter_map(|(name, is)| is.then_some(name)));
        let after = global_after(&made(&globals, rng));
        let peers = || after.peers.values();
        let marks = [
            ("a session", peers().any(|peer| peer.session.is_some())),
            ("refused", peers().any(|peer| peer.last_end.is_some())),
            ("waiting", peers().any(|peer| peer.waiting.is_some())),
            ("rejected", peers().any(|peer| !peer.rejected.is_empty())),
            ("resources", after.view.resources.len() > 3),
        ];
        global.extend(marks.into_iter().filter_map(|(name, is)| is.then_some(name)));
    }
    assert_eq!(reached, BTreeSet::from(["a session", "refused", "frozen", "rejected", "resources", "an address", "a proxy"]));
    assert_eq!(global, BTreeSet::from(["a session", "refused", "waiting", "rejected", "resources"]));
}

/// A target whose seeds are refused at once tells nothing about what is behind that.
#[test]
fn seeds_make_sense() {
    for target in TARGETS {
        assert!(!(target.seeds)().is_empty(), "{} has no seeds", target.name);
    }
    let disks = ["store-of-a-zone", "store-of-global"].map(|name| (strait_fuzzing::named(name).unwrap().seeds)());
    assert!(disks.iter().all(|disks| disks.iter().any(|disk| disk.split(|byte| *byte == b'\n').count() > 8)), "the disks are bare");
    assert!(strait_fuzzing::named("zone").is_some() && strait_fuzzing::named("none").is_none());
}
