//! A provider that keeps to the protocol: what is at the other end most of the time, as who lies at once is sent away at once.
use super::peer;
use arbitrary::{Result, Unstructured};
use std::sync::Arc;
use strait_core::{
    resource::{Key, Kind, Labels, Resource, ResourceName, Spec, WireKey, ZoneName, labels},
    sync::{Dialect, Epoch, Hello, Lane, Lineage, Nonce, Position, Request, RequestBody, Response, ResponseBody, Transfer},
};

/// What its store has come to, and what it said in this session.
pub(super) struct Honest {
    zone: ZoneName,
    lane: Lane,
    lineage: Lineage,
    said: Option<Position>,
    responses: u64,
}

impl Honest {
    /// Global, as this zone sees it.
    pub(super) fn global(zone: ZoneName) -> Self {
        Self { zone, lane: Lane::Down, lineage: Lineage::born(Epoch(1)), said: None, responses: 0 }
    }

    /// A zone, as global sees it.
    pub(super) fn zone(zone: ZoneName) -> Self {
        let epoch = Epoch(zone.as_str().bytes().map(u64::from).sum());
        Self { zone, lane: Lane::Up, lineage: Lineage::born(epoch), said: None, responses: 0 }
    }

    /// A session begins: its history.
    pub(super) fn begins(&mut self) -> Response {
        self.said = None;
        if self.lineage.head().seq == 0 {
            _ = self.lineage.advance();
        }
        Response { lane: self.lane, body: ResponseBody::History { lineage: self.lineage.clone() } }
    }

    /// What it asks for when a session begins.
    pub(super) fn asks(&self, lane: Lane) -> Request {
        let features = ["zone-token", "hash-suffix", "hg-mz-selector", "producer-policy-flow", "optional-top-level-target-ref"];
        let hello = Hello { zone: self.zone.clone(), lineage: Some(self.lineage.clone()), features: features.map(str::to_owned).into() };
        Request { lane, body: RequestBody::SubscribeAll { hello, held: None, staged: None, rejected: Vec::new() } }
    }

    /// What it says next: first everything, then what changed.
    pub(super) fn says(&mut self, bytes: &mut Unstructured<'_>, dialect: Dialect) -> Result<Response> {
        self.responses += 1;
        let (from, mut put) = (self.said, Vec::new());
        if from.is_none() && self.lane == Lane::Down {
            put.extend(["default", "shop"].map(mesh));
        } else {
            for _ in 0..bytes.int_in_range(1..=3)? {
                put.push(peer::resource(bytes)?);
            }
        }
        let kind = put.first().map_or_else(Kind::mesh, |first| first.kind().clone());
        let gone = if bytes.ratio(1, 4)? { vec![wire(peer::key(bytes)?)] } else { Vec::new() };
        let gone =
            gone.into_iter().filter(|gone| put.iter().all(|put| wire(put.key.clone()) != *gone) && gone.kind.as_str() != "Mesh").collect();
        if from.is_some() {
            _ = self.lineage.advance();
        }
        let upto = self.lineage.head();
        self.said = Some(upto);
        let transfer = (dialect == Dialect::Strait).then_some(Transfer { from, upto, part: 0, last: true });
        let put =
            put.into_iter().filter(|put| dialect == Dialect::Strait || *put.kind() == kind).map(|put| Arc::new(self.own(put))).collect();
        Ok(Response {
            lane: self.lane,
            body: ResponseBody::Resources { kind, nonce: Nonce(format!("honest.{}", self.responses)), put, gone, transfer },
        })
    }

    /// A resource, labelled as its author labels what it sends.
    fn own(&self, mut resource: Resource) -> Resource {
        let of = if self.lane == Lane::Down { "global" } else { "zone" };
        resource.labels.insert(labels::ORIGIN.to_owned(), of.to_owned());
        if self.lane == Lane::Up {
            resource.labels.insert(labels::ZONE.to_owned(), self.zone.to_string());
        }
        resource
    }
}

fn wire(key: Key) -> WireKey {
    WireKey { kind: key.kind, mesh: key.mesh, name: key.name }
}

fn mesh(name: &str) -> Resource {
    let key = Key { kind: Kind::mesh(), mesh: None, name: ResourceName::new(name).expect("a name") };
    let spec = Spec::new(serde_json::json!({"meshServices": {"mode": "Exclusive"}}));
    Resource { key, labels: Labels::new(), spec, status: None }
}
