//! A name is refused with the rule that it breaks, and what exists as a name is one.
use proptest::prelude::*;
use std::fmt::Write;
use strait_core::resource::{Kind, MeshName, NameError, ResourceName, ZoneName};

#[test]
fn of_zones_meshes_resources_and_kinds() {
    let texts = [
        String::new(),
        "a".to_owned(),
        "0".to_owned(),
        "east-1".to_owned(),
        "with_underscore".to_owned(),
        "with.dot".to_owned(),
        "a--b".to_owned(),
        "a..b".to_owned(),
        "-a".to_owned(),
        "a-".to_owned(),
        ".a".to_owned(),
        "a.".to_owned(),
        "_a".to_owned(),
        "a_".to_owned(),
        "East".to_owned(),
        "MeshTimeout".to_owned(),
        "Mesh-Timeout".to_owned(),
        "east zone".to_owned(),
        " east".to_owned(),
        "east\n".to_owned(),
        "éast".to_owned(),
        "M\u{e9}sh".to_owned(),
        "a/b".to_owned(),
        "../a".to_owned(),
        "a\0b".to_owned(),
        "a".repeat(63),
        "a".repeat(64),
        "a".repeat(253),
        "a".repeat(254),
        format!("M{}", "a".repeat(62)),
        format!("M{}", "a".repeat(63)),
        "é".repeat(100_000),
    ];
    let mut table = String::new();
    for text in texts {
        let shown =
            if text.len() > 40 { format!("{} … {} bytes", text.chars().next().unwrap(), text.len()) } else { format!("{text:?}") };
        let accepted = [
            ("zone", ZoneName::new(&text).is_ok()),
            ("mesh", MeshName::new(&text).is_ok()),
            ("resource", ResourceName::new(&text).is_ok()),
            ("kind", Kind::new(&text).is_ok()),
        ];
        let accepted: Vec<&str> = accepted.into_iter().filter(|(_, accepted)| *accepted).map(|(what, _)| what).collect();
        writeln!(table, "{shown}: {}", if accepted.is_empty() { "nothing".to_owned() } else { accepted.join(", ") }).unwrap();
    }
    insta::assert_snapshot!(table);
}

#[test]
fn what_it_says_is_shown_safely_and_not_at_full_length() {
    let said = [
        ZoneName::new("East").unwrap_err(),
        MeshName::new("with.dot").unwrap_err(),
        ResourceName::new("").unwrap_err(),
        ResourceName::new("a\n\u{1b}[2Jb").unwrap_err(),
        Kind::new("meshTimeout").unwrap_err(),
        Kind::new(&"é".repeat(100_000)).unwrap_err(),
    ];
    insta::assert_snapshot!(said.map(|error: NameError| error.to_string()).join("\n"));
}

#[test]
fn also_where_it_is_read_from_a_store() {
    let error = serde_json::from_str::<ZoneName>(r#""East""#).unwrap_err().to_string();
    insta::assert_snapshot!(error, @"`East` is not a zone name: at most 63 lower-case letters, digits and `-`, with a letter or digit at both ends");
    assert!(serde_json::from_str::<MeshName>(r#""a b""#).is_err());
    assert!(serde_json::from_str::<ResourceName>(r#""""#).is_err());
    assert!(serde_json::from_str::<Kind>(r#""meshTimeout""#).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_text(text in prop_oneof![any::<String>(), "[a-z0-9._-]{0,70}", "[a-zA-Z0-9]{1,70}"]) {
        let allowed = |extra: &str, max: usize| {
            let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            (1..=max).contains(&text.len())
                && text.chars().all(|c| edge(c) || c == '-' || extra.contains(c))
                && text.starts_with(edge)
                && text.ends_with(edge)
        };
        prop_assert_eq!(ZoneName::new(&text).is_ok(), allowed("", 63));
        prop_assert_eq!(MeshName::new(&text).is_ok(), allowed("_", 63));
        prop_assert_eq!(ResourceName::new(&text).is_ok(), allowed("._", 253));
        if let Err(error) = ResourceName::new(&text) {
            prop_assert!(error.text.chars().count() <= 80 && text.starts_with(&error.text));
        }
    }

    #[test]
    fn a_name_reads_back(text in "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?") {
        let zone = ZoneName::new(&text).unwrap();
        prop_assert_eq!(zone.as_str(), &text);
        prop_assert_eq!(zone.to_string().parse::<ZoneName>().unwrap(), zone.clone());
        prop_assert_eq!(serde_json::from_value::<ZoneName>(serde_json::json!(zone)).unwrap(), zone);
    }
}
