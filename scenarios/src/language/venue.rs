//! What a user brings to exploration: a topology with their links, their resources, what they do first, and what must never hold.
use super::{
    Check, Fields, LiveSteps, Mistakes, Node, Process, check::did_you_mean, finish, folder, known_before, left, named_as_its_file, never,
    open, resources, steps, topology, tree::Place,
};
use crate::{
    event::NodeId,
    scenario::{Never, Placed, Scenario},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};
use strait_core::resource::Key;

/// The fields of a topology file: those of a scenario, of which most may be left out.
const FIELDS: &[&str] = &["scenario", "why", "topology", "resources", "steps", "never", "crash_points", "left"];
/// The fields of a file that says what must never hold.
const NEVER_FIELDS: &[&str] = &["never", "spare", "without"];

/// The files that a user brings.
#[derive(Clone, Copy, Debug)]
pub struct Brings<'a> {
    /// The topology.
    pub topology: &'a Path,
    /// A folder of resources.
    pub resources: Option<&'a Path>,
    /// What must never hold.
    pub never: Option<&'a Path>,
    /// What may be left out of what is drawn, by name.
    pub drawn: &'a [&'static str],
}

/// What a user brings.
#[derive(Debug)]
pub struct Venue {
    /// Everything but its steps.
    pub(crate) scenario: Scenario,
    /// `topology`, as it is written.
    pub(crate) topology: Value,
    /// What is done first, as it is written.
    pub(crate) steps: Vec<Value>,
    /// What must never hold, as it is written; each with a name.
    pub(crate) never: Vec<Value>,
    /// To whom nothing is done: control planes, zones with all that is in them, proxies and forwarders, by their names.
    pub(crate) spared: BTreeSet<String>,
    /// What is not drawn.
    pub(crate) without: BTreeSet<String>,
    /// Reads steps in view of all that.
    pub(crate) reader: LiveSteps,
}

impl Venue {
    /// Whether nothing may be done to this: a control plane, or what is called `ZONE/NAME`.
    pub(crate) fn spares(&self, called: &str) -> bool {
        let zone = called.split('/').next().unwrap_or_default();
        self.spared.contains(called) || self.spared.contains(zone)
    }

    /// How many zones and workloads it has.
    pub fn size(&self) -> (usize, usize) {
        (self.scenario.zones.len(), self.scenario.proxies.len())
    }
}

/// Reads what a user brings.
///
/// # Errors
/// All mistakes of the first file that has some, or of the folder.
pub fn bring(files: &Brings<'_>) -> Result<Venue, String> {
    let path = files.topology;
    let (text, root) = open(path).map_err(in_words)?;
    let mut check = Check::new(path.parent().map_or_else(PathBuf::new, Path::to_path_buf));
    let read = root.as_ref().and_then(|root| begin(root, path, &mut check));
    if root.is_none() {
        check.mistake(Place::START, "the file is empty", "it has at least the field `topology`");
    }
    let Some((mut venue, fields)) = read.filter(|_| check.mistakes.is_empty()) else {
        return Err(in_words(refused(path, text, check)));
    };
    if let Some(of) = files.resources {
        let brought = folder::read(of, &mut check).map_err(|wrong| said(&wrong))?;
        let stands = |key: &Key| venue.scenario.resources.iter().any(|placed| placed.at == NodeId::Global && placed.resource.key == *key);
        if let Some(twice) = brought.iter().find(|resource| stands(&resource.key)) {
            let why = format!("{}: {} stands in {}, too", of.display(), twice.key, path.display());
            return Err(said(&[why]));
        }
        venue.scenario.resources.extend(brought.into_iter().map(|resource| Placed { at: NodeId::Global, resource }));
    }
    venue.reader = LiveSteps::after(check.clone());
    go_on(&fields, &mut venue, &mut check);
    let mut venue = finish(path, text, check.clone(), Some(venue)).map_err(in_words)?;
    if let Some(file) = files.never {
        never_file(file, files.drawn, &mut venue, &check)?;
    }
    name_all(&mut venue);
    // What its steps have made known is for the world; whoever reads the steps again makes it known again.
    venue.scenario = known_before(venue.scenario, &mut check);
    Ok(venue)
}

/// The topology, and the resources that stand beside it.
fn begin<'a>(root: &'a Node, path: &Path, check: &mut Check) -> Option<(Venue, Fields<'a>)> {
    let fields = check.fields(root, "a topology file", FIELDS)?;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let name = fields.get("scenario").map_or(Some(stem), |name| named_as_its_file(name, path, check));
    let node = fields.need(check, "topology")?;
    let topology = topology::read(node, check);
    no_clusters(node, check);
    let listed = fields.get("resources").map(|listed| check.items(listed, "`resources`").iter().collect::<Vec<_>>()).unwrap_or_default();
    let placed = resources::placed(&listed, check);
    let stage = topology?.stage(name?, "A topology that a user brought.".to_owned(), path);
    let venue = Venue {
        scenario: Scenario { resources: placed, ..stage },
        topology: node.to_json(),
        steps: Vec::new(),
        never: Vec::new(),
        spared: BTreeSet::new(),
        without: BTreeSet::new(),
        reader: LiveSteps::after(check.clone()),
    };
    Some((venue, fields))
}

/// The steps, and what must never hold.
fn go_on(fields: &Fields<'_>, venue: &mut Venue, check: &mut Check) {
    if let Some(listed) = fields.get("steps") {
        // The runner is handed them as they are written, one by one.
        steps::read(listed, check);
        venue.steps = check.items(listed, "`steps`").iter().map(|step| with_files(step.to_json(), check)).collect();
    }
    if let Some(points) = fields.get("crash_points") {
        steps::crash_points(points, check);
    }
    if let Some(listed) = fields.get("never") {
        venue.scenario.never = never::read(listed, check);
        venue.never = check.items(listed, "`never`").iter().map(Node::to_json).collect();
    }
    if let Some(node) = fields.get("left") {
        venue.scenario.left = left::read(node, check).unwrap_or_default();
    }
}

