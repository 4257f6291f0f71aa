//! What a link is like, as a file says it, and what contradicts itself.
use super::{
    Check, Fields, Node,
    shape::{Field, Shape, may},
};
use crate::{
    conditions::{size, thousandths},
    link::{Link, Share},
};
use std::{num::NonZeroU64, time::Duration};

/// The fields that say what a link is like.
pub(crate) const FIELDS: [Field; 7] = [
    may("delay", Shape::Duration),
    may("jitter", Shape::Duration),
    may("loss", Shape::Share),
    may("burst", Shape::Number),
    may("duplicate", Shape::Share),
    may("reorder", Shape::Share),
    may("rate", Shape::Rate),
];

/// A link of which the file says nothing.
pub(crate) const PLAIN: Link = Link {
    delay: Duration::from_millis(10),
    jitter: Duration::ZERO,
    loss: Share(0),
    burst: 0,
    duplicate: Share(0),
    reorder: Share(0),
    rate: None,
};
/// Delays beyond this are refused: a session could not even begin.
const LONGEST_DELAY: Duration = Duration::from_secs(1);
/// TCP gets nowhere with more.
const MOST_LOST: Share = Share(300_000);
/// Longer bursts are cuts.
const LONGEST_BURST: u64 = 100;
const MOST_DOUBLED: Share = Share(500_000);
const MOST_REORDERED: Share = Share(500_000);
/// With less, heartbeats alone are too much. In bytes per second.
const LEAST_RATE: u64 = 500;

/// Reads what these fields say, over what is so anyway. `None`: a mistake was noted.
pub(crate) fn read(fields: &Fields<'_>, anyway: Link, check: &mut Check) -> Option<Link> {
    let mistakes = check.mistakes.len();
    let mut link = anyway;
    if let Some(node) = fields.get("delay") {
        link.delay = delay(node, "`delay`", check).unwrap_or(link.delay);
    }
    if let Some(node) = fields.get("jitter") {
        link.jitter = delay(node, "`jitter`", check).unwrap_or(link.jitter);
    }
    if let Some(node) = fields.get("loss") {
        let help = "a link on which everything is lost is cut: `cut`";
        link.loss = share(node, "`loss`", MOST_LOST, help, check).unwrap_or(link.loss);
    }
    if let Some(node) = fields.get("burst") {
        link.burst = burst(node, check).unwrap_or(link.burst);
    }
    if let Some(node) = fields.get("duplicate") {
        link.duplicate = share(node, "`duplicate`", MOST_DOUBLED, "", check).unwrap_or(link.duplicate);
    }
    if let Some(node) = fields.get("reorder") {
        link.reorder = share(node, "`reorder`", MOST_REORDERED, "", check).unwrap_or(link.reorder);
    }
    if let Some(node) = fields.get("rate") {
        link.rate = rate(node, check).or(link.rate);
    }
    if check.mistakes.len() == mistakes {
        contradictions(fields, &link, check);
    }
    (check.mistakes.len() == mistakes).then_some(link)
}

/// What each field allows, and all together do not.
fn contradictions(fields: &Fields<'_>, link: &Link, check: &mut Check) {
    let place = |named: &str| fields.get(named).map_or(fields.place(), |node| node.place);
    if link.delay + link.jitter > LONGEST_DELAY {
        let help = format!("at most {}s", LONGEST_DELAY.as_secs());
        check.mistake(place("jitter"), "`delay` and `jitter` together are too long", help);
    }
    if link.jitter > link.delay {
        check.mistake(place("jitter"), "`jitter` is longer than `delay`", "at most as long: it is what a delay varies by");
    }
    if link.burst > 0 && link.loss == Share(0) {
        check.mistake(
            place("burst"),
            "`burst` without `loss`: nothing is lost, one after the other or otherwise",
            "add `loss`, such as 2%",
        );
    }
    if link.reorder > Share(0) && link.delay.is_zero() {
        check.mistake(place("reorder"), "`reorder` without `delay`: a packet goes ahead by leaving out its delay", "add `delay`");
    }
}

fn delay(node: &Node, what: &str, check: &mut Check) -> Option<Duration> {
    let time = check.duration(node, what)?;
    if time > LONGEST_DELAY {
        check.mistake(node.place, format!("{what} is too long"), format!("at most {}s", LONGEST_DELAY.as_secs()));
        return None;
    }
    Some(time)
}

fn share(node: &Node, what: &str, most: Share, help: &str, check: &mut Check) -> Option<Share> {
    let text = check.text(node, what)?;
    let parsed =
        text.strip_suffix('%').and_then(|percent| thousandths(percent.trim())).and_then(|share| u32::try_from(share).ok()?.checked_mul(10));
    match parsed.map(Share) {
        None => check.mistake(node.place, format!("{what} is a share of the packets, not `{text}`"), "such as `2%` or `0.1%`"),
        Some(share) if share > most => {
            let allowed = format!("at most {}%", most.0 / 10_000);
            let help = if help.is_empty() { allowed } else { format!("{allowed}; {help}") };
            check.mistake(node.place, format!("{what} is too much"), help);
        }
        Some(share) => return Some(share),
    }
    None
}

fn burst(node: &Node, check: &mut Check) -> Option<u32> {
    let packets = check.number(node, "`burst`")?;
    if packets == 0 || packets > LONGEST_BURST {
        let help = format!("1 to {LONGEST_BURST}: so many packets are lost one after the other, on average");
        check.mistake(node.place, format!("`burst` cannot be {packets}"), help);
        return None;
    }
    u32::try_from(packets).ok()
}

fn rate(node: &Node, check: &mut Check) -> Option<NonZeroU64> {
    let text = check.text(node, "`rate`")?;
    match text.strip_suffix("/s").and_then(|bytes| size(bytes.trim())) {
        None => check.mistake(node.place, format!("`{text}` is not a rate"), "bytes per second, such as `1kB/s` or `2.5MB/s`"),
        Some(0) => check.mistake(node.place, "a link with the rate 0 carries nothing", "cut it: `cut`"),
        Some(rate) if rate < LEAST_RATE => {
            check.mistake(node.place, "`rate` is too low for a session", format!("at least {LEAST_RATE}B/s"));
        }
        Some(rate) => return NonZeroU64::new(rate),
    }
    None
}
