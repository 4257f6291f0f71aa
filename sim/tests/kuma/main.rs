//! What the models of Kuma do, message by message.
#![allow(missing_docs, clippy::unwrap_used)]
mod a_refused_resource_is_not_offered_again;
mod a_zone_changes_what_it_sends_as_kuma_does;
mod a_zone_ignores_what_does_not_say_that_it_is_globals;
mod global_shows_a_session_that_lives;
mod the_first_response_of_a_kind_is_its_whole_state;

use std::sync::Arc;
use strait_core::{Durable, Emit, Lsn, Node, Out, Recover, Seed, Step, node::*, resource::*, sync::*, time::Now};
use strait_sim::kuma::KumaZone;

/// A Kuma zone in somebody's hands, with a session and a store that is done at once.
struct Hands {
    zone: KumaZone,
    now: Now,
    asked: Vec<Kind>,
}

const SESSION: Session = Session(1);

impl Hands {
    fn new() -> Self {
        let config = ZoneConfig::new(ZoneName::new("east").unwrap());
        let zone = KumaZone::recover(config, Seed(1), Now::default(), &Durable::new(), &mut Out::new()).unwrap();
        let mut hands = Self { zone, now: Now::default(), asked: Vec::new() };
        hands.step(Step::Stored { upto: Lsn(1) });
        assert_eq!(hands.step(Step::Tick), [ZoneEffect::Dial { attempt: 1 }]);
        let asked = hands.step(Step::Input(ZoneInput::Dialed(Ok((SESSION, Dialect::Kuma)))));
        let kind = |effect: &ZoneEffect| match effect {
            ZoneEffect::Request(SESSION, Request { lane: Lane::Down, body: RequestBody::Subscribe { kind, .. } }) => kind.clone(),
            other => panic!("{other:?}"),
        };
        hands.asked = asked.iter().map(kind).collect();
        hands
    }

    /// What a step leads to, the store's answers included.
    fn step(&mut self, step: Step<ZoneInput>) -> Vec<ZoneEffect> {
        let mut out = Out::new();
        self.zone.handle(self.now, step, &mut out);
        let (mut effects, mut stored) = (Vec::new(), None);
        for emit in out.take() {
            match emit {
                Emit::Effect(effect) => effects.push(effect),
                Emit::Store(batch) => stored = Some(batch.lsn),
                Emit::Observed(_) => {}
            }
        }
        if let Some(upto) = stored {
            effects.extend(self.step(Step::Stored { upto }));
        }
        effects
    }

    fn respond(&mut self, kind: &str, put: Vec<Resource>, gone: Vec<WireKey>) -> Option<RequestBody> {
        let body = ResponseBody::Resources {
            kind: Kind::new(kind).unwrap(),
            nonce: Nonce("n".to_owned()),
            put: put.into_iter().map(Arc::new).collect(),
            gone,
            transfer: None,
        };
        let effects = self.step(Step::Input(ZoneInput::Response(SESSION, Response { lane: Lane::Down, body })));
        effects.into_iter().find_map(|effect| if let ZoneEffect::Request(_, request) = effect { Some(request.body) } else { None })
    }

    fn ask(&mut self, body: RequestBody) -> Vec<ResponseBody> {
        let effects = self.step(Step::Input(ZoneInput::Request(SESSION, Request { lane: Lane::Up, body })));
        responses(effects)
    }

    fn edit(&mut self, resource: Resource) {
        self.step(Step::Input(ZoneInput::Edit { ticket: Ticket(1), changes: vec![Change::Put(resource)] }));
    }

    /// Lets the zone look at its database.
    fn look(&mut self) -> Vec<ResponseBody> {
        self.now.mono = self.zone.deadline().unwrap().0;
        let effects = self.step(Step::Tick);
        responses(effects)
    }

    fn held(&self, kind: &str) -> Vec<String> {
        let held = self.zone.view().resources.values().filter(|held| held.kind().as_str() == kind);
        held.map(|held| held.key.name.to_string()).collect()
    }
}

fn responses(effects: Vec<ZoneEffect>) -> Vec<ResponseBody> {
    effects
        .into_iter()
        .filter_map(|effect| if let ZoneEffect::Response(_, response) = effect { Some(response.body) } else { None })
        .collect()
}

fn subscribe(kind: &str) -> RequestBody {
    let hello = Hello { zone: ZoneName::new("east").unwrap(), lineage: None, features: Default::default() };
    RequestBody::Subscribe { kind: Kind::new(kind).unwrap(), hello }
}

fn resource(kind: &str, name: &str, labels: &[(&str, &str)]) -> Resource {
    let kind = Kind::new(kind).unwrap();
    let mesh = kind.facts().is_none_or(|facts| facts.scope == Scope::Mesh).then(|| MeshName::new("default").unwrap());
    Resource {
        key: Key { kind, mesh, name: ResourceName::new(name).unwrap() },
        labels: labels.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect(),
        spec: Spec::new(serde_json::json!({"targetRef": {"kind": "Mesh"}})),
        status: None,
    }
}

const GLOBALS: (&str, &str) = ("kuma.io/origin", "global");

#[test]
fn a_zone_asks_for_every_kind_that_travels_down() {
    assert_eq!(Hands::new().asked.len(), 45);
}
