//! By a dataplane token a proxy proves which one it may be.
use crate::cast::{HOUR, NOW, cart, claims, key, keys, later, mesh, pem_of, revocations, secret, signed, tags, with_term};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use strait_core::{
    resource::{Resource, ResourceName, ZoneName, from_yaml},
    time::Wall,
};
use strait_shell::token::{
    Bearers, CannotIssue, DataplaneClaims, DataplaneKeys, DataplaneRefused, ProxyIdentity, Scope, SigningKey, SigningKeys, Token, issue,
    issue_dataplane, verify, verify_dataplane,
};

/// What comes of a token with these claims, shown by `cart-1`.
fn shown_by_cart(claims: &DataplaneClaims) -> Result<(), String> {
    let keys = keys(&[&key(1)]);
    let token = issue_dataplane(&keys, claims, HOUR, "id", NOW).unwrap();
    verify_dataplane(&keys, &token, &cart(), NOW).map_err(|refused| refused.to_string())
}

#[test]
fn what_it_does_not_say_does_not_matter() {
    assert_eq!(shown_by_cart(&claims()), Ok(()));
    let all = DataplaneClaims {
        name: Some(ResourceName::new("cart-1").unwrap()),
        tags: tags(&[("kuma.io/service", &["cart", "cart-admin", "stock"]), ("version", &["2"])]),
        workload: Some("cart".to_owned()),
        ..claims()
    };
    assert_eq!(shown_by_cart(&all), Ok(()));
}

#[test]
fn what_it_says_must_hold_and_the_refusal_names_it() {
    let named = DataplaneClaims { name: Some(ResourceName::new("cart-2").unwrap()), ..claims() };
    assert_eq!(shown_by_cart(&named).unwrap_err(), "the dataplane token is for the `Name` `cart-2`, not for `cart-1`");
    // One value that is not allowed is one too many.
    let tagged = DataplaneClaims { tags: tags(&[("kuma.io/service", &["cart", "stock"])]), ..claims() };
    let why =
        "the `Tags` of the dataplane token want `kuma.io/service` with no other value than `cart`, `stock`; the proxy has `cart-admin`";
    assert_eq!(shown_by_cart(&tagged).unwrap_err(), why);
    let tagged = DataplaneClaims { tags: tags(&[("team", &["blue"])]), ..claims() };
    let why = "the `Tags` of the dataplane token want `team`, with no other value than `blue`; the proxy does not have it";
    assert_eq!(shown_by_cart(&tagged).unwrap_err(), why);
    let bound = DataplaneClaims { workload: Some("stock".to_owned()), ..claims() };
    let why = "the dataplane token is for the `Workload` `stock`; the proxy's label `kuma.io/workload` is `cart`";
    assert_eq!(shown_by_cart(&bound).unwrap_err(), why);

    let (key, unlabelled) = (key(1), ProxyIdentity { workload: None, ..cart() });
    let keys = keys(&[&key]);
    let token = issue_dataplane(&keys, &bound, HOUR, "id", NOW).unwrap();
    let why = verify_dataplane(&keys, &token, &unlabelled, NOW).unwrap_err().to_string();
    assert!(why.ends_with("the proxy's label `kuma.io/workload` is missing"), "{why}");
    // A key of the mesh that signs for another mesh.
    let token = signed(&key, with_term(json!({"Mesh": "other"})));
    let refused = DataplaneRefused::OtherMesh { allowed: mesh("other"), proxy: mesh("shop") };
    assert_eq!(verify_dataplane(&keys, &token, &cart(), NOW), Err(refused));
}

