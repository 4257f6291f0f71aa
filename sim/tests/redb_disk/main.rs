//! redb on a simulated disk: wherever the power goes, whatever the disk then keeps of what was not synced, what was reported durable
//! is there, and nothing but a prefix of what was submitted.
#![allow(missing_docs, clippy::unwrap_used)]
use proptest::prelude::*;
use strait_core::{Batch, Durable, Lsn, Seed, StoreKey};
use strait_scenarios::world::DiskState;
use strait_shell::store::{PolledRedbStore, Store};
use strait_sim::disk::Sectors;

type Puts = Vec<(StoreKey, Vec<u8>)>;

/// What one process does, until the power goes.
#[derive(Clone, Debug)]
struct Process {
    /// What each commit takes.
    groups: Vec<Vec<(Puts, Vec<StoreKey>)>>,
    /// After how many of the operations that it would need the power goes, and what it leaves.
    power: prop::sample::Index,
    chance: u64,
    /// The disk fails to sync before the power goes.
    wrong: Option<DiskState>,
}

fn process() -> impl Strategy<Value = Process> {
    let key = (0_u8..8).prop_map(|key| StoreKey(format!("own/{key}")));
    let put = proptest::collection::vec((key.clone(), proptest::collection::vec(any::<u8>(), 0..3000)), 0..3);
    let batch = (put, proptest::collection::vec(key, 0..2));
    let groups = proptest::collection::vec(proptest::collection::vec(batch, 1..4), 1..5);
    let wrong = prop_oneof![6 => Just(None), 1 => Just(Some(DiskState::FailingToSync)), 1 => Just(Some(DiskState::Full))];
    (groups, any::<prop::sample::Index>(), any::<u64>(), wrong).prop_map(|(groups, power, chance, wrong)| Process {
        groups,
        power,
        chance,
        wrong,
    })
}

/// Every state through which the batches lead, and the first that may be found later.
struct Course {
    states: Vec<Durable>,
    certain: usize,
}

/// Runs one process on a disk until its end, or until a commit fails.
fn run(disk: &Sectors, process: &Process, course: &mut Course) {
    let mut store = PolledRedbStore::on("simulated", disk.clone());
    let Ok(found) = store.load() else {
        return;
    };
    assert_eq!(Some(&found), course.states.last(), "a process reads what the last recovery gave");
    let mut lsn = 0;
    for (number, group) in process.groups.iter().enumerate() {
        if let Some(wrong) = process.wrong.filter(|_| number + 1 == process.groups.len()) {
            disk.set_state(wrong);
        }
        for (put, delete) in group {
            lsn += 1;
            let batch = Batch { lsn: Lsn(lsn), put: put.clone(), delete: delete.clone() };
            let mut next = course.states.last().unwrap().clone();
            batch.apply_to(&mut next);
            course.states.push(next);
            store.submit(batch);
        }
        match store.commit().unwrap() {
            Ok(upto) => {
                assert_eq!(upto, Lsn(lsn));
                course.certain = course.states.len() - 1;
            }
            Err(_) => return,
        }
    }
}

/// How many operations it needs on a disk like this one, if nothing goes wrong.
fn needs(before: &Durable, process: &Process) -> u64 {
    let (disk, mut course) = (Sectors::new(), Course { states: vec![before.clone()], certain: 0 });
    if !before.is_empty() {
        let mut store = PolledRedbStore::on("simulated", disk.clone());
        store.load().unwrap();
        store.submit(Batch { lsn: Lsn(1), put: before.clone().into_iter().collect(), delete: Vec::new() });
        store.commit().unwrap().unwrap();
    }
    let begun = disk.operations();
    run(&disk, &Process { wrong: None, ..process.clone() }, &mut course);
    disk.operations() - begun
}

/// As many as are asked for, or few.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(12)
}

/// At each of its steps: the database is made anew, or is there.
#[test]
fn a_store_whose_making_was_cut_off_begins_anew() {
    let batch = Batch { lsn: Lsn(1), put: vec![(StoreKey("own/1".to_owned()), vec![1])], delete: Vec::new() };
    for power in 0..80 {
        let disk = Sectors::new();
        disk.cut_power_after(power);
        let mut store = PolledRedbStore::on("simulated", disk.clone());
        if store.load().is_ok() {
            store.submit(batch.clone());
            let _ = store.commit();
        }
        disk.cut_power_after(0);
        drop(store);
        disk.power_loss(&mut Seed(power).rng());
        let mut store = PolledRedbStore::on("simulated", disk.clone());
        let found = store.load().unwrap();
        if found.is_empty() {
            store.submit(batch.clone());
            assert_eq!(store.commit(), Some(Ok(Lsn(1))), "power went after {power} operations");
        }
    }
}

proptest! {
    // Each case makes databases of a megabyte and more. `PROPTEST_CASES=1000` for a longer run.
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn wherever_the_power_goes_a_prefix_is_there_with_all_that_was_reported(processes in proptest::collection::vec(process(), 1..4)) {
        let disk = Sectors::new();
        let mut held = Durable::new();
        for process in &processes {
            let power = process.power.index(usize::try_from(needs(&held, process)).unwrap() + 1);
            let mut course = Course { states: vec![held.clone()], certain: 0 };
            disk.cut_power_after(power as u64);
            run(&disk, process, &mut course);
            disk.set_state(DiskState::Ok);
            disk.power_loss(&mut Seed(process.chance).rng());
            held = PolledRedbStore::on("simulated", disk.clone()).load().unwrap();
            let may_be_there = &course.states[course.certain..];
            prop_assert!(may_be_there.contains(&held), "{:?} is no state from {} of {:?} on", held, course.certain, course.states);
        }
    }

    #[test]
    fn equal_runs_do_equal_things_to_the_disk(process in process()) {
        let operations = || {
            let (disk, mut course) = (Sectors::new(), Course { states: vec![Durable::new()], certain: 0 });
            run(&disk, &process, &mut course);
            disk.power_loss(&mut Seed(process.chance).rng());
            let found = PolledRedbStore::on("simulated", disk.clone()).load().map_err(|error| error.to_string());
            (disk.operations(), found)
        };
        prop_assert_eq!(operations(), operations());
    }
}
