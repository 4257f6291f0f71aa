//! `api`: the Kubernetes API of a zone misbehaves, or no longer does.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    cluster::{ACCOUNT, Behaviour, ClusterOrder},
    kubernetes::{RefusedWith, Rule},
    language::{
        Check, Fields, Shape,
        shape::{may, need},
    },
};
use strait_core::resource::ZoneName;

const STATES: &[&str] = &["away", "fine", "dropping_watches", "expired", "silent", "stale", "slow", "refusing"];
const WAYS: &[&str] = &["conflict", "too_many_requests", "internal_error", "garbage", "nothing"];

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "api",
    does: "the Kubernetes API of a zone is `away` (nobody reaches it), `dropping_watches` (all end, once), `expired` (they end, and what happened is forgotten), `silent` (watches tell nothing), `stale` (lists are as of now from now on), `slow` (an answer `takes` so long), `refusing` (so many `requests` of the zone control plane, of this `verb` for this `resource`, `with` that), or `fine`",
    shape: Shape::Fields(&[
        need("of", Shape::Zone),
        need("is", Shape::Choice(STATES)),
        may("takes", Shape::Duration),
        may("with", Shape::Choice(WAYS)),
        may("requests", Shape::Number),
        may("verb", Shape::Text),
        may("resource", Shape::Text),
    ]),
    read: |node, check| {
        let fields = check.fields(node, "`api`", &FACTS.shape.names())?;
        let zone = fields.need(check, "of").and_then(|zone| check.cluster(zone));
        let is = fields.need(check, "is").and_then(|is| check.choice(is, "state of an API", STATES));
        let behaviour = behaviour(is?, &fields, check);
        verb(Api { zone: zone?, behaviour: behaviour? })
    },
};

fn behaviour(is: &str, fields: &Fields<'_>, check: &mut Check) -> Option<Behaviour> {
    for (field, of) in [("takes", "slow"), ("with", "refusing"), ("requests", "refusing"), ("verb", "refusing"), ("resource", "refusing")] {
        if let Some(set) = fields.get(field).filter(|_| is != of) {
            check.mistake(set.place, format!("`{field}` goes with `is: {of}`"), "leave one of the two out");
            return None;
        }
    }
    Some(match is {
        "away" => Behaviour::Away,
        "dropping_watches" => Behaviour::DropsWatches,
        "expired" => Behaviour::Expires,
        "silent" => Behaviour::Silent,
        "stale" => Behaviour::Stale,
        "slow" => {
            let takes = fields.need(check, "takes").and_then(|takes| check.duration(takes, "`takes`"))?;
            Behaviour::Slow(takes)
        }
        "refusing" => {
            let with = match fields.need(check, "with").and_then(|with| check.choice(with, "way to refuse", WAYS))? {
                "conflict" => RefusedWith::Conflict,
                "too_many_requests" => RefusedWith::TooManyRequests { retry_after: 1 },
                "internal_error" => RefusedWith::InternalError,
                "garbage" => RefusedWith::Garbage,
                _ => RefusedWith::Nothing,
            };
            let requests = fields.need(check, "requests").and_then(|requests| check.number(requests, "`requests`"))?;
            let mut whom = Rule { user: ACCOUNT.to_owned(), ..Rule::default() };
            if let Some(verb) = fields.get("verb") {
                whom.verb = check.text(verb, "a verb")?.to_owned();
            }
            if let Some(resource) = fields.get("resource") {
                whom.resource = check.text(resource, "a resource")?.to_owned();
            }
            Behaviour::Refuses { with, requests: u32::try_from(requests).unwrap_or(u32::MAX), whom }
        }
        _ => Behaviour::Fine,
    })
}

#[derive(Debug)]
struct Api {
    zone: ZoneName,
    behaviour: Behaviour,
}

impl Verb for Api {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        let order = ClusterOrder::Api(self.behaviour.clone());
        Timed::now(Act::Cluster { zone: self.zone.clone(), order, refused: None })
    }
}
