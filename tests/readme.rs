//! What the README and the guide say is true: their scenarios run, and the guide leaves nothing out.
#![allow(missing_docs, clippy::unwrap_used)]
use std::{fs, path::Path};
use strait_core::Seed;
use strait_scenarios::{
    conditions::CONDITIONS,
    language, report,
    runner::{Options, Verdict, run},
    verbs::VERBS,
    world::WorldKind,
};

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The blocks of a page that are whole scenarios.
fn scenarios(page: &str) -> Vec<String> {
    let text = read(page);
    let blocks = text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    blocks.filter(|block| block.starts_with("scenario:")).collect()
}

fn passes_everywhere(text: &str) {
    let name = text.lines().next().unwrap().strip_prefix("scenario: ").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(format!("{name}.yaml"));
    fs::write(&file, text).unwrap();
    let scenario = language::load(&file).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    for world in WorldKind::SIMULATED {
        let report = run(&scenario, world, &Options::new(Seed(1)), &strait_sim::world);
        assert!(matches!(report.verdict, Verdict::Passed), "{}", report::failure(&report, "test").unwrap_or_default());
    }
}

#[test]
fn the_scenarios_of_the_pages_pass() {
    for page in ["README.md", "docs/scenarios.md"] {
        let found = scenarios(page);
        assert!(!found.is_empty(), "{page} shows no scenario");
        found.iter().for_each(|text| passes_everywhere(text));
    }
}

#[test]
fn the_guide_names_every_verb_and_every_condition() {
    let guide = read("docs/scenarios.md");
    let names = VERBS.iter().map(|facts| facts.name).chain(CONDITIONS.iter().map(|facts| facts.name));
    let missing: Vec<&str> = names.filter(|name| !guide.contains(&format!("| `{name}` |"))).collect();
    assert!(missing.is_empty(), "docs/scenarios.md says nothing of {missing:?}");
}
