//! What a network is to consist of.
use super::CannotBuild;

/// As many sites as the second byte of an address has room for.
const MOST_SITES: usize = 254;
/// As many hosts in a site as the last two bytes of an address have room for.
const MOST_HOSTS_OF_A_SITE: usize = 65_000;

/// A site of a network, in the order in which they were planned, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SiteId(pub usize);

/// A host of a network, in the order in which they were planned over all sites, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostId(pub usize);

/// Which sites there are, with how many hosts each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    hosts_of_sites: Vec<usize>,
}

impl Plan {
    /// No site yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// So many sites with so many hosts each.
    pub fn uniform(sites: usize, hosts_of_each: usize) -> Self {
        Self { hosts_of_sites: vec![hosts_of_each; sites] }
    }

    /// Adds a site, and says which it is and which hosts it has.
    pub fn add_site(&mut self, hosts: usize) -> (SiteId, Vec<HostId>) {
        let before = self.count_hosts();
        self.hosts_of_sites.push(hosts);
        (SiteId(self.hosts_of_sites.len() - 1), (before..before + hosts).map(HostId).collect())
    }

    /// How many sites there are.
    pub fn count_sites(&self) -> usize {
        self.hosts_of_sites.len()
    }

    /// How many hosts there are in all sites together.
    pub fn count_hosts(&self) -> usize {
        self.hosts_of_sites.iter().sum()
    }

    /// Each site with the number of its hosts.
    pub(super) fn sites(&self) -> impl Iterator<Item = (SiteId, usize)> + '_ {
        self.hosts_of_sites.iter().enumerate().map(|(site, hosts)| (SiteId(site), *hosts))
    }

    /// Each host with its site and its number there.
    pub(super) fn hosts(&self) -> Vec<(SiteId, usize)> {
        self.sites().flat_map(|(site, hosts)| (0..hosts).map(move |number| (site, number))).collect()
    }

    pub(super) fn check(&self) -> Result<(), CannotBuild> {
        let sites = self.count_sites();
        if sites > MOST_SITES {
            return Err(CannotBuild::TooManySites { sites, at_most: MOST_SITES });
        }
        match self.hosts_of_sites.iter().find(|hosts| **hosts > MOST_HOSTS_OF_A_SITE) {
            Some(hosts) => Err(CannotBuild::TooManyHosts { hosts: *hosts, at_most: MOST_HOSTS_OF_A_SITE }),
            None => Ok(()),
        }
    }
}