#[test]
fn it_is_good_for_its_time() {
    let keys = keys(&[&key(1)]);
    let token = issue_dataplane(&keys, &claims(), HOUR, "id", NOW).unwrap();
    let judged = |now: Wall| verify_dataplane(&keys, &token, &cart(), now);
    assert_eq!(judged(later(HOUR)), Ok(()), "clocks may differ a little");
    assert_eq!(judged(later(2 * HOUR)), Err(DataplaneRefused::Expired("expired 3600 s ago".to_owned())));
    assert_eq!(judged(Wall(NOW.0 - 3_600_000)), Err(DataplaneRefused::Expired("is valid only in 3595 s".to_owned())));
}

#[test]
fn it_is_good_until_it_is_revoked() {
    let mut keys = keys(&[&key(1)]);
    let token = issue_dataplane(&keys, &claims(), HOUR, "id", NOW).unwrap();
    // As people write it.
    for list in ["id", "x,id", "id,x\n", "x, id ,y", "x\n,\nid"] {
        keys.holds(&revocations(list)).unwrap();
        assert_eq!(verify_dataplane(&keys, &token, &cart(), NOW), Err(DataplaneRefused::Revoked("id".to_owned())), "{list:?}");
    }
    for list in ["", "\n", "idx", "i,d"] {
        keys.holds(&revocations(list)).unwrap();
        assert_eq!(verify_dataplane(&keys, &token, &cart(), NOW), Ok(()), "{list:?}");
    }
    // Nobody knows who stood in it.
    let bad = keys.holds(&secret("dataplane-token-revocations-shop", "not base64")).unwrap_err();
    assert!(bad.to_string().starts_with("Secret shop/dataplane-token-revocations-shop: its data is not base64"), "{bad}");
    assert_eq!(verify_dataplane(&keys, &token, &cart(), NOW), Err(DataplaneRefused::RevocationsUnknown(bad)));
    keys.dropped(&revocations("").key);
    assert_eq!(verify_dataplane(&keys, &token, &cart(), NOW), Ok(()));
}

#[test]
fn rotation_keeps_old_tokens_until_their_key_is_deleted() {
    let (old, new) = (key(9), key(10));
    let token = issue_dataplane(&keys(&[&old]), &claims(), HOUR, "id", NOW).unwrap();
    let mut keys = keys(&[&old, &new]);
    assert_eq!(keys.signing().newest().map(SigningKey::kid), Some("10"));
    assert_eq!(verify_dataplane(&keys, &token, &cart(), NOW), Ok(()));
    keys.dropped(&old.to_resource().unwrap().key);
    let why = verify_dataplane(&keys, &token, &cart(), NOW).unwrap_err().to_string();
    assert!(why.contains("there is no signing key of that `kid` for the proxies of mesh `shop` here"), "{why}");
}

/// Only what is wrong with a token ends the launcher that shows it.
#[test]
fn what_cannot_be_told_yet_may_pass() {
    let (ninth, tenth) = (key(9), key(10));
    let token = issue_dataplane(&keys(&[&tenth]), &claims(), HOUR, "id", NOW).unwrap();
    let judged = |keys: &DataplaneKeys| verify_dataplane(keys, &token, &cart(), NOW);
    let may_pass = |keys: &DataplaneKeys| judged(keys).unwrap_err().may_pass();
    assert!(may_pass(&keys(&[])), "no key has come");
    assert!(may_pass(&keys(&[&ninth])), "it was rotated where the token is from");
    assert!(!may_pass(&keys(&[&ninth, &key(11)])), "it was deleted");
    assert!(!may_pass(&keys(&[&key(10)])), "another signed it");

    let mut held = keys(&[]);
    held.holds(&secret("dataplane-token-signing-key-shop-10", "bm8=")).unwrap_err();
    let why = judged(&held).unwrap_err();
    assert!(why.may_pass() && why.to_string().contains("the key that it names cannot be used: Secret shop/"), "{why}");
    held.holds(&tenth.to_resource().unwrap()).unwrap();
    assert_eq!(judged(&held), Ok(()));
    held.holds(&secret("dataplane-token-revocations-shop", "not base64")).unwrap_err();
    assert!(may_pass(&held), "it is not known what was revoked");
    held.holds(&revocations("id")).unwrap();
    assert!(!may_pass(&held));
    for text in ["", "x", "a.b.c"] {
        assert!(!verify_dataplane(&keys(&[]), &Token::new(text), &cart(), NOW).unwrap_err().may_pass(), "{text}");
    }
}