/// What exploration would have to draw for pods nobody has written yet.
fn no_clusters(topology: &Node, check: &mut Check) {
    let zones = topology.field("zones").map(|zones| check.entries(zones, "`zones`")).unwrap_or_default();
    for (key, zone) in zones {
        if let Some(kind) = zone.field("kind").filter(|kind| kind.is("kubernetes")) {
            let help = "make it a machine zone with `proxies` for this, or run it as a scenario";
            check.mistake(kind.place, format!("zone {} is a cluster, and nothing is drawn for clusters yet", key.text), help);
        }
    }
}

/// What a step takes from a file stands in it afterwards: it will be written elsewhere.
fn with_files(mut step: Value, check: &Check) -> Value {
    let argument = step.as_object_mut().and_then(|step| step.values_mut().next()).and_then(Value::as_object_mut);
    if let Some(argument) = argument
        && let Some(Value::String(file)) = argument.remove("file")
        && let Ok(text) = super::read_text(&check.folder.join(file))
    {
        argument.insert("inline".to_owned(), json!(text));
    }
    step
}

/// What must never hold, of a file of its own.
fn never_file(file: &Path, drawn: &[&'static str], venue: &mut Venue, known: &Check) -> Result<(), String> {
    let (text, root) = open(file).map_err(in_words)?;
    let mut check = Check { folder: file.parent().map_or_else(PathBuf::new, Path::to_path_buf), ..known.clone() };
    let Some(root) = root else {
        check.mistake(Place::START, "the file is empty", "such as `never: [{ resolves: { from: east, name: shop.mesh, to: shop } }]`");
        return Err(in_words(refused(file, text, check)));
    };
    let Some(fields) = check.fields(&root, "what must never hold", NEVER_FIELDS) else {
        return Err(in_words(refused(file, text, check)));
    };
    if let Some(listed) = fields.need(&mut check, "never") {
        let found = never::read(listed, &mut check);
        if found.is_empty() && check.mistakes.is_empty() {
            check.mistake(listed.place, "nothing is named here that must never hold", "leave `--never` out, or name something");
        }
        let items = check.items(listed, "`never`");
        for (item, never) in items.iter().zip(&found) {
            is_about_a_service(item, never, venue, &mut check);
        }
        let twice = |never: &&Never| never.called.is_some() && venue.scenario.never.iter().any(|other| other.called == never.called);
        if let Some(called) = found.iter().find(twice).and_then(|never| never.called.as_ref()) {
            check.mistake(listed.place, format!("`{called}` stands in the topology file, too"), "every one has a name of its own");
        }
        venue.never.extend(items.iter().map(Node::to_json));
        venue.scenario.never.extend(found);
    }
    if let Some(listed) = fields.get("spare") {
        for item in check.items(listed, "`spare`") {
            let named = check.process(item).map(|who| match who {
                Process::ControlPlane(who) => who.to_string(),
                Process::Proxy(who) => who.to_string(),
                Process::Forwarder(who) => who.to_string(),
            });
            venue.spared.extend(named);
        }
    }
    if let Some(listed) = fields.get("without") {
        for item in check.items(listed, "`without`") {
            venue.without.extend(check.choice(item, "thing that is drawn", drawn).map(str::to_owned));
        }
    }
    finish(file, text, check, Some(())).map_err(in_words)
}

/// What must never hold of a service that nobody has can never hold.
fn is_about_a_service(item: &Node, never: &Never, venue: &Venue, check: &mut Check) {
    let Some(service) = never.condition.service() else { return };
    let of_workloads = venue.scenario.proxies.values().map(|workload| workload.service.as_str());
    let describes = |placed: &&Placed| matches!(placed.resource.kind().as_str(), "MeshService" | "MeshMultiZoneService");
    let of_resources = venue.scenario.resources.iter().filter(describes).map(|placed| placed.resource.display_name());
    let known: BTreeSet<&str> = of_workloads.chain(of_resources).collect();
    // Steps may make some.
    if !known.contains(service) && venue.steps.is_empty() {
        let known: Vec<&str> = known.into_iter().collect();
        let message = format!("there is no service `{service}` in the topology and its resources, so that this can never hold");
        check.mistake(item.place, message, did_you_mean(service, &known));
    }
}

/// Each gets a name, by which what is found says which of them broke.
fn name_all(venue: &mut Venue) {
    let taken: BTreeSet<String> = venue.scenario.never.iter().filter_map(|never| never.called.clone()).collect();
    let mut number = 0;
    for (never, written) in venue.scenario.never.iter_mut().zip(&mut venue.never) {
        while never.called.is_none() {
            number += 1;
            never.called = Some(format!("{}-{number}", never.name)).filter(|name| !taken.contains(name));
        }
        written["called"] = json!(never.called);
    }
}

fn refused(path: &Path, text: String, mut check: Check) -> Mistakes {
    check.mistakes.sort_by_key(|mistake| mistake.place);
    Mistakes { file: path.to_path_buf(), text, mistakes: check.mistakes }
}

fn in_words(mistakes: Mistakes) -> String {
    mistakes.to_string().trim_end().to_owned()
}

fn said(wrong: &[String]) -> String {
    wrong.iter().map(|why| format!("error: {why}")).collect::<Vec<_>>().join("\n")
}
