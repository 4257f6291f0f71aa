//! The JSON Schema names every verb and every condition, and no others.
use std::collections::BTreeSet;
use strait_scenarios::{conditions::CONDITIONS, language::schema, verbs::VERBS};

fn names(alternatives: &serde_json::Value) -> BTreeSet<String> {
    let alternatives = alternatives["oneOf"].as_array().unwrap();
    alternatives.iter().map(|one| one["required"][0].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_schema_says_what_the_check_says() {
    let schema = schema();
    let verbs: BTreeSet<String> = VERBS.iter().map(|facts| facts.name.to_owned()).chain(["expect".to_owned()]).collect();
    assert_eq!(names(&schema["properties"]["steps"]["items"]), verbs);
    let conditions: BTreeSet<String> = CONDITIONS.iter().map(|facts| facts.name.to_owned()).collect();
    assert_eq!(names(&schema["properties"]["never"]["items"]), conditions);
    insta::assert_json_snapshot!(schema);
}
