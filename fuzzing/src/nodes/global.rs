//! A global, whose zones, users and disk are the input.
use super::{honest::Honest, peer, stage::Stage};
use crate::Target;
use arbitrary::{Result, Unstructured};
use std::collections::BTreeMap;
use strait_core::{
    GlobalNode,
    node::{Change, GlobalConfig, GlobalEffect, GlobalInput, Operation, Ticket},
    resource::ZoneName,
    sync::{Dialect, Lane, Nonce, Position, Session},
};

pub(crate) const GLOBAL: Target = Target { name: "global", run, seeds };

pub(super) fn config() -> GlobalConfig {
    GlobalConfig { remembered_removals: 3, snapshots: 2, ..GlobalConfig::new() }
}

fn run(bytes: &[u8]) {
    let mut stage = lived(bytes);
    stage.store_all();
    stage.restart();
    stage.pass(10_000);
}

/// The stage after all of the input.
pub(super) fn lived(bytes: &[u8]) -> Stage<GlobalNode> {
    let stage = Stage::start(config(), Default::default()).expect("an empty disk can be read");
    let mut life = Life { stage, zones: BTreeMap::new(), open: Vec::new(), sessions: 0, tickets: 0, said: Vec::new(), heard: Vec::new() };
    let mut bytes = Unstructured::new(bytes);
    while !bytes.is_empty() && life.next(&mut bytes).is_ok() {}
    life.stage
}

struct Life {
    stage: Stage<GlobalNode>,
    /// Who is at the other ends.
    zones: BTreeMap<ZoneName, Honest>,
    open: Vec<(Session, ZoneName, Dialect)>,
    sessions: u64,
    tickets: u64,
    said: Vec<Nonce>,
    heard: Vec<Position>,
}

impl Life {
    fn next(&mut self, bytes: &mut Unstructured<'_>) -> Result<()> {
        match bytes.int_in_range(0..=31)? {
            0..=2 => {
                self.opens(bytes)?;
            }
            3 if !self.open.is_empty() => {
                let (session, ..) = self.open.swap_remove(bytes.choose_index(self.open.len())?);
                self.input(GlobalInput::Closed { session });
            }
            4 if !self.open.is_empty() => {
                let session = bytes.choose(&self.open)?.0;
                self.input(if bytes.ratio(1, 2)? { GlobalInput::Stuck { session } } else { GlobalInput::Receiving(session) });
            }
            5 | 6 if !self.open.is_empty() => {
                let session = bytes.choose(&self.open)?.0;
                let request = peer::request(bytes, Lane::Down, &self.said, &self.heard)?;
                self.input(GlobalInput::Request(session, request));
            }
            7..=17 if !self.open.is_empty() => {
                let (session, zone, dialect) = bytes.choose(&self.open)?.clone();
                let lies = bytes.ratio(1, 6)?;
                let honest = self.zones.entry(zone.clone()).or_insert_with(|| Honest::zone(zone));
                let response =
                    if lies { peer::response(bytes, Lane::Up, &self.heard, self.sessions)? } else { honest.says(bytes, dialect)? };
                self.input(GlobalInput::Response(session, response));
            }
            18..=23 => {
                let mut changes = Vec::new();
                for _ in 0..bytes.int_in_range(1..=3)? {
                    changes.push(if bytes.ratio(1, 3)? { Change::Delete(peer::key(bytes)?) } else { Change::Put(peer::resource(bytes)?) });
                }
                let ticket = self.ticket();
                self.input(GlobalInput::Edit { ticket, changes });
            }
            24 | 25 => {
                let zone = peer::zone(bytes)?;
                let operation = match bytes.int_in_range(0..=5)? {
                    0 => Operation::Adopt,
                    1 => Operation::AdoptZone(zone),
                    2 => Operation::Admit(zone),
                    3 => Operation::Enable(zone),
                    4 => Operation::Disable(zone),
                    _ => Operation::Remove(zone),
                };
                let ticket = self.ticket();
                self.input(GlobalInput::Operate { ticket, operation });
            }
            26 => {
                self.stage.restart();
                self.open.clear();
            }
            27..=28 => self.stage.pass(u64::from(bytes.arbitrary::<u16>()?)),
            _ => self.stage.store(bytes.int_in_range(1..=4)?),
        }
        self.answer();
        Ok(())
    }

    fn opens(&mut self, bytes: &mut Unstructured<'_>) -> Result<()> {
        self.sessions += 1;
        let (session, zone) = (Session(self.sessions), peer::zone(bytes)?);
        let dialect = if bytes.ratio(1, 4)? { Dialect::Kuma } else { Dialect::Strait };
        self.open.push((session, zone.clone(), dialect));
        self.input(GlobalInput::Opened { session, zone: zone.clone(), dialect });
        if dialect == Dialect::Kuma || bytes.ratio(1, 16)? {
            return Ok(());
        }
        let honest = self.zones.entry(zone.clone()).or_insert_with(|| Honest::zone(zone));
        let (history, asks) = (honest.begins(), honest.asks(Lane::Down));
        let all = honest.says(bytes, dialect)?;
        self.input(GlobalInput::Request(session, asks));
        self.input(GlobalInput::Response(session, history));
        self.input(GlobalInput::Response(session, all));
        Ok(())
    }

    fn input(&mut self, input: GlobalInput) {
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
                GlobalEffect::Close { session, .. } => self.open.retain(|(open, ..)| *open != session),
                GlobalEffect::Response(_, response) => peer::hears(&response, &mut self.heard, &mut self.said),
                GlobalEffect::Request(..) | GlobalEffect::Done { .. } => {}
            }
        }
    }
}

/// Numbers that a search mutates; each is a life of some length.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    (1..=6_u64).map(|number| super::zone::numbers(number, 400)).collect()
}
