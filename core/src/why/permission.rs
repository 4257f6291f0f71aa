//! Whether those who serve let it in.
use super::{
    Case,
    answer::{Change, Line, Step},
    change,
    ground::Place,
    served::Ends,
    side::{Held, Side},
};
use crate::{
    plan::{Access, Candidate, Destination, ServedBy, WhoIs},
    policy::{Client, Decision, Origin, decide, is_met},
    resource::{Key, Resource, model::Match},
};
use serde::Deserialize as _;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What each of those who serve says, put together.
pub(super) fn judged(case: &Case<'_>, to: &Destination, ends: &Ends) -> Vec<Line> {
    let here = ends.here.iter().map(|part| at(case, case.side, to, part));
    let away = ends.away.iter().map(|part| match &part.side {
        Some(side) => at(case, side, to, &part.to),
        None => Line::unknown(
            Step::Permission,
            format!(
                "whom its proxies let in only zone {} knows, which may have policies of its own: ask `strait why` on global",
                part.zone
            ),
        ),
    });
    here.chain(away).collect()
}

/// What those say who serve a part of it in a zone.
fn at(case: &Case<'_>, side: &Side, to: &Destination, part: &Destination) -> Line {
    let step = Step::Permission;
    let endpoints = side.plans.served(part).map(|found| found.endpoints.clone()).unwrap_or_default();
    let serving: Vec<Candidate> = side.plans.candidates(part).into_iter().filter(|one| endpoints.contains(&one.endpoint)).collect();
    if serving.is_empty() {
        return Line::unknown(step, "nobody serves it who could say");
    }
    let asks: Vec<Candidate> =
        serving.iter().filter(|one| side.plans.access(&one.proxy, &one.section) != Some(Access::Anybody)).cloned().collect();
    if asks.is_empty() {
        return Line::ok(step, "those who serve it have no identity, and let everybody in");
    }
    let WhoIs::Is(identity) = case.side.plans.who_is(&case.asker) else {
        return Line::unknown(step, "those who serve it let in whom they know, and it cannot say who it is");
    };
    let sni = to.sni();
    let client = Client { spiffe_id: &identity.spiffe_id, sni: &sni };
    let mut by = BTreeSet::new();
    let (mut denied, mut first) = (Vec::new(), None);
    for one in &asks {
        match decide(&side.plans.permissions(&one.proxy, &one.at), client) {
            Decision::Allowed(origin) => _ = by.insert(shown(side, &origin)),
            refused => {
                denied.push(one.clone());
                first.get_or_insert(refused);
            }
        }
    }
    let of = |count: usize| if count == serving.len() { String::new() } else { format!("{count} of {} who serve it: ", serving.len()) };
    let Some(first) = first else {
        let by = by.into_iter().collect::<Vec<_>>().join(", ");
        return Line::ok(step, format!("{}lets {} in, by {by}", of(asks.len()), identity.spiffe_id));
    };
    let names = denied.iter().map(|one| one.proxy.name.to_string()).collect::<Vec<_>>().join(", ");
    let why = match &first {
        Decision::Denied(origin) => format!("denied by {}", shown(side, origin)),
        _ => "no MeshTrafficPermission allows it".to_owned(),
    };
    let what = format!("{}{names} of zone {} does not let {} in: {why}", of(denied.len()), side.zone, identity.spiffe_id);
    Line::broken(step, what, turned(case, side, part, &denied, client))
}

/// Which rule of which policy, and where that was written.
fn shown(side: &Side, origin: &Origin) -> String {
    let held = side.held.get(&origin.policy);
    let (name, place) = held.map_or_else(
        || (origin.policy.name.to_string(), String::new()),
        |held| (held.resource.display_name().to_owned(), format!(" of {}", held.place)),
    );
    format!("MeshTrafficPermission {name}[{}]{place}", origin.rule)
}

