//! The names that a proxy is told, and what is answered of them.
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, PoisonError, RwLock},
};
use strait_core::names::{Answer, MESH_DOMAIN, Question, Wanted};
use strait_shell::dns::Answers;

/// In lower case, without dots at their ends. `None`: the name has no IPv4 address.
pub(super) type Table = BTreeMap<String, Option<Ipv4Addr>>;

/// The names, or `None` before they are known. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(Arc<RwLock<Option<Table>>>);

/// As Envoy tells it, in Kuma's form. What else stands in it is of no use here.
#[derive(Deserialize)]
struct Told {
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    name: String,
    ips: Vec<IpAddr>,
}

/// Reads what Envoy tells.
pub(super) fn read(text: &str) -> Result<Table, String> {
    let told: Told = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let first = |ips: &[IpAddr]| ips.iter().find_map(|ip| if let IpAddr::V4(address) = ip { Some(*address) } else { None });
    Ok(told.records.iter().map(|record| (record.name.trim_end_matches('.').to_ascii_lowercase(), first(&record.ips))).collect())
}

impl Names {
    pub(super) fn set(&self, table: Table) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(table);
    }
}

impl Answers for Names {
    /// With authority for the names that are known, and for all of Kuma's domain; others are not its own. A name that the proxy does not reach does not
    /// exist, as far as its workload is concerned.
    fn answer(&self, question: &Question<'_>) -> Answer {
        let table = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let name = question.name;
        let found = table.as_ref().and_then(|table| table.get(name));
        let domain = if lies_in(name, MESH_DOMAIN) { MESH_DOMAIN } else { name };
        let labels = u8::try_from(domain.split('.').count()).unwrap_or(u8::MAX);
        let is_above = |table: &Table| table.keys().any(|known| lies_in(known, name));
        match (found, &*table) {
            (None, _) if domain != MESH_DOMAIN => Answer::Elsewhere,
            (_, None) => Answer::Unknown,
            _ if question.wanted == Wanted::Authority && name == domain => Answer::Authority,
            (Some(Some(address)), _) if matches!(question.wanted, Wanted::Ipv4 | Wanted::Anything) => Answer::Address(*address),
            (Some(_), _) => Answer::Nothing { domain: labels },
            (None, Some(table)) if name == domain || is_above(table) => Answer::Nothing { domain: labels },
            (None, Some(_)) => Answer::NoSuchName { domain: labels },
        }
    }
}

/// Whether a name is a domain, or lies below it.
fn lies_in(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}
