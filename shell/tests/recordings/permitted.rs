//! The differences that are meant, one by one. `docs/recordings.md` says why of each.
use super::{
    difference::{Difference, What},
    meaning::{Meaning, Told},
    wire::Rpc,
};
use std::collections::BTreeSet;

/// A difference that is meant.
pub(crate) struct Permitted {
    /// As the page calls it.
    pub(crate) name: &'static str,
    is: fn(&Difference) -> bool,
}

/// Fails unless every difference is one of these, and each of these occurred.
pub(crate) fn only(permitted: &[&Permitted], found: &[Difference]) {
    let others: Vec<String> = found.iter().filter(|found| !permitted.iter().any(|one| (one.is)(found))).map(ToString::to_string).collect();
    assert!(others.is_empty(), "{} differences are not meant:\n{}", others.len(), others.join("\n"));
    for one in permitted {
        assert!(found.iter().any(|found| (one.is)(found)), "`{}` no longer occurs: take it off the list", one.name);
    }
}

pub(crate) const SILENT_WHERE_KUMA_IS_EMPTY: Permitted =
    Permitted { name: "silent-where-kuma-is-empty", is: |found| matches!(&found.what, What::Silent) };

pub(crate) const LATE_WHERE_KUMA_IS_EMPTY: Permitted =
    Permitted { name: "late-where-kuma-is-empty", is: |found| matches!(&found.what, What::Late) };

pub(crate) const SILENT_UNTIL_ADMITTED: Permitted =
    Permitted { name: "silent-until-admitted", is: |found| matches!(found.what, What::SilentUntilAdmitted) };

pub(crate) const PROXIES_ARE_NOT_ASKED_ABOUT: Permitted = Permitted {
    name: "proxies-are-not-asked-about",
    is: |found| !found.rpc.is_sync() && matches!(&found.what, What::Message { kuma: Some(Meaning::Wants { .. }), ours: None }),
};

pub(crate) const MESH_LABEL_ON_ALL: Permitted = Permitted {
    name: "mesh-label-on-all",
    is: |found| match found.part() {
        Some((name, "label kuma.io/mesh", None, Some(_))) => {
            found.kind == "ServiceInsight" || (found.kind == "Secret" && name.starts_with("dataplane-token-signing-key-"))
        }
        _ => false,
    },
};

pub(crate) const ENVIRONMENT_LABEL_ON_ALL: Permitted = Permitted {
    name: "environment-label-on-all",
    is: |found| match found.part() {
        Some((name, "label kuma.io/env", None, Some("universal"))) => found.kind == "HostnameGenerator" && name.starts_with("local-"),
        _ => false,
    },
};

pub(crate) const ASKS_WHETHER_IT_IS_A_STRAIT: Permitted = Permitted {
    name: "asks-whether-it-is-a-strait",
    is: |found| found.rpc == Rpc::HealthCheck && found.part() == Some(("header", "strait-dialect", None, Some("1"))),
};

pub(crate) const SAYS_ITS_OWN_STORE: Permitted = Permitted {
    name: "says-its-own-store",
    is: |found| found.part().is_some_and(|(_, part, kuma, ours)| (part, kuma, ours) == ("store", Some("memory"), Some("redb"))),
};

pub(crate) const FREEZES: Permitted = Permitted {
    name: "freezes",
    is: |found| {
        let unanswered = matches!(&found.what, What::Message { kuma: Some(Meaning::Answers { refuses: false, .. }), ours: None });
        unanswered && found.rpc == Rpc::GlobalToZoneSync && found.connection == 2 && found.kind != "Config"
    },
};

pub(crate) const SAYS_WHERE_ITS_INGRESSES_ARE: Permitted = Permitted {
    name: "says-where-its-ingresses-are",
    is: |found| match &found.what {
        What::Message { kuma: None, ours: Some(Meaning::Tells { put, gone, .. }) } => {
            let made_here =
                |(_, told): (&String, &Told)| told.labels.get("kuma.io/managed-by").is_some_and(|by| by == "strait-zone-ingress");
            found.kind == "MeshZoneAddress"
                && found.rpc == Rpc::ZoneToGlobalSync
                && gone.is_empty()
                && !put.is_empty()
                && put.iter().all(made_here)
        }
        _ => false,
    },
};

const ALL: [&Permitted; 10] = [
    &SILENT_WHERE_KUMA_IS_EMPTY,
    &LATE_WHERE_KUMA_IS_EMPTY,
    &SILENT_UNTIL_ADMITTED,
    &PROXIES_ARE_NOT_ASKED_ABOUT,
    &MESH_LABEL_ON_ALL,
    &ENVIRONMENT_LABEL_ON_ALL,
    &ASKS_WHETHER_IT_IS_A_STRAIT,
    &SAYS_ITS_OWN_STORE,
    &FREEZES,
    &SAYS_WHERE_ITS_INGRESSES_ARE,
];

#[test]
fn the_page_lists_the_same_differences() {
    let page = include_str!("../../../docs/recordings.md");
    let listed = page.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|line| line.split_once('`'));
    let listed: BTreeSet<&str> = listed.map(|(name, _)| name).collect();
    assert_eq!(listed, ALL.iter().map(|one| one.name).collect());
}

fn frozen(kind: &str) -> Difference {
    let answers = Meaning::Answers { zone: "zone-1".to_owned(), nonce: "1".to_owned(), refuses: false };
    let what = What::Message { kuma: Some(answers), ours: None };
    Difference { zone: "zone-1".to_owned(), connection: 2, rpc: Rpc::GlobalToZoneSync, kind: kind.to_owned(), what }
}

#[test]
#[should_panic = "1 differences are not meant"]
fn another_difference_is_a_failure() {
    only(&[&FREEZES], &[frozen("Mesh"), frozen("Config")]);
}

#[test]
#[should_panic = "`freezes` no longer occurs"]
fn a_difference_that_no_longer_occurs_is_a_failure() {
    only(&[&FREEZES], &[]);
}
