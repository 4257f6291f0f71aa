//! A zone, whose global, users, proxies and disk are the input.
use super::{honest::Honest, peer, stage::Stage};
use crate::Target;
use arbitrary::{Result, Unstructured};
use rand::RngExt;
use std::collections::BTreeSet;
use strait_core::{
    Seed, ZoneNode,
    node::{
        Authority, Change, DialError, FromProxy, Issue, Issued, NotSigned, Operation, ProxySession, ProxyVersion, Refusal, Ticket, ToProxy,
        ZoneConfig, ZoneEffect, ZoneInput,
    },
    resource::{MeshName, ResourceName, ZoneName},
    sync::{Dialect, Lane, Nonce, Position, Session},
    vip::VipRange,
};

pub(crate) const ZONE: Target = Target { name: "zone", run, seeds };

pub(super) fn config() -> ZoneConfig {
    let mut config = ZoneConfig::new(ZoneName::new("east").expect("a name"));
    config.remembered_removals = 3;
    // So few that they run out.
    config.vips = "241.0.0.0/29".parse::<VipRange>().expect("a range").into();
    config
}

fn run(bytes: &[u8]) {
    let mut stage = lived(bytes);
    stage.store_all();
    stage.restart();
    stage.pass(10_000);
}

/// The stage after all of the input.
pub(super) fn lived(bytes: &[u8]) -> Stage<ZoneNode> {
    let stage = Stage::start(config(), Default::default()).expect("an empty disk can be read");
    let honest = Honest::global(config().zone);
    let mut life = Life {
        honest,
        stage,
        is_dialing: false,
        issuing: Vec::new(),
        open: None,
        sessions: 0,
        proxies: Vec::new(),
        tickets: 0,
        said: Vec::new(),
        heard: Vec::new(),
    };
    life.answer();
    let mut bytes = Unstructured::new(bytes);
    while !bytes.is_empty() && life.next(&mut bytes).is_ok() {}
    life.stage
}

struct Life {
    stage: Stage<ZoneNode>,
    /// Who is at the other end.
    honest: Honest,
    is_dialing: bool,
    issuing: Vec<Issue>,
    open: Option<(Session, Dialect)>,
    sessions: u64,
    proxies: Vec<ProxySession>,
    tickets: u64,
    said: Vec<Nonce>,
    heard: Vec<Position>,
}

impl Life {
    fn next(&mut self, bytes: &mut Unstructured<'_>) -> Result<()> {
        match bytes.int_in_range(0..=31)? {
            0..=2 if self.is_dialing => self.dialed(bytes)?,
            3 => {
                if let Some((session, _)) = self.open.take() {
                    let why = if bytes.ratio(1, 2)? {
                        None
                    } else {
                        Some(bytes.choose(&[Refusal::NameTaken, Refusal::Removed, Refusal::Silent])?.clone())
                    };
                    self.input(ZoneInput::Closed { session, why });
                }
            }
            4 => {
                if let Some((session, _)) = self.open {
                    self.input(if bytes.ratio(1, 2)? { ZoneInput::Stuck { session } } else { ZoneInput::Receiving(session) });
                }
            }
            5..=13 => {
                if let Some((session, dialect)) = self.open {
                    let lies = bytes.ratio(1, 6)?;
                    let lie = |bytes: &mut Unstructured<'_>| peer::response(bytes, Lane::Down, &self.heard, self.tickets);
                    let response = if lies { lie(bytes)? } else { self.honest.says(bytes, dialect)? };
                    peer::hears(&response, &mut self.heard, &mut Vec::new());
                    self.input(ZoneInput::Response(session, response));
                }
            }
            14 => {
                if let Some((session, _)) = self.open {
                    let request = peer::request(bytes, Lane::Up, &self.said, &self.heard)?;
                    self.input(ZoneInput::Request(session, request));
                }
            }
            15..=18 => self.proxy(bytes)?,
            19..=21 => self.issued(bytes)?,
            22..=25 => {
                let mut changes = Vec::new();
                for _ in 0..bytes.int_in_range(1..=3)? {
                    changes.push(if bytes.ratio(1, 3)? { Change::Delete(peer::key(bytes)?) } else { Change::Put(peer::resource(bytes)?) });
                }
                let ticket = self.ticket();
                self.input(ZoneInput::Edit { ticket, changes });
            }
            26 => {
                let mesh = MeshName::new(bytes.choose(&["default", "shop"])?).expect("a name");
                let rotate = Operation::Rotate { mesh, identity: None, overlap_seconds: Some(bytes.int_in_range(0..=90)?) };
                let operation = if bytes.ratio(1, 2)? { Operation::Adopt } else { rotate };
                let ticket = self.ticket();
                self.input(ZoneInput::Operate { ticket, operation });
            }
            27 => {
                self.stage.restart();
                (self.is_dialing, self.open) = (false, None);
                self.issuing.clear();
                self.proxies.clear();
            }
            28 | 29 => self.stage.pass(u64::from(bytes.arbitrary::<u16>()?)),
            _ => self.stage.store(bytes.int_in_range(1..=4)?),
        }
        self.answer();
        Ok(())
    }

