//! What stands in files.
use crate::{
    policy::refuse_wrong,
    resource_files::{Written, read},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};
use strait_core::{
    policy::PolicyIndex,
    resource::{Key, Resource, ZoneName},
    why::Ground,
};

/// What is known from files. `zone`: that of whoever asks, if it was said.
pub(super) fn ground(paths: &[PathBuf], zone: Option<&ZoneName>) -> Result<Ground, String> {
    let written = read(paths)?;
    each_once(&written)?;
    let resources: Vec<Arc<Resource>> = written.iter().map(|one| Arc::new(one.resource.clone())).collect();
    let mut index = PolicyIndex::new();
    index.apply(resources.iter().map(|resource| (&resource.key, Some(resource))));
    refuse_wrong(&written, &index)?;
    let zones: BTreeSet<ZoneName> = resources.iter().filter_map(|resource| resource.zone()).collect();
    let here = match (zone, zones.first(), zones.len()) {
        (Some(zone), ..) => zone,
        (None, Some(only), 1) => only,
        _ => return Err("--zone: say in which zone it is asked: `--zone NAME`, or FROM as ZONE/NAME".to_owned()),
    };
    Ok(Ground::of_files(here, resources))
}

/// Two zones may have resources of one name.
fn each_once(written: &[Written]) -> Result<(), String> {
    let mut files: BTreeMap<(&Key, Option<ZoneName>), &str> = BTreeMap::new();
    for one in written {
        if let Some(before) = files.insert((&one.resource.key, one.resource.zone()), &one.file) {
            let where_else = if before == one.file { "twice here".to_owned() } else { format!("also in {before}") };
            return Err(one.wrong("", &format!("it stands {where_else}")));
        }
    }
    Ok(())
}
