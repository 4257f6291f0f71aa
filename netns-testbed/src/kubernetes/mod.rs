//! The model of the Kubernetes API ([`strait_scenarios::kubernetes`]), served over HTTPS to unmodified clients.
//!
//! One thread of its own serves it, so that a listener of any network namespace can be handed in. Controllers act as soon as something has changed.
mod respond;
mod serve;

use serve::Shared;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};
use strait_core::time::Wall;
use strait_scenarios::kubernetes::{Api, Settings, User};
use strait_shell::tls::Authority;
use tokio::sync::watch;

/// The API of one cluster, which ends when this is dropped.
pub struct KubernetesApi {
    address: SocketAddr,
    certificate: String,
    shared: Arc<Shared>,
    end: watch::Sender<bool>,
    thread: Option<thread::JoinHandle<()>>,
}

/// The token of whoever may do everything.
pub const ADMIN_TOKEN: &str = "admin-of-the-testbed";

/// By which pods, and people at this machine, know it.
const NAMES: [&str; 4] = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"];

impl KubernetesApi {
    /// Serves a new cluster here. Its certificate is for the listener's address, for what pods call it, and for these names and addresses.
    ///
    /// # Errors
    /// No certificate can be made, or the listener cannot be used.
    pub fn serve(listener: TcpListener, also_called: &[String], settings: Settings) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let authority = Authority::generate().map_err(io::Error::other)?;
        let (first, _) = settings.service_addresses;
        let mut names = vec![address.ip().to_string(), Ipv4Addr::from(u32::from(first) + 1).to_string()];
        names.extend(NAMES.map(str::to_owned));
        names.extend_from_slice(also_called);
        let identity = authority.certify(&names).map_err(io::Error::other)?;
        let certificate = authority.own.certificate.clone();
        let settings = Settings { address: address.to_string(), certificate: certificate.clone(), ..settings };
        let mut api = Api::new(settings, wall());
        let admin = User {
            name: "admin".to_owned(),
            groups: vec!["system:masters".to_owned(), "system:authenticated".to_owned()],
            ..User::default()
        };
        api.accept_token(ADMIN_TOKEN, admin);
        let shared = Arc::new(Shared { api: Mutex::new(api), changed: watch::Sender::new(0), said: Condvar::new() });
        let end = watch::Sender::new(false);
        listener.set_nonblocking(true)?;
        let acceptor = serve::acceptor(&identity).map_err(io::Error::other)?;
        let (served, ended) = (Arc::clone(&shared), end.subscribe());
        let thread =
            thread::Builder::new().name("kubernetes-api".to_owned()).spawn(move || serve::run(listener, acceptor, served, ended))?;
        Ok(Self { address, certificate, shared, end, thread: Some(thread) })
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// By whose certificate clients know it, in PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Looks into the model, or changes it: how it misbehaves, say.
    pub fn with<T>(&self, look: impl FnOnce(&mut Api, Wall) -> T) -> T {
        let seen = look(&mut self.shared.api(), wall());
        self.shared.tell();
        seen
    }

    /// Looks at the model, without a change of it.
    pub fn look<T>(&self, look: impl FnOnce(&Api) -> T) -> T {
        look(&self.shared.api())
    }

    /// The version of the last change.
    pub fn version(&self) -> u64 {
        self.shared.api().version()
    }

    /// Waits until something is so, looking again after each change. `None`: it did not become so in time.
    pub fn wait_for<T>(&self, within: Duration, mut look: impl FnMut(&mut Api, Wall) -> Option<T>) -> Option<T> {
        let until = Instant::now() + within;
        let mut api = self.shared.api();
        loop {
            let before = api.version();
            let found = look(&mut api, wall());
            if api.version() != before {
                self.shared.tell();
            }
            if found.is_some() {
                return found;
            }
            let left = until.checked_duration_since(Instant::now())?;
            api = self.shared.said.wait_timeout(api, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// What `kubectl` needs to reach it with this token, as a file for `KUBECONFIG`.
    pub fn kubeconfig(&self, token: &str) -> String {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let certificate = STANDARD.encode(&self.certificate);
        serde_json::json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "testbed",
            "clusters": [{"name": "testbed", "cluster": {"server": format!("https://{}", self.address), "certificate-authority-data": certificate}}],
            "users": [{"name": "testbed", "user": {"token": token}}],
            "contexts": [{"name": "testbed", "context": {"cluster": "testbed", "user": "testbed", "namespace": "default"}}],
        })
        .to_string()
    }
}

impl Drop for KubernetesApi {
    fn drop(&mut self) {
        self.end.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // It ends at once, and what it says does not matter here.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn api(&self) -> MutexGuard<'_, Api> {
        self.api.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whoever waits for changes.
    fn tell(&self) {
        self.changed.send_modify(|times| *times += 1);
        self.said.notify_all();
    }
}

fn wall() -> Wall {
    strait_shell::process::wall()
}
