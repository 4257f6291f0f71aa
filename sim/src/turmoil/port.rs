//! The port of a zone's process at which its proxies connect, and what is issued to them there. One connection is one session.
use super::{
    clock::SkewedClocks,
    frames::{hear, say},
    host::{Shared, locked},
};
use crate::proxy::{Certificate, ISSUED_WITHIN, issue};
use ::turmoil::net::{TcpListener, TcpStream};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, io};
use strait_core::{
    Seed,
    node::{FromProxy, Issue, PlanUpdate, ProxySession, ToProxy, ZoneInput},
};
use strait_shell::{drive::Clocks as _, kds::Local};
use tokio::{
    sync::mpsc::{Sender, UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::spawn_local,
    time::sleep,
};

/// Where it is (Kuma's).
pub(super) const PORT: u16 = 5678;

/// What a proxy hears on its connection.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Told {
    /// Its plan is different.
    Plan(PlanUpdate),
    /// A certificate, which the node never sees.
    Certificate(Certificate),
}

/// The port of one process. Clones are the same.
#[derive(Clone)]
pub(super) struct Port {
    mailbox: Sender<ZoneInput>,
    connections: Shared<Connections>,
    wanted: UnboundedSender<Issue>,
}

/// Those that the node believes in.
#[derive(Default)]
struct Connections {
    last: u64,
    told: BTreeMap<ProxySession, UnboundedSender<Told>>,
}

impl Port {
    /// A port at which nobody listens yet, and what the node of this mailbox will want issued.
    pub(super) fn new(mailbox: Sender<ZoneInput>) -> (Self, UnboundedReceiver<Issue>) {
        let (wanted, to_issue) = unbounded_channel();
        (Self { mailbox, connections: Shared::default(), wanted }, to_issue)
    }

    /// Does what the node wants done here.
    pub(super) fn hear(&self, local: Local) {
        match local {
            Local::Proxy(session, ToProxy::Plan(update)) => self.tell(session, Told::Plan(update)),
            Local::Proxy(session, ToProxy::Close { .. }) => drop(self.close(session)),
            Local::Issue(issue) => drop(self.wanted.send(issue)),
            Local::Done { .. } | Local::Observed(_) | Local::Published { .. } | Local::Kubernetes(_) => {}
        }
    }

    /// To one that is gone nothing needs to be said.
    fn tell(&self, session: ProxySession, told: Told) {
        if let Some(connection) = locked(&self.connections).told.get(&session) {
            let _ = connection.send(told);
        }
    }

    /// Whether the node still believed in it. Who connected finds the connection ended.
    fn close(&self, session: ProxySession) -> bool {
        locked(&self.connections).told.remove(&session).is_some()
    }

    /// Takes whoever connects.
    pub(super) async fn serve(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            spawn_local(self.clone().converse(stream));
        }
    }

    /// One connection, until it ends, from either side.
    async fn converse(self, stream: TcpStream) {
        let (mut said, mut hears) = stream.into_split();
        let Ok(opened) = hear::<FromProxy>(&mut said).await else {
            return;
        };
        let (tell, mut told) = unbounded_channel();
        let session = {
            let mut connections = locked(&self.connections);
            connections.last += 1;
            let session = ProxySession(connections.last);
            connections.told.insert(session, tell);
            session
        };
        self.said(session, opened).await;
        let telling = async {
            while let Some(told) = told.recv().await {
                say(&mut hears, &told).await?;
            }
            io::Result::Ok(())
        };
        let hearing = async {
            loop {
                self.said(session, hear(&mut said).await?).await;
            }
        };
        let _: io::Result<()> = tokio::select! {
            biased;
            ended = telling => ended,
            ended = hearing => ended,
        };
        if self.close(session) {
            self.said(session, FromProxy::Closed).await;
        }
    }

    async fn said(&self, session: ProxySession, said: FromProxy) {
        // A node that is gone needs to know nothing.
        let _ = self.mailbox.send(ZoneInput::Proxy(session, said)).await;
    }

    /// Issues what the node wants issued, one after the other. `start`: the seed of this start of the process.
    pub(super) async fn issue(self, mut wanted: UnboundedReceiver<Issue>, start: Seed, clocks: SkewedClocks) {
        while let Some(next) = wanted.recv().await {
            sleep(ISSUED_WITHIN).await;
            let (issued, certified) = issue(next, start, clocks.now().wall);
            if let Some((session, certificate)) = certified {
                self.tell(session, Told::Certificate(certificate));
            }
            let _ = self.mailbox.send(ZoneInput::Issued(issued)).await;
        }
    }
}
