//! The table of hazards is whole, and everything that it names exists.
#![allow(missing_docs, clippy::unwrap_used)]
use std::{collections::BTreeSet, fs, path::Path};

/// Threads that tell of sync in the field, and what reading found.
const HAZARDS: &[&str] = &[
    "14486", "13624", "16428", "7723", "9455", "13592", "12719", "18208", "18077", "17738", "16003", "18127", "18727", "12983", "11526",
    "17877", "7027", "2320", "4434", "10260", "10315", "17456", "18621", "3840", "7921", "11041", "3904", "14517", "6389", "9138", "13002",
    "H1", "H2", "H3", "H4", "H5", "H6", "H7", "H8", "H9", "H10", "H11", "H12",
];

fn docs() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// The cells of each row of the page's tables.
fn rows() -> Vec<Vec<String>> {
    let page = fs::read_to_string(docs().join("hazards.md")).unwrap();
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---")).map(cells).filter(|row| row.len() == 3).collect()
}

/// Where the links of a cell lead.
fn links(cell: &str) -> Vec<&str> {
    cell.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()).collect()
}

#[test]
fn every_hazard_has_a_row() {
    let said: BTreeSet<String> = rows().iter().flat_map(|row| row[0].split(", ").map(str::to_owned).collect::<Vec<_>>()).collect();
    let missing: Vec<&&str> = HAZARDS.iter().filter(|hazard| !said.contains(**hazard)).collect();
    assert!(missing.is_empty(), "docs/hazards.md says nothing of {missing:?}");
}

#[test]
fn every_row_says_what_shows_it() {
    let excuses = ["not sync: ", "cannot arise: ", "**not yet**"];
    let empty = |row: &Vec<String>| !links(&row[2]).iter().any(|_| true) && !excuses.iter().any(|excuse| row[2].contains(excuse));
    let silent: Vec<String> =
        rows().into_iter().filter(empty).map(|row| row[0].clone()).filter(|hazard| hazard.contains(char::is_numeric)).collect();
    assert!(silent.is_empty(), "nothing is named for {silent:?}");
}

#[test]
fn every_suite_and_every_test_that_is_named_exists() {
    let mut missing = Vec::new();
    for row in rows() {
        for link in links(&row[2]) {
            let (file, test) = link.split_once('#').map_or((link, None), |(file, test)| (file, Some(test)));
            match fs::read_to_string(docs().join(file)) {
                Ok(text) if test.is_none_or(|test| text.contains(&format!("fn {test}("))) => {}
                _ => missing.push(format!("{}: {link}", row[0])),
            }
        }
    }
    assert!(missing.is_empty(), "these do not exist: {missing:#?}");
}
