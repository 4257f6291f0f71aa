//! Manifests in files, one object after the other.
use crate::resource_files::text_of;
use serde_json::Value;
use std::path::PathBuf;

/// Reads all objects; those of a list one by one.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Value>, String> {
    let mut objects = Vec::new();
    for path in paths {
        let (file, text) = text_of(path)?;
        let documents: Vec<Value> = serde_saphyr::from_multiple(&text).map_err(|error| {
            // It begins with the line and the column.
            let said = error.to_string();
            format!("{file}: {}", said.lines().next().unwrap_or_default().trim_start_matches("error: "))
        })?;
        for document in documents.into_iter().filter(|document| !document.is_null()) {
            flatten(document, &mut objects).map_err(|why| format!("{file}: {why}"))?;
        }
    }
    if objects.is_empty() { Err("there is no object in these files".to_owned()) } else { Ok(objects) }
}

fn flatten(document: Value, objects: &mut Vec<Value>) -> Result<(), String> {
    let kind = document.get("kind").and_then(Value::as_str);
    match kind {
        None => Err("an object without a `kind`".to_owned()),
        Some("List" | "PodList" | "ServiceList" | "NamespaceList" | "EndpointSliceList") => {
            let of = kind.and_then(|kind| kind.strip_suffix("List")).unwrap_or_default().to_owned();
            let items = document.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
            for mut item in items {
                // Whoever lists one kind need not say it of each.
                if let Some(fields) = item.as_object_mut().filter(|fields| !of.is_empty() && !fields.contains_key("kind")) {
                    fields.insert("kind".to_owned(), of.as_str().into());
                }
                flatten(item, objects)?;
            }
            Ok(())
        }
        Some(_) => {
            objects.push(document);
            Ok(())
        }
    }
}
