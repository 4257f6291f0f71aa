//! Where users and operators ask a control plane: its API, on loopback of its host. One asks after the other, in order.
use serde_json::{Value, json};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Sender},
    },
    thread,
    time::Duration,
};
use strait_core::{
    node::{Change, Operation, Ticket},
    resource::to_json,
};

const API: &str = "http://127.0.0.1:5681";
/// An answer may take as long as a store that does not get on.
const PATIENCE: Duration = Duration::from_secs(600);

/// The API said no before the node was asked.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) ticket: Ticket,
    pub(super) why: String,
}

/// One process's desk. Dropped, whatever waits there is lost.
#[derive(Debug)]
pub(super) struct Desk {
    ask: Sender<(Ticket, String, Value)>,
    is_open: Arc<AtomicBool>,
}

impl Desk {
    /// Must be called on a thread that lives in the host's namespace.
    pub(super) fn open(refused: Sender<Refused>) -> io::Result<Self> {
        let (ask, asked) = mpsc::channel::<(Ticket, String, Value)>();
        let is_open = Arc::new(AtomicBool::new(true));
        let open = Arc::clone(&is_open);
        let work = move || {
            let agent: ureq::Agent =
                ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).proxy(None).build().into();
            for (ticket, path, body) in asked {
                if !open.load(Ordering::Acquire) {
                    return;
                }
                // Without an answer the process has ended: it is not known what became of it.
                let Ok(mut answer) = agent.post(format!("{API}{path}")).send_json(body) else {
                    continue;
                };
                if !answer.status().is_success() {
                    let why = answer.body_mut().read_to_string().unwrap_or_default();
                    let _ = refused.send(Refused { ticket, why });
                }
            }
        };
        thread::Builder::new().name("desk".to_owned()).spawn(work)?;
        Ok(Self { ask, is_open })
    }

    /// An edit.
    pub(super) fn edit(&self, ticket: Ticket, changes: &[Change]) {
        let changes: Vec<Value> = changes.iter().map(change).collect();
        let _ = self.ask.send((ticket, "/_changes".to_owned(), json!({ "changes": changes })));
    }

    /// A decision.
    pub(super) fn operate(&self, ticket: Ticket, operation: &Operation) {
        let mut body = json!({});
        let path = match operation {
            Operation::Adopt => "/_adopt".to_owned(),
            Operation::Admit(zone) => format!("/zones/{zone}/_admit"),
            Operation::AdoptZone(zone) => format!("/zones/{zone}/_adopt"),
            Operation::Enable(zone) => format!("/zones/{zone}/_enable"),
            Operation::Disable(zone) => format!("/zones/{zone}/_disable"),
            Operation::Remove(zone) => format!("/zones/{zone}/_remove"),
            Operation::Rotate { mesh, identity, overlap_seconds } => {
                body = json!({ "mesh": mesh, "name": identity, "overlap": overlap_seconds.map(|seconds| format!("{seconds}s")) });
                "/_rotate".to_owned()
            }
        };
        let _ = self.ask.send((ticket, path, body));
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.is_open.store(false, Ordering::Release);
    }
}

fn change(change: &Change) -> Value {
    match change {
        Change::Put(resource) => json!({ "put": to_json(resource) }),
        Change::Delete(key) => {
            let mut named = json!({ "type": key.kind.as_str(), "name": key.name.as_str() });
            if let Some(mesh) = &key.mesh {
                named["mesh"] = mesh.as_str().into();
            }
            json!({ "delete": named })
        }
    }
}
