//! When there are more connections than places, who says nothing goes first, and who is served last.
use crate::places::{Place, Places, Standing};
use std::sync::Arc;
use tokio::sync::oneshot::{Receiver, error::TryRecvError};

type Held = (Place, Receiver<()>);

fn is_closed((_, closed): &mut Held) -> bool {
    closed.try_recv() == Err(TryRecvError::Closed)
}

fn enter(places: &Arc<Places>, standing: Standing) -> Held {
    let mut held = places.enter();
    if standing != Standing::Silent {
        held.0.spoke(standing);
    }
    held
}

#[test]
fn however_many_come_that_say_nothing() {
    let places = Places::new(3);
    let mut served = enter(&places, Standing::Served);
    let mut speaks = enter(&places, Standing::Speaks);
    let mut silent: Vec<Held> = (0..5).map(|_| enter(&places, Standing::Silent)).collect();
    assert!(!is_closed(&mut served) && !is_closed(&mut speaks) && places.serves());
    drop(served);
    assert!(!places.serves());
    let closed: Vec<bool> = silent.iter_mut().map(is_closed).collect();
    assert_eq!(closed, [true, true, true, true, false]);
}

#[test]
fn then_who_has_just_come_and_was_silent_for_longest() {
    let places = Places::new(3);
    let mut served = enter(&places, Standing::Served);
    let [mut first, mut second] = [(); 2].map(|()| enter(&places, Standing::Speaks));
    first.0.spoke(Standing::Speaks);
    let mut third = enter(&places, Standing::Speaks);
    assert_eq!([&mut served, &mut first, &mut second, &mut third].map(is_closed), [false, false, true, false]);
    // A place that is left is free.
    drop(first);
    let mut fourth = enter(&places, Standing::Silent);
    assert_eq!([&mut served, &mut third, &mut fourth].map(is_closed), [false; 3]);
}

#[test]
fn and_there_is_room_for_one_more_also_where_all_were_served() {
    let places = Places::new(2);
    let [mut first, mut second] = [(); 2].map(|()| enter(&places, Standing::Served));
    let mut third = enter(&places, Standing::Silent);
    assert_eq!([&mut first, &mut second, &mut third].map(is_closed), [true, false, false]);
    // Who was closed has no place to speak from.
    first.0.spoke(Standing::Served);
    drop(first);
    assert_eq!([&mut second, &mut third].map(is_closed), [false, false]);
}
