//! Sites that a WAN connects: each has a router and hosts, all of them namespaces.
//!
//! ```text
//! host ──eth0────h0── router ──wan────s0── [WAN emulator] ──s1────wan── router ──h0────eth0── host
//! 10.1.0.1      169.254.1.1                                                            10.2.0.1
//! ```
//!
//! Every host stands alone with one address, and its router routes to it: no bridge, so nothing is flooded, and no limit on ports. Who has
//! which address is written down on both sides of every cable, so nobody asks (ARP), nothing expires, and the machine's one table of
//! neighbours, 1024 entries by default, never fills. IPv6 is off.
mod address;
mod limits;
mod plan;
mod refusal;
mod settings;
mod site;

pub(crate) use address::site_of;
pub use plan::{HostId, Plan, SiteId};
pub use refusal::CannotBuild;

use crate::{Namespace, Wan, namespace::Starting};
use site::{Planned, Site};
use std::{io, net::Ipv4Addr};
use strait_core::Seed;

/// Sites with hosts, and the WAN between them. Dropped, it is gone, but for what still runs in it.
#[derive(Debug)]
pub struct Network {
    // Dropped first: it holds sockets in the namespaces.
    wan: Wan,
    sites: Vec<Site>,
    hosts: Vec<(SiteId, usize)>,
    /// The WAN ends of the sites' cables are here.
    _middle: Namespace,
}

impl Network {
    /// Builds what is planned. At first the WAN delays and loses nothing. `seed` decides what happens to packets by chance.
    ///
    /// # Errors
    /// The machine does not hold so much, or refuses something.
    pub fn build(plan: &Plan, seed: Seed) -> Result<Self, CannotBuild> {
        plan.check()?;
        limits::make_room(plan)?;
        let middle = Starting::begin(settings::of_the_middle).map_err(CannotBuild::Namespace)?;
        let planned = plan.sites().map(|(site, hosts)| Planned::begin(site, hosts)).collect::<io::Result<Vec<_>>>();
        let planned = planned.map_err(CannotBuild::Namespace)?;
        let (middle, netlink) = middle.finish().map_err(CannotBuild::Namespace)?;
        let sites = planned.into_iter().map(|site| site.connect(&netlink)).collect::<Result<Vec<_>, _>>()?;
        let wan = Wan::between(&sites.iter().map(Site::uplink).collect::<Vec<_>>(), &middle, seed).map_err(CannotBuild::Wan)?;
        Ok(Self { wan, sites, hosts: plan.hosts(), _middle: middle })
    }

    /// The address of a host.
    pub fn address(&self, host: HostId) -> Ipv4Addr {
        let (site, number) = self.hosts[host.0];
        address::of_host(site, number)
    }

    /// The site of a host.
    pub fn site(&self, host: HostId) -> SiteId {
        self.hosts[host.0].0
    }

    /// The namespace of a host: see [`Namespace::run`].
    pub fn namespace(&self, host: HostId) -> &Namespace {
        let (site, number) = self.hosts[host.0];
        self.sites[site.0].host(number)
    }

    /// The namespace of the router of a site, which passes on what its hosts send to each other.
    pub fn router(&self, site: SiteId) -> &Namespace {
        self.sites[site.0].router()
    }

    /// What connects the sites.
    pub fn wan(&self) -> &Wan {
        &self.wan
    }

    /// Gives a host a new namespace with the same address, as after a loss of power: its kernel knows none of its connections any more,
    /// and resets those that its peers still hold. The old one is cut off at once; processes that still run in it are alone.
    ///
    /// Power loss, in order: [`Wan::darken`], kill, `renew`, and when the power is back [`Wan::lighten`].
    ///
    /// # Errors
    /// As of [`Self::build`].
    pub fn renew(&mut self, host: HostId) -> Result<(), CannotBuild> {
        let (site, number) = self.hosts[host.0];
        self.sites[site.0].renew_host(number)
    }
}
