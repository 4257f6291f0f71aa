//! Who both ends are, and whether they trust each other.
use super::{
    Case,
    answer::{Change, Line, Step},
    change,
    ground::{Place, Source},
    path::insight,
    served::Ends,
    side::{Held, Side},
};
use crate::{
    plan::{Destination, WhoIs},
    resource::{Key, MeshName, model},
};
use std::collections::BTreeSet;

/// Who asks, as far as it has to be proved.
pub(super) fn identity(case: &Case<'_>, to: &Destination, ends: &Ends) -> Line {
    let (step, side, asker) = (Step::Identity, case.side, &case.asker);
    let demanded = !ends.away.is_empty() || ends.here.iter().any(|part| side.plans.servers(part).is_some());
    match side.plans.who_is(asker) {
        WhoIs::Is(identity) => {
            let what = format!("{} is {}, by MeshIdentity {}", asker.name, identity.spiffe_id, side.called(&identity.by));
            certificate(case).map_or_else(|| Line::ok(step, what.clone()), |why| Line::unknown(step, format!("{what}; {why}")))
        }
        WhoIs::Nobody(by, lacks) => {
            let for_want = if lacks.is_empty() { String::new() } else { format!(": it lacks {}", labels(&lacks)) };
            let what = format!(
                "{} cannot have the identity that MeshIdentity {} is to give it{for_want}; so nothing is sent",
                asker.name,
                side.called(&by)
            );
            Line::broken(step, what, cure(side, asker, &by, &lacks))
        }
        WhoIs::Anonymous if demanded => {
            let whom =
                if ends.away.is_empty() { "those who serve it ask for that" } else { "without that nothing is sent into another zone" };
            let what = format!("no MeshIdentity says who {} is, and {whom}", asker.name);
            Line::broken(step, what, identified(side, Some(asker), &to.service.mesh))
        }
        WhoIs::Anonymous => Line::ok(step, "nobody proves who he is, and nothing is encrypted"),
    }
}

/// What is wrong with the certificate of whoever asks, as far as it is known; `None`: nothing.
fn certificate(case: &Case<'_>) -> Option<String> {
    let running = case.ground.running.as_ref()?;
    let valid_until = insight(case.side, &case.asker).and_then(|insight| insight.mtls?.certificate_expiration_time);
    match valid_until {
        None => Some("it is not known yet that it was given a certificate".to_owned()),
        // Whole seconds in the same form are in the order of their letters.
        Some(until) if until < running.now.rfc3339() => Some(format!("its certificate was valid until {until}")),
        Some(_) => None,
    }
}

/// What lets a proxy have the identity that it is to have.
pub(super) fn cure(side: &Side, proxy: &Key, by: &Key, lacks: &BTreeSet<String>) -> Change {
    let held = side.held.get(proxy);
    if let Some(held) = held.filter(|_| !lacks.is_empty()) {
        let labelled = change::labelled(held, change::lacking(held, lacks));
        let how = format!("give the Dataplane {} the labels that its identity is made of: {}", proxy.name, labels(lacks));
        return change::rewrite(how, &Place::Zone(side.zone.clone()), labelled);
    }
    let wrong = side.plans.unreadable().find(|(key, _)| *key == by).and_then(|(_, why)| why.first());
    let wrong = wrong.map_or_else(|| "what it makes of this proxy is no SPIFFE ID".to_owned(), |(field, why)| format!("{field}: {why}"));
    Change::act(format!("mend MeshIdentity {}: {wrong}", side.called(by)))
}

/// What gives a proxy an identity that nobody gives one.
pub(super) fn identified(side: &Side, proxy: Option<&Key>, mesh: &MeshName) -> Change {
    let held = proxy.and_then(|proxy| side.held.get(proxy));
    match held.and_then(|held| change::identity_for(held, &side.zone, mesh)) {
        Some((place, resources)) => Change::write("write a MeshIdentity that selects it", &place, &resources),
        None => Change::act("write a MeshIdentity that selects it"),
    }
}

fn labels(labels: &BTreeSet<String>) -> String {
    labels.iter().map(|label| format!("the label {label}")).collect::<Vec<_>>().join(", ")
}

