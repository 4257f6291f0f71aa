//! Reads the files `*.schema`.
//!
//! `package` begins a package, `type` and `kind` a type; a kind has `apiVersion`, `kind` and `metadata` too. A line that is indented is a field: its name,
//! with `!` where it is required, its type, options, and what it is after `#`. Types stand before those that use them.
use super::{Bounds, Field, ListKind, Shape, Struct};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

const TEXTS: [&str; 3] = [include_str!("meta.schema"), include_str!("core.schema"), include_str!("others.schema")];
pub(super) const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// The types of built-in kinds, by their names.
pub(in crate::kubernetes) fn built_in() -> &'static BTreeMap<String, Arc<Struct>> {
    static TYPES: OnceLock<BTreeMap<String, Arc<Struct>>> = OnceLock::new();
    TYPES.get_or_init(|| {
        let mut types = BTreeMap::new();
        for text in TEXTS {
            read(text, &mut types);
        }
        types
    })
}

fn read(text: &str, types: &mut BTreeMap<String, Arc<Struct>>) {
    let (mut package, mut open) = (String::new(), None::<Struct>);
    for line in text.lines() {
        let (words, description) = line.split_once(" # ").unwrap_or((line, ""));
        let indented = words.starts_with(' ');
        let words: Vec<&str> = words.split_whitespace().collect();
        if indented {
            let (name, field) = field(&words, description, &package, types);
            open.as_mut().expect("a field stands in a type").fields.insert(name, field);
            continue;
        }
        if let Some(done) = open.take() {
            types.insert(done.name.clone(), Arc::new(done));
        }
        match words.as_slice() {
            ["package", name] => (*name).clone_into(&mut package),
            [what @ ("type" | "kind"), name, options @ ..] => {
                let mut begun = Struct {
                    name: format!("{package}.{name}"),
                    description: description.to_owned(),
                    atomic: options.contains(&"atomic"),
                    ..Struct::default()
                };
                if *what == "kind" {
                    begun.fields = every_kind(types);
                }
                open = Some(begun);
            }
            other => panic!("a schema file holds {other:?}"),
        }
    }
    if let Some(done) = open {
        types.insert(done.name.clone(), Arc::new(done));
    }
}

/// What objects of every kind have.
pub(super) fn every_kind(types: &BTreeMap<String, Arc<Struct>>) -> BTreeMap<String, Field> {
    let plain = |shape: Shape, description: &str| Field {
        shape,
        required: false,
        nullable: false,
        retains: false,
        default: None,
        description: description.to_owned(),
    };
    BTreeMap::from([
        ("apiVersion".to_owned(), plain(Shape::text(), "The group and version of this object's kind.")),
        ("kind".to_owned(), plain(Shape::text(), "The kind of this object.")),
        ("metadata".to_owned(), plain(Shape::Struct(Arc::clone(&types[META])), "What every object has.")),
    ])
}

fn field(words: &[&str], description: &str, package: &str, types: &BTreeMap<String, Arc<Struct>>) -> (String, Field) {
    let [name, of, options @ ..] = words else { panic!("a schema file holds the field {words:?}") };
    let option = |named: &str| options.iter().find_map(|option| option.strip_prefix(named)?.strip_prefix('='));
    let kind = match option("key") {
        Some(keys) => ListKind::Map(keys.split(',').map(str::to_owned).collect()),
        None if options.contains(&"set") => ListKind::Set,
        None => ListKind::Atomic,
    };
    let field = Field {
        shape: shape(of, kind, options.contains(&"atomic"), package, types),
        required: name.ends_with('!'),
        nullable: false,
        retains: options.contains(&"retain"),
        default: option("default").map(Value::from),
        description: description.to_owned(),
    };
    (name.trim_end_matches('!').to_owned(), field)
}

fn shape(of: &str, kind: ListKind, atomic: bool, package: &str, types: &BTreeMap<String, Arc<Struct>>) -> Shape {
    let plain = |of: &str| shape(of, ListKind::Atomic, false, package, types);
    let formatted = |format| Shape::Text { format, allowed: Arc::from([]) };
    match of {
        "any" => Shape::Any,
        "string" => Shape::text(),
        "time" => formatted("date-time"),
        "bytes" => formatted("byte"),
        "bool" => Shape::Bool,
        "int32" => Shape::Integer { bits: 32, bounds: Bounds::default() },
        "int64" => Shape::Integer { bits: 64, bounds: Bounds::default() },
        "int-or-string" => Shape::IntOrText,
        "quantity" => Shape::Quantity,
        _ => {
            if let Some(item) = of.strip_prefix("[]") {
                Shape::List { item: Box::new(plain(item)), kind }
            } else if let Some(value) = of.strip_prefix("{}") {
                Shape::Map { value: Box::new(plain(value)), atomic }
            } else {
                let known = types.get(of).or_else(|| types.get(&format!("{package}.{of}")));
                Shape::Struct(Arc::clone(known.unwrap_or_else(|| panic!("a schema file names the type {of}, which does not stand before"))))
            }
        }
    }
}
