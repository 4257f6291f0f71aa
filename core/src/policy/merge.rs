//! Several confs become one: JSON Merge Patch (RFC 7396), from the least to the most important, as in Kuma.
//!
//! Objects are merged field by field, everything else is replaced; what is not set overrides nothing, and an empty list is set. Lists
//! whose names begin with `append` are joined, in order, nothing dropped.
use crate::resource::Key;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Which item of which policy something comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The policy.
    pub policy: Key,
    /// Which of its `to`, `from` or `rules`, counted from 0. Kuma calls it `ruleIndex`.
    pub rule: usize,
}

/// What several confs come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged {
    /// The conf.
    pub conf: Value,
    /// Who contributed, each once, from the least to the most important. Of some nothing may be left.
    pub origins: Vec<Origin>,
    /// Whose each value is, by its JSON pointer (RFC 6901): of everything that is not a map with fields, lists as a whole.
    pub values: BTreeMap<String, Origin>,
}

/// One conf, and whose it is.
#[derive(Clone, Copy)]
pub(super) struct Contribution<'a> {
    pub(super) conf: &'a Value,
    pub(super) origin: &'a Origin,
}

/// Merges, in ascending importance.
pub(super) fn merge(contributions: &[Contribution<'_>]) -> Merged {
    Node::of(contributions).merged(origins(contributions))
}

/// Merges, and puts a list beside what comes out.
pub(super) fn merge_with_list<'a>(contributions: &[Contribution<'a>], field: &'a str, list: Vec<Node<'a>>, origins: Vec<Origin>) -> Merged {
    let mut whole = Node::of(contributions);
    if let Node::Map(fields, _) = &mut whole {
        fields.insert(field, Node::List(list));
    }
    whole.merged(origins)
}

/// Joins lists of entries; those with equal `key` become one, merged, which stands where the last of them stood.
pub(super) fn merge_by_key<'a>(entries: &[Contribution<'a>], key: &str) -> Vec<Node<'a>> {
    let mut equal: BTreeMap<String, (usize, Vec<Contribution<'a>>)> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let mut text = String::new();
        write_sorted(entry.conf.get(key).unwrap_or(&Value::Null), &mut text);
        let (last, group) = equal.entry(text).or_default();
        *last = index;
        group.push(*entry);
    }
    let in_order: BTreeMap<usize, Vec<Contribution<'a>>> = equal.into_values().collect();
    in_order.into_values().map(|group| Node::of(&group)).collect()
}

/// Equal values give equal texts, however their fields are ordered.
fn write_sorted(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            text.push('{');
            for (name, value) in fields.iter().collect::<BTreeMap<_, _>>() {
                text.push_str(&Value::from(name.as_str()).to_string());
                write_sorted(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            items.iter().for_each(|item| {
                write_sorted(item, text);
                text.push(',');
            });
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}

/// The origins, each once, in the order of their first contributions.
pub(super) fn origins(contributions: &[Contribution<'_>]) -> Vec<Origin> {
    let mut seen = std::collections::BTreeSet::new();
    contributions.iter().map(|contribution| contribution.origin).filter(|origin| seen.insert(*origin)).cloned().collect()
}

/// Without fields that are `null`, which is "not set".
pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name, without_nulls(value))).collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

/// A value that remembers whose its parts are.
pub(super) enum Node<'a> {
    /// The origin is of a map without fields.
    Map(BTreeMap<&'a str, Self>, Option<&'a Origin>),
    /// Of several origins.
    List(Vec<Self>),
    Whole(&'a Value, &'a Origin),
}

impl<'a> Node<'a> {
    fn of(contributions: &[Contribution<'a>]) -> Self {
        let mut node = Self::empty();
        for contribution in contributions {
            node.take(contribution.conf, contribution.origin);
        }
        node
    }

    fn empty() -> Self {
        Self::Map(BTreeMap::new(), None)
    }

    fn take(&mut self, conf: &'a Value, origin: &'a Origin) {
        let Value::Object(fields) = conf else {
            *self = Self::Whole(conf, origin);
            return;
        };
        if !matches!(self, Self::Map(..)) {
            *self = Self::empty();
        }
        let Self::Map(mine, whose) = self else { return };
        *whose = Some(origin);
        for (name, value) in fields {
            match (value, mine.entry(name).or_insert_with(Self::empty)) {
                (Value::Array(items), at) if name.starts_with("append") => at.append(items, origin),
                (value, at) => at.take(value, origin),
            }
        }
    }

    fn append(&mut self, items: &'a [Value], origin: &'a Origin) {
        if !matches!(self, Self::List(_)) {
            *self = Self::List(Vec::new());
        }
        let Self::List(mine) = self else { return };
        mine.extend(items.iter().map(|item| Self::Whole(item, origin)));
    }

    pub(super) fn merged(self, origins: Vec<Origin>) -> Merged {
        let mut values = BTreeMap::new();
        let conf = self.into_value(&mut String::new(), &mut values);
        Merged { conf, origins, values }
    }

    fn into_value(self, pointer: &mut String, values: &mut BTreeMap<String, Origin>) -> Value {
        let before = pointer.len();
        let mut below = |part: &str, node: Self| {
            pointer.push('/');
            pointer.push_str(&part.replace('~', "~0").replace('/', "~1"));
            let value = node.into_value(pointer, values);
            pointer.truncate(before);
            value
        };
        match self {
            Self::Map(fields, _) if !fields.is_empty() => {
                Value::Object(fields.into_iter().map(|(name, node)| (name.to_owned(), below(name, node))).collect())
            }
            Self::List(items) => Value::Array(items.into_iter().enumerate().map(|(index, node)| below(&index.to_string(), node)).collect()),
            Self::Map(_, whose) => {
                values.extend(whose.filter(|_| before > 0).map(|origin| (pointer.clone(), origin.clone())));
                Value::Object(Map::new())
            }
            Self::Whole(value, origin) => {
                values.insert(pointer.clone(), origin.clone());
                value.clone()
            }
        }
    }
}

impl Serialize for Origin {
    /// `{"name": …, "ruleIndex": …}`: kind and mesh are those of the whole outcome.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("name", &self.policy.name)?;
        map.serialize_entry("ruleIndex", &self.rule)?;
        map.end()
    }
}