/// Whether both ends believe what the other one shows.
pub(super) fn trust(case: &Case<'_>, to: &Destination, ends: &Ends) -> Line {
    let (step, mesh, side) = (Step::Trust, &to.service.mesh, case.side);
    let own = match side.plans.who_is(&case.asker) {
        WhoIs::Is(identity) => identity.trust_domain,
        WhoIs::Nobody(..) => return Line::unknown(step, "it has nothing to show"),
        WhoIs::Anonymous if ends.away.is_empty() => return Line::ok(step, "nobody is asked for anything"),
        WhoIs::Anonymous => return Line::unknown(step, "it has nothing to show"),
    };
    let servers = ends.here.iter().filter_map(|part| side.plans.servers(part)).chain(ends.away.iter().map(|part| &part.servers)).flatten();
    let theirs: BTreeSet<&str> = servers.filter_map(|id| id.strip_prefix("spiffe://")?.split('/').next()).collect();
    if theirs.is_empty() && ends.away.is_empty() {
        return Line::ok(step, "those who serve it have no identity: nothing is encrypted");
    }
    let mut not_yet = Vec::new();
    for domain in &theirs {
        match believes(case, side, mesh, domain) {
            Believed::Yes => {}
            Believed::NotYet => not_yet.push(format!("zone {} learns who the authority of {domain} is once its zone runs", side.zone)),
            Believed::No(why, how) => return Line::broken(step, format!("those who serve it show certificates of {domain}: {why}"), how),
        }
    }
    for part in &ends.away {
        match &part.side {
            None => not_yet.push(format!("whether zone {} believes certificates of {own} only that zone knows", part.zone)),
            Some(far) => match believes(case, far, mesh, &own) {
                Believed::Yes => {}
                Believed::NotYet => not_yet.push(format!("zone {} learns who the authority of {own} is once its zone runs", part.zone)),
                Believed::No(why, how) => return Line::broken(step, format!("it shows a certificate of {own}: {why}"), how),
            },
        }
    }
    if ends.away.is_empty() && !theirs.contains(own.as_str()) {
        match believes(case, side, mesh, &own) {
            Believed::Yes => {}
            Believed::NotYet => not_yet.push(format!("zone {} makes its authority of {own} once it runs", side.zone)),
            Believed::No(why, how) => return Line::broken(step, format!("it shows a certificate of {own}: {why}"), how),
        }
    }
    let theirs = theirs.into_iter().collect::<Vec<_>>().join(", ");
    if not_yet.is_empty() {
        Line::ok(step, format!("both ends believe each other: {own}, {theirs}"))
    } else {
        Line::unknown(step, not_yet.join("; "))
    }
}

enum Believed {
    Yes,
    /// Nothing is wrong, but nothing of it was seen.
    NotYet,
    No(String, Change),
}

/// Whether the proxies of a zone believe certificates of a trust domain.
fn believes(case: &Case<'_>, side: &Side, mesh: &MeshName, domain: &str) -> Believed {
    if side.plans.trusted(mesh).is_some_and(|trust| trust.domains.contains_key(domain)) {
        return Believed::Yes;
    }
    let says = |held: &&Held| held.resource.spec.value().is_some_and(|spec| spec["trustDomain"] == domain);
    if let Some(held) = side.of_kind(mesh, "MeshTrust").find(says) {
        let name = held.resource.display_name();
        let wrong = side.plans.unreadable().find(|(key, _)| **key == held.resource.key).and_then(|(_, why)| why.first().cloned());
        let (why, how): (String, String) = match wrong {
            Some((field, why)) => (format!("{field} {why}"), format!("mend `{field}`")),
            None => (
                format!("{} speaks for it, and by the MeshIdentities of the mesh it is another zone's", held.place),
                "delete it, or let a MeshIdentity give this domain to that zone (`spec.spiffeID.trustDomain`)".to_owned(),
            ),
        };
        let what = format!("the MeshTrust {name}, which zone {} holds, is not believed: {why}", side.zone);
        return Believed::No(what, Change::act(format!("MeshTrust {name}, written in {}: {how}", held.place)));
    }
    if case.ground.source != Source::Global && case.ground.running.is_none() {
        return Believed::NotYet;
    }
    let what = format!("zone {} holds no MeshTrust of that domain", side.zone);
    let how = "a zone writes the MeshTrust of its authority when its first proxy needs a certificate: see that the proxies of that zone are connected, and that its link to global stands (`strait status`)";
    Believed::No(what, Change::act(how))
}

/// Which field of a resource cannot be read.
pub(super) fn wrong(held: &Held) -> Option<model::Violation> {
    crate::plan::unreadable(&held.resource).into_iter().next()
}
