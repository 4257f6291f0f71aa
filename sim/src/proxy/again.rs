//! Whom a proxy asks, and whom next while there is no connection, as Envoy chooses them. Pauses between tries are left out.
use super::matching::{Request, asks_for};
use rand::{RngExt, rngs::ChaCha8Rng};
use std::{collections::BTreeSet, net::SocketAddr, time::Duration};
use strait_core::plan::{Endpoint, Outbound, Retries, RetryOn, Route};

/// Nobody waits for more tries than that.
const MOST_TRIES: u32 = 100;

/// How often, for how long each, and whom not again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tries {
    pub(super) count: u32,
    pub(super) other_host: bool,
    pub(super) other_priority_after: Option<u32>,
    /// `None`: a try may take as long as all of them together.
    pub(super) each: Option<Duration>,
}

impl Tries {
    /// One, of any length.
    const ONCE: Self = Self { count: 1, other_host: false, other_priority_after: None, each: None };

    /// Of a connection without requests.
    pub(super) fn of_connections(outbound: &Outbound) -> Self {
        Self { count: outbound.connect_attempts.clamp(1, MOST_TRIES), ..Self::ONCE }
    }

    /// Of a request that takes this route.
    pub(super) fn of_requests(outbound: &Outbound, route: &Route, request: &Request) -> Self {
        let on = [RetryOn::ServerError, RetryOn::GatewayError, RetryOn::Reset, RetryOn::ConnectFailure];
        let is_tried = |retries: &&Retries| {
            let is_asked = retries.requests.is_empty() || retries.requests.iter().any(|named| asks_for(named, request));
            is_asked && on.iter().any(|on| retries.on.contains(on))
        };
        // Envoy answers a try that takes too long with 504.
        let is_late = |retries: &Retries| retries.on.contains(&RetryOn::ServerError) || retries.on.contains(&RetryOn::GatewayError);
        route.retries.as_ref().or(outbound.retries.as_ref()).filter(is_tried).map_or(Self::ONCE, |retries| Self {
            count: retries.attempts.saturating_add(1).min(MOST_TRIES),
            other_host: retries.other_host,
            other_priority_after: retries.other_priority_after,
            each: (retries.per_try_ms > 0 && is_late(retries)).then(|| Duration::from_millis(retries.per_try_ms)),
        })
    }

    /// Those who are asked, one after the other. Nobody of a priority is while there is somebody of one before it, unless that is left out.
    pub(super) fn in_turn(self, endpoints: &BTreeSet<Endpoint>, rng: &mut ChaCha8Rng) -> Vec<SocketAddr> {
        let mut asked: Vec<Endpoint> = Vec::new();
        for number in 0..self.count {
            let settled = self.other_priority_after.map_or(0, |after| number - number % after.max(1));
            let left_out: BTreeSet<u8> = asked.iter().take(settled as usize).map(|one| one.priority).collect();
            let priorities = || endpoints.iter().map(|one| one.priority);
            let Some(priority) = priorities().find(|one| !left_out.contains(one)).or_else(|| priorities().next()) else { break };
            let all: Vec<&Endpoint> = endpoints.iter().filter(|one| one.priority == priority).collect();
            let others: Vec<&Endpoint> = all.iter().copied().filter(|one| self.other_host && !asked.contains(one)).collect();
            let of = if others.is_empty() { all } else { others };
            asked.push(*of[rng.random_range(0..of.len())]);
        }
        asked.iter().map(|one| SocketAddr::new(one.address, one.port)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, Tries};
    use std::{collections::BTreeSet, net::SocketAddr};
    use strait_core::Seed;

    /// The ports that are asked in turn, where endpoints have these priorities and ports.
    fn ports(tries: Tries, endpoints: &[(u8, u16)]) -> Vec<u16> {
        let endpoint = |(priority, port): &(u8, u16)| Endpoint { priority: *priority, address: [127, 0, 0, 1].into(), port: *port };
        let endpoints: BTreeSet<Endpoint> = endpoints.iter().map(endpoint).collect();
        tries.in_turn(&endpoints, &mut Seed(7).rng()).iter().map(SocketAddr::port).collect()
    }

    #[test]
    fn nobody_of_a_priority_is_asked_while_there_is_one_before_it() {
        let tries = Tries { count: 20, other_host: false, other_priority_after: None, each: None };
        assert_eq!(ports(tries, &[(0, 1), (1, 2)]), [1; 20]);
        assert_eq!(ports(tries, &[(1, 2)]), [2; 20]);
        assert_eq!(ports(tries, &[]), [0; 0]);
    }

    #[test]
    fn whoever_was_asked_is_asked_again_only_where_there_is_nobody_else() {
        let tries = Tries { count: 4, other_host: true, other_priority_after: None, each: None };
        let asked = ports(tries, &[(0, 1), (0, 2), (0, 3), (1, 4)]);
        assert_eq!(asked[..3].iter().copied().collect::<BTreeSet<u16>>(), [1, 2, 3].into());
        assert!((1..=3).contains(&asked[3]), "{asked:?}");
    }

    #[test]
    fn priorities_are_left_out_after_as_many_tries_as_is_said() {
        let tries = Tries { count: 5, other_host: false, other_priority_after: Some(2), each: None };
        // Once all are left out, none is.
        assert_eq!(ports(tries, &[(0, 1), (1, 2)]), [1, 1, 2, 2, 1]);
    }
}
