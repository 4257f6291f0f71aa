//! `strait kubernetes crds`: the kinds of the mesh, as a cluster has to be told of them.
use crate::{command::CrdsArguments, console::say};
use serde_json::json;
use std::process::ExitCode;
use strait_core::kubernetes::{CustomKind, definition};

pub(super) fn crds(arguments: &CrdsArguments) -> Result<ExitCode, String> {
    let kinds: Vec<CustomKind> = match &*arguments.kinds {
        [] => CustomKind::all().collect(),
        named => named.iter().map(|name| known(name)).collect::<Result<_, _>>()?,
    };
    let items: Vec<_> = kinds.into_iter().map(definition).collect();
    // YAML is more than JSON, so that whoever reads either reads this.
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    say(&(serde_json::to_string_pretty(&list).map_err(|error| error.to_string())? + "\n"));
    Ok(ExitCode::SUCCESS)
}

fn known(name: &str) -> Result<CustomKind, String> {
    let all = || CustomKind::all().map(CustomKind::as_str).collect::<Vec<_>>().join(", ");
    CustomKind::named(name).ok_or_else(|| format!("KIND: must be one of {}, not `{}`", all(), name.escape_debug()))
}
