//! From a file to a [`Scenario`]: every name is checked before anything runs, all mistakes at once, each in its place.
pub(crate) mod asks;
pub(crate) mod check;
pub(crate) mod clusters;
mod folder;
mod forwarders;
mod ingress;
mod left;
pub(crate) mod link;
mod live_steps;
mod mistake;
mod never;
mod proxies;
pub(crate) mod resources;
mod sabotage_file;
mod schema;
pub mod shape;
mod steps;
mod topology;
mod tree;
mod venue;

pub(crate) use check::{Check, Fields, Process, Who};
pub(crate) use live_steps::LiveSteps;
pub use mistake::{Mistake, Mistakes};
pub use sabotage_file::{SabotageFile, load_sabotage};
pub use schema::schema;
pub use shape::Shape;
pub(crate) use topology::vip_range;
pub(crate) use tree::{Content, Node};
pub use venue::{Brings, Venue, bring};

use crate::{
    explore::format_mistake,
    scenario::{Scenario, StepKind},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use tree::Place;

/// A scenario file larger than this is refused, in bytes.
const LARGEST: u64 = 4 << 20;
/// The fields of a scenario file.
const FIELDS: &[&str] = &["scenario", "why", "topology", "resources", "steps", "never", "crash_points", "left"];

/// Reads a scenario.
///
/// # Errors
/// All mistakes, each with its place and what is allowed.
pub fn load(path: &Path) -> Result<Scenario, Mistakes> {
    let (text, root) = open(path)?;
    scenario(path, text, root.as_ref())
}

/// Reads a scenario that would stand in this file.
pub(crate) fn parse(path: &Path, text: String) -> Result<Scenario, Mistakes> {
    let (text, root) = parsed(path, text)?;
    scenario(path, text, root.as_ref())
}

fn scenario(path: &Path, text: String, root: Option<&Node>) -> Result<Scenario, Mistakes> {
    let mut check = Check::new(path.parent().map_or_else(PathBuf::new, Path::to_path_buf));
    let scenario = root.and_then(|root| read(root, path, &mut check));
    if root.is_none() {
        check.mistake(Place::START, "the file is empty", format!("a scenario has the fields {}", check::list(FIELDS)));
    }
    finish(path, text, check, scenario)
}

fn finish<T>(path: &Path, text: String, mut check: Check, read: Option<T>) -> Result<T, Mistakes> {
    check.mistakes.sort_by_key(|mistake| mistake.place);
    match read {
        Some(read) if check.mistakes.is_empty() => Ok(read),
        _ => Err(Mistakes { file: path.to_path_buf(), text, mistakes: check.mistakes }),
    }
}

/// Reads a file as a tree. Its text comes along, to show mistakes in.
fn open(path: &Path) -> Result<(String, Option<Node>), Mistakes> {
    match read_text(path) {
        Ok(text) => parsed(path, text),
        Err(error) => Err(refused(path, String::new(), Place::START, format!("{} cannot be read: {error}", path.display()))),
    }
}

fn refused(path: &Path, text: String, place: Place, message: String) -> Mistakes {
    Mistakes { file: path.to_path_buf(), text, mistakes: vec![Mistake { place, message, help: String::new() }] }
}

fn parsed(path: &Path, text: String) -> Result<(String, Option<Node>), Mistakes> {
    if let Some((message, help)) = format_mistake(&text) {
        return Err(Mistakes { file: path.to_path_buf(), text, mistakes: vec![Mistake { place: Place::START, message, help }] });
    }
    match tree::parse(&text) {
        Ok(root) => Ok((text, root)),
        Err(error) => Err(refused(path, text, error.place, error.message)),
    }
}

/// Reads a file of bounded size.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    let size = fs::metadata(path)?.len();
    if size > LARGEST {
        return Err(io::Error::other(format!("it has {size} bytes, allowed are {LARGEST}")));
    }
    fs::read_to_string(path)
}

fn read(root: &Node, path: &Path, check: &mut Check) -> Option<Scenario> {
    let fields = check.fields(root, "a scenario", FIELDS)?;
    let name = fields.need(check, "scenario").and_then(|name| named_as_its_file(name, path, check));
    let why = fields.need(check, "why").and_then(|why| check.text(why, "`why`")).map(str::to_owned);
    let topology = fields.need(check, "topology").and_then(|topology| topology::read(topology, check));
    let listed = fields.get("resources").map(|listed| check.items(listed, "`resources`").iter().collect::<Vec<_>>()).unwrap_or_default();
    let placed = resources::placed(&listed, check);
    let steps = fields.need(check, "steps").map(|listed| steps::read(listed, check)).unwrap_or_default();
    let never = fields.get("never").map(|listed| never::read(listed, check)).unwrap_or_default();
    let crash_points = fields.get("crash_points").and_then(|points| steps::crash_points(points, check));
    let left = fields.get("left").and_then(|left| left::read(left, check)).unwrap_or_default();
    if let (Some(_), Some(points)) = (&crash_points, fields.get("crash_points")) {
        let first = steps.iter().position(|step| matches!(step.what, StepKind::Expect(_)));
        if first.is_none_or(|first| first + 1 >= steps.len()) {
            check.mistake(points.place, "nothing happens in which to crash", "steps must follow the first `expect`");
        }
    }
    let mut topology = topology?;
    for (zone, objects) in std::mem::take(&mut check.applied) {
        if let Some(cluster) = topology.clusters.get_mut(&zone) {
            cluster.later = objects;
        }
    }
    let stage = topology.stage(name?, why?, path);
    Some(known_before(Scenario { resources: placed, steps, never, crash_points, left, ..stage }, check))
}

/// A scenario, with what worlds must know before they begin of what its steps do.
fn known_before(scenario: Scenario, check: &mut Check) -> Scenario {
    Scenario {
        joins: std::mem::take(&mut check.joins),
        too_old: std::mem::take(&mut check.too_old),
        moves: std::mem::take(&mut check.moves),
        ..scenario
    }
}

/// A scenario has the name of its file, so that what is printed can be found.
fn named_as_its_file(name: &Node, path: &Path, check: &mut Check) -> Option<String> {
    let text = check.text(name, "the name of a scenario")?;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    if text != stem {
        check.mistake(name.place, format!("the scenario is called `{text}`, its file `{stem}`"), "both must be the same");
        return None;
    }
    Some(stem)
}