#[test]
fn what_nobody_here_signed_is_none() {
    let (ours, other) = (key(1), key(1));
    let keys = keys(&[&ours]);
    let refused = |token: &Token| verify_dataplane(&keys, token, &cart(), NOW).unwrap_err().to_string();
    let good = with_term(json!({"Mesh": "shop"}));
    let why = refused(&signed(&other, good.clone()));
    assert!(why.contains("InvalidSignature: the key `1` for the proxies of mesh `shop` did not sign it"), "{why}");
    for text in ["", "x", "a.b.c", &"x".repeat(10_000), &format!("{}x", signed(&ours, good.clone()).reveal())] {
        assert!(refused(&Token::new(text)).starts_with("the dataplane token is not valid: "), "{text:.20}");
    }
    let headed = |header: Header, key: &EncodingKey| Token::new(encode(&header, &good, key).unwrap());
    // Of another key, of none, and with what everybody knows of the key as if that were a shared secret.
    let kid = |kid: Option<&str>| Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::RS256) };
    assert!(refused(&headed(kid(Some("2")), &pem_of(&ours))).contains("no signing key of that `kid`"));
    assert!(refused(&headed(kid(Some("../1")), &pem_of(&ours))).contains("no signing key of that `kid`"));
    assert!(refused(&headed(kid(None), &pem_of(&ours))).contains("it does not name its key (`kid`)"));
    let shared = Header { kid: Some("1".to_owned()), ..Header::new(Algorithm::HS256) };
    assert!(refused(&headed(shared, &EncodingKey::from_secret(ours.pem().as_bytes()))).contains("it must be signed with RS256"));
    let other_rsa = Header { kid: Some("1".to_owned()), ..Header::new(Algorithm::PS256) };
    assert!(refused(&headed(other_rsa, &pem_of(&ours))).contains("it must be signed with RS256"));
    let part = |said: &Value| URL_SAFE_NO_PAD.encode(said.to_string());
    for alg in ["none", "None", "NONE", ""] {
        let unsigned = format!("{}.{}.", part(&json!({"alg": alg, "kid": "1"})), part(&good));
        assert!(refused(&Token::new(unsigned)).starts_with("the dataplane token is not valid: "), "{alg}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_also_if_it_is_signed() {
    let key = key(1);
    let keys = keys(&[&key]);
    let refused = |said: Value| verify_dataplane(&keys, &signed(&key, said), &cart(), NOW).unwrap_err().to_string();
    assert!(refused(with_term(json!({}))).contains("it does not name a mesh (`Mesh`)"));
    assert!(refused(with_term(json!({"Mesh": "-"}))).contains("`Mesh`: `-` is not a mesh name"));
    assert!(refused(with_term(json!({"Mesh": "shop", "Name": "Cart 1"}))).contains("`Name`: `Cart 1` is not a resource name"));
    assert!(refused(json!({"Mesh": "shop"})).contains("missing field"), "a token ends some day, and can be revoked");
    assert!(refused(with_term(json!({"Mesh": "shop", "Tags": {"kuma.io/service": []}}))).contains("no other value than none"));
    for proxy_type in ["ingress", "egress", "gateway"] {
        let said = refused(with_term(json!({"Mesh": "shop", "Type": proxy_type})));
        assert_eq!(said, format!("the dataplane token has the `Type` `{proxy_type}`; allowed is `dataplane`, or none"));
    }
    // As Go writes what is not set.
    let empty = json!({"Name": "", "Mesh": "shop", "Tags": null, "Type": "dataplane", "Workload": ""});
    assert_eq!(verify_dataplane(&keys, &signed(&key, with_term(empty)), &cart(), NOW), Ok(()));
}

#[test]
fn a_zone_token_is_no_dataplane_token_and_the_other_way_round() {
    let (zones, proxies) = (SigningKey::generate(Bearers::Zones, 1).unwrap(), key(1));
    let (mut keys_of_zones, keys_of_proxies) = (SigningKeys::of(Bearers::Zones), keys(&[&proxies]));
    keys_of_zones.holds(&zones.to_resource().unwrap()).unwrap();
    let east = ZoneName::new("east").unwrap();
    let of_zone = issue(&zones, (&east, Scope::ControlPlane), HOUR, "id", NOW).unwrap();
    let of_proxy = issue_dataplane(&keys_of_proxies, &claims(), HOUR, "id", NOW).unwrap();
    assert!(verify_dataplane(&keys_of_proxies, &of_zone, &cart(), NOW).unwrap_err().to_string().contains("InvalidSignature"));
    assert!(verify(&keys_of_zones, &of_proxy, &east, NOW).unwrap_err().to_string().contains("InvalidSignature"));
    // Not even if somebody uses one key for both.
    let of_zone = issue(&proxies, (&east, Scope::ControlPlane), HOUR, "id", NOW).unwrap();
    assert!(verify_dataplane(&keys_of_proxies, &of_zone, &cart(), NOW).unwrap_err().to_string().contains("it is a zone token"));
    let of_proxy = signed(&zones, with_term(json!({"Mesh": "shop", "Type": "dataplane"})));
    assert!(verify(&keys_of_zones, &of_proxy, &east, NOW).unwrap_err().to_string().contains("missing field `Zone`"));
    // And neither takes the other's keys.
    keys_of_zones.trust(proxies);
    keys_of_zones.holds(&key(2).to_resource().unwrap()).unwrap();
    assert_eq!(keys_of_zones.newest().map(SigningKey::bearers), Some(&Bearers::Zones));
    let mut other_mesh = DataplaneKeys::of(mesh("shop-1"));
    other_mesh.holds(&key(1).to_resource().unwrap()).unwrap();
    other_mesh.holds(&zones.to_resource().unwrap()).unwrap();
    assert!(other_mesh.is_empty());
}

#[test]
fn keys_that_cannot_be_used_are_named() {
    let good = key(1);
    let mut keys = keys(&[&good]);
    let token = issue_dataplane(&keys, &claims(), HOUR, "id", NOW).unwrap();
    for (data, why) in [("bm90IGEga2V5", ""), ("", "it has no data"), ("not base64", "its data is not base64"), ("/w==", "it is not PEM")] {
        let bad = keys.holds(&secret("dataplane-token-signing-key-shop-2", data)).unwrap_err().to_string();
        assert!(bad.starts_with(&format!("Secret shop/dataplane-token-signing-key-shop-2: {why}")), "{bad}");
        assert_eq!(verify_dataplane(&keys, &token, &cart(), NOW), Ok(()), "the other key is as good as it was");
        assert!(issue_dataplane(&keys, &claims(), HOUR, "id", NOW).is_ok());
    }
    let bad = keys.holds(&secret("dataplane-token-signing-key-shop-1", "")).unwrap_err();
    let why = verify_dataplane(&keys, &token, &cart(), NOW).unwrap_err().to_string();
    assert!(why.contains(&format!("the key that it names cannot be used: {bad}")), "{why}");
    assert_eq!(issue_dataplane(&keys, &claims(), HOUR, "id", NOW), Err(CannotIssue::BadKey(bad)));
    assert_eq!(issue_dataplane(&DataplaneKeys::of(mesh("shop")), &claims(), HOUR, "id", NOW), Err(CannotIssue::NoKey(mesh("shop"))));
    // What is no key by its name is none.
    for name in ["dataplane-token-signing-key-shop", "dataplane-token-signing-key-shop-x", "dataplane-token-signing-key-shop-1-2", "x"] {
        keys.holds(&secret(name, "")).unwrap();
    }
}

#[test]
fn what_is_too_much_for_a_token_is_not_signed_and_not_read() {
    let many: Vec<String> = (0..1000).map(|number| format!("service-{number}")).collect();
    let all: Vec<&str> = many.iter().map(String::as_str).collect();
    let key = key(1);
    let keys = keys(&[&key]);
    let wide = DataplaneClaims { tags: tags(&[("kuma.io/service", &all)]), ..claims() };
    assert_eq!(issue_dataplane(&keys, &wide, HOUR, "id", NOW), Err(CannotIssue::TooLong));
    let token = signed(&key, with_term(json!({"Mesh": "shop", "Tags": wide.tags})));
    let why = verify_dataplane(&keys, &token, &cart(), NOW).unwrap_err().to_string();
    assert!(why.contains("it is longer than 8192 bytes"), "{why}");
    // A refusal is not as long as the token.
    let wide = DataplaneClaims { tags: tags(&[("kuma.io/service", &all[..300])]), ..claims() };
    let token = issue_dataplane(&keys, &wide, HOUR, "id", NOW).unwrap();
    let why = verify_dataplane(&keys, &token, &cart(), NOW).unwrap_err().to_string();
    assert!(why.contains(" and 292 more; ") && why.len() < 500, "{why}");
}

fn only(text: &str) -> Resource {
    from_yaml(text).unwrap().remove(0)
}

#[test]
fn a_proxy_is_what_its_dataplane_says() {
    let dataplane = "type: Dataplane
mesh: shop
name: cart-1
labels: { kuma.io/workload: cart }
networking:
  address: 10.1.0.7
  inbound:
    - { port: 8080, tags: { kuma.io/service: cart, version: '2' } }
    - { port: 8081, tags: { kuma.io/service: cart-admin, version: '2' } }
  outbound:
    - { port: 9001, tags: { kuma.io/service: stock } }
";
    assert_eq!(ProxyIdentity::of(&only(dataplane)), Some(cart()));
    let gateway = "type: Dataplane
mesh: shop
name: kong-1
networking: { address: 10.1.0.8, gateway: { tags: { kuma.io/service: kong } } }
";
    let identity = ProxyIdentity::of(&only(gateway)).unwrap();
    assert_eq!((identity.tags, identity.workload), (tags(&[("kuma.io/service", &["kong"])]), None));
    assert_eq!(ProxyIdentity::of(&secret("x", "")), None);
}

#[test]
fn what_an_identity_is_made_of_has_to_be_bound() {
    let keys = keys(&[&key(1)]);
    let judged = |claims: DataplaneClaims, is_brought: bool, label: &str| {
        let token = issue_dataplane(&keys, &claims, HOUR, "id", NOW).unwrap();
        let proxy = ProxyIdentity { made_of: BTreeSet::from([label.to_owned()]), is_brought, ..cart() };
        verify_dataplane(&keys, &token, &proxy, NOW)
    };
    let of_workload = || DataplaneClaims { workload: Some("cart".to_owned()), ..claims() };
    let of_name = || DataplaneClaims { name: Some(cart().name), ..claims() };
    let not_bound = |label: &str| Err(DataplaneRefused::NotBound { label: label.to_owned() });
    assert_eq!(judged(claims(), true, "kuma.io/workload"), not_bound("kuma.io/workload"));
    assert_eq!(judged(of_name(), true, "kuma.io/workload"), not_bound("kuma.io/workload"), "its bearer wrote the label");
    assert_eq!(judged(of_workload(), true, "kuma.io/workload"), Ok(()));
    assert_eq!(judged(of_workload(), true, "team"), not_bound("team"));
    assert_eq!(judged(of_name(), false, "team"), Ok(()), "an operator wrote the label");
    assert_eq!(judged(claims(), false, "team"), not_bound("team"));
}
