//! Whom an ingress turned away is counted by its Envoy, and shown by its zone: the launcher reads the one, and tells the other.
use super::{
    admin::{self, Admin},
    ask::tell,
    settings::ProxySettings,
};
use std::time::Duration;
use strait_core::node::TurnedAway;
use strait_shell::proxies::Counted;
use tokio::time::sleep;

/// How often.
const EVERY: Duration = Duration::from_secs(2);
/// What is counted: `^(listener.*(A|B|C)|tcp.self_zoneingress.D)$`. An ingress has one listener, and Envoy's own interface is another.
const STATISTICS: &str = "/stats?usedonly&filter=%5E(listener.*(no_filter_chain_match%7Cdownstream_pre_cx_timeout%7Coverflow%7Coverload_reject)\
    %7Ctcp%5C.self_zoneingress%5C.downstream_cx_no_route)$";

/// Adds up what several Envoys in turn have counted: each begins at nothing.
#[derive(Debug, Default)]
struct Count {
    before: TurnedAway,
    now: TurnedAway,
}

/// Reads and tells, for ever. Without Envoy's interface nothing can be read.
pub(super) async fn follow(admin: &Admin, settings: &ProxySettings) {
    let mut count = Count::default();
    let mut said = String::new();
    loop {
        sleep(EVERY).await;
        // While Envoy starts there is nobody to ask.
        let Ok(statistics) = admin::get(admin, STATISTICS).await else { continue };
        let turned_away = count.goes_on(read(&statistics));
        let why = told(settings, turned_away).await.err().unwrap_or_default();
        // Said once, and not each time.
        if why != said && !why.is_empty() {
            tracing::warn!(why, "no control plane takes how many connections were turned away; telling on");
        }
        said = why;
    }
}

/// Tells the control plane to which Envoy is connected: the others do not take it.
async fn told(settings: &ProxySettings, turned_away: TurnedAway) -> Result<(), String> {
    let counted = Counted { name: settings.proxy.name.clone(), turned_away };
    let mut reasons = Vec::new();
    for control_plane in &settings.control_planes {
        match tell(control_plane, settings.current_token().as_ref(), &counted).await {
            Ok(()) => return Ok(()),
            Err(why) => reasons.push(format!("{}: {why}", control_plane.address)),
        }
    }
    Err(reasons.join("; "))
}

impl Count {
    fn goes_on(&mut self, read: TurnedAway) -> TurnedAway {
        let numbers = |one: TurnedAway| [one.unknown_name, one.plain, one.silent, one.too_many];
        if numbers(read).into_iter().zip(numbers(self.now)).any(|(read, was)| read < was) {
            self.before = sum(self.before, self.now);
        }
        self.now = read;
        sum(self.before, self.now)
    }
}

fn sum(one: TurnedAway, other: TurnedAway) -> TurnedAway {
    TurnedAway {
        unknown_name: one.unknown_name + other.unknown_name,
        plain: one.plain + other.plain,
        silent: one.silent + other.silent,
        too_many: one.too_many + other.too_many,
    }
}

/// Of Envoy's statistics, one on a line: `NAME: NUMBER`.
fn read(statistics: &str) -> TurnedAway {
    let mut turned_away = TurnedAway::default();
    let numbers = statistics.lines().filter_map(|line| line.rsplit_once(": "));
    let numbers = numbers.filter_map(|(name, number)| Some((name, number.trim().parse::<u64>().ok()?)));
    for (name, number) in numbers.filter(|(name, _)| !name.starts_with("listener.admin.")) {
        // `listener.ADDRESS.COUNTER`: there are dots in an address.
        let counter = name.rsplit('.').next().unwrap_or_default();
        let of = match counter {
            "downstream_cx_no_route" => &mut turned_away.unknown_name,
            "no_filter_chain_match" => &mut turned_away.plain,
            "downstream_pre_cx_timeout" => &mut turned_away.silent,
            "downstream_cx_overflow" | "downstream_global_cx_overflow" | "downstream_cx_overload_reject" => &mut turned_away.too_many,
            _ => continue,
        };
        *of += number;
    }
    turned_away
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envoy_that_is_started_anew_begins_at_nothing_and_the_count_goes_on() {
        let mut count = Count::default();
        let statistics = "listener.[__1]_10001.no_filter_chain_match: 3\nlistener.admin.downstream_pre_cx_timeout: 9\n\
            tcp.self_zoneingress.downstream_cx_no_route: 2\nlistener.127.0.0.1_10001.downstream_cx_length_ms: P0(0,0)\n";
        let first = TurnedAway { unknown_name: 2, plain: 3, ..TurnedAway::default() };
        assert_eq!(count.goes_on(read(statistics)), first);
        assert_eq!(count.goes_on(read(statistics)), first);
        assert_eq!(count.goes_on(read("listener.127.0.0.1_10001.downstream_pre_cx_timeout: 1\n")), TurnedAway { silent: 1, ..first });
    }
}