    fn dialed(&mut self, bytes: &mut Unstructured<'_>) -> Result<()> {
        self.is_dialing = false;
        if bytes.ratio(1, 4)? {
            self.input(ZoneInput::Dialed(Err(DialError::Refused)));
            return Ok(());
        }
        self.sessions += 1;
        let session = Session(self.sessions);
        let dialect = if bytes.ratio(1, 4)? { Dialect::Kuma } else { Dialect::Strait };
        self.open = Some((session, dialect));
        self.input(ZoneInput::Dialed(Ok((session, dialect))));
        if bytes.ratio(15, 16)? {
            let history = self.honest.begins();
            if dialect == Dialect::Strait {
                self.input(ZoneInput::Response(session, history));
                let asks = self.honest.asks(Lane::Up);
                self.input(ZoneInput::Request(session, asks));
            }
            let all = self.honest.says(bytes, dialect)?;
            self.input(ZoneInput::Response(session, all));
        }
        Ok(())
    }

    fn proxy(&mut self, bytes: &mut Unstructured<'_>) -> Result<()> {
        let is_new = self.proxies.is_empty() || bytes.ratio(1, 3)?;
        if is_new {
            let session = ProxySession(self.sessions.wrapping_mul(1000) + self.tickets);
            self.tickets += 1;
            self.proxies.push(session);
            let dataplane = if bytes.ratio(3, 4)? { Some(Box::new(peer::dataplane(bytes)?)) } else { None };
            let (mesh, name) = match &dataplane {
                Some(brought) => (brought.key.mesh.clone(), brought.key.name.clone()),
                None => (MeshName::new("default").ok(), ResourceName::new(bytes.choose(&["a", "b", "web"])?).expect("a name")),
            };
            self.input(ZoneInput::Proxy(session, FromProxy::Opened { mesh, name, dataplane, version: ProxyVersion::default() }));
            return Ok(());
        }
        let index = bytes.choose_index(self.proxies.len())?;
        let session = self.proxies[index];
        let update = bytes.int_in_range(0..=4)?;
        let says = match bytes.int_in_range(0..=3)? {
            0 => {
                self.proxies.swap_remove(index);
                FromProxy::Closed
            }
            1 => FromProxy::Refused { update, why: "cannot".to_owned(), parts: BTreeSet::new() },
            _ => FromProxy::Took { update },
        };
        self.input(ZoneInput::Proxy(session, says));
        Ok(())
    }

    fn issued(&mut self, bytes: &mut Unstructured<'_>) -> Result<()> {
        if self.issuing.is_empty() {
            return Ok(());
        }
        let issue = self.issuing.swap_remove(bytes.choose_index(self.issuing.len())?);
        let fails = bytes.ratio(1, 4)?;
        let issued = match issue {
            Issue::Authority { request, trust_domain, .. } => {
                let made = Authority { trust_domain, certificate: format!("certificate {request}"), sealed_key: "sealed".to_owned() };
                Issued::Authority { request, made: if fails { Err("not now".to_owned()) } else { Ok(made) } }
            }
            Issue::Certificate { request, .. } => {
                let lost = NotSigned::Lost("the key is another".to_owned());
                let why = if bytes.ratio(1, 2)? { lost } else { NotSigned::Failed("not now".to_owned()) };
                Issued::Certificate { request, signed: if fails { Err(why) } else { Ok(()) } }
            }
        };
        self.input(ZoneInput::Issued(issued));
        Ok(())
    }

    fn input(&mut self, input: ZoneInput) {
        self.stage.input(input);
    }

    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    /// Takes note of what it asks for.
    fn answer(&mut self) {
        while let Some(effect) = self.stage.asked.pop_front() {
            match effect {
                ZoneEffect::Dial { .. } => self.is_dialing = true,
                ZoneEffect::Hangup { session } => self.open = self.open.filter(|(open, _)| *open != session),
                ZoneEffect::Issue(issue) => self.issuing.push(issue),
                ZoneEffect::Proxy(session, ToProxy::Close { .. }) => self.proxies.retain(|open| *open != session),
                ZoneEffect::Response(_, response) => peer::hears(&response, &mut self.heard, &mut self.said),
                ZoneEffect::Proxy(..)
                | ZoneEffect::Request(..)
                | ZoneEffect::Kubernetes(_)
                | ZoneEffect::Published { .. }
                | ZoneEffect::Done { .. } => {}
            }
        }
    }
}

/// Numbers that a search mutates; each is a life of some length.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    (11..=16_u64).map(|number| numbers(number, 400)).collect()
}

/// Bytes that follow from a number.
pub(super) fn numbers(from: u64, bytes: usize) -> Vec<u8> {
    let mut numbers = vec![0; bytes];
    Seed(from).rng().fill(&mut numbers[..]);
    numbers
}
