//! One site: a router with a cable to the WAN and one to each host.
use super::{
    CannotBuild, SiteId,
    address::{self, ROUTER, Role, WAN, mac},
    settings,
};
use crate::{
    Namespace,
    namespace::Starting,
    netlink::{Device, End, Hop, Netlink, Request},
    wan::Uplink,
};
use std::{io, os::fd::AsFd, sync::Arc};

/// Numbers of devices in a router; in the middle, sites count from it.
const FIRST_NUMBER: u32 = 2;

#[derive(Debug)]
pub(super) struct Site {
    id: SiteId,
    hosts: Vec<Namespace>,
    uplink: Uplink,
    /// About the router.
    netlink: Arc<Netlink>,
    /// The uplink's other end and the hosts' routes are here.
    router: Namespace,
}

/// A site of which the namespaces are being made.
#[derive(Debug)]
pub(super) struct Planned {
    id: SiteId,
    router: Starting,
    hosts: Vec<Starting>,
}

impl Planned {
    pub(super) fn begin(id: SiteId, hosts: usize) -> io::Result<Self> {
        let router = Starting::begin(settings::of_a_router)?;
        let hosts = (0..hosts).map(|_| Starting::begin(settings::of_a_host)).collect::<io::Result<_>>()?;
        Ok(Self { id, router, hosts })
    }

    /// Cables and routes. `middle` is about the namespace in which the WAN's ends of cables are.
    pub(super) fn connect(self, middle: &Netlink) -> Result<Site, CannotBuild> {
        let (id, (router, netlink)) = (self.id, self.router.finish().map_err(CannotBuild::Namespace)?);
        let wan_end = Device { name: format!("s{}", id.0), number: numbered(id.0) };
        let uplink = Device { name: "wan".to_owned(), number: FIRST_NUMBER };
        let (here, there) = (mac(id, Role::WanEnd), mac(id, Role::Uplink));
        let cable = Request::cable(End { device: &wan_end, mac: here }, End { device: &uplink, mac: there }, router.fd());
        middle.ask(&[cable]).map_err(because("the cable of a site"))?;
        netlink
            .ask(&[
                Request::address(&Device::loopback(), ROUTER),
                Request::device_up(&uplink),
                Request::route(None, &uplink, Hop::Gateway(WAN), Some(ROUTER)),
                Request::neighbour(WAN, &uplink, mac(id, Role::Emulator)),
            ])
            .map_err(because("the router of a site"))?;
        middle.wait_until_it_carries(&wan_end).map_err(because("the cable of a site"))?;
        let netlink = Arc::new(netlink);
        let uplink = Uplink { wan_device: wan_end, router: Arc::clone(&netlink), router_device: uplink, wan_mac: here, router_mac: there };
        let mut site = Site { id, hosts: Vec::new(), uplink, netlink, router };
        for host in self.hosts {
            site.hosts.push(site.connect_host(site.hosts.len(), host)?);
        }
        // At the end, when the kernel has seen to most of them.
        (0..site.hosts.len()).try_for_each(|number| site.wait_until_reachable(number))?;
        Ok(site)
    }
}

impl Site {
    pub(super) fn renew_host(&mut self, number: usize) -> Result<(), CannotBuild> {
        let host = Starting::begin(settings::of_a_host).map_err(CannotBuild::Namespace)?;
        self.netlink.ask(&[Request::remove_device(&towards_host(number))]).map_err(because("the cable of a host that is renewed"))?;
        self.hosts[number] = self.connect_host(number, host)?;
        self.wait_until_reachable(number)
    }

    pub(super) fn router(&self) -> &Namespace {
        &self.router
    }

    pub(super) fn host(&self, number: usize) -> &Namespace {
        &self.hosts[number]
    }

    pub(super) fn uplink(&self) -> Uplink {
        self.uplink.clone()
    }

    fn connect_host(&self, number: usize, host: Starting) -> Result<Namespace, CannotBuild> {
        let (host, netlink) = host.finish().map_err(CannotBuild::Namespace)?;
        let address = address::of_host(self.id, number);
        let (here, there) = (towards_host(number), Device { name: "eth0".to_owned(), number: FIRST_NUMBER });
        let (router_mac, host_mac) = (mac(self.id, Role::Router(number)), mac(self.id, Role::Host(number)));
        self.netlink
            .ask(&[
                Request::cable(End { device: &here, mac: router_mac }, End { device: &there, mac: host_mac }, host.fd().as_fd()),
                Request::route(Some(address), &here, Hop::Direct, Some(ROUTER)),
                Request::neighbour(address, &here, host_mac),
            ])
            .map_err(because("a host's cable at its router"))?;
        netlink
            .ask(&[
                Request::address(&there, address),
                Request::device_up(&there),
                Request::route(Some(ROUTER), &there, Hop::Direct, None),
                Request::route(None, &there, Hop::Gateway(ROUTER), None),
                Request::neighbour(ROUTER, &there, router_mac),
            ])
            .map_err(because("a host"))?;
        Ok(host)
    }

    fn wait_until_reachable(&self, number: usize) -> Result<(), CannotBuild> {
        self.netlink.wait_until_it_carries(&towards_host(number)).map_err(because("a host's cable at its router"))
    }
}

/// A router's device.
fn towards_host(number: usize) -> Device {
    Device { name: format!("h{number}"), number: numbered(number + 1) }
}

fn numbered(which: usize) -> u32 {
    u32::try_from(which).unwrap_or(u32::MAX / 2) + FIRST_NUMBER
}

/// An error with the words for whose device, address or route it was.
fn because(what: &'static str) -> impl FnOnce(io::Error) -> CannotBuild {
    move |why| CannotBuild::Devices { what, why }
}
