//! What goes wrong in a testbed when it is told to.
#![allow(missing_docs, clippy::unwrap_used)]
mod a_faulty_disk_refuses_what_it_should;
mod power_takes_what_was_not_synced;

use std::{
    collections::BTreeSet,
    fs::{File, OpenOptions},
    path::Path,
};
use strait_core::time::Wall;
use strait_shell::testbed::{DiskFault, Faults, HostClock};
use tokio::sync::watch;

fn faults(disk: DiskFault) -> Faults {
    Faults { began_ns: 0, first_session: 1, clock: HostClock::right(Wall(0)), disk, unreadable: BTreeSet::new() }
}

fn wanting(disk: DiskFault) -> (watch::Sender<Faults>, watch::Receiver<Faults>) {
    watch::channel(faults(disk))
}

fn open(path: &Path) -> File {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).unwrap()
}
