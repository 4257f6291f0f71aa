//! Whose certificates are believed: a zone says it of its own trust domains, and of nobody else's.
use crate::stage::{MESH, Stage, proxy};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use strait_core::plan::{Part, PartName};

const IDENTITY: &str = "
type: MeshIdentity
mesh: shop
name: identity
spec:
  selector: {dataplane: {matchLabels: {}}}
  provider: {type: Bundled, bundled: {autogenerate: {enabled: true}}}
---";

/// What looks like a certificate, told from others by a letter.
fn pem(letter: char) -> String {
    let letter = u8::try_from(letter).unwrap();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        STANDARD.encode([0x30, 9, 0x30, 2, 4, 0, 0x30, 0, 3, 1, letter])
    )
}

fn trust(zone: &str, domain: &str, letter: char) -> String {
    let pem = pem(letter).replace('\n', "\\n");
    format!(
        "
type: MeshTrust
mesh: shop
name: of-{zone}-{letter}
labels: {{kuma.io/zone: {zone}}}
spec: {{trustDomain: {domain}, caBundles: [{{type: Pem, pem: {{value: \"{pem}\"}}}}]}}
---"
    )
}

fn stage() -> Stage {
    Stage::with(&[&proxy("cart", 7).replace("labels: {", "labels: {kuma.io/workload: cart, "), IDENTITY, MESH].concat())
}

/// The trust domains that `cart` believes in, and by how many certificates each.
fn believes(stage: &Stage) -> Vec<(String, usize)> {
    let Some(Part::Trust(trust)) = stage.part("cart-1", &PartName::Trust) else { panic!("nobody") };
    trust.domains.into_iter().map(|(domain, authorities)| (domain, authorities.len())).collect()
}

#[test]
fn that_of_another_zone_is_believed_for_what_is_its_own() {
    let mut stage = stage();
    stage.put(&trust("west", "shop.west.mesh.local", 'w'));
    stage.put(&trust("east", "shop.east.mesh.local", 'e'));
    assert_eq!(believes(&stage), [("shop.east.mesh.local".to_owned(), 1), ("shop.west.mesh.local".to_owned(), 1)]);
}

#[test]
fn who_claims_what_is_anothers_is_not_believed() {
    let mut stage = stage();
    stage.put(&trust("west", "shop.east.mesh.local", 'w'));
    assert!(believes(&stage).is_empty(), "of this zone, even before it says so itself");
    stage.put(&trust("east", "shop.east.mesh.local", 'e'));
    assert_eq!(believes(&stage), [("shop.east.mesh.local".to_owned(), 1)]);
    stage.put(&trust("north", "shop.north.mesh.local", 'n'));
    stage.put(&trust("west", "shop.north.mesh.local", 'x'));
    assert_eq!(believes(&stage), [("shop.east.mesh.local".to_owned(), 1), ("shop.north.mesh.local".to_owned(), 1)], "of a third zone");
}

#[test]
fn a_domain_that_all_zones_share_is_anyones() {
    let mut stage = stage();
    let affected = stage.put(&IDENTITY.replace("spec:", "spec:\n  spiffeID: {trustDomain: one.example}"));
    assert!(stage.touched("cart-1", &affected).contains(&PartName::Trust));
    stage.put(&trust("west", "one.example", 'w'));
    stage.put(&trust("east", "one.example", 'e'));
    assert_eq!(believes(&stage), [("one.example".to_owned(), 2)]);
}
