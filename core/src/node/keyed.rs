//! Maps by resource key, as a JSON list of pairs: JSON knows no other keys than strings.
use crate::resource::Key;
use serde::{Deserialize, Deserializer, Serializer};
use std::collections::BTreeMap;

pub(crate) fn serialize<S: Serializer>(map: &BTreeMap<Key, String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(map)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Key, String>, D::Error> {
    Ok(Vec::<(Key, String)>::deserialize(deserializer)?.into_iter().collect())
}
