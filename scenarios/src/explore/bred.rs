//! A case that is made of two others.
use super::{
    case::{Case, MOST_OPS},
    op::Op,
};
use rand::{RngExt, rngs::ChaCha8Rng, seq::IndexedRandom};
use strait_core::Seed;

/// The first, with something of the second, and something changed.
pub(super) fn mixed(seed: Seed, one: &Case, other: &Case, rng: &mut ChaCha8Rng) -> Case {
    let mut case = one.clone();
    // Chance in the world is another one, or the same.
    if rng.random_ratio(2, 3) {
        case.seed = seed;
    }
    if rng.random_ratio(1, 4) {
        case.left.clone_from(&other.left);
    }
    for _ in 0..rng.random_range(1..=4) {
        change(&mut case.ops, &other.ops, rng);
    }
    case.ops.truncate(MOST_OPS);
    case
}

fn change(ops: &mut Vec<Op>, others: &[Op], rng: &mut ChaCha8Rng) {
    let stretch = |of: usize, rng: &mut ChaCha8Rng| {
        let begin = rng.random_range(0..=of);
        begin..(begin + rng.random_range(1..=8)).min(of)
    };
    let at = rng.random_range(0..=ops.len());
    match rng.random_range(0..6) {
        0 | 1 => {
            let taken = others[stretch(others.len(), rng)].to_vec();
            ops.splice(at..at, taken);
        }
        2 => _ = ops.drain(stretch(ops.len(), rng)),
        3 => {
            let again = ops[stretch(ops.len(), rng)].to_vec();
            ops.splice(at..at, again);
        }
        4 => ops.get_mut(at).into_iter().for_each(|op| op.which[rng.random_range(0..4)] = rng.random()),
        _ => ops.get_mut(at).into_iter().for_each(|op| op.after_ms = *[0, 1, 50, 500, 5_000, 30_000].choose(rng).unwrap_or(&0)),
    }
}
