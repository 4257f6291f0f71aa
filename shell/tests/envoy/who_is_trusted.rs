//! Bundles of a `MeshTrust`: one that Envoy could not read costs no other.
use crate::stage::{AUTHORITY, plan};
use strait_core::plan::Part;

const MESH: &str = "
type: Mesh
name: shop
---
type: Dataplane
mesh: shop
name: cart
labels: {kuma.io/workload: cart}
networking: {address: 127.0.0.1, inbound: [{port: 18080, tags: {kuma.io/service: cart}}]}
---
type: MeshIdentity
mesh: shop
name: identity
spec: {selector: {dataplane: {matchLabels: {}}}, provider: {type: Bundled, bundled: {autogenerate: {enabled: true}}}}
---";

/// The certificates that are trusted because of these bundles.
fn trusted(bundles: &[&str]) -> Vec<String> {
    let bundles: Vec<String> = bundles.iter().map(|pem| format!("{{type: Pem, pem: {{value: {pem:?}}}}}")).collect();
    let trust = format!("\ntype: MeshTrust\nmesh: shop\nname: one\nspec: {{trustDomain: one, caBundles: [{}]}}\n", bundles.join(", "));
    let parts = plan(MESH, &trust);
    let trust = parts.iter().find_map(|part| if let Part::Trust(trust) = part { Some(trust) } else { None });
    trust.unwrap().domains.values().flatten().cloned().collect()
}

#[test]
fn however_a_certificate_is_written_it_is_the_same() {
    let lines: Vec<&str> = AUTHORITY.lines().collect();
    let in_one = format!("{}\n{}\n{}", lines[0], lines[1..lines.len() - 1].concat(), lines[lines.len() - 1]);
    let ways = [
        AUTHORITY.to_owned(),
        AUTHORITY.replace('\n', "\r\n"),
        AUTHORITY.replace('\n', "\n\n  "),
        format!("Of the shop:\n{AUTHORITY}and again\n{AUTHORITY}"),
        in_one,
    ];
    for way in &ways {
        assert_eq!(trusted(&[way.as_str()]), [AUTHORITY], "{way}");
    }
}

#[test]
fn what_is_damaged_costs_nothing_else() {
    let other = AUTHORITY.replace("CERTIFICATE", "PRIVATE KEY");
    let damaged = [
        String::new(),
        "certificate".to_owned(),
        other.clone(),
        format!("{AUTHORITY}{other}"),
        AUTHORITY.replace("-----END", "-----"),
        AUTHORITY.replace("MIIBgj", "MIIB*j"),
        AUTHORITY.replace("MIIBgj", "MIICgj"),
        AUTHORITY.replace("HeEaERVt\n", ""),
        AUTHORITY.replace("HeEaERVt", "HeEaERVtAAAA"),
        format!("{AUTHORITY}{}", &AUTHORITY[..200]),
    ];
    for damaged in &damaged {
        assert_eq!(trusted(&[damaged.as_str(), AUTHORITY]), [AUTHORITY], "{damaged}");
        assert_eq!(trusted(&[damaged.as_str()]), Vec::<String>::new(), "{damaged}");
    }
}
