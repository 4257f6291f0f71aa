//! House style that can be checked: it is a test, not a rule in a document.
#![allow(missing_docs, clippy::unwrap_used)]
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const LONGEST_FILE: usize = 500;
const VAGUE_NAMES: [&str; 5] = ["util", "utils", "helper", "helpers", "common"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "target" | "gen" | ".git") {
                files_below(&path, ending, found);
            }
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}

fn files(ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    files_below(root(), ending, &mut found);
    assert!(!found.is_empty(), "no {ending} file was found: the test looks in the wrong place");
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

#[test]
fn no_source_file_is_longer_than_its_one_concept_needs() {
    let long: Vec<String> = files(".rs")
        .iter()
        .map(|path| (relative(path), fs::read_to_string(path).unwrap().lines().count()))
        .filter(|(_, lines)| *lines > LONGEST_FILE)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "look for the second concept in: {long:#?}");
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    let vague: Vec<String> = files(".rs")
        .iter()
        .filter(|path| VAGUE_NAMES.contains(&path.file_stem().unwrap().to_string_lossy().as_ref()))
        .map(|path| relative(path))
        .collect();
    assert!(vague.is_empty(), "name these after what they hold: {vague:#?}");
}

#[test]
fn every_source_file_begins_by_saying_what_it_is() {
    let silent: Vec<String> = files(".rs")
        .iter()
        .filter(|path| {
            let text = fs::read_to_string(path).unwrap();
            !text.lines().next().is_some_and(|line| line.starts_with("//!"))
        })
        .map(|path| relative(path))
        .collect();
    assert!(silent.is_empty(), "the first line must be a `//!` that says what the file is: {silent:#?}");
}

#[test]
fn every_suite_has_a_sabotage_beside_it_and_every_sabotage_a_suite() {
    let names = |ending: &str| -> BTreeSet<String> {
        let mut found = Vec::new();
        files_below(&root().join("scenarios/suites"), ending, &mut found);
        found.iter().map(|path| path.file_name().unwrap().to_string_lossy().strip_suffix(ending).unwrap().to_owned()).collect()
    };
    let sabotages = names(".sabotage.yaml");
    let suites: BTreeSet<String> = names(".yaml").into_iter().filter(|name| !name.ends_with(".sabotage")).collect();
    // Resources that suites share are not suites.
    let suites: BTreeSet<String> =
        suites.into_iter().filter(|name| root().join("scenarios/suites").join(format!("{name}.yaml")).exists()).collect();
    assert_eq!(suites, sabotages);
}

#[test]
fn the_project_speaks_of_itself_alone() {
    let mut texts = files(".rs");
    for ending in [".md", ".yaml", ".toml", ".proto"] {
        texts.extend(files(ending));
    }
    let machine_path = ["/ro", "ot/"].concat();
    let job_path = ["/tmp/", "bash_jobs"].concat();
    let found: Vec<String> = texts
        .iter()
        .filter(|path| {
            let text = fs::read_to_string(path).unwrap();
            text.contains(&machine_path) || text.contains(&job_path)
        })
        .map(|path| relative(path))
        .collect();
    assert!(found.is_empty(), "paths of one machine stand in: {found:#?}");
}
