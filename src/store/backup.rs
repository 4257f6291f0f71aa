//! `strait backup`.
use crate::{client::fetch_backup, command::BackupArguments, console::say, serve::CannotServe, settings::BadSetting};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufReader, BufWriter, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};
use strait_shell::{
    backup::{Backup, read},
    process::DataDir,
};

/// The file appears whole, or not at all, and nobody else may read it.
pub(super) fn back_up(arguments: &BackupArguments) -> Result<(), CannotServe> {
    let file = &arguments.file;
    if file.exists() && !arguments.replace {
        return Err(bad(file, "it is there already; `--replace` writes over it"));
    }
    let mut beside = file.clone().into_os_string();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let written = write(arguments, &beside);
    if written.is_err() {
        // What there is of it is nothing to keep.
        _ = fs::remove_file(&beside);
    }
    let backup = written?;
    let moved = fs::rename(&beside, file).and_then(|()| sync_folder(file));
    moved.map_err(|error| bad(file, &error.to_string()))?;
    let keys: Vec<&str> = backup.keys().collect();
    let keys = if keys.is_empty() { String::new() } else { format!(" and {}", keys.join(", ")) };
    let (file, role) = (file.display(), &backup.role);
    say(&format!("wrote {file}: {role}, {} records{keys}. It holds secrets: whoever has it can be {role}\n", backup.records.len()));
    Ok(())
}

fn write(arguments: &BackupArguments, to: &Path) -> Result<Backup, CannotServe> {
    let failed = |error: io::Error| bad(to, &error.to_string());
    // The directory first: one that cannot be used should leave no file.
    let directory = arguments.data_dir.as_ref().map(DataDir::existing).transpose()?;
    // A file of an attempt before this one may be readable for others.
    match fs::remove_file(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(to).map_err(failed)?;
    let mut out = BufWriter::new(&file);
    match &directory {
        Some(directory) => {
            let backup = Backup::at_rest(directory).map_err(|error| CannotServe::Data(error.to_string()))?;
            backup.lines().try_for_each(|line| out.write_all(line.as_bytes())).map_err(failed)?;
        }
        None => fetch_backup(&arguments.api.api, &mut out).map_err(CannotServe::System)?,
    }
    out.flush().and_then(|()| file.sync_all()).map_err(failed)?;
    drop(out);
    // What was written is what is read when it is needed.
    let again = File::open(to).map_err(failed)?;
    read(BufReader::new(again)).map_err(|error| CannotServe::System(format!("the copy did not arrive whole: {error}")))
}

fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn bad(file: &Path, why: &str) -> CannotServe {
    BadSetting { name: file.display().to_string(), why: why.to_owned() }.into()
}
