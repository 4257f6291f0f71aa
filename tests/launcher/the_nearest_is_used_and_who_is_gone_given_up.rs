//! Of several control planes the nearest is used, by a clear margin and not at once; one that is not reached any more is given up soon.
use crate::nearest::Choice;
use std::time::Duration;

/// In milliseconds; 0: not reached.
fn took<const N: usize>(milliseconds: [u64; N]) -> [Option<Duration>; N] {
    milliseconds.map(|milliseconds| (milliseconds > 0).then(|| Duration::from_millis(milliseconds)))
}

/// Who is used after so many rounds, in which all took as long.
fn after<const N: usize>(choice: &mut Choice, rounds: usize, milliseconds: [u64; N]) -> usize {
    (0..rounds).for_each(|_| _ = choice.measured(&took(milliseconds)));
    choice.chosen()
}

#[test]
fn who_is_nearer_by_far_is_used_after_some_rounds() {
    let mut choice = Choice::new(3, 0);
    assert_eq!(after(&mut choice, 2, [100, 70, 20]), 0, "not at once");
    assert_eq!(after(&mut choice, 1, [100, 70, 20]), 2);
    assert_eq!(after(&mut choice, 100, [19, 70, 20]), 2, "and a little nearer is not enough");
    assert_eq!(after(&mut choice, 100, [13, 70, 20]), 2);
    assert_eq!(after(&mut choice, 100, [11, 70, 20]), 0);
}

#[test]
fn what_nobody_notices_is_no_reason() {
    let mut choice = Choice::new(2, 0);
    let round = [Some(Duration::from_micros(900)), Some(Duration::from_micros(50))];
    (0..100).for_each(|_| assert_eq!(choice.measured(&round), None));
}

#[test]
fn one_that_is_near_now_and_then_is_not_used() {
    let mut choice = Choice::new(2, 0);
    for _ in 0..50 {
        assert_eq!(choice.measured(&took([50, 10])), None);
        assert_eq!(choice.measured(&took([50, 80])), None);
    }
    // Nor one that is near and mostly not reached.
    for _ in 0..50 {
        assert_eq!(choice.measured(&took([50, 10])), None);
        assert_eq!(choice.measured(&took([50, 0])), None);
        assert_eq!(choice.measured(&took([50, 0])), None);
    }
}

#[test]
fn one_measurement_that_is_lost_says_nothing() {
    let mut choice = Choice::new(2, 0);
    assert_eq!(after(&mut choice, 5, [10, 100]), 0);
    assert_eq!(after(&mut choice, 2, [0, 100]), 0);
    assert!(choice.is_doubted());
    assert_eq!(after(&mut choice, 5, [10, 100]), 0);
    assert!(!choice.is_doubted());
}

#[test]
fn who_is_not_reached_any_more_is_given_up_for_the_nearest_that_is() {
    let mut choice = Choice::new(4, 0);
    assert_eq!(after(&mut choice, 5, [10, 100, 50, 20]), 0);
    assert_eq!(after(&mut choice, 2, [0, 100, 50, 0]), 0);
    assert_eq!(after(&mut choice, 1, [0, 100, 50, 0]), 2);
    assert!(!choice.is_doubted());
    assert_eq!(after(&mut choice, 10, [0, 0, 0, 0]), 2, "there is nobody else");
    assert_eq!(after(&mut choice, 1, [0, 100, 0, 0]), 1);
    assert_eq!(after(&mut choice, 5, [10, 100, 50, 20]), 0, "and the nearest is used again once it is back");
}

#[test]
fn who_is_reached_but_does_not_answer_is_given_up() {
    let mut choice = Choice::new(2, 0);
    assert!(!choice.ended(0, false));
    assert!(!choice.ended(0, true), "it answered again");
    assert!(!choice.ended(0, false));
    assert!(!choice.ended(1, false), "that was another");
    assert!(choice.ended(0, false));
    choice.choose(1);
    assert_eq!(choice.chosen(), 1);
    assert!(!choice.ended(1, false));
}

#[test]
fn unless_it_was_not_its_fault() {
    let mut choice = Choice::new(2, 0);
    assert!(!choice.ended(0, false));
    choice.acquit(1);
    assert!(choice.ended(0, false));
    choice.acquit(0);
    assert!(!choice.ended(0, false));
}

/// It could be reached all the time, and was nearer by far.
#[test]
fn who_was_given_up_is_not_soon_taken_for_being_nearer() {
    let mut choice = Choice::new(2, 0);
    after(&mut choice, 5, [10, 100]);
    choice.give_up(0, 1);
    assert_eq!(after(&mut choice, 20, [10, 100]), 1);
    assert_eq!(after(&mut choice, 20, [10, 100]), 0, "but in the end");
    choice.give_up(0, 1);
    assert_eq!(after(&mut choice, 3, [10, 0]), 0, "and at once if there is nobody else");
}
