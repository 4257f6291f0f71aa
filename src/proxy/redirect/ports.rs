//! Sets of ports.
use std::{fmt, ops::RangeInclusive};

/// Where proxies listen for themselves, as with Kuma.
const OWN: RangeInclusive<u16> = 15000..=15099;

/// Some ports: ranges in their order, of which no two touch. nft refuses sets whose parts overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ports(Vec<RangeInclusive<u16>>);

impl Ports {
    /// Those of the proxy itself.
    pub(super) fn own() -> Self {
        Self(vec![OWN])
    }

    pub(super) fn and_each(self, ports: impl IntoIterator<Item = u16>) -> Self {
        Self::merged(self.0.into_iter().chain(ports.into_iter().map(|port| port..=port)).collect())
    }

    pub(super) fn and(self, others: &Self) -> Self {
        Self::merged(self.0.into_iter().chain(others.0.iter().cloned()).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn merged(mut ranges: Vec<RangeInclusive<u16>>) -> Self {
        ranges.sort_by_key(|range| *range.start());
        let mut merged: Vec<RangeInclusive<u16>> = Vec::new();
        for range in ranges {
            match merged.last_mut().filter(|last| u32::from(*range.start()) <= u32::from(*last.end()) + 1) {
                Some(last) => *last = *last.start()..=*last.end().max(range.end()),
                None => merged.push(range),
            }
        }
        Self(merged)
    }
}

impl fmt::Display for Ports {
    /// As nft reads sets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ranges = self.0.iter().map(|range| match (range.start(), range.end()) {
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first}-{last}"),
        });
        write!(f, "{{ {} }}", ranges.collect::<Vec<_>>().join(", "))
    }
}

/// `80,8000-8100`. Nothing: none.
pub(super) fn ports(text: &str) -> Result<Ports, String> {
    let port = |text: &str| text.trim().parse::<u16>().ok().filter(|port| *port != 0);
    let range = |text: &str| {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let range = port(first).zip(port(last)).filter(|(first, last)| first <= last);
        range
            .map(|(first, last)| first..=last)
            .ok_or_else(|| format!("`{text}` must be a port, such as `80`, or several, such as `8000-8100`"))
    };
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    Ok(Ports::merged(words.map(range).collect::<Result<_, _>>()?))
}
