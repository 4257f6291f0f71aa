//! `strait store check`.
use crate::{
    command::{StatusOutput, StoreCheckArguments},
    console::say,
    serve::CannotServe,
};
use serde_json::json;
use std::path::Path;
use strait_shell::process::{DataDir, Examined, Role, examine};

pub(super) fn check(arguments: &StoreCheckArguments) -> Result<(), CannotServe> {
    let examined = look(&arguments.data_dir);
    match (&examined, arguments.output) {
        (Ok(examined), StatusOutput::Text) => say(&text(examined)),
        (Ok(examined), StatusOutput::Json) => say(&format!("{}\n", object(examined))),
        (Err(why), StatusOutput::Json) => say(&format!("{}\n", json!({"sound": false, "why": why.to_string()}))),
        (Err(_), StatusOutput::Text) => {}
    }
    examined.map(drop)
}

fn look(data_dir: &Path) -> Result<Examined, CannotServe> {
    let directory = DataDir::existing(data_dir)?;
    let role = Role::of(&directory)?.filter(|_| directory.store().exists());
    let role = role.ok_or_else(|| CannotServe::Data(format!("the data directory {} holds no store", data_dir.display())))?;
    Ok(examine(&role, &directory.store())?)
}

/// The store as a table.
pub(super) fn text(examined: &Examined) -> String {
    let mut rows = vec![
        ("store of".to_owned(), examined.role.to_string()),
        ("sound".to_owned(), "yes: a control plane starts from it".to_owned()),
        ("head".to_owned(), examined.head.map_or_else(|| "-".to_owned(), |head| head.to_string())),
        ("size".to_owned(), format!("{} bytes", examined.bytes)),
        ("records".to_owned(), examined.records.to_string()),
    ];
    if examined.role == Role::Global {
        let zones: Vec<&str> = examined.zones.iter().map(|zone| zone.as_str()).collect();
        rows.push(("zones".to_owned(), if zones.is_empty() { "-".to_owned() } else { zones.join(", ") }));
    }
    rows.push(("resources".to_owned(), examined.resources.values().sum::<usize>().to_string()));
    rows.extend(examined.resources.iter().map(|(kind, held)| (format!("  {kind}"), held.to_string())));
    let width = rows.iter().map(|(what, _)| what.chars().count()).max().unwrap_or(0);
    rows.iter().map(|(what, value)| format!("{what:width$}  {value}\n")).collect()
}

fn object(examined: &Examined) -> serde_json::Value {
    json!({
        "sound": true,
        "storeOf": examined.role.to_string(),
        "head": examined.head,
        "sizeBytes": examined.bytes,
        "records": examined.records,
        "zones": examined.zones,
        "resources": examined.resources,
    })
}
