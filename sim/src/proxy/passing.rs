//! What an ingress lets through: connections that ask for a server name, of which it reads nothing else.
use super::{SimProxy, leaving::Hop};
use rand::{RngExt as _, rngs::ChaCha8Rng};
use std::net::SocketAddr;
use strait_core::plan::{Part, Passage};

impl SimProxy {
    /// Where a connection goes on to. `None`: it is closed.
    pub(crate) fn passes(&self, hop: &Hop, rng: &mut ChaCha8Rng) -> Option<SocketAddr> {
        let listens = self.parts.values().any(|part| matches!(part, Part::Entrance(entrance) if entrance.listens == hop.to));
        let asked = hop.tls.as_ref().map(|tls| &tls.sni).filter(|_| listens)?;
        let to = &self.passages().find(|passage| passage.server_names.contains(asked))?.to.endpoints;
        let chosen = to.iter().nth(rng.random_range(0..to.len().max(1)))?;
        Some(SocketAddr::new(chosen.address, chosen.port))
    }

    fn passages(&self) -> impl Iterator<Item = &Passage> {
        self.parts.values().filter_map(|part| if let Part::Passage(passage) = part { Some(passage) } else { None })
    }
}
