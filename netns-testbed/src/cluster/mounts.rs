//! The files of a container, at the paths where its pod wants them: mounts that only its own process and what that starts can see.
//!
//! The rest it sees is the machine's: a container here is no image. Nothing of the machine's own files changes, whoever runs this.
use nix::mount::{MsFlags, mount};
use std::{
    fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

/// What is mounted in memory here, and may hold anything that has no place of its own.
const OWN: &str = "/run";

/// Mounts, in a mount namespace that nobody else is in.
#[derive(Debug)]
pub(super) struct Mounts {
    /// A folder below [`OWN`] in which only this container keeps anything.
    folder: PathBuf,
    /// Folders that were mounted.
    mounted: Vec<PathBuf>,
    hidden: usize,
}

impl Mounts {
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>)?;
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), mounted: Vec::new(), hidden: 0 })
    }

    /// A file of a volume: the folder that it is in holds nothing but files of volumes.
    pub(super) fn file(&mut self, path: &Path, content: &[u8]) -> io::Result<()> {
        let parent = path.parent().filter(|_| path.is_absolute()).ok_or_else(|| odd(path, "no absolute path"))?;
        if self.mounted.iter().any(|mounted| parent.starts_with(mounted)) {
            fs::create_dir_all(parent)?;
        } else {
            self.place(parent)?;
            mount(Some("tmpfs"), parent, Some("tmpfs"), MsFlags::MS_NOSUID | MsFlags::MS_NODEV, Some("mode=0755"))?;
            self.mounted.push(parent.to_owned());
        }
        fs::write(path, content)
    }

    /// A folder that others may write to as well.
    pub(super) fn shared(&mut self, path: &Path, with: &Path) -> io::Result<()> {
        fs::create_dir_all(with)?;
        self.place(path)?;
        mount(Some(with), path, None::<&str>, MsFlags::MS_BIND, None::<&str>)?;
        self.mounted.push(path.to_owned());
        Ok(())
    }

    /// Another file in the place of one of the machine's, which may be a link to nowhere, or not be there.
    pub(super) fn replace(&mut self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.hidden += 1;
        let own = self.folder.join(format!("file-{}", self.hidden));
        fs::write(&own, content)?;
        let at = match fs::canonicalize(path) {
            Ok(at) => at,
            Err(_) => {
                let at =
                    fs::read_link(path).map_or_else(|_| path.to_owned(), |to| path.parent().map_or(to.clone(), |parent| parent.join(&to)));
                self.place(at.parent().ok_or_else(|| odd(path, "a path of no file"))?)?;
                if !at.starts_with(OWN) {
                    self.hide(at.parent().unwrap_or(&at))?;
                }
                fs::write(&at, b"")?;
                at
            }
        };
        Ok(mount(Some(&own), &at, None::<&str>, MsFlags::MS_BIND, None::<&str>)?)
    }

    /// Sees to it that a folder is there.
    fn place(&mut self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        let there = folder.ancestors().find(|above| above.is_dir()).ok_or_else(|| odd(folder, "nothing of its path is there"))?.to_owned();
        let is_ours = self.mounted.iter().any(|mounted| there.starts_with(mounted)) || fs::canonicalize(&there)?.starts_with(OWN);
        if !is_ours {
            self.hide(&there)?;
        }
        fs::create_dir_all(folder)
    }

    /// Covers a folder of the machine's by one in memory that leads to all that is in it.
    fn hide(&mut self, folder: &Path) -> io::Result<()> {
        if folder == Path::new("/") {
            return Err(odd(folder, "here a volume can be in a folder of the machine's root, not beside those"));
        }
        self.hidden += 1;
        let under = self.folder.join(format!("under-{}", self.hidden));
        fs::create_dir(&under)?;
        mount(Some(folder), &under, None::<&str>, MsFlags::MS_BIND | MsFlags::MS_REC, None::<&str>)?;
        mount(Some("tmpfs"), folder, Some("tmpfs"), MsFlags::MS_NOSUID | MsFlags::MS_NODEV, Some("mode=0755"))?;
        self.mounted.push(folder.to_owned());
        for entry in fs::read_dir(&under)? {
            let name = entry?.file_name();
            symlink(under.join(&name), folder.join(&name))?;
        }
        Ok(())
    }
}

fn odd(path: &Path, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("{}: {why}", path.display()))
}
