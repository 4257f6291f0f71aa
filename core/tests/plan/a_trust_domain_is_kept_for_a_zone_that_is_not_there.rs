//! A trust domain is kept for its zone also while nothing is heard of that zone: it may be gone, disabled or still to come.
use crate::stage::{MESH, Stage, key, proxy};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use strait_core::plan::{Part, PartName};

/// A `MeshIdentity` for everybody, with that trust domain.
fn identity(name: &str, domain: &str) -> String {
    format!(
        "
type: MeshIdentity
mesh: shop
name: {name}
spec:
  selector: {{dataplane: {{matchLabels: {{}}}}}}
  spiffeID: {{trustDomain: '{domain}'}}
  provider: {{type: Bundled, bundled: {{autogenerate: {{enabled: true}}}}}}
---"
    )
}

/// What a zone says: for this trust domain believe what looks like a certificate, and is told from others by a letter.
fn trust(zone: &str, domain: &str, letter: u8) -> String {
    let der = STANDARD.encode([0x30, 9, 0x30, 2, 4, 0, 0x30, 0, 3, 1, letter]);
    let pem = format!("-----BEGIN CERTIFICATE-----\\n{der}\\n-----END CERTIFICATE-----\\n");
    let letter = char::from(letter);
    format!(
        "
type: MeshTrust
mesh: shop
name: of-{zone}-{letter}
labels: {{kuma.io/zone: {zone}}}
spec: {{trustDomain: '{domain}', caBundles: [{{type: Pem, pem: {{value: \"{pem}\"}}}}]}}
---"
    )
}

/// A zone with one proxy, whose trust domain is `one.example` by the first of the identities, and these beside.
fn stage(more: &[(&str, &str)]) -> Stage {
    let more: String = more.iter().map(|(name, domain)| identity(name, domain)).collect();
    let cart = proxy("cart", 7).replace("labels: {", "labels: {kuma.io/workload: cart, ");
    Stage::with(&[&cart, &identity("a", "one.example"), &more, MESH].concat())
}

/// The trust domains that `cart` believes in.
fn believes(stage: &Stage) -> Vec<String> {
    let Some(Part::Trust(trust)) = stage.part("cart-1", &PartName::Trust) else { panic!("it is nobody") };
    trust.domains.into_keys().collect()
}

/// Whether zone `west` is believed for a trust domain, by itself.
fn west_is_believed(more: &[(&str, &str)], domain: &str) -> bool {
    let mut stage = stage(more);
    stage.put(&trust("west", domain, b'w'));
    !believes(&stage).is_empty()
}

const USUAL: (&str, &str) = ("b", "{{ .Mesh }}.{{ .Zone }}.mesh.local");

#[test]
fn who_claims_what_is_of_a_zone_that_is_not_there_is_not_believed() {
    assert!(!west_is_believed(&[USUAL], "shop.north.mesh.local"));
    let mut stage = stage(&[USUAL]);
    stage.put(&trust("north", "shop.north.mesh.local", b'n'));
    assert_eq!(believes(&stage), ["shop.north.mesh.local"]);
    stage.delete("MeshTrust", "of-north-n");
    stage.put(&trust("west", "shop.north.mesh.local", b'w'));
    assert!(believes(&stage).is_empty(), "it was there");
    stage.put(&trust("north", "shop.north.mesh.local", b'n'));
    assert_eq!(believes(&stage), ["shop.north.mesh.local"], "it is there again");
    let Some(Part::Trust(trust)) = stage.part("cart-1", &PartName::Trust) else { panic!("it is nobody") };
    assert_eq!(trust.domains["shop.north.mesh.local"].len(), 1, "and is believed alone");
}

#[test]
fn a_zone_is_believed_for_its_own() {
    assert!(west_is_believed(&[USUAL], "shop.west.mesh.local"));
    assert!(west_is_believed(&[USUAL], "one.example"), "which is also everybody's");
    assert!(west_is_believed(&[USUAL, ("c", "shop.north.mesh.local")], "shop.north.mesh.local"), "so is this one, as a mesh wants it");
}

#[test]
fn what_no_zone_could_have_is_nobodys() {
    for domain in ["else.example", "shop..mesh.local", "shop.a.b.mesh.local", "shop.-.mesh.local", "shop.ü.mesh.local"] {
        assert!(west_is_believed(&[USUAL], domain), "{domain}");
    }
    let long = format!("shop.{}.mesh.local", "n".repeat(63));
    assert!(!west_is_believed(&[USUAL], &long), "so long is the name of a zone");
    assert!(west_is_believed(&[USUAL], &long.replacen('n', "nn", 1)), "and no longer");
    assert!(!west_is_believed(&[USUAL], &"n".repeat(256)), "so long is no trust domain");
}

#[test]
fn a_template_may_name_the_zone_more_than_once() {
    let twice = [("b", "{{ .Zone }}.x-{{ .Zone }}.example")];
    assert!(west_is_believed(&twice, "west.x-west.example"));
    assert!(!west_is_believed(&twice, "north.x-north.example"));
    assert!(west_is_believed(&twice, "north.x-west.example"), "that of no zone");
    let side_by_side = [("b", "{{ .Zone }}{{ .Zone }}")];
    assert!(west_is_believed(&side_by_side, "westwest"));
    assert!(!west_is_believed(&side_by_side, "northnorth"));
}

#[test]
fn labels_may_say_anything() {
    let by_team = [("b", "{{ label \"team\" }}.{{ .Zone }}.{{ .Namespace }}.example")];
    assert!(west_is_believed(&by_team, "red.west.pay.example"));
    assert!(!west_is_believed(&by_team, "red.north.pay.example"));
    assert!(!west_is_believed(&[USUAL, ("c", "{{ label \"team\" }}.local")], "shop.north.mesh.local"), "but give nobody what is another's");
    assert!(west_is_believed(&[("b", "{{ .Name }}.{{ .Zone }}.example")], "red.north.example"), "of a name nothing is made");
}

#[test]
fn what_a_zone_gives_its_own_proxies_is_its_own() {
    let mut stage = stage(&[]);
    stage.put(&trust("west", "kept.example", b'w'));
    assert_eq!(believes(&stage), ["kept.example"]);
    let of_east = identity("z", "kept.example").replace("spec:", "labels: {kuma.io/origin: zone, kuma.io/zone: east}\nspec:");
    let affected = stage.put(&of_east);
    assert_eq!(stage.touched("cart-1", &affected), [PartName::Trust]);
    assert!(believes(&stage).is_empty());
    let affected = stage.put(&of_east.replace("zone: east", "zone: west"));
    assert_eq!(stage.touched("cart-1", &affected), [PartName::Trust]);
    assert_eq!(believes(&stage), ["kept.example"]);
}

#[test]
fn what_makes_no_difference_to_whom_is_trusted_touches_nobody() {
    let mut stage = stage(&[USUAL]);
    let west = trust("west", "shop.west.mesh.local", b'w');
    let affected = stage.put(&west);
    assert_eq!(stage.touched("cart-1", &affected), [PartName::Trust]);
    let touches_nobody = [
        west.clone(),
        west.replace("labels: {", "labels: {team: red, "),
        west.replace("name: of-west-w", "name: again"),
        trust("west", "shop.north.mesh.local", b'x'),
        identity("c", "three.example"),
        identity("c", "four.example").replace("matchLabels: {}", "matchLabels: {app: none}"),
    ];
    for change in touches_nobody {
        // The first of equal identities counts, and so that of everybody stays.
        assert!(stage.put(&change).proxies.is_empty(), "{change}");
    }
    assert!(stage.delete("MeshIdentity", "c").proxies.is_empty());
    assert!(stage.delete("MeshTrust", "again").proxies.is_empty());
    let affected = stage.delete("MeshTrust", "of-west-w");
    assert_eq!(affected.proxies.keys().collect::<Vec<_>>(), [&key("Dataplane", "cart-1")]);
    assert_eq!(stage.touched("cart-1", &affected), [PartName::Trust]);
}

#[test]
fn what_came_at_once_is_trusted_as_if_it_had_come_one_by_one() {
    let west = [trust("west", "shop.west.mesh.local", b'w'), trust("west", "shop.north.mesh.local", b'x')];
    let mut at_once = stage(&[]);
    at_once.put(&[west[0].as_str(), &west[1], &identity(USUAL.0, USUAL.1)].concat());
    let mut one_by_one = stage(&[]);
    west.iter().for_each(|trust| _ = one_by_one.put(trust));
    assert_eq!(believes(&one_by_one).len(), 2, "before an identity says whose they are");
    one_by_one.put(&identity(USUAL.0, USUAL.1));
    assert_eq!(believes(&at_once), ["shop.west.mesh.local"]);
    assert_eq!(believes(&at_once), believes(&one_by_one));
}

/// Any peer's zone may say a domain, and any template may name many labels: each part could stand at each place.
#[test]
fn what_a_template_could_be_is_found_in_little_time_however_many_labels_it_names() {
    let label = "{{ label \"team\" }}a";
    let before_the_zone = format!("{}{{{{ .Zone }}}}.example", label.repeat(20));
    let behind_it = format!("{{{{ .Zone }}}}{}.example", label.repeat(20));
    for template in [&before_the_zone, &behind_it] {
        assert!(west_is_believed(&[("b", template)], &format!("{}.other", "a".repeat(240))));
        assert!(!west_is_believed(&[("b", template)], &format!("{}north{}.example", "a".repeat(90), "a".repeat(90))));
    }
}
