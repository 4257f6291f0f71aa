//! Nodes that start from a disk on which anything may stand, and backups. A node that starts goes on; one that does not names the record.
use crate::{Target, nodes};
use strait_core::{Durable, StoreKey};
use strait_shell::backup;

pub(crate) const ZONE: Target = Target { name: "store-of-a-zone", run: zone, seeds: zone_seeds };
pub(crate) const GLOBAL: Target = Target { name: "store-of-global", run: global, seeds: global_seeds };
pub(crate) const BACKUP: Target = Target { name: "backup", run: read_backup, seeds: backup_seeds };

fn zone(bytes: &[u8]) {
    nodes::start_zone_from(records(bytes));
}

fn global(bytes: &[u8]) {
    nodes::start_global_from(records(bytes));
}

/// One record on each line: its key, a space, and its value.
fn records(bytes: &[u8]) -> Durable {
    let lines = bytes.split(|byte| *byte == b'\n').filter_map(|line| {
        let space = line.iter().position(|byte| *byte == b' ')?;
        Some((StoreKey(String::from_utf8_lossy(&line[..space]).into_owned()), line[space + 1..].to_vec()))
    });
    lines.collect()
}

fn written(disk: &Durable) -> Vec<u8> {
    let lines = disk.iter().map(|(key, value)| [key.0.as_bytes(), b" ", value].concat());
    lines.collect::<Vec<_>>().join(&b'\n')
}

fn zone_seeds() -> Vec<Vec<u8>> {
    nodes::zone_disks().iter().map(written).collect()
}

fn global_seeds() -> Vec<Vec<u8>> {
    nodes::global_disks().iter().map(written).collect()
}

fn read_backup(bytes: &[u8]) {
    _ = backup::read(bytes);
}

fn backup_seeds() -> Vec<Vec<u8>> {
    vec![
        br#"{"strait":"backup","format":1,"of":"zone"}
{"record":"floor/down","value":"e30="}
{"file":"identity","text":"x"}
{"end":3,"sha256":"00"}
"#
        .to_vec(),
    ]
}
