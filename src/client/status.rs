//! `strait status`.
use super::api::Client;
use crate::{
    command::{StatusArguments, StatusOutput},
    console::{say, table},
};
use serde_json::Value;
use std::process::ExitCode;

pub(super) fn status(arguments: &StatusArguments) -> Result<ExitCode, String> {
    let client = Client::at(&arguments.api.api);
    let (about, shown) = (client.get("/")?, client.get("/status")?);
    match arguments.output {
        StatusOutput::Json => {
            say(&format!(
                "{}\n",
                serde_json::to_string_pretty(&serde_json::json!({"about": about, "status": shown})).map_err(|error| error.to_string())?
            ));
        }
        StatusOutput::Text => say(&text(&about, &shown)),
    }
    Ok(ExitCode::SUCCESS)
}

fn text(about: &Value, shown: &Value) -> String {
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let mode = about["zone"].as_str().map_or_else(|| word(&about["mode"]), |zone| format!("zone {zone}"));
    let mut lines =
        vec![format!("{mode} ({}), {} resources, head {}", word(&about["instanceId"]), shown["resources"], position(&shown["head"]))];
    if let Some(why) = shown["storeFailure"].as_str() {
        lines.push(format!("the store takes no writes: {why}"));
    }
    let mut zones = vec![["ZONE", "SESSION", "SENT", "RECEIVED", "WHY"].map(str::to_owned)];
    for (zone, peer) in shown["zones"].as_object().into_iter().flatten() {
        zones.push([zone.clone(), session(peer), lane(&peer["provided"]), lane(&peer["consumed"]), why(peer)]);
    }
    if zones.len() == 1 {
        lines.push("no zone was ever here".to_owned());
    } else {
        table(&zones, &mut lines);
    }
    let mut proxies = vec![["PROXY", "SENT", "TOOK", "REFUSED"].map(str::to_owned)];
    for (proxy, status) in shown["proxies"].as_object().into_iter().flatten() {
        let number = |field: &str| status[field].to_string();
        let not_advertised = if status["notAdvertised"] == true { "not advertised to other zones, as it has no listener" } else { "" };
        let reasons = [not_advertised, status["refused"].as_str().unwrap_or_default()];
        let why = reasons.into_iter().filter(|reason| !reason.is_empty()).collect::<Vec<_>>().join(": ");
        proxies.push([proxy.clone(), number("sent"), number("took"), why]);
    }
    if proxies.len() > 1 {
        lines.push(String::new());
        table(&proxies, &mut lines);
    }
    let turned_away = turned_away(shown);
    if turned_away.len() > 1 {
        lines.push(String::new());
        table(&turned_away, &mut lines);
    }
    let mut rotations = vec![["ROTATION", "TRUST DOMAIN", "PHASE", "WAITS FOR"].map(str::to_owned)];
    for rotation in shown["rotations"].as_array().into_iter().flatten() {
        rotations.push(["identity", "trustDomain", "phase", "waitsFor"].map(|field| word(&rotation[field])));
    }
    if rotations.len() > 1 {
        lines.push(String::new());
        table(&rotations, &mut lines);
    }
    let mut without_address = vec![["WITHOUT AN ADDRESS", "WHY"].map(str::to_owned)];
    for service in shown["withoutAddress"].as_array().into_iter().flatten() {
        without_address.push([word(service), "all of its range are given, or rest after they were: it gets the next".to_owned()]);
    }
    if without_address.len() > 1 {
        lines.push(String::new());
        table(&without_address, &mut lines);
    }
    let cluster = &shown["cluster"];
    let mut stale = vec![["STALE LIST OF", "VERSION", "KNOWN"].map(str::to_owned)];
    for (kind, list) in cluster["stale"].as_object().into_iter().flatten() {
        stale.push([kind.clone(), list["listed"].to_string(), list["known"].to_string()]);
    }
    if cluster["api"].is_object() {
        lines.push(String::new());
        table(&answers(cluster), &mut lines);
    }
    let mut problems = vec![["OBJECT", "TYPE", "REASON", "WHY"].map(str::to_owned)];
    for problem in cluster["problems"].as_array().into_iter().flatten() {
        problems.push(["object", "type", "reason", "message"].map(|field| word(&problem[field])));
    }
    if stale.len() > 1 {
        lines.push(String::new());
        table(&stale, &mut lines);
    }
    if problems.len() > 1 {
        lines.push(String::new());
        table(&problems, &mut lines);
    }
    let mut ineffective = vec![["DOES NOTHING HERE", "FIELD", "WHY, AND WHAT DOES THE SAME"].map(str::to_owned)];
    for (resource, found) in shown["ineffective"].as_object().into_iter().flatten() {
        for one in found.as_array().into_iter().flatten() {
            let instead = one["instead"].as_str().map(|instead| format!("; instead: {instead}")).unwrap_or_default();
            ineffective.push([resource.clone(), word(&one["field"]), format!("{}{instead}", word(&one["why"]))]);
        }
    }
    if ineffective.len() > 1 {
        lines.push(String::new());
        table(&ineffective, &mut lines);
    }
    lines.join("\n") + "\n"
}

