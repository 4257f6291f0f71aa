//! Selectors of labels and of fields.
use super::{
    failure::Failure,
    object::{at, list, text, texts},
    resource::Resource,
};
use serde_json::Value;

/// What a label must be.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wish {
    In(Vec<String>),
    NotIn(Vec<String>),
    There,
    NotThere,
}

/// Which labels objects must have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Labels(Vec<(String, Wish)>);

impl Labels {
    /// As it stands in a query: `app=a,tier in (x, y),!old`.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let bad = |part: &str| {
            Failure::bad_request(format!(
                "unable to parse requirement: {part:?} is no label selector; allowed are k, !k, k=v, k!=v, k in (v), k notin (v)"
            ))
        };
        let mut wishes = Vec::new();
        for part in split(text).into_iter().map(str::trim).filter(|part| !part.is_empty()) {
            let set = |text: &str| -> Result<Vec<String>, Failure> {
                let inner = text.trim().strip_prefix('(').and_then(|text| text.strip_suffix(')')).ok_or_else(|| bad(part))?;
                Ok(inner.split(',').map(|one| one.trim().to_owned()).collect())
            };
            let one = |text: &str| vec![text.trim().to_owned()];
            let (key, wish) = if let Some((key, values)) = part.split_once(" notin ") {
                (key, Wish::NotIn(set(values)?))
            } else if let Some((key, values)) = part.split_once(" in ") {
                (key, Wish::In(set(values)?))
            } else if let Some((key, value)) = part.split_once("!=") {
                (key, Wish::NotIn(one(value)))
            } else if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
                (key, Wish::In(one(value)))
            } else if let Some(key) = part.strip_prefix('!') {
                (key, Wish::NotThere)
            } else {
                (part, Wish::There)
            };
            let key = key.trim();
            if key.is_empty() || key.contains(|letter: char| letter.is_whitespace() || "()=!,".contains(letter)) {
                return Err(bad(part));
            }
            wishes.push((key.to_owned(), wish));
        }
        Ok(Self(wishes))
    }

    /// A selector as deployments have it.
    pub(super) fn of(selector: &Value) -> Self {
        let mut wishes: Vec<_> =
            texts(selector, &["matchLabels"]).map(|(key, value)| (key.to_owned(), Wish::In(vec![value.to_owned()]))).collect();
        for expression in list(selector, &["matchExpressions"]) {
            let values = list(expression, &["values"]).iter().filter_map(|value| value.as_str().map(str::to_owned)).collect();
            let wish = match text(expression, &["operator"]) {
                "In" => Wish::In(values),
                "NotIn" => Wish::NotIn(values),
                "Exists" => Wish::There,
                _ => Wish::NotThere,
            };
            wishes.push((text(expression, &["key"]).to_owned(), wish));
        }
        Self(wishes)
    }

    /// A selector as services have it.
    pub(super) fn equal_to(labels: &Value) -> Self {
        Self(texts(labels, &[]).map(|(key, value)| (key.to_owned(), Wish::In(vec![value.to_owned()]))).collect())
    }

    /// Selects everything.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an object has such labels.
    pub(super) fn select(&self, object: &Value) -> bool {
        self.matches(at(object, &["metadata", "labels"]))
    }

    pub(super) fn matches(&self, labels: &Value) -> bool {
        self.0.iter().all(|(key, wish)| {
            let label = labels[key].as_str();
            match wish {
                Wish::In(values) => label.is_some_and(|label| values.iter().any(|value| value == label)),
                Wish::NotIn(values) => !label.is_some_and(|label| values.iter().any(|value| value == label)),
                Wish::There => label.is_some(),
                Wish::NotThere => label.is_none(),
            }
        })
    }
}

/// At commas that stand in no parentheses.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0_u32, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

/// What fields of objects must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, String, bool)>);

impl Fields {
    /// As it stands in a query: `metadata.name=a,status.phase!=Running`.
    pub(super) fn parse(query: &str, resource: &Resource) -> Result<Self, Failure> {
        let mut wishes = Vec::new();
        for part in query.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (field, value, equal) = if let Some((field, value)) = part.split_once("!=") {
                (field, value, false)
            } else if let Some((field, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
                (field, value, true)
            } else {
                return Err(Failure::bad_request(format!("invalid selector: {part:?}; can't understand {part:?}")));
            };
            if !may_select(resource, field) {
                return Err(Failure::bad_request(format!("field label not supported: {field}")));
            }
            wishes.push((field.to_owned(), value.to_owned(), equal));
        }
        Ok(Self(wishes))
    }

    pub(super) fn select(&self, object: &Value) -> bool {
        self.0.iter().all(|(field, value, equal)| {
            let path: Vec<&str> = field.trim_start_matches('.').split('.').collect();
            let found = match at(object, &path) {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                other => other.to_string(),
            };
            (found == *value) == *equal
        })
    }
}

fn may_select(resource: &Resource, field: &str) -> bool {
    let own: &[&str] = match resource.id().as_str() {
        "pods" => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
        "events" => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        "namespaces" => &["status.phase"],
        "nodes" => &["spec.unschedulable"],
        "secrets" => &["type"],
        "services" => &["spec.clusterIP", "spec.type"],
        "replicasets.apps" => &["status.replicas"],
        _ => &[],
    };
    field == "metadata.name"
        || field == "metadata.namespace" && resource.namespaced
        || own.contains(&field)
        || resource.selectable.iter().any(|path| path.trim_start_matches('.') == field)
}
