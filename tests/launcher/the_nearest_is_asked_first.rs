//! Control planes are asked in the order in which they are reached.
use crate::nearest::nearest_first;
use std::time::Duration;

#[test]
fn and_those_that_were_not_reached_last() {
    let took = |milliseconds| Some(Duration::from_millis(milliseconds));
    let measured = vec![("gone", None), ("far", took(80)), ("near", took(2)), ("gone too", None), ("as near", took(2))];
    assert_eq!(nearest_first(measured), ["near", "as near", "far", "gone", "gone too"]);
    assert!(nearest_first(Vec::<(&str, _)>::new()).is_empty());
}
