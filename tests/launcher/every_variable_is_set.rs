//! Variables in `Dataplane` files are replaced, all or none.
use crate::variables::{BadVariable, fill_in, is_name};
use std::collections::BTreeMap;

fn values() -> BTreeMap<String, String> {
    [("name", "web-1"), ("net.address", "10.0.0.7"), ("nothing", "")].map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

#[test]
fn wherever_they_stand() {
    let text = "name: {{ name }}\naddress: '{{net.address}}' # {{name}}-{{ name }}{{nothing}}\r\nend";
    assert_eq!(fill_in(text, &values()).unwrap(), "name: web-1\naddress: '10.0.0.7' # web-1-web-1\r\nend");
    for unchanged in ["", "\n", "no: variable }} { at: { all } }\n"] {
        assert_eq!(fill_in(unchanged, &values()).unwrap(), unchanged);
    }
}

/// What a value says is taken as it is, also if it looks like a variable.
#[test]
fn once() {
    let values = [("a".to_owned(), "{{ b }}".to_owned())].into();
    assert_eq!(fill_in("{{ a }}", &values).unwrap(), "{{ b }}");
}

#[test]
fn or_the_one_that_is_not_is_named() {
    let refused = |text: &str| fill_in(text, &values()).unwrap_err();
    assert_eq!(refused("a: 1\nb: {{ nmae }}\n"), BadVariable::Unset { name: "nmae".to_owned(), line: 2 });
    assert_eq!(refused("{{ }}"), BadVariable::NoName { text: String::new(), line: 1 });
    assert_eq!(refused("{{ a b }}"), BadVariable::NoName { text: "a b".to_owned(), line: 1 });
    assert_eq!(refused("x: {{ name\n}}"), BadVariable::Open { line: 1 });
    assert_eq!(refused("{{ nmae }}").to_string(), "line 1: the variable `nmae` is not set: `--dataplane-var nmae=VALUE`");
    assert_eq!(refused("{{").to_string(), "line 1: `{{` without `}}`");
    assert!(refused("{{ a b }}").to_string().starts_with("line 1: `a b` is not the name of a variable"));
    assert!(is_name("net.address_2-x") && !is_name("") && !is_name("a b"));
}
