//! What stands in the files of a world: certificates, tokens, and the folder of each control plane.
use std::{
    fs::{self, File, OpenOptions},
    io,
    net::Ipv4Addr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use strait_core::resource::ZoneName;
use strait_shell::{
    process::wall,
    tls::Authority,
    token::{Bearers, Scope, SigningKey, issue},
};

/// Longer than any run.
const VALID_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

/// The folder of a world, in memory. Dropped, it is removed.
pub(super) struct Files {
    root: PathBuf,
    authority: Authority,
}

impl Files {
    /// Makes it, with what global at this address serves its zones with.
    pub(super) fn make(global: Ipv4Addr) -> Result<Self, String> {
        static WORLDS: AtomicU64 = AtomicU64::new(0);
        let root = crate::enter::scratch().join(format!("world-{}", WORLDS.fetch_add(1, Ordering::Relaxed)));
        let authority = Authority::generate().map_err(|error| error.to_string())?;
        let files = Self { root, authority };
        files.fill(global).map_err(|why| format!("{}: {why}", files.root.display()))?;
        Ok(files)
    }

    fn fill(&self, global: Ipv4Addr) -> Result<(), String> {
        fs::create_dir_all(&self.root).map_err(|error| error.to_string())?;
        let identity = self.authority.certify(&[global.to_string()]).map_err(|error| error.to_string())?;
        self.write("ca.pem", &self.authority.own.certificate)?;
        self.write("global.pem", &identity.certificate)?;
        self.write("global.key", &identity.key)?;
        self.write("zone-token.pem", signing_key()?.pem())
    }

    /// The token of a zone. Several control planes may claim to be it.
    pub(super) fn token(&self, zone: &ZoneName) -> Result<PathBuf, String> {
        let token =
            issue(signing_key()?, (zone, Scope::ControlPlane), VALID_FOR, zone.as_str(), wall()).map_err(|error| error.to_string())?;
        let name = format!("{zone}.token");
        self.write(&name, token.reveal())?;
        Ok(self.root.join(name))
    }

    /// The certificate by which the proxies of a zone know its control plane, which they reach at these addresses, and its key.
    pub(super) fn certify(&self, zone: &ZoneName, reached_at: &[Ipv4Addr]) -> Result<(PathBuf, PathBuf), String> {
        let names: Vec<String> = reached_at.iter().map(ToString::to_string).collect();
        let identity = self.authority.certify(&names).map_err(|error| error.to_string())?;
        let (certificate, key) = (format!("{zone}-proxies.pem"), format!("{zone}-proxies.key"));
        self.write(&certificate, &identity.certificate)?;
        self.write(&key, &identity.key)?;
        Ok((self.path(&certificate), self.path(&key)))
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        fs::write(self.root.join(name), text).map_err(|error| format!("{name}: {error}"))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The folder of a control plane.
    pub(super) fn folder(&self, called: &str) -> Folder {
        Folder(self.root.join(format!("node-{called}")))
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // It lies in memory, and ends with the namespaces at the latest.
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// One for all worlds: making it takes a while.
fn signing_key() -> Result<&'static SigningKey, String> {
    static KEY: OnceLock<Result<SigningKey, String>> = OnceLock::new();
    let make = || SigningKey::generate(Bearers::Zones, 1).and_then(|key| SigningKey::from_pem(key.pem().to_owned()));
    KEY.get_or_init(make).as_ref().map_err(Clone::clone)
}

/// The folder of one control plane.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    pub(super) fn store(&self) -> PathBuf {
        self.data().join("store.redb")
    }

    /// Where its log goes.
    pub(super) fn log(&self) -> io::Result<File> {
        fs::create_dir_all(&self.0)?;
        OpenOptions::new().create(true).append(true).open(self.0.join("log"))
    }

    /// The end of its log, for people.
    pub(super) fn last_words(&self) -> String {
        let text = fs::read_to_string(self.0.join("log")).unwrap_or_default();
        text.lines().last().unwrap_or("it said nothing").to_owned()
    }

    /// Removes its store, and what is remembered beside it.
    pub(super) fn empty_store(&self) -> io::Result<()> {
        remove(&self.store())?;
        self.forget_undo()
    }

    /// Removes what is remembered beside the store, to undo what was not synced.
    pub(super) fn forget_undo(&self) -> io::Result<()> {
        remove(&self.store().with_extension("undo"))
    }

    /// Empties its disk, but for what vouches for it: in a cluster that is a Secret, and in no data directory.
    pub(super) fn empty_but_for_its_authority(&self) -> io::Result<()> {
        let files = ["ca.pem", "ca.key"].map(|name| self.data().join(name));
        let kept = files.iter().filter_map(|file| Some((file, fs::read(file).ok()?))).collect::<Vec<_>>();
        self.empty()?;
        fs::create_dir_all(self.data())?;
        // Whoever may read the key stays the same: its owner.
        kept.into_iter().try_for_each(|(file, content)| {
            fs::write(file, content)?;
            fs::set_permissions(file, fs::Permissions::from_mode(0o600))
        })
    }

    /// Empties its disk.
    pub(super) fn empty(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.data()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
