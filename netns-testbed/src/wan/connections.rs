//! Which connections have been seen, and since when: so that a cut can end those that exist.
use std::{collections::BTreeMap, net::SocketAddrV4, time::Duration};

/// So many are remembered. Beyond that, those go that were silent for longest; they count as having existed always.
const REMEMBERED: usize = 65_536;

/// Counts how often something was severed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(u64);

impl Moment {
    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Both ends of a connection, the lesser first: the same for both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Connection(SocketAddrV4, SocketAddrV4);

impl Connection {
    pub(super) fn between(one: SocketAddrV4, other: SocketAddrV4) -> Self {
        Self(one.min(other), one.max(other))
    }
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    born: Moment,
    last: Duration,
}

#[derive(Debug, Default)]
pub(super) struct Connections(BTreeMap<Connection, Seen>);

impl Connections {
    /// A packet of a connection was seen. Returns when the connection was born: now, if the packet opens it.
    pub(super) fn saw(&mut self, connection: Connection, opens: bool, moment: Moment, now: Duration) -> Moment {
        if opens {
            self.make_room();
            self.0.insert(connection, Seen { born: moment, last: now });
            return moment;
        }
        self.0.get_mut(&connection).map_or(Moment::default(), |seen| {
            seen.last = now;
            seen.born
        })
    }

    fn make_room(&mut self) {
        if self.0.len() < REMEMBERED {
            return;
        }
        let mut last: Vec<Duration> = self.0.values().map(|seen| seen.last).collect();
        let (.., middle, _) = last.select_nth_unstable(REMEMBERED / 2);
        let middle = *middle;
        self.0.retain(|_, seen| seen.last > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn connection(number: usize) -> Connection {
        let port = |number: usize| u16::try_from(number % 60_000 + 1).expect("it is small");
        let low = u8::try_from(number / 60_000).expect("it is small");
        Connection::between(
            SocketAddrV4::new(Ipv4Addr::new(10, 1, 0, low), port(number)),
            SocketAddrV4::new(Ipv4Addr::new(10, 2, 0, 1), 80),
        )
    }

    #[test]
    fn memory_is_bounded_and_the_silent_go_first() {
        let mut connections = Connections::default();
        let now = |number: usize| Duration::from_micros(u64::try_from(number).expect("it is small"));
        let later = Moment::default().next();
        connections.saw(connection(0), true, later, Duration::ZERO);
        for number in 1..REMEMBERED * 2 {
            connections.saw(connection(number), true, later, now(number));
            connections.saw(connection(0), false, later, now(number));
        }
        assert!(connections.0.len() <= REMEMBERED);
        assert_eq!(connections.saw(connection(0), false, later, Duration::MAX), later, "it was never silent");
        assert_eq!(connections.saw(connection(1), false, later, Duration::MAX), Moment::default(), "it was silent for longest");
    }
}
