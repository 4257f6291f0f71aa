//! Where ours says something else than Kuma's did.
use super::{
    meaning::{Meaning, Told},
    wire::Rpc,
};
use std::{collections::BTreeSet, fmt};

/// Something else was said.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    pub(crate) zone: String,
    /// Which connection of the zone, counted from 1.
    pub(crate) connection: usize,
    pub(crate) rpc: Rpc,
    /// The kind of resource that it is about, if it is about one.
    pub(crate) kind: String,
    pub(crate) what: What,
}

/// What is different.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// A whole message: Kuma's, or what ours said instead.
    Message { kuma: Option<Meaning>, ours: Option<Meaning> },
    /// One part of a message.
    Part { name: String, part: String, kuma: Option<String>, ours: Option<String> },
    /// Ours said nothing to a zone until an operator admitted it.
    SilentUntilAdmitted,
    /// Ours said nothing where Kuma's said that there is nothing of a kind.
    Silent,
    /// Ours said later that there is nothing of a kind.
    Late,
}

impl Difference {
    /// A part of a message that Kuma's and ours both have, or one of them.
    pub(crate) fn part(&self) -> Option<(&str, &str, Option<&str>, Option<&str>)> {
        match &self.what {
            What::Part { name, part, kuma, ours } => Some((name, part, kuma.as_deref(), ours.as_deref())),
            _ => None,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, connection {}, {} {}: ", self.zone, self.connection, self.rpc, self.kind)?;
        match &self.what {
            What::Message { kuma, ours } => write!(f, "Kuma's said {kuma:?}, ours {ours:?}"),
            What::Part { name, part, kuma, ours } => write!(f, "{name}: {part}: Kuma's {kuma:?}, ours {ours:?}"),
            What::Silent => f.write_str("Kuma's said that there is nothing, ours nothing"),
            What::Late => f.write_str("ours said later that there is nothing"),
            What::SilentUntilAdmitted => f.write_str("silent until admitted"),
        }
    }
}

/// How two messages differ.
pub(crate) fn between(kuma: Option<&Meaning>, ours: Option<&Meaning>) -> Vec<What> {
    match (kuma, ours) {
        (kuma, ours) if kuma == ours => Vec::new(),
        (Some(Meaning::Tells { provider, put, gone }), Some(Meaning::Tells { provider: our_provider, put: our_put, gone: our_gone })) => {
            let mut parts = Parts::of("");
            parts.compare("provider", Some(provider), Some(our_provider));
            for name in put.keys().chain(our_put.keys()).collect::<BTreeSet<_>>() {
                let is_there = |told: Option<&Told>| told.map(|_| "told");
                parts.name = name.clone();
                match (put.get(name), our_put.get(name)) {
                    (Some(kuma), Some(ours)) => resource(&mut parts, kuma, ours),
                    (kuma, ours) => parts.compare("resource", is_there(kuma), is_there(ours)),
                }
            }
            for name in gone.symmetric_difference(our_gone) {
                parts.name = name.clone();
                parts.compare("removal", gone.get(name).map(|_| "told"), our_gone.get(name).map(|_| "told"));
            }
            parts.found
        }
        (Some(Meaning::Asks { node }), Some(Meaning::Asks { node: ours })) => {
            let mut parts = Parts::of("node");
            parts.compare("zone", Some(&node.zone), Some(&ours.zone));
            parts.compare("names", Some(&node.names.join(" ")), Some(&ours.names.join(" ")));
            parts.compare("store", node.store.as_ref(), ours.store.as_ref());
            for field in node.fields.symmetric_difference(&ours.fields) {
                parts.compare(field, node.fields.get(field), ours.fields.get(field));
            }
            for feature in node.features.symmetric_difference(&ours.features) {
                parts.compare("feature", node.features.get(feature), ours.features.get(feature));
            }
            parts.found
        }
        (kuma, ours) => vec![What::Message { kuma: kuma.cloned(), ours: ours.cloned() }],
    }
}

fn resource(parts: &mut Parts, kuma: &Told, ours: &Told) {
    parts.compare("name", Some(&kuma.name), Some(&ours.name));
    parts.compare("mesh", Some(&kuma.mesh), Some(&ours.mesh));
    for label in kuma.labels.keys().chain(ours.labels.keys()).collect::<BTreeSet<_>>() {
        parts.compare(&format!("label {label}"), kuma.labels.get(label), ours.labels.get(label));
    }
    if kuma.spec != ours.spec {
        parts.compare("spec", Some(format!("{:?}", kuma.spec)), Some(format!("{:?}", ours.spec)));
    }
    if kuma.status != ours.status {
        parts.compare("status", Some(format!("{:?}", kuma.status)), Some(format!("{:?}", ours.status)));
    }
}

/// What is different in the parts of one message.
struct Parts {
    name: String,
    found: Vec<What>,
}

impl Parts {
    fn of(name: &str) -> Self {
        Self { name: name.to_owned(), found: Vec::new() }
    }

    fn compare(&mut self, part: &str, kuma: Option<impl AsRef<str>>, ours: Option<impl AsRef<str>>) {
        let owned = |value: Option<&dyn AsRef<str>>| value.map(|value| value.as_ref().to_owned());
        let kuma = owned(kuma.as_ref().map(|value| value as &dyn AsRef<str>));
        let ours = owned(ours.as_ref().map(|value| value as &dyn AsRef<str>));
        if kuma != ours {
            self.found.push(What::Part { name: self.name.clone(), part: part.to_owned(), kuma, ours });
        }
    }
}
