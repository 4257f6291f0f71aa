//! `strait zone token` and `strait token dataplane`.
use super::api::Client;
use crate::{
    command::{DataplaneTokenArguments, TokenArguments, ZoneScope},
    console::say,
    settings::Join,
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::ExitCode,
};
use strait_shell::token::Token;

pub(super) fn for_zone(arguments: &TokenArguments) -> Result<ExitCode, String> {
    let client = Client::at(&arguments.api.api);
    let scope = match arguments.scope {
        ZoneScope::Cp => "cp",
        ZoneScope::Ingress => "ingress",
    };
    let wanted = json!({"zone": arguments.name, "scope": [scope], "validForSeconds": arguments.valid_for.as_secs()});
    let token = client.post("/tokens/zone", &wanted)?;
    if arguments.bare || arguments.scope == ZoneScope::Ingress {
        say(&format!("{token}\n"));
        return Ok(ExitCode::SUCCESS);
    }
    let joining = client.get("/joining")?;
    let text = |field: &str| joining[field].as_str().unwrap_or_default().to_owned();
    let join = Join { global: text("address"), authority: text("ca"), token: Token::new(token) };
    say(&format!("strait zone run --name {} --join {}\n", arguments.name, join.write()));
    Ok(ExitCode::SUCCESS)
}

pub(super) fn for_proxies(arguments: &DataplaneTokenArguments) -> Result<ExitCode, String> {
    let mut tags: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for tag in &arguments.tags {
        tags.entry(&tag.name).or_default().extend(tag.values.iter().map(String::as_str));
    }
    let wanted = json!({
        "mesh": arguments.mesh,
        "name": arguments.name.as_ref().map_or("", |name| name.as_str()),
        "tags": tags,
        "type": "dataplane",
        "workload": arguments.workload.as_deref().unwrap_or_default(),
        "validForSeconds": arguments.valid_for.as_secs(),
    });
    let token = Client::at(&arguments.api.api).post("/tokens/dataplane", &wanted)?;
    say(&format!("{token}\n"));
    Ok(ExitCode::SUCCESS)
}
