//! Carries out what a node asks for.
use super::{Sealer, make_authority, sign};
use crate::{envoy, process::wall, proxies::Streams};
use std::sync::Arc;
use strait_core::node::{Issue, Issued, ZoneInput};
use tokio::sync::mpsc;

/// Makes authorities, and signs certificates for proxies.
#[derive(Clone)]
pub struct Issuer {
    sealer: Arc<Sealer>,
    streams: Streams,
    mailbox: mpsc::Sender<ZoneInput>,
}

impl Issuer {
    /// Hands certificates to these streams, and answers to a node's mailbox.
    pub fn new(sealer: Arc<Sealer>, streams: Streams, mailbox: mpsc::Sender<ZoneInput>) -> Self {
        Self { sealer, streams, mailbox }
    }

    /// Carries it out beside everything else.
    pub fn carry_out(&self, issue: Issue) {
        let issuer = self.clone();
        tokio::spawn(async move {
            let issued = issuer.carried_out(issue);
            // A node that is gone needs to know nothing.
            let _ = issuer.mailbox.send(ZoneInput::Issued(issued)).await;
        });
    }

    fn carried_out(&self, issue: Issue) -> Issued {
        match issue {
            Issue::Authority { request, identity, trust_domain } => {
                tracing::info!(%identity, trust_domain, "making an authority");
                Issued::Authority { request, made: make_authority(&self.sealer, &trust_domain, wall()) }
            }
            Issue::Certificate { request, session, identity, authority } => {
                let signed = sign(&self.sealer, &authority, &identity, wall());
                let signed = signed.map(|svid| {
                    tracing::info!(%session, spiffe_id = identity.spiffe_id, seconds = identity.valid_for_seconds, "signed a certificate");
                    self.streams.give(session, request, envoy::certificate(&identity.name, &svid.certificate, &svid.key));
                });
                Issued::Certificate { request, signed }
            }
        }
    }
}
