//! One site: a router with a cable to the WAN and one to each host.
use super::{
    CannotBuild, SiteId,
    address::{self, ROUTER, Role, WAN, mac},
    cannot, settings,
};
use crate::{
    Namespace,
    netlink::{self, End, Hop, Netlink, Request},
    wan::Uplink,
};
use std::{io, os::fd::AsFd};

/// As routers and hosts call their own devices.
const UPLINK: &str = "wan";
const HOST_DEVICE: &str = "eth0";

#[derive(Debug)]
pub(super) struct Site {
    id: SiteId,
    router: Namespace,
    hosts: Vec<Namespace>,
    uplink: Uplink,
}

impl Site {
    /// A site without hosts, with a cable that ends in the middle.
    pub(super) fn connect(id: SiteId, middle: &Namespace) -> Result<Self, CannotBuild> {
        let router = Namespace::new().map_err(CannotBuild::Namespace)?;
        router.run(settings::of_a_router).map_err(CannotBuild::Settings)?;
        let wan_end = format!("s{}", id.0);
        let cable = Request::cable(
            End { device: &wan_end, mac: mac(id, Role::WanEnd) },
            End { device: UPLINK, mac: mac(id, Role::Uplink) },
            router.fd(),
        );
        middle.run(move || Netlink::open()?.ask(&[cable])).map_err(cannot("the cable of a site"))?;
        let (netlink, device) = router.run(move || route_to_the_wan(id)).map_err(cannot("the router of a site"))?;
        let end = wan_end.clone();
        middle.run(move || Netlink::open()?.wait_until_it_carries(&end)).map_err(cannot("the cable of a site"))?;
        let uplink = Uplink::new(wan_end, netlink, device, mac(id, Role::WanEnd), mac(id, Role::Uplink));
        Ok(Self { id, router, hosts: Vec::new(), uplink })
    }

    pub(super) fn add_hosts(&mut self, count: usize) -> Result<(), CannotBuild> {
        for _ in 0..count {
            self.hosts.push(self.new_host(self.hosts.len())?);
        }
        // At the end, when the kernel has seen to most of them.
        (0..count).try_for_each(|number| self.wait_until_reachable(number))
    }

    pub(super) fn renew_host(&mut self, number: usize) -> Result<(), CannotBuild> {
        let device = router_device(number);
        self.router
            .run(move || Netlink::open()?.ask(&[Request::remove_device(&device)?]))
            .map_err(cannot("the cable of a host that is renewed"))?;
        self.hosts[number] = self.new_host(number)?;
        self.wait_until_reachable(number)
    }

    pub(super) fn host(&self, number: usize) -> &Namespace {
        &self.hosts[number]
    }

    pub(super) fn uplink(&self) -> Uplink {
        self.uplink.clone()
    }

    fn new_host(&self, number: usize) -> Result<Namespace, CannotBuild> {
        let host = Namespace::new().map_err(CannotBuild::Namespace)?;
        host.run(settings::of_a_host).map_err(CannotBuild::Settings)?;
        let id = self.id;
        let fd = host.fd().try_clone_to_owned().map_err(CannotBuild::Namespace)?;
        self.router.run(move || route_to_host(id, number, &fd)).map_err(cannot("a host's cable at its router"))?;
        host.run(move || route_to_router(id, number)).map_err(cannot("a host"))?;
        Ok(host)
    }

    fn wait_until_reachable(&self, number: usize) -> Result<(), CannotBuild> {
        let device = router_device(number);
        self.router.run(move || Netlink::open()?.wait_until_it_carries(&device)).map_err(cannot("a host's cable at its router"))
    }
}

/// On a router's thread. Returns its conversation with the kernel, and the number of its device towards the WAN.
fn route_to_the_wan(id: SiteId) -> io::Result<(Netlink, u32)> {
    let netlink = Netlink::open()?;
    netlink.ask(&[
        Request::address("lo", ROUTER)?,
        Request::device_up(UPLINK)?,
        Request::route(None, UPLINK, Hop::Gateway(WAN), Some(ROUTER))?,
        Request::neighbour(WAN, UPLINK, mac(id, Role::Emulator))?,
    ])?;
    Ok((netlink, netlink::index(UPLINK)?))
}

/// On a router's thread.
fn route_to_host(id: SiteId, number: usize, host: impl AsFd) -> io::Result<()> {
    let netlink = Netlink::open()?;
    let device = router_device(number);
    netlink.ask(&[Request::cable(
        End { device: &device, mac: mac(id, Role::Router(number)) },
        End { device: HOST_DEVICE, mac: mac(id, Role::Host(number)) },
        host.as_fd(),
    )])?;
    let address = address::of_host(id, number);
    netlink.ask(&[
        Request::route(Some(address), &device, Hop::Direct, Some(ROUTER))?,
        Request::neighbour(address, &device, mac(id, Role::Host(number)))?,
    ])
}

/// On a host's thread.
fn route_to_router(id: SiteId, number: usize) -> io::Result<()> {
    Netlink::open()?.ask(&[
        Request::address(HOST_DEVICE, address::of_host(id, number))?,
        Request::device_up(HOST_DEVICE)?,
        Request::route(Some(ROUTER), HOST_DEVICE, Hop::Direct, None)?,
        Request::route(None, HOST_DEVICE, Hop::Gateway(ROUTER), None)?,
        Request::neighbour(ROUTER, HOST_DEVICE, mac(id, Role::Router(number)))?,
    ])
}

fn router_device(number: usize) -> String {
    format!("h{number}")
}
