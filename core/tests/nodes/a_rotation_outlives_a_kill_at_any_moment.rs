//! Wherever a zone control plane is killed in the rotation of an authority, it goes on to its end.
use crate::{
    alone::{from_global, hello, kind, kuma_response, mesh},
    an_authority_is_rotated_with_overlap::{OVERLAP_S, authority, identity, opened, rotate, said},
    pair::zone,
};
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{
    Durable, Emit, Node as _, Out, Recover as _, Seed, Step, ZoneNode,
    node::*,
    sync::*,
    time::{Mono, Now, Wall},
};

/// A zone under a global that acknowledges everything, whose every batch is kept.
struct Lone {
    node: ZoneNode,
    disk: Durable,
    /// The disk after each batch.
    disks: Vec<Durable>,
    now: u64,
    effects: Vec<ZoneEffect>,
    authorities: u16,
    /// Who vouches for each.
    certificates: BTreeMap<u64, String>,
}

impl Lone {
    fn start(seed: u64, disk: Durable) -> Self {
        let (mut out, now) = (Out::new(), Now { mono: Mono(0), wall: Wall(0) });
        let node = ZoneNode::recover(ZoneConfig::new(zone("west")), Seed(seed), now, &disk, &mut out).unwrap();
        let authorities = u16::try_from(seed).unwrap() * 100;
        let mut lone = Self { node, disk, disks: Vec::new(), now: 0, effects: Vec::new(), authorities, certificates: BTreeMap::new() };
        lone.perform(out);
        lone.live(1_000);
        lone.input(ZoneInput::Dialed(Ok((Session(1), Dialect::Kuma))));
        for (kind, resource) in [("Mesh", mesh("default")), ("MeshIdentity", identity("60s"))] {
            lone.input(ZoneInput::Response(Session(1), kuma_response(kind, kind, vec![from_global(resource)], Vec::new())));
        }
        for asked in ["Dataplane", "DataplaneInsight", "MeshTrust"] {
            let body = RequestBody::Subscribe { kind: kind(asked), hello: hello("west", None) };
            lone.input(ZoneInput::Request(Session(1), Request { lane: Lane::Up, body }));
        }
        for (session, name) in [(1, "a"), (2, "b")] {
            lone.input(ZoneInput::Proxy(ProxySession(session), opened(name, u8::try_from(session).unwrap())));
        }
        lone.live(10_000);
        lone
    }

    fn perform(&mut self, mut out: Out<ZoneEffect>) {
        for emit in out.take() {
            match emit {
                Emit::Store(batch) => {
                    batch.apply_to(&mut self.disk);
                    self.disks.push(self.disk.clone());
                    self.step(Step::Stored { upto: batch.lsn });
                }
                Emit::Effect(effect) => self.effects.push(effect),
                Emit::Observed(_) => {}
            }
        }
    }

    fn step(&mut self, step: Step<ZoneInput>) {
        let mut out = Out::new();
        self.node.handle(Now { mono: Mono(self.now), wall: Wall(self.now) }, step, &mut out);
        self.perform(out);
    }

    fn input(&mut self, input: ZoneInput) {
        self.step(Step::Input(input));
        while !self.effects.is_empty() {
            for effect in std::mem::take(&mut self.effects) {
                self.answer(effect);
            }
        }
    }

    fn answer(&mut self, effect: ZoneEffect) {
        let input = match effect {
            ZoneEffect::Response(session, Response { lane, body: ResponseBody::Resources { kind, nonce, .. } }) => {
                ZoneInput::Request(session, Request { lane, body: RequestBody::Ack { kind, nonce } })
            }
            ZoneEffect::Proxy(session, ToProxy::Plan(update)) => ZoneInput::Proxy(session, FromProxy::Took { update: update.number }),
            ZoneEffect::Issue(Issue::Authority { request, trust_domain, .. }) => {
                self.authorities += 1;
                ZoneInput::Issued(Issued::Authority { request, made: Ok(authority(&trust_domain, self.authorities)) })
            }
            ZoneEffect::Issue(Issue::Certificate { request, session, authority, .. }) => {
                assert!(said(self.node.view(), &zone("west")).contains(&authority.certificate), "nobody would believe it");
                self.certificates.insert(session.0, authority.certificate);
                ZoneInput::Issued(Issued::Certificate { request, signed: Ok(()) })
            }
            _ => return,
        };
        self.step(Step::Input(input));
    }

    fn live(&mut self, ms: u64) {
        let until = self.now + ms;
        while let Some((at, _)) = self.node.deadline().filter(|(at, _)| at.0 <= until) {
            self.now = self.now.max(at.0);
            self.step(Step::Tick);
            while !self.effects.is_empty() {
                for effect in std::mem::take(&mut self.effects) {
                    self.answer(effect);
                }
            }
        }
        self.now = until;
    }
}

#[test]
fn killed_after_any_batch_it_goes_on_to_its_end() {
    let mut lone = Lone::start(1, Durable::new());
    let first = said(lone.node.view(), &zone("west"));
    let begun = lone.disks.len();
    lone.input(ZoneInput::Operate { ticket: Ticket(1), operation: rotate() });
    lone.live(OVERLAP_S * 1000 + 60_000 + 60_000);
    assert!(lone.node.observe().rotations.is_empty(), "{:?}", lone.node.observe().rotations);
    assert!(said(lone.node.view(), &zone("west")).is_disjoint(&first));
    let mut seen = BTreeSet::new();
    for disk in lone.disks.drain(begun..).filter(|disk| seen.insert(disk.clone())) {
        let mut again = Lone::start(2, disk);
        again.live(2 * (OVERLAP_S * 1000 + 60_000 + 60_000));
        assert!(again.node.observe().rotations.is_empty(), "{:?}", again.node.observe().rotations);
        let said = said(again.node.view(), &zone("west"));
        assert!(said.len() == 1 && said.is_disjoint(&first), "{said:?}");
        assert!(again.certificates.values().all(|authority| said.contains(authority)), "{:?}", again.certificates);
    }
}
