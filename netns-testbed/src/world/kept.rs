//! Connections that workloads leave open, and ask over again.
use std::{
    collections::BTreeMap,
    net::TcpStream,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use strait_scenarios::workload::{Ask, ProxyId};

/// Who asks whom: a host name, on a port.
type Whom = (ProxyId, String, u16);

/// Those over which nobody asks just now. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept(Arc<Mutex<BTreeMap<Whom, Vec<TcpStream>>>>);

impl Kept {
    /// One over which this may be asked; whoever has it is alone on it.
    pub(super) fn take(&self, ask: &Ask) -> Option<TcpStream> {
        self.all().get_mut(&whom(ask))?.pop()
    }

    /// It is free for the next who asks the same.
    pub(super) fn keep(&self, ask: &Ask, stream: TcpStream) {
        self.all().entry(whom(ask)).or_default().push(stream);
    }

    /// The host of a workload is no more.
    pub(super) fn forget(&self, who: &ProxyId) {
        self.all().retain(|(from, ..), _| from != who);
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<Whom, Vec<TcpStream>>> {
        // Whoever panics holding it has put nothing wrong into it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn whom(ask: &Ask) -> Whom {
    (ask.from.clone(), ask.name.clone(), ask.port)
}
