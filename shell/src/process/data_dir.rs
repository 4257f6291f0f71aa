//! The folder in which a control plane keeps everything that must outlive it.
mod replace;

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

/// Locked as long as the directory is used; it says by whom.
const LOCK: &str = "lock";

/// A data directory that this process alone uses.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    /// Held as long as the directory is used.
    _lock: File,
}

/// A data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// Another process uses it.
    #[error("the data directory {path} is in use by {who}; stop that first, or name another with `--data-dir`")]
    InUse {
        /// Which directory.
        path: String,
        /// The other process, as far as it says who it is.
        who: String,
    },
    /// It cannot be made, read or written.
    #[error("the data directory {path}: {why}")]
    Io {
        /// Which directory, or which file in it.
        path: String,
        /// What the system says.
        why: io::Error,
    },
}

impl DataDir {
    /// Opens a directory, which is made if it is not there, for nobody else to read.
    ///
    /// # Errors
    /// It cannot be used, or is used already.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, DataDirError> {
        let path = path.into();
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&path).map_err(|why| io_error(&path, why))?;
        Self::lock(path)
    }

    /// Opens a directory that is there.
    ///
    /// # Errors
    /// There is none, or it cannot be used, or is used already.
    pub fn existing(path: impl Into<PathBuf>) -> Result<Self, DataDirError> {
        let path = path.into();
        match fs::read_dir(&path) {
            Ok(_) => Self::lock(path),
            Err(why) => Err(io_error(&path, why)),
        }
    }

    fn lock(path: PathBuf) -> Result<Self, DataDirError> {
        let file = path.join(LOCK);
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&file)
            .map_err(|why| io_error(&file, why))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                let who = match lock.read_to_string(&mut pid) {
                    Ok(_) if !pid.trim().is_empty() => format!("process {}", pid.trim()),
                    _ => "another process".to_owned(),
                };
                return Err(DataDirError::InUse { path: path.display().to_string(), who });
            }
            Err(TryLockError::Error(why)) => return Err(io_error(&file, why)),
        }
        let written = lock.set_len(0).and_then(|()| writeln!(lock, "{}", std::process::id()));
        written.map_err(|why| io_error(&file, why))?;
        let directory = Self { path, _lock: lock };
        directory.finish()?;
        Ok(directory)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the store is.
    pub fn store(&self) -> PathBuf {
        self.path.join("store.redb")
    }

    /// What stands in one of its files; `None`: there is no such file.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&self, name: &str) -> Result<Option<String>, DataDirError> {
        let path = self.path.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(why) => Err(io_error(&path, why)),
        }
    }

    /// Writes one of its files whole, or not at all; nobody else may read it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, name: &str, text: &str) -> Result<(), DataDirError> {
        let (path, beside) = (self.path.join(name), self.path.join(format!("{name}.new")));
        let write = || {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&beside, &path)?;
            File::open(&self.path)?.sync_all()
        };
        write().map_err(|why| io_error(&path, why))
    }
}

impl DataDir {
    /// One of its files does not say what it should.
    pub(super) fn unusable(&self, name: &str, why: &str) -> DataDirError {
        io_error(&self.path.join(name), io::Error::new(io::ErrorKind::InvalidData, why.to_owned()))
    }
}

fn io_error(path: &Path, why: io::Error) -> DataDirError {
    DataDirError::Io { path: path.display().to_string(), why }
}
