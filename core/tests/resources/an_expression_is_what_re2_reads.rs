//! An expression that RE2 cannot read, and so Envoy, is refused, with the reason; what it reads is taken. These were tried with RE2 itself.
use serde_json::json;
use strait_core::resource::{from_json, model};

const READ: &[&str] = &[
    "a",
    "a*",
    "a+?",
    "(a|b)?",
    "(?:a{2,3}){4}",
    "a{2,}",
    "a{,2}",
    "{",
    "a{b",
    "a{01}",
    "^*",
    "$",
    "(?i)a(?-i)b",
    "(?)",
    "(?i-s:.)",
    "(?P<n>a)",
    "(?<m>b)",
    "[]a]",
    "[^]a]",
    "[a-]",
    "[-a]",
    "[a-z&&b]",
    "[[:alpha:]]",
    "[[:^digit:]x]",
    "[[:alpha]",
    "[[b]",
    r"[\d\-\]]",
    r"\pL",
    r"\p{Greek}",
    r"\P{^Lu}",
    r"[\pN]",
    r"\Qa(\E*",
    r"\Q(",
    r"\C",
    r"\A\z\b\B",
    r"\012",
    r"\0",
    r"\x41",
    r"\x{ff}",
    "[à-ü]",
    r"\_",
    r"\/",
    r"\a\f\v",
    r"(a{10}){100}",
    r"\PN{100}",
    r"\pL{200}",
    "é+",
    ".",
    "a||b",
    "()",
    "()*",
    r"\<a",
];

/// Each with a part of the reason.
const NOT_READ: &[(&str, &str)] = &[
    ("(", "`(` is not closed"),
    (")", "closes nothing"),
    ("*a", "nothing stands before `*`"),
    ("a|*", "nothing stands before `*`"),
    ("(?i)*", "nothing stands before `*`"),
    ("a**", "repeats a repetition"),
    ("a{2}{3}", "repeats a repetition"),
    ("a{1001}", "more than 1000"),
    ("a{3,2}", "more than 1000"),
    ("(a{40}){40}", "more than 1000"),
    ("(?=a)", "neither ahead nor behind"),
    ("(?<!a)", "wrong name"),
    ("(?x)a", "flags"),
    ("(?-)", "flags"),
    ("(?P<n>a)(?P<n>b)", "two groups"),
    ("[a", "`[` is not closed"),
    ("[]", "`[` is not closed"),
    ("[z-a]", "goes backwards"),
    ("[[:letters:]]", "`[:letters:]` is not known"),
    (r"\1", "what a group matched"),
    (r"\p{greek}", "not known"),
    (r"\p{Greek", "not closed"),
    (r"\x{100}", "hexadecimal"),
    (r"\400", "octal"),
    ("[é-a]", "goes backwards"),
    ("[€-é]", "goes backwards"),
    (r"[é-\xa0]", "goes backwards"),
    (r"(\pL{100}){4}", "too large"),
    (r"\x4", "hexadecimal"),
    (r"\k", "means nothing"),
    (r"[\b]", "means nothing"),
    ("a\\", "ends with"),
    (r"(\pL{100}){10}", "too large"),
];

fn why_not(expression: &str) -> Option<String> {
    let route = json!({
        "type": "MeshHTTPRoute", "mesh": "default", "name": "a",
        "spec": {"to": [{"targetRef": {"kind": "MeshService", "name": "b"}, "rules": [
            {"matches": [{"path": {"type": "RegularExpression", "value": expression}}]}
        ]}]}
    });
    let violations = model::beyond_proxies(&from_json(&route).unwrap());
    assert!(violations.iter().all(|(path, _)| path == "spec.to[0].rules[0].matches[0].path.value"), "{violations:?}");
    violations.into_iter().next().map(|(_, why)| why)
}

#[test]
fn what_it_reads_is_taken() {
    for expression in READ {
        assert_eq!(why_not(expression), None, "{expression}");
    }
}

#[test]
fn what_it_does_not_read_is_refused() {
    for (expression, reason) in NOT_READ {
        let why = why_not(expression).unwrap_or_else(|| panic!("{expression} was taken"));
        assert!(why.contains(reason), "{expression}: {why}");
    }
}

#[test]
fn nothing_nests_too_deep() {
    assert_eq!(why_not(&format!("{}a{}", "(".repeat(900), ")".repeat(900))), None);
    assert!(why_not(&"(".repeat(100_000)).is_some());
}
