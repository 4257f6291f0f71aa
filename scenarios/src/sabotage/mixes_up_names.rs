//! `mixes-up-names`: a zone tells its proxies that the names of services lead to each other's addresses. Broken: S14.
use super::Sabotage;
use strait_core::{plan::Part, resource::ZoneName};

/// `mixes-up-names`.
#[derive(Debug, Default)]
pub(super) struct MixesUpNames;

impl Sabotage for MixesUpNames {
    fn part(&mut self, _: &ZoneName, part: &mut Part) {
        if let Part::Names(names) = part {
            let mut addresses: Vec<_> = names.addresses.values().copied().collect();
            let by = 1.min(addresses.len());
            addresses.rotate_left(by);
            names.addresses.values_mut().zip(addresses).for_each(|(address, other)| *address = other);
        }
    }
}
