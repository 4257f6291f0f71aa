//! Hashed names are Kuma's, byte for byte.
use proptest::prelude::*;
use strait_core::resource::{ResourceName, hashed_name};

#[test]
fn of_short_names() {
    // Mesh, name, zone and namespace, and what Kuma 2.14.3 makes of them (kds.md 5.1).
    let vectors: [(&str, &str, &[&str], &str); 9] = [
        ("default", "redis-zone-1", &["zone-1"], "redis-zone-1-2v6wfvvcvbc9f55d"),
        ("default", "redis-zone-2", &["zone-2"], "redis-zone-2-ff29vc4685c6f594"),
        ("default", "default-timeout-global", &[], "default-timeout-global-54dbd4c66zwbcf9c"),
        ("default", "default-timeout-zone-1", &["zone-1"], "default-timeout-zone-1-c58w24w4vw27f454"),
        ("", "foo", &[], "foo-zxw6c95d42zfz9cc"),
        ("", "foo", &["zone-1", "custom-ns"], "foo-696vzv497z4cv4f4"),
        ("", "ingress", &["kuma-4"], "ingress-xzfw5d7w6f69x9fc"),
        ("default", "backend", &["kuma-1", "kuma-demo"], "backend-c5vxwcdcb2dfcw6x"),
        ("default", "my-policy", &["kuma-system"], "my-policy-5d6w952vvfcw4vc4"),
    ];
    for (mesh, name, extra, hashed) in vectors {
        assert_eq!(hashed_name(mesh, name, extra), hashed);
    }
}

#[test]
fn of_a_long_name_which_is_cut_after_it_was_hashed() {
    let hashed = hashed_name("default", &"a".repeat(240), &["z1"]);
    assert_eq!(hashed, format!("{}-94ff4d845wf2x97c", "a".repeat(236)));
    assert_eq!(hashed.len(), 253);
}

#[test]
fn also_where_texts_that_join_equally_share_one() {
    assert_eq!(hashed_name("", "backend", &["a", "bc"]), hashed_name("", "backend", &["ab", "c"]));
}

/// Names of up to 253 bytes, of the characters that names have.
fn name() -> impl Strategy<Value = String> {
    "[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?"
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn and_of_a_name_a_name_again(mesh in "[a-z-]{0,20}", name in name(), zone in prop::option::of("[a-z0-9-]{1,63}")) {
        let extra: Vec<&str> = zone.iter().map(String::as_str).collect();
        let hashed = hashed_name(&mesh, &name, &extra);
        prop_assert!(ResourceName::new(&hashed).is_ok());
        let (kept, suffix) = hashed.rsplit_once('-').unwrap();
        prop_assert_eq!(kept, &name[..name.len().min(236)]);
        prop_assert_eq!(suffix.len(), 16);
        prop_assert!(suffix.chars().all(|c| "456789bcdfvwxz2".contains(c)), "{}", suffix);
    }

    #[test]
    fn and_no_text_is_cut_within_a_character(mesh in any::<String>(), name in "\\PC{0,300}", extra in any::<String>()) {
        let hashed = hashed_name(&mesh, &name, &[&extra]);
        prop_assert!(hashed.len() <= 253);
        prop_assert!(name.starts_with(hashed.rsplit_once('-').unwrap().0));
    }
}
