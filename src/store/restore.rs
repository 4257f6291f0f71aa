//! `strait restore`.
use super::check::text;
use crate::{command::RestoreArguments, console::say, serve::CannotServe, settings::BadSetting};
use std::{fs::File, io::BufReader, path::PathBuf};
use strait_shell::{
    backup::{Over, read, restore as put},
    process::{DataDir, Role},
};

pub(super) fn restore(arguments: &RestoreArguments) -> Result<(), CannotServe> {
    let name = arguments.file.display();
    let bad = |why: String| BadSetting { name: name.to_string(), why };
    let file = File::open(&arguments.file).map_err(|error| bad(error.to_string()))?;
    let backup = read(BufReader::new(file)).map_err(|error| bad(error.to_string()))?;
    let data_dir = arguments.data_dir.clone().unwrap_or_else(|| usual(&backup.role));
    let directory = DataDir::open(&data_dir)?;
    let over = if arguments.replace { Over::WhatIsThere } else { Over::Nothing };
    let restored = put(&backup, &directory, over).map_err(|error| CannotServe::Data(error.to_string()))?;
    say(&format!("restored {name} into {}\n{}", data_dir.display(), text(&restored.now)));
    if let Some(before) = restored.before {
        say(&format!("what was there before is kept in {}\n", before.display()));
    }
    Ok(())
}

/// Where the control plane looks that is run without further settings.
fn usual(role: &Role) -> PathBuf {
    match role {
        Role::Global => PathBuf::from("strait-data/global"),
        Role::Zone(zone) => PathBuf::from(format!("strait-data/zone-{zone}")),
    }
}
