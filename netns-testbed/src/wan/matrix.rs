//! What happens to each packet: all links, who is dark, and which connections a cut has ended. It does no I/O and takes the time as it
//! is told, so one seed and the same packets at the same times give the same decisions.
use super::{
    Carried,
    connections::{Connections, Moment},
    lane::{Fate, Lane},
    packet::Packet,
};
use crate::{SiteId, network::site_of};
use std::{collections::BTreeSet, time::Duration};
use strait_core::Seed;
use strait_scenarios::{link::Link, world::CutHow};

#[derive(Debug)]
pub(super) struct Matrix {
    /// By where packets come from, and where they go.
    lanes: Vec<Vec<Lane>>,
    dark: BTreeSet<SiteId>,
    connections: Connections,
    /// How many times something was severed.
    moment: Moment,
}

/// A packet that was taken, and when it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) flight: Flight,
    pub(super) at: Duration,
    /// When a copy of it arrives.
    pub(super) copy_at: Option<Duration>,
}

/// What becomes of a packet that has been under way as long as it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// It gets out.
    Out,
    /// The link is stalled: it waits for the heal.
    Waits,
    /// It is lost.
    Lost,
}

/// What is remembered of a packet that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flight {
    pub(super) from: SiteId,
    pub(super) to: SiteId,
    began: Moment,
    packets: u64,
    bytes: u64,
}

impl Matrix {
    pub(super) fn new(sites: usize, seed: Seed) -> Self {
        let lane = |from: usize, to: usize| Lane::new(seed.fork(&format!("packets from site {from} to site {to}")));
        let lanes = (0..sites).map(|from| (0..sites).map(|to| lane(from, to)).collect()).collect();
        Self { lanes, dark: BTreeSet::new(), connections: Connections::default(), moment: Moment::default() }
    }

    pub(super) fn set_link(&mut self, from: SiteId, to: SiteId, link: Link) {
        self.lane(from, to).set_link(link);
    }

    pub(super) fn cut(&mut self, from: SiteId, to: SiteId, how: CutHow) {
        if how == CutHow::Sever {
            self.moment = self.moment.next();
            self.lane(from, to).severed = self.moment;
        }
        self.lane(from, to).cut = Some(how);
    }

    pub(super) fn heal(&mut self, from: SiteId, to: SiteId) {
        self.lane(from, to).cut = None;
    }

    pub(super) fn darken(&mut self, site: SiteId) {
        self.dark.insert(site);
    }

    pub(super) fn lighten(&mut self, site: SiteId) {
        self.dark.remove(&site);
    }

    pub(super) fn carried(&mut self, from: SiteId, to: SiteId) -> Carried {
        self.lane(from, to).carried
    }

    /// A packet has come out of a site. `None`: it is lost.
    pub(super) fn enters(&mut self, now: Duration, from: SiteId, packet: &Packet) -> Option<Way> {
        let to = site_of(packet.destination).filter(|to| to.0 < self.lanes.len() && *to != from)?;
        let born = packet.connection().map(|connection| self.connections.saw(connection, packet.opens, self.moment, now));
        let dark = self.dark.contains(&from);
        let lane = self.lane(from, to);
        let ended = born.is_some_and(|born| born < lane.severed);
        if dark || ended || lane.cut == Some(CutHow::Sever) {
            lane.carried.dropped += packet.packets;
            return None;
        }
        match lane.put(now, packet.flow(), packet.bytes) {
            Fate::Lost => {
                lane.carried.dropped += packet.packets;
                None
            }
            Fate::Carried { at, copy_at } => {
                let flight = Flight { from, to, began: self.moment, packets: packet.packets, bytes: packet.bytes };
                Some(Way { flight, at, copy_at })
            }
        }
    }

    /// A packet has been under way as long as it takes, or the link by which it waited may be whole again.
    pub(super) fn leaves(&mut self, flight: &Flight) -> Exit {
        let dark = self.dark.contains(&flight.to);
        let lane = self.lane(flight.from, flight.to);
        if dark || lane.cut == Some(CutHow::Sever) || flight.began < lane.severed {
            lane.carried.dropped += flight.packets;
            return Exit::Lost;
        }
        if lane.cut == Some(CutHow::Stall) {
            return Exit::Waits;
        }
        lane.carried.packets += flight.packets;
        lane.carried.bytes += flight.bytes;
        Exit::Out
    }

    /// There is no room to keep a packet as long as it is under way.
    pub(super) fn overflows(&mut self, flight: &Flight) {
        self.lane(flight.from, flight.to).carried.dropped += flight.packets;
    }

    /// A packet that was to get out did not: a buffer of the kernel is full.
    pub(super) fn was_refused(&mut self, flight: &Flight) {
        let carried = &mut self.lane(flight.from, flight.to).carried;
        carried.packets -= flight.packets;
        carried.bytes -= flight.bytes;
        carried.dropped += flight.packets;
    }