/// Whom ingresses turned away. One whose launcher says nothing, as it may not ask its Envoy, is shown, too.
fn turned_away(shown: &Value) -> Vec<[String; 5]> {
    let mut lines = vec![["INGRESS TURNED AWAY", "UNKNOWN NAME", "PLAIN", "SILENT", "TOO MANY"].map(str::to_owned)];
    // Ingresses are of no mesh.
    for (ingress, status) in shown["proxies"].as_object().into_iter().flatten().filter(|(proxy, _)| proxy.starts_with('/')) {
        let number = |field: &str| status["turnedAway"][field].as_u64().map_or_else(|| "not counted".to_owned(), |count| count.to_string());
        lines.push([ingress.clone(), number("unknownName"), number("plain"), number("silent"), number("tooMany")]);
    }
    lines
}

/// How the API of a cluster answers.
fn answers(cluster: &Value) -> Vec<[String; 5]> {
    let mut lines = vec![["KUBERNETES API", "VERSION", "LISTS", "WATCHES", "WHY NOTHING NEW"].map(str::to_owned)];
    for (kind, about) in cluster["api"].as_object().into_iter().flatten() {
        let number = |field: &str| about[field].to_string();
        let why = about["failing"].as_str().unwrap_or_default().to_owned();
        lines.push([kind.clone(), number("version"), number("lists"), number("watches"), why]);
    }
    let custom = &cluster["custom"];
    let kinds: Vec<&Value> = custom["api"].as_object().into_iter().flat_map(|kinds| kinds.values()).collect();
    if !kinds.is_empty() {
        let sum = |field: &str| kinds.iter().filter_map(|about| about[field].as_u64()).sum::<u64>().to_string();
        let failing = kinds.iter().find_map(|about| about["failing"].as_str()).or(custom["failing"].as_str());
        let why = failing.unwrap_or_default().to_owned();
        lines.push([format!("{} kinds of the mesh", kinds.len()), "-".to_owned(), sum("lists"), sum("watches"), why]);
    }
    if let Some(missing) = custom["missing"].as_array().filter(|missing| !missing.is_empty()) {
        let why = "not defined there: strait kubernetes crds | kubectl apply -f -";
        lines.push([&*format!("{} kinds of the mesh", missing.len()), "-", "-", "-", why].map(str::to_owned));
    }
    if let Some(why) = cluster["writes"]["failing"].as_str() {
        lines.push(["Writes to it", "-", "-", "-", why].map(str::to_owned));
    }
    if let Some(why) = cluster["events"]["failing"].as_str() {
        lines.push(["Events to it", "-", "-", "-", why].map(str::to_owned));
    }
    lines
}

fn session(peer: &Value) -> String {
    peer["session"]["dialect"].as_str().map_or_else(|| "away".to_owned(), |dialect| format!("here ({dialect})"))
}

fn lane(lane: &Value) -> String {
    let position = position(&lane["position"]);
    if lane["frozen"].is_string() {
        return format!("{position} frozen");
    }
    if lane["settled"] == true { format!("{position} all") } else { position }
}

fn position(position: &Value) -> String {
    position["seq"].as_u64().map_or_else(|| "-".to_owned(), |seq| seq.to_string())
}

/// Why it does not get on, if it does not.
fn why(peer: &Value) -> String {
    let frozen = [&peer["consumed"]["frozen"], &peer["provided"]["frozen"]].into_iter().find_map(Value::as_str);
    let ended = peer["last_end"].as_str().filter(|_| peer["session"].is_null());
    let rejected =
        peer["rejected"].as_array().filter(|rejected| !rejected.is_empty()).map(|rejected| format!("{} resources refused", rejected.len()));
    let reasons = [peer["waiting"].as_str().map(str::to_owned), frozen.map(str::to_owned), ended.map(str::to_owned), rejected];
    reasons.into_iter().flatten().collect::<Vec<_>>().join("; ")
}
