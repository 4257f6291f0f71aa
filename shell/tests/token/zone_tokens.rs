//! By a zone token a zone proves which one it is.
use crate::cast::{HOUR, NOW, later, pem_of};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;
use strait_core::{
    resource::{ZoneName, from_yaml},
    time::Wall,
};
use strait_shell::token::{
    Bearers, IngressRefused, Refused, Scope, SigningKey, SigningKeys, Token, ZoneKeys, issue, verify, verify_ingress,
};

fn zone(name: &str) -> ZoneName {
    ZoneName::new(name).unwrap()
}

fn keys(all: &[&SigningKey]) -> SigningKeys {
    let mut keys = SigningKeys::of(Bearers::Zones);
    all.iter().for_each(|key| keys.holds(&key.to_resource().unwrap()).unwrap());
    keys
}

#[test]
fn a_token_is_its_zones_for_its_time() {
    let key = SigningKey::generate(Bearers::Zones, 1).unwrap();
    let token = issue(&key, (&zone("east"), Scope::ControlPlane), HOUR, "id", NOW).unwrap();
    let keys = keys(&[&key]);
    assert_eq!(verify(&keys, &token, &zone("east"), NOW), Ok(()));
    assert_eq!(verify(&keys, &token, &zone("west"), NOW), Err(Refused::OtherZone { token: "east".to_owned(), zone: zone("west") }));
    assert_eq!(verify(&keys, &token, &zone("east"), later(HOUR)), Ok(()), "clocks may differ a little");
    assert_eq!(verify(&keys, &token, &zone("east"), later(2 * HOUR)), Err(Refused::Expired("expired 3600 s ago".to_owned())));
    assert_eq!(verify(&keys, &token, &zone("east"), Wall(NOW.0 - 3_600_000)), Err(Refused::Expired("is valid only in 3595 s".to_owned())));
}

#[test]
fn rotation_keeps_old_tokens_until_their_key_is_deleted() {
    let (old, new) = (SigningKey::generate(Bearers::Zones, 1).unwrap(), SigningKey::generate(Bearers::Zones, 2).unwrap());
    let token = issue(&old, (&zone("east"), Scope::ControlPlane), HOUR, "id", NOW).unwrap();
    let mut keys = keys(&[&old, &new]);
    assert_eq!(keys.newest().map(SigningKey::kid), Some("2"));
    assert_eq!(verify(&keys, &token, &zone("east"), NOW), Ok(()));
    keys.dropped(&old.to_resource().unwrap().key);
    assert!(
        matches!(verify(&keys, &token, &zone("east"), NOW), Err(Refused::Invalid(why)) if why.contains("no signing key of that `kid`"))
    );
}

#[test]
fn an_ingress_whose_key_is_no_more_is_told_so_and_one_whose_key_may_still_come_is_not() {
    let held = from_yaml("type: GlobalSecret\nname: zone-token-signing-public-key-2\ndata: bm8ga2V5\n").unwrap();
    let keys = ZoneKeys::of(&held);
    let judged = |serial| {
        let key = SigningKey::generate(Bearers::Zones, serial).unwrap();
        let token = issue(&key, (&zone("east"), Scope::Ingress), HOUR, "id", NOW).unwrap();
        verify_ingress(&keys, Some(&token), &zone("east"), NOW)
    };
    assert!(matches!(judged(1), Err(IngressRefused::Invalid(why)) if why.contains("`1` is no more")));
    assert!(matches!(judged(2), Err(IngressRefused::NotYet(_))), "it cannot be read");
    assert!(matches!(judged(3), Err(IngressRefused::NotYet(_))));
}

#[test]
fn a_token_of_another_kind_or_another_key_is_none() {
    let (key, other) = (SigningKey::generate(Bearers::Zones, 1).unwrap(), SigningKey::generate(Bearers::Zones, 1).unwrap());
    let ours = keys(&[&key]);
    let refused = |token: &Token| verify(&ours, token, &zone("east"), NOW).unwrap_err();
    let token = issue(&other, (&zone("east"), Scope::ControlPlane), HOUR, "id", NOW).unwrap();
    assert!(matches!(refused(&token), Refused::Invalid(why) if why.contains("InvalidSignature")));
    for text in [
        "",
        "x",
        "a.b.c",
        &"x".repeat(10_000),
        &format!("{}x", issue(&key, (&zone("east"), Scope::ControlPlane), HOUR, "id", NOW).unwrap().reveal()),
    ] {
        assert!(matches!(refused(&Token::new(text)), Refused::Invalid(_)), "{text:.20}");
    }
    // Signed with our public key as if that were a shared secret.
    let claims = json!({"Zone": "east", "Scope": ["cp"], "iat": 1, "nbf": 1, "exp": 4_000_000_000_u64, "jti": "x"});
    let header = Header { kid: Some("1".to_owned()), ..Header::new(Algorithm::HS256) };
    let forged = Token::new(encode(&header, &claims, &EncodingKey::from_secret(b"x")).unwrap());
    assert!(matches!(refused(&forged), Refused::Invalid(why) if why.contains("RS256")));
    // Kuma's own, for the proxies of a zone.
    let ingress = json!({"Zone": "east", "Scope": ["ingress", "egress"], "iat": 1, "nbf": 1, "exp": 4_000_000_000_u64, "jti": "x"});
    let header = Header { kid: Some("1".to_owned()), ..Header::new(Algorithm::RS256) };
    let token = Token::new(encode(&header, &ingress, &pem_of(&key)).unwrap());
    assert_eq!(refused(&token), Refused::Scope(vec!["ingress".to_owned(), "egress".to_owned()]));
}

#[test]
fn a_key_that_cannot_be_read_is_named_and_believed_no_more() {
    let key = SigningKey::generate(Bearers::Zones, 7).unwrap();
    let mut keys = keys(&[&key]);
    let mut broken = key.to_resource().unwrap();
    broken.spec = strait_core::resource::Spec::new(json!({"data": "bm90IGEga2V5"}));
    let bad = keys.holds(&broken).unwrap_err();
    assert_eq!(bad.key.name.as_str(), "zone-token-signing-key-7");
    assert!(keys.newest().is_none());
}

#[test]
fn nothing_secret_is_printed() {
    let key = SigningKey::generate(Bearers::Zones, 1).unwrap();
    let token = issue(&key, (&zone("east"), Scope::ControlPlane), HOUR, "id", NOW).unwrap();
    assert_eq!(format!("{token:?}"), "Token(***)");
    assert_eq!(format!("{key:?}"), "SigningKey { kid: \"1\", .. }");
}
