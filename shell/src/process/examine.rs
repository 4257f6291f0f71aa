//! What a store that no process runs from holds, and whether a control plane would start from it.
use super::{Role, StartError, wall};
use crate::{convert::fits, store::read_at_rest};
use std::{collections::BTreeMap, fs, path::Path};
use strait_core::{
    Durable, Emit, GlobalNode, Lsn, Out, Recover, Seed, Step, ZoneNode,
    node::{GlobalConfig, Observation, ZoneConfig},
    resource::{Kind, ZoneName},
    sync::Position,
    time::{Mono, Now},
};

/// What a store holds.
#[derive(Debug)]
pub struct Examined {
    /// Whose it is.
    pub role: Role,
    /// The length of its file.
    pub bytes: u64,
    /// How many records it has.
    pub records: usize,
    /// How far its own history has come.
    pub head: Option<Position>,
    /// How many resources of each kind it holds.
    pub resources: BTreeMap<Kind, usize>,
    /// On global: the zones it knows.
    pub zones: Vec<ZoneName>,
}

/// Reads a store whole, verifies it, and brings a node back from it in memory. Writes nothing.
///
/// # Errors
/// Says what is wrong with it.
pub fn examine(role: &Role, store: &Path) -> Result<Examined, StartError> {
    let durable = read_at_rest(store)?;
    let shown = shown(role, &durable)?;
    let mut resources = BTreeMap::new();
    for held in shown.view.resources.values() {
        *resources.entry(held.kind().clone()).or_default() += 1;
    }
    Ok(Examined {
        role: role.clone(),
        bytes: fs::metadata(store).map_or(0, |metadata| metadata.len()),
        records: durable.len(),
        head: shown.head,
        resources,
        zones: if *role == Role::Global { shown.peers.into_keys().collect() } else { Vec::new() },
    })
}

/// What a node lets know that starts from these records.
pub(super) fn shown(role: &Role, durable: &Durable) -> Result<Observation, StartError> {
    match role {
        Role::Global => recovered::<GlobalNode>(GlobalConfig { fits, ..GlobalConfig::new() }, durable),
        Role::Zone(zone) => recovered::<ZoneNode>(ZoneConfig { fits, ..ZoneConfig::new(zone.clone()) }, durable),
    }
}

fn recovered<N: Recover>(config: N::Config, durable: &Durable) -> Result<Observation, StartError> {
    let (now, mut out) = (Now { mono: Mono(0), wall: wall() }, Out::new());
    let mut node = N::recover(config, Seed(0), now, durable, &mut out)?;
    // What it says of itself waits until its start is stored.
    let upto = out.take().iter().filter_map(|emit| if let Emit::Store(batch) = emit { Some(batch.lsn) } else { None }).max();
    node.handle(now, Step::Stored { upto: upto.unwrap_or(Lsn(0)) }, &mut out);
    Ok(node.observe().clone())
}
