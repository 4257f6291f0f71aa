//! Everything in a data directory is replaced at once, also if a crash comes in between.
//!
//! What is to come is written into a folder beside what is there. Renaming that folder decides; from then on whoever opens the directory
//! moves what stands in it to its place, before anything else.
use super::{DataDir, DataDirError, LOCK, io_error};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// What is being written, and counts for nothing yet.
const PREPARED: &str = "restoring.part";
/// What is decided, and may not be at its place yet.
const DECIDED: &str = "restoring";
/// Where what was replaced is kept, with a number.
const BEFORE: &str = "before-restore";

impl DataDir {
    /// An empty folder in which to write what is to come.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn prepare(&self) -> Result<Self, DataDirError> {
        let path = self.path.join(PREPARED);
        // What an attempt before this one left.
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(&path, error)),
            _ => Self::open(path),
        }
    }

    /// What was prepared takes the place of what is there. Returns where that is kept from now on, if there was a store.
    ///
    /// # Errors
    /// Nothing was replaced; or all was decided, and the next who opens this directory finishes it.
    pub fn replace(&self) -> Result<Option<PathBuf>, DataDirError> {
        let (prepared, decided) = (self.path.join(PREPARED), self.path.join(DECIDED));
        let in_here = |why| io_error(&self.path, why);
        let before = if self.store().exists() { Some(self.keep_aside(&names(&prepared).map_err(in_here)?)?) } else { None };
        sync(&prepared).map_err(in_here)?;
        fs::rename(&prepared, &decided).map_err(in_here)?;
        sync(&self.path).map_err(in_here)?;
        self.finish()?;
        Ok(before)
    }

    /// Moves what was decided to its place.
    pub(super) fn finish(&self) -> Result<(), DataDirError> {
        let decided = self.path.join(DECIDED);
        let finish = || {
            for name in names(&decided)? {
                fs::rename(decided.join(&name), self.path.join(&name))?;
            }
            fs::remove_dir_all(&decided)?;
            sync(&self.path)
        };
        if decided.is_dir() { finish().map_err(|why| io_error(&decided, why)) } else { Ok(()) }
    }

    /// Gives files of this directory a second name in a folder of their own.
    fn keep_aside(&self, named: &[String]) -> Result<PathBuf, DataDirError> {
        let aside = (1..).map(|number| self.path.join(format!("{BEFORE}-{number}"))).find(|path| !path.exists());
        let aside = aside.unwrap_or_else(|| self.path.join(BEFORE));
        let keep = || {
            fs::create_dir(&aside)?;
            for name in named.iter().filter(|name| self.path.join(name).exists()) {
                let (from, to) = (self.path.join(name), aside.join(name));
                // Not every file system has second names.
                fs::hard_link(&from, &to).or_else(|_| fs::copy(&from, &to).and_then(|_| File::open(&to)?.sync_all()))?;
            }
            sync(&aside)
        };
        keep().map_err(|why| io_error(&aside, why))?;
        Ok(aside)
    }
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name != LOCK {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
