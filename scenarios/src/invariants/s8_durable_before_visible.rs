//! S8, durable before visible: everything that one of our nodes sends or makes known is implied by its disk at that instant.
//!
//! A claim is implied if the disk said just that at some time in this process: what waited for one batch may leave together with
//! what waited for the next. What is shown of one resource follows the versions that the disk has had, in order.
use super::{Broken, Invariant};
use crate::oracle::{
    fact::{Print, address},
    image::{Became, Difference, Image},
    prints::Prints,
    truth::{Happened, Truth},
    turns::Turn,
};
use crate::{digest::digest, event::NodeId};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};
use strait_core::{
    node::ObservationChange,
    resource::{Resource, ZoneName},
    sync::{Epoch, Hello, Lane, Lineage, Nonce, Position, Request, RequestBody, Response, ResponseBody, Session},
};

/// S8.
#[derive(Debug, Default)]
pub(super) struct DurableBeforeVisible {
    processes: BTreeMap<NodeId, Durably>,
}

/// What the disk of one process has said so far.
#[derive(Debug, Default)]
struct Durably {
    heads: BTreeSet<(Epoch, u64)>,
    lineages: BTreeSet<u128>,
    floors: BTreeMap<ZoneName, BTreeSet<(Epoch, u64)>>,
    versions: BTreeMap<String, Versions>,
    on_the_wire: BTreeSet<u128>,
    /// Whose sessions are open, and the last parts of transfers that came on them.
    sessions: BTreeMap<Session, (ZoneName, BTreeMap<Nonce, Position>)>,
}

/// The versions of one resource that the disk has had in this process, from the one that was last shown on.
#[derive(Debug)]
struct Versions(VecDeque<Option<u128>>);

impl Versions {
    /// Shows a version, or that there is none. `false`: the disk has not come so far.
    fn show(&mut self, shown: Option<u128>) -> bool {
        let at = self.0.iter().position(|version| *version == shown);
        self.0.drain(..at.unwrap_or(0));
        at.is_some()
    }
}

impl DurableBeforeVisible {
    fn follow(&mut self, truth: &Truth, Happened { event, turns, seen, .. }: &Happened<'_>) -> Result<(), String> {
        if seen.began {
            self.processes.insert(event.node.clone(), Durably::default());
        }
        let Some(process) = self.processes.get_mut(&event.node) else {
            return Ok(());
        };
        if let Some(wrong) = &seen.wrong {
            return Err(wrong.clone());
        }
        if let Some(image) = truth.disks.image(&event.node).filter(|_| seen.began) {
            process.begin(image);
        }
        seen.became.iter().for_each(|became| process.note(became));
        let provides = if event.node == NodeId::Global { Lane::Down } else { Lane::Up };
        turns.iter().try_for_each(|turn| process.judge(&truth.prints, provides, turn))
    }
}

impl Invariant for DurableBeforeVisible {
    fn id(&self) -> &'static str {
        "S8"
    }

    fn slug(&self) -> &'static str {
        "durable-before-visible"
    }

    fn see(&mut self, truth: &Truth, happened: &Happened<'_>) -> Result<(), Broken> {
        let event = happened.event;
        if !truth.disks.is_ours(&event.node) {
            return Ok(());
        }
        self.follow(truth, happened).map_err(|why| {
            let disk = match truth.disks.image(&event.node).and_then(Image::head) {
                Some(head) => format!("its disk has batch {} of this process, and the head {head}", event.synced.0),
                None => "its disk has no history yet".to_owned(),
            };
            Broken::at(event, format!("{why}; {disk}"))
        })
    }
}

impl Durably {
    fn begin(&mut self, image: &Image) {
        if let Some(lineage) = &image.lineage {
            self.note_lineage(lineage);
        }
        for (zone, floor) in &image.floors {
            self.floors.entry(zone.clone()).or_default().insert((floor.epoch, floor.seq));
        }
        for (address, print) in image.resources() {
            self.versions.insert(address.to_owned(), Versions(VecDeque::from([Some(print.whole)])));
            self.on_the_wire.insert(print.on_the_wire);
        }
    }

    fn note(&mut self, became: &Became) {
        match &became.what {
            Difference::Lineage { lineage, .. } => self.note_lineage(lineage),
            Difference::Floor { zone, after: Some(floor), .. } => {
                self.floors.entry(zone.clone()).or_default().insert((floor.epoch, floor.seq));
            }
            Difference::Resource { address, print } => self.note_resource(address, *print),
            Difference::Floor { after: None, .. } | Difference::Offered => {}
        }
    }

    fn note_lineage(&mut self, lineage: &Lineage) {
        let head = lineage.head();
        self.heads.insert((head.epoch, head.seq));
        self.lineages.insert(digest(lineage));
    }

    fn note_resource(&mut self, address: &str, print: Option<Print>) {
        // What shows for the first time was absent before.
        let versions = self.versions.entry(address.to_owned()).or_insert_with(|| Versions(VecDeque::from([None])));
        versions.0.push_back(print.map(|print| print.whole));
        if let Some(print) = print {
            self.on_the_wire.insert(print.on_the_wire);
        }
    }

