//! A loss of power leaves of each sector what was synced, or what was written since.
use super::{open, wanting};
use proptest::prelude::*;
use redb::StorageBackend as _;
use std::fs;
use strait_shell::testbed::{DiskFault, FaultyFile, lose_power};

#[derive(Clone, Debug)]
enum Op {
    Write { at: u64, byte: u8, length: usize },
    Resize(u64),
    Sync,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0u64..8_000, any::<u8>(), 1usize..3_000).prop_map(|(at, byte, length)| Op::Write { at, byte, length }),
        1 => (0u64..10_000).prop_map(Op::Resize),
        2 => Just(Op::Sync),
    ]
}

/// What the file holds after these, and what it held when it was last synced.
fn play(file: &FaultyFile, ops: &[Op]) -> (Vec<u8>, Vec<u8>) {
    let (mut now, mut synced) = (Vec::new(), Vec::new());
    for op in ops {
        match op {
            Op::Write { at, byte, length } => {
                let end = usize::try_from(*at).unwrap() + length;
                now.resize(now.len().max(end), 0);
                now[end - length..end].fill(*byte);
                file.write(*at, &vec![*byte; *length]).unwrap();
            }
            Op::Resize(to) => {
                now.resize(usize::try_from(*to).unwrap(), 0);
                file.set_len(*to).unwrap();
            }
            Op::Sync => {
                synced.clone_from(&now);
                file.sync_data().unwrap();
            }
        }
    }
    (now, synced)
}

proptest! {
    #[test]
    fn all_of_it_nothing_of_it_or_whole_sectors(ops in prop::collection::vec(op(), 1..20), chances in prop::collection::vec(any::<bool>(), 64)) {
        let folder = tempfile::tempdir().unwrap();
        for lost in [Some(true), Some(false), None] {
            let path = folder.path().join(format!("store-{lost:?}.redb"));
            let (_wants, faults) = wanting(DiskFault::None);
            let file = FaultyFile::new(open(&path), &path, faults).unwrap();
            let (now, synced) = play(&file, &ops);
            drop(file);
            let mut drawn = chances.iter().cycle();
            lose_power(&path, || lost.unwrap_or_else(|| *drawn.next().unwrap())).unwrap();
            let left = fs::read(&path).unwrap();
            match lost {
                Some(true) => prop_assert_eq!(left, synced),
                Some(false) => prop_assert_eq!(left, now),
                None => for (nth, sector) in left.chunks(512).enumerate() {
                    let was = |whole: &[u8]| {
                        let mut whole = whole.to_vec();
                        whole.resize(whole.len().max((nth + 1) * 512), 0);
                        whole[nth * 512..nth * 512 + sector.len()] == *sector
                    };
                    prop_assert!(was(&now) || was(&synced), "sector {nth} is neither what was synced nor what was written");
                },
            }
        }
    }
}

#[test]
fn what_a_killed_process_wrote_counts_until_the_power_goes_also_in_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let (_wants, faults) = wanting(DiskFault::None);
    for byte in [1, 2] {
        let file = FaultyFile::new(open(&path), &path, faults.clone()).unwrap();
        file.write(0, &[byte; 100]).unwrap();
        if byte == 1 {
            file.sync_data().unwrap();
        }
        drop(file);
    }
    let file = FaultyFile::new(open(&path), &path, faults).unwrap();
    file.write(0, &[3; 100]).unwrap();
    drop(file);
    lose_power(&path, || true).unwrap();
    assert_eq!(fs::read(&path).unwrap(), [1; 100]);
}
