//! The answer, for people.
use crate::console::table;
use strait_core::{
    resource::{from_json, to_yaml},
    why::{Change, Verdict, Why},
};

pub(super) fn text(why: &Why) -> Result<String, String> {
    let mut lines = vec![format!("{} of zone {} -> {}, in the mesh {}", why.from.name, why.from.zone, why.to, why.mesh), String::new()];
    let are_several = why.hops.iter().any(|hop| hop.to.is_some());
    let mut rows = vec![["HOP", "VERDICT", "WHAT"].map(str::to_owned)];
    for hop in &why.hops {
        let to = hop.to.as_ref().filter(|_| are_several).map(|to| format!("{to}: ")).unwrap_or_default();
        rows.push([hop.hop.to_string(), hop.verdict.to_string(), format!("{to}{}", hop.what)]);
    }
    table(&rows, &mut lines);
    lines.push(String::new());
    match why.broken() {
        Some(hop) => lines.push(format!("It breaks at: {}.", hop.hop)),
        None if why.hops.iter().all(|hop| hop.verdict == Verdict::Ok) => lines.push("Nothing breaks it.".to_owned()),
        None => lines.push("Nothing that is known breaks it.".to_owned()),
    }
    if let Some(change) = &why.change {
        lines.push(turns(change)?);
    }
    Ok(lines.join("\n") + "\n")
}

fn turns(change: &Change) -> Result<String, String> {
    let Some(at) = change.at.as_ref().filter(|_| !change.resources.is_empty()) else {
        return Ok(format!("What turns it: {}.", change.what));
    };
    let documents: Result<Vec<String>, String> =
        change.resources.iter().map(|one| from_json(one).map(|resource| to_yaml(&resource)).map_err(|error| error.to_string())).collect();
    Ok(format!("What turns it: {}. On {at}, with `strait apply -f FILE`:\n\n{}", change.what, documents?.join("---\n").trim_end()))
}