    fn judge(&mut self, prints: &Prints, provides: Lane, turn: &Turn<'_>) -> Result<(), String> {
        match turn {
            Turn::Opened { session, zone, .. } => drop(self.sessions.insert(*session, ((*zone).clone(), BTreeMap::new()))),
            Turn::Closed(session) => drop(self.sessions.remove(session)),
            Turn::HeardResponse(session, response) => self.heard(*session, response),
            Turn::SaidRequest(session, request) => return self.asks(*session, request),
            Turn::SaidResponse(_, response) => return self.responds(prints, response),
            Turn::Done(_, Ok(position)) => return self.head(*position, "an edit is answered with"),
            Turn::Observed(change) => return self.shows(prints, provides, change),
            Turn::Done(_, Err(_)) | Turn::HeardRequest(..) | Turn::Operated(_) | Turn::Dials => {}
        }
        Ok(())
    }

    fn heard(&mut self, session: Session, response: &Response) {
        if let ResponseBody::Resources { nonce, transfer: Some(transfer), .. } = &response.body
            && transfer.last
            && let Some((_, parts)) = self.sessions.get_mut(&session)
        {
            parts.insert(nonce.clone(), transfer.upto);
        }
    }

    fn asks(&mut self, session: Session, request: &Request) -> Result<(), String> {
        let Some((zone, parts)) = self.sessions.get_mut(&session) else {
            return Ok(());
        };
        let zone = zone.clone();
        match &request.body {
            RequestBody::SubscribeAll { held, hello, .. } => {
                self.hello(hello)?;
                self.floor(&zone, *held, "asks for everything and says that it holds")
            }
            RequestBody::Beat { held } => self.floor(&zone, *held, "says in a heartbeat that it holds"),
            RequestBody::Ack { nonce, .. } | RequestBody::Nack { nonce, .. } => match parts.remove(nonce) {
                Some(upto) => self.floor(&zone, Some(upto), "acknowledges the last part of a transfer, that is"),
                None => Ok(()),
            },
            RequestBody::Subscribe { hello, .. } => self.hello(hello),
        }
    }

    fn hello(&self, hello: &Hello) -> Result<(), String> {
        hello.lineage.as_ref().map_or(Ok(()), |lineage| self.lineage(lineage))
    }

    fn responds(&self, prints: &Prints, response: &Response) -> Result<(), String> {
        match &response.body {
            ResponseBody::Beat { head } => self.head(*head, "a heartbeat says the head"),
            ResponseBody::History { lineage } => self.lineage(lineage),
            ResponseBody::Resources { put, transfer, .. } => {
                if let Some(transfer) = transfer {
                    self.head(transfer.upto, "a transfer leads up to")?;
                }
                put.iter().try_for_each(|resource| self.sends(prints, resource))
            }
        }
    }

    fn sends(&self, prints: &Prints, resource: &Arc<Resource>) -> Result<(), String> {
        if self.on_the_wire.contains(&prints.of(resource).on_the_wire) {
            return Ok(());
        }
        Err(format!("{} is sent in a version that was never durable in this process", resource.key))
    }

    fn shows(&mut self, prints: &Prints, provides: Lane, change: &ObservationChange) -> Result<(), String> {
        match change {
            ObservationChange::Holds(resource) => {
                let versions = self.versions.get_mut(&address(&resource.key));
                if versions.is_some_and(|versions| versions.show(Some(prints.of(resource).whole))) {
                    return Ok(());
                }
                Err(format!("{} is shown in a version that is not durable", resource.key))
            }
            ObservationChange::Dropped(key) => {
                if self.versions.get_mut(&address(key)).is_none_or(|versions| versions.show(None)) {
                    return Ok(());
                }
                Err(format!("{key} is shown as gone, and its removal is not durable"))
            }
            ObservationChange::Head(head) => self.head(*head, "the head is shown as"),
            ObservationChange::Lane { zone, lane, status } if *lane != provides => self.floor(zone, status.position, "is shown to hold"),
            _ => Ok(()),
        }
    }

    fn head(&self, said: Position, how: &str) -> Result<(), String> {
        if self.heads.contains(&(said.epoch, said.seq)) {
            return Ok(());
        }
        Err(format!("{how} {said}, which was never a durable head in this process"))
    }

    fn lineage(&self, said: &Lineage) -> Result<(), String> {
        if self.lineages.contains(&digest(said)) {
            return Ok(());
        }
        Err(format!("a history with the head {} is said that was never durable in this process", said.head()))
    }

    fn floor(&self, zone: &ZoneName, said: Option<Position>, how: &str) -> Result<(), String> {
        let Some(said) = said else {
            return Ok(());
        };
        if self.floors.get(zone).is_some_and(|floors| floors.contains(&(said.epoch, said.seq))) {
            return Ok(());
        }
        Err(format!("on the lane of zone {zone} it {how} {said}, which was never its durable floor in this process"))
    }
}
