//! What Envoy prints about itself is understood.
use crate::version::Version;

fn version(release: &str) -> Option<Version> {
    Version::read(&format!("\nenvoy  version: d79f6e8d453ee260e9094093b8dd31af0056e67b/{release}/Clean/RELEASE/BoringSSL\n\n"))
}

#[test]
fn and_compared_by_its_numbers() {
    let found = version("1.40.0").unwrap();
    assert_eq!(found.to_string(), "1.40.0");
    assert_eq!(found.build, "d79f6e8d453ee260e9094093b8dd31af0056e67b/1.40.0/Clean/RELEASE/BoringSSL");
    for (release, will_do) in
        [("1.36.0", true), ("1.36.4-dev", true), ("1.9.9", false), ("1.35.12", false), ("2.0.0", true), ("0.99.0", false)]
    {
        assert_eq!(version(release).unwrap().is_at_least((1, 36)), will_do, "{release}");
    }
}

#[test]
fn and_others_are_not_taken_for_one() {
    for release in ["", "1.40", "1.40.0.1", "one.two.three", "-1.40.0"] {
        assert_eq!(version(release), None, "{release}");
    }
    for printed in ["", "envoy 1.40.0", "nginx version: nginx/1.22.1", "version:"] {
        assert_eq!(Version::read(printed), None, "{printed}");
    }
}