/// Takes out what denies it, and allows it where nothing does.
fn turned(case: &Case<'_>, side: &Side, part: &Destination, denied: &[Candidate], client: Client<'_>) -> Change {
    let mut denying: BTreeMap<Key, &Held> = BTreeMap::new();
    let (mut allow_there, mut allow_anew) = (false, false);
    for one in denied {
        let mut rules = side.plans.permissions(&one.proxy, &one.at);
        let mut was_denied = false;
        while let Decision::Denied(origin) = decide(&rules, client) {
            was_denied = true;
            // Each policy once, with all of its rules.
            denying.extend(side.held.get(&origin.policy).map(|held| (origin.policy.clone(), held)));
            rules.iter_mut().filter(|rule| rule.origin.policy == origin.policy).for_each(|rule| rule.conf = without(&rule.conf, client));
        }
        let is_allowed = matches!(decide(&rules, client), Decision::Allowed(_));
        *if was_denied { &mut allow_there } else { &mut allow_anew } |= !is_allowed;
    }
    let selecting = match side.plans.seen(&part.service).map(|seen| seen.served) {
        Some(ServedBy::Here(selecting)) => change::servers(&selecting),
        _ => None,
    };
    // A proxy is named only by policies of its own zone.
    let anew = if selecting.is_some() { Place::Global } else { Place::Zone(side.zone.clone()) };
    let place = denying.values().next().map_or(anew, |held| held.place.clone());
    let there = denying.values().filter(|held| held.place == place);
    let mut resources: Vec<Resource> = there.map(|held| undenied(held, client, allow_there)).collect();
    if allow_anew {
        let one = denied.first().map(|one| json!({"kind": "Dataplane", "name": one.proxy.name}));
        let of = selecting.or(one.filter(|_| place != Place::Global)).unwrap_or_else(|| json!({"kind": "Mesh"}));
        let name = format!("{}-to-{}", case.asker.name, part.service.name);
        let spec = json!({"targetRef": of, "rules": [allow(client)]});
        let mut allowing = change::new("MeshTrafficPermission", &part.service.mesh, &name, spec);
        if let (Some(allowing), Place::Zone(zone)) = (&mut allowing, &place) {
            allowing.labels = super::side::of_zone(zone);
        }
        resources.extend(allowing);
    }
    let what = match (denying.is_empty(), allow_there || allow_anew) {
        (true, _) => "allow it",
        (false, false) => "take out what denies it",
        (false, true) => "take out what denies it, and allow it",
    };
    Change::write(what, &place, &resources)
}

fn allow(client: Client<'_>) -> Value {
    json!({"default": {"allow": [{"spiffeID": {"type": "Exact", "value": client.spiffe_id}}]}})
}

/// A conf that no longer denies a client.
fn without(conf: &Value, client: Client<'_>) -> Value {
    let mut conf = conf.clone();
    let Some(fields) = conf.as_object_mut() else { return conf };
    if let Some(deny) = fields.get_mut("deny").and_then(Value::as_array_mut) {
        deny.retain(|one| !Match::deserialize(one).is_ok_and(|one| is_met(&one, client)));
        if deny.is_empty() {
            fields.remove("deny");
        }
    }
    conf
}

/// A policy that no longer denies a client. One of which nothing would be left says instead that it is allowed.
fn undenied(held: &Held, client: Client<'_>, also_allow: bool) -> Resource {
    change::respecified(held, |spec| {
        let Some(rules) = spec.get_mut("rules").and_then(Value::as_array_mut) else { return };
        for rule in rules.iter_mut() {
            rule["default"] = without(&rule["default"], client);
        }
        let lists = ["allow", "deny", "allowWithShadowDeny"];
        rules.retain(|rule| lists.iter().any(|list| rule["default"][list].as_array().is_some_and(|list| !list.is_empty())));
        if rules.is_empty() || also_allow {
            rules.push(allow(client));
        }
    })
}