    fn lane(&mut self, from: SiteId, to: SiteId) -> &mut Lane {
        &mut self.lanes[from.0][to.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wan::packet::Protocol;
    use std::net::Ipv4Addr;

    const A: SiteId = SiteId(0);
    const B: SiteId = SiteId(1);

    fn matrix() -> Matrix {
        Matrix::new(3, Seed(7))
    }

    /// From a port of A's host to B's.
    fn packet(port: u16, opens: bool) -> Packet {
        Packet {
            source: Ipv4Addr::new(10, 1, 0, 1),
            destination: Ipv4Addr::new(10, 2, 0, 1),
            protocol: Protocol::Tcp,
            ports: Some((port, 80)),
            opens,
            packets: 1,
            bytes: 100,
        }
    }

    fn gets_through(matrix: &mut Matrix, packet: &Packet) -> bool {
        matrix.enters(Duration::ZERO, A, packet).is_some_and(|way| matrix.leaves(&way.flight) == Exit::Out)
    }

    #[test]
    fn severed_connections_stay_dead_after_the_heal_and_new_ones_live() {
        let mut matrix = matrix();
        assert!(gets_through(&mut matrix, &packet(1, true)));
        matrix.cut(A, B, CutHow::Sever);
        assert!(!gets_through(&mut matrix, &packet(1, false)));
        matrix.heal(A, B);
        assert!(!gets_through(&mut matrix, &packet(1, false)), "it existed when the link was severed");
        assert!(gets_through(&mut matrix, &packet(2, true)));
        assert!(gets_through(&mut matrix, &packet(2, false)));
        assert!(gets_through(&mut matrix, &packet(1, true)), "the same ports, but a new connection");
        assert!(gets_through(&mut matrix, &packet(1, false)));
    }

    #[test]
    fn one_that_began_under_the_cut_lives_after_it() {
        let mut matrix = matrix();
        matrix.cut(A, B, CutHow::Sever);
        assert!(!gets_through(&mut matrix, &packet(1, true)));
        matrix.heal(A, B);
        assert!(gets_through(&mut matrix, &packet(1, false)));
    }

    #[test]
    fn a_connection_is_severed_only_in_the_direction_of_the_cut() {
        let mut matrix = matrix();
        let there = packet(1, true);
        let back = Packet { source: there.destination, destination: there.source, ports: Some((80, 1)), opens: false, ..there.clone() };
        assert!(gets_through(&mut matrix, &there));
        matrix.cut(A, B, CutHow::Sever);
        matrix.heal(A, B);
        assert!(!gets_through(&mut matrix, &Packet { opens: false, ..there }));
        assert!(matrix.enters(Duration::ZERO, B, &back).is_some());
    }

    #[test]
    fn a_stalled_link_ends_nothing() {
        let mut matrix = matrix();
        assert!(gets_through(&mut matrix, &packet(1, true)));
        matrix.cut(A, B, CutHow::Stall);
        assert!(!gets_through(&mut matrix, &packet(1, false)));
        matrix.heal(A, B);
        assert!(gets_through(&mut matrix, &packet(1, false)));
    }

    #[test]
    fn a_cut_takes_what_is_under_way() {
        let mut matrix = matrix();
        let flight = matrix.enters(Duration::ZERO, A, &packet(1, true)).expect("nothing is cut").flight;
        matrix.cut(A, B, CutHow::Sever);
        matrix.heal(A, B);
        assert_eq!(matrix.leaves(&flight), Exit::Lost, "severed and healed while it was under way");
        assert_eq!(matrix.carried(A, B), Carried { dropped: 1, ..Carried::default() });
    }

    #[test]
    fn nothing_leaves_or_reaches_a_dark_site() {
        let mut matrix = matrix();
        matrix.darken(A);
        assert!(!gets_through(&mut matrix, &packet(1, true)));
        matrix.lighten(A);
        matrix.darken(B);
        assert!(!gets_through(&mut matrix, &packet(1, true)));
        matrix.lighten(B);
        assert!(gets_through(&mut matrix, &packet(1, true)));
        assert_eq!(matrix.carried(A, B), Carried { packets: 1, bytes: 100, dropped: 2 });
    }

    #[test]
    fn what_is_for_nowhere_goes_nowhere() {
        let mut matrix = matrix();
        for destination in [Ipv4Addr::new(10, 9, 0, 1), Ipv4Addr::new(10, 1, 0, 2), Ipv4Addr::new(192, 0, 2, 1)] {
            assert!(matrix.enters(Duration::ZERO, A, &Packet { destination, ..packet(1, true) }).is_none());
        }
    }
}
