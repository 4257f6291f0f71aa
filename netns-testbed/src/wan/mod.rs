//! What connects the sites: an emulator of a WAN in this process, because not every kernel can delay packets (netem) and none decides
//! from a seed.
//!
//! Every site's router sends what is for elsewhere into a cable, at whose other end a packet socket takes it. A thread decides what
//! happens to each packet, keeps it as long as it is under way, and puts it into the cable of the site that it is for.
//!
//! Packets of one piece: kernels hand large sends over uncut, up to 64 KiB, with the cutting left to the network card. A link that only
//! delays carries such a piece as one, which is fast. As soon as a link from a site loses, doubles, reorders or has a rate, that
//! site's router cuts before it sends, so that chance and rate apply to packets as they would be on a wire.
mod connections;
mod emulator;
mod lane;
mod matrix;
mod packet;
mod port;

use crate::{
    Namespace, SiteId,
    netlink::{Device, Mac, Netlink, Request},
};
use emulator::Emulator;
use matrix::Matrix;
use port::Port;
use std::{
    collections::BTreeSet,
    io,
    sync::{Arc, Mutex, PoisonError},
};
use strait_core::Seed;
use strait_scenarios::{link::Link, world::CutHow};

/// A kernel's default.
const SEGMENTS_AT_ONCE: u32 = 65_535;

/// The WAN of a network. Each direction between two sites is a link of its own. What is set holds, when the call returns, for all packets
/// that arrive from then on; cuts also for those that are under way.
#[derive(Debug)]
pub struct Wan {
    emulator: Emulator,
    uplinks: Mutex<Vec<Cutting>>,
}

impl Wan {
    pub(crate) fn between(uplinks: &[Uplink], middle: &Namespace, seed: Seed) -> io::Result<Self> {
        let listed = uplinks.to_vec();
        let ports = middle.run(move || listed.into_iter().map(Port::open).collect::<io::Result<Vec<_>>>())?;
        let emulator = Emulator::start(ports, Matrix::new(uplinks.len(), seed))?;
        let uplinks = uplinks.iter().map(|uplink| Cutting { uplink: uplink.clone(), uneven: BTreeSet::new() }).collect();
        Ok(Self { emulator, uplinks: Mutex::new(uplinks) })
    }

    /// What the link is like from now on, in this direction. How it is cut stays.
    ///
    /// # Errors
    /// The kernel does not let the router cut large sends into packets.
    pub fn set_link(&self, from: SiteId, to: SiteId, link: Link) -> io::Result<()> {
        self.cut_large_sends(from, to, !link.is_plain())?;
        self.emulator.order(move |matrix| matrix.set_link(from, to, link));
        Ok(())
    }

    /// Cuts the link in this direction, for packets that are under way too. Stalled: they wait for the heal, as far as there is room; kernels send
    /// the others again. Severed: they are lost, and a connection that existed then never gets a packet through again in this direction,
    /// also after the heal; one that begins later does.
    pub fn cut(&self, from: SiteId, to: SiteId, how: CutHow) {
        self.emulator.order(move |matrix| matrix.cut(from, to, how));
    }

    /// Heals the link in this direction.
    pub fn heal(&self, from: SiteId, to: SiteId) {
        self.emulator.order(move |matrix| matrix.heal(from, to));
    }

    /// The power of the site is off: nothing comes out, nothing gets in; what is under way from it arrives.
    pub fn darken(&self, site: SiteId) {
        self.emulator.order(move |matrix| matrix.darken(site));
    }

    /// The power of the site is back.
    pub fn lighten(&self, site: SiteId) {
        self.emulator.order(move |matrix| matrix.lighten(site));
    }

    /// What the link has carried in this direction so far.
    pub fn carried(&self, from: SiteId, to: SiteId) -> Carried {
        self.emulator.order(move |matrix| matrix.carried(from, to))
    }

    fn cut_large_sends(&self, from: SiteId, to: SiteId, uneven: bool) -> io::Result<()> {
        let mut uplinks = self.uplinks.lock().unwrap_or_else(PoisonError::into_inner);
        uplinks[from.0].link_is(to, uneven)
    }
}

/// What a link has carried in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Packets that came out at the other end; of a large send each that it is cut into.
    pub packets: u64,
    /// Their length, from the IP header on.
    pub bytes: u64,
    /// Packets that were lost, by chance, in a full queue, or by a cut.
    pub dropped: u64,
}

/// The cable between a router and the WAN.
#[derive(Clone, Debug)]
pub(crate) struct Uplink {
    pub(crate) wan_device: Device,
    /// About the router's namespace.
    pub(crate) router: Arc<Netlink>,
    pub(crate) router_device: Device,
    pub(crate) wan_mac: Mac,
    pub(crate) router_mac: Mac,
}

/// Whether a site's router cuts large sends into packets before it sends them.
#[derive(Debug)]
struct Cutting {
    uplink: Uplink,
    /// The sites towards which packets do not all fare alike.
    uneven: BTreeSet<SiteId>,
}

impl Cutting {
    fn link_is(&mut self, to: SiteId, uneven: bool) -> io::Result<()> {
        let cut_before = !self.uneven.is_empty();
        if uneven {
            self.uneven.insert(to);
        } else {
            self.uneven.remove(&to);
        }
        let cut = !self.uneven.is_empty();
        if cut == cut_before {
            return Ok(());
        }
        let segments = if cut { 1 } else { SEGMENTS_AT_ONCE };
        self.uplink.router.ask(&[Request::segments_at_once(&self.uplink.router_device, segments)])
    }
}
