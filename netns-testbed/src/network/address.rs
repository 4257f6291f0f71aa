//! Which addresses sites and hosts have.
use super::SiteId;
use crate::netlink::Mac;
use std::net::Ipv4Addr;

/// What every host takes its router for.
pub(crate) const ROUTER: Ipv4Addr = Ipv4Addr::new(169, 254, 1, 1);
/// What every router takes the WAN for.
pub(crate) const WAN: Ipv4Addr = Ipv4Addr::new(169, 254, 1, 2);

/// Sites and hosts count from 1 in addresses: 10.2.0.1 is the first host of the second site.
pub(crate) fn of_host(site: SiteId, number: usize) -> Ipv4Addr {
    let [.., high, low] = (number + 1).to_be_bytes();
    let [.., site] = (site.0 + 1).to_be_bytes();
    Ipv4Addr::new(10, site, high, low)
}

/// The site of a host, if the address is one of a host; whether there is such a site is another question.
pub(crate) fn site_of(host: Ipv4Addr) -> Option<SiteId> {
    match host.octets() {
        [10, site, ..] if site > 0 => Some(SiteId(usize::from(site) - 1)),
        _ => None,
    }
}

/// What a device is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    /// A host's own.
    Host(usize),
    /// A router's, towards a host.
    Router(usize),
    /// A router's, towards the WAN.
    Uplink,
    /// The WAN's, towards a router.
    WanEnd,
    /// Nobody's: what routers send to the WAN is addressed to it, so that the kernel at the other end of the cable drops it, and only
    /// the emulator, which listens to all, takes it.
    Emulator,
}

/// The device address. They need differ only on the two ends of a cable; that they tell who is who helps whoever looks at packets.
pub(crate) fn mac(site: SiteId, role: Role) -> Mac {
    let [.., site] = (site.0 + 1).to_be_bytes();
    let (kind, number) = match role {
        Role::Host(number) => (1, number + 1),
        Role::Router(number) => (2, number + 1),
        Role::Uplink => (3, 0),
        Role::WanEnd => (4, 0),
        Role::Emulator => (5, 0),
    };
    let [.., high, low] = number.to_be_bytes();
    // The second lowest bit of the first byte: an address that no manufacturer gave.
    [2, kind, 0, site, high, low]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_back_to_its_site() {
        for site in [0, 1, 253] {
            for number in [0, 254, 255, 64_999] {
                assert_eq!(site_of(of_host(SiteId(site), number)), Some(SiteId(site)));
            }
        }
        assert_eq!(of_host(SiteId(1), 0), Ipv4Addr::new(10, 2, 0, 1));
        assert_eq!(site_of(Ipv4Addr::new(10, 0, 0, 1)), None);
        assert_eq!(site_of(Ipv4Addr::new(127, 0, 0, 1)), None);
    }
}
