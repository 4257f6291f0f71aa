//! `strait kubernetes convert`: manifests, as a zone would take them.
use super::{as_if::Cluster, manifests};
use crate::{
    command::{ConvertArguments, ConvertOutput},
    console::{VIOLATION, complain, say},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, process::ExitCode};
use strait_core::{
    kubernetes::{Change, Conversion, News, ObjectId, Place, Problem, Seen, read},
    resource::{to_json, to_yaml},
};

pub(super) fn convert(arguments: &ConvertArguments) -> Result<ExitCode, String> {
    let cluster = Cluster::of(manifests::read(&arguments.manifests)?);
    let objects = each_once(&cluster.objects)?;
    let place = Place { zone: arguments.zone.clone(), system_namespace: arguments.system_namespace.clone() };
    let mut conversion = Conversion::new(place);
    for (name, services) in &cluster.meshes {
        conversion.mesh(name, Some(*services));
    }
    let ids: Vec<ObjectId> = objects.keys().cloned().collect();
    conversion.take(News::Changed(objects.into_values().map(Change::Put).collect()));
    let problems: Vec<(ObjectId, Problem)> =
        ids.into_iter().flat_map(|id| conversion.problems(&id).into_iter().map(move |problem| (id.clone(), problem))).collect();
    match arguments.output {
        ConvertOutput::Yaml => show(&cluster, &conversion, &problems),
        ConvertOutput::Json => {
            let shown = json!({
                "resources": conversion.resources().map(|resource| to_json(resource)).collect::<Vec<_>>(),
                "problems": problems.iter().map(of_machines).collect::<Vec<_>>(),
                "notes": cluster.notes,
            });
            say(&(serde_json::to_string_pretty(&shown).map_err(|error| error.to_string())? + "\n"));
        }
    }
    let is_wrong = problems.iter().any(|(_, problem)| problem.reason.is_warning());
    Ok(if is_wrong { ExitCode::from(VIOLATION) } else { ExitCode::SUCCESS })
}

/// All objects that can be told apart. One that is there twice, as after an edit of a file, is a slip.
fn each_once(values: &[Value]) -> Result<BTreeMap<ObjectId, Seen>, String> {
    let mut objects = BTreeMap::new();
    for value in values {
        let seen = read(value, None).map_err(|error| format!("an object of the kind {}: {error}", value["kind"]))?;
        let id = match &seen {
            Ok(object) => object.id(),
            Err(unreadable) => unreadable.id.clone(),
        };
        if objects.insert(id.clone(), seen).is_some() {
            return Err(format!("{id}: it stands twice in these files"));
        }
    }
    Ok(objects)
}

fn show(cluster: &Cluster, conversion: &Conversion, problems: &[(ObjectId, Problem)]) {
    let documents: Vec<String> = conversion.resources().map(|resource| to_yaml(resource)).collect();
    say(&documents.join("---\n"));
    for note in &cluster.notes {
        complain(&format!("note: {note}\n"));
    }
    for (id, problem) in problems {
        let how = if problem.reason.is_warning() { "warning" } else { "normal" };
        complain(&format!("{how}: {id}: {problem}\n"));
    }
}

fn of_machines((id, problem): &(ObjectId, Problem)) -> Value {
    json!({
        "object": {"kind": id.kind, "namespace": &*id.name.namespace, "name": &*id.name.name},
        "type": if problem.reason.is_warning() { "Warning" } else { "Normal" },
        "reason": problem.reason.as_str(),
        "message": problem.message,
    })
}
