//! Tokens of proxies: global makes the key of a mesh, which goes where the mesh goes, so that zones can judge them and issue more.
use crate::cast::{Running, answer, refused, says, until};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};
use strait_core::resource::{MeshName, ResourceName, from_yaml, to_yaml};
use strait_shell::{
    process::wall,
    token::{Bearers, DataplaneKeys, DataplaneRefused, ProxyIdentity, SigningKey, Token, verify_dataplane},
};

const MESH: &str = "type: Mesh\nname: shop\n";
const KEY: &str = "dataplane-token-signing-key-shop-1";

fn shop() -> MeshName {
    MeshName::new("shop").unwrap()
}

fn apply(folder: &Path, what: &str, api: &str) {
    fs::write(folder.join("applied.yaml"), what).unwrap();
    says(folder, &["apply", "-f", "applied.yaml", "--api", api]);
}

/// `strait token dataplane` for mesh `shop`.
fn token(folder: &Path, api: &str, more: &[&str]) -> Token {
    let said = says(folder, &[&["token", "dataplane", "--mesh", "shop", "--api", api][..], more].concat());
    let token = said.strip_suffix('\n').unwrap();
    assert!(!token.contains(char::is_whitespace), "{said}");
    Token::new(token)
}

/// What the secrets of mesh `shop` that a control plane holds say of its tokens.
fn keys(folder: &Path, api: &str) -> DataplaneKeys {
    let mut keys = DataplaneKeys::of(shop());
    let listed = says(folder, &["get", "secrets", "--mesh", "shop", "--api", api]);
    for name in listed.lines().skip(1).filter_map(|line| line.split_whitespace().nth(1)) {
        let secret = says(folder, &["get", "secret", name, "--mesh", "shop", "-o", "yaml", "--api", api]);
        from_yaml(&secret).unwrap().iter().for_each(|secret| keys.holds(secret).unwrap());
    }
    keys
}

fn proxy(name: &str, service: &str) -> ProxyIdentity {
    ProxyIdentity {
        mesh: shop(),
        name: ResourceName::new(name).unwrap(),
        tags: BTreeMap::from([("kuma.io/service".to_owned(), BTreeSet::from([service.to_owned()]))]),
        workload: Some(service.to_owned()),
        made_of: BTreeSet::new(),
        is_brought: true,
    }
}

/// As people find it.
fn jti(token: &Token) -> String {
    let said = URL_SAFE_NO_PAD.decode(token.reveal().split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice::<serde_json::Value>(&said).unwrap()["jti"].as_str().unwrap().to_owned()
}

#[test]
fn from_global_and_then_from_its_zone_also_while_global_is_away() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let global = Running::global(folder);
    let zone = Running::zone(folder, "east", &global);
    let refused = |api: &str| refused(folder, 2, &["token", "dataplane", "--mesh", "shop", "--api", api]);
    assert!(refused(&global.api).contains("mesh: mesh `shop` does not exist here"), "{}", refused(&global.api));
    apply(folder, MESH, &global.api);
    until("the zone holds the mesh", || answer(&zone.api, "GET", "/meshes/shop", "").0 == 200);
    let said = refused(&zone.api);
    assert!(said.contains("zone east holds no key") && said.contains("ask global for a token once"), "{said}");

    let more = ["--name", "cart-1", "--workload", "cart", "--tag", "kuma.io/service=cart,stock", "--tag", "kuma.io/service=web"];
    let of_global = token(folder, &global.api, &more);
    until("the key has come to the zone", || answer(&zone.api, "GET", &format!("/meshes/shop/secrets/{KEY}"), "").0 == 200);
    let of_zone = token(folder, &zone.api, &["--valid-for", "1h"]);
    for keys in [keys(folder, &zone.api), keys(folder, &global.api)] {
        let holds = |issued: &Token, name: &str| verify_dataplane(&keys, issued, &proxy(name, "cart"), wall()).is_ok();
        assert!(holds(&of_global, "cart-1") && holds(&of_zone, "cart-1") && holds(&of_zone, "cart-2"));
        assert!(!holds(&of_global, "cart-2"));
    }

    // One is withdrawn, which reaches the zone as the key did.
    let list = STANDARD.encode(jti(&of_global));
    apply(folder, &format!("type: Secret\nmesh: shop\nname: dataplane-token-revocations-shop\ndata: {list}\n"), &global.api);
    let in_zone = |api: &str, issued: &Token| verify_dataplane(&keys(folder, api), issued, &proxy("cart-1", "cart"), wall());
    until("the zone knows that it was revoked", || in_zone(&zone.api, &of_global) == Err(DataplaneRefused::Revoked(jti(&of_global))));
    assert_eq!(in_zone(&zone.api, &of_zone), Ok(()));

    // A zone starts from what it holds, and needs nobody for it.
    global.kill();
    zone.kill();
    let nobody = ["--global-address", "grpcs://localhost:1", "--global-ca-file", "strait-data/global/ca.pem"];
    let zone = Running::start(folder, &[&["zone", "run", "--name", "east"][..], &nobody].concat());
    let alone = token(folder, &zone.api, &[]);
    assert_eq!(in_zone(&zone.api, &alone), Ok(()));
}

#[test]
fn the_newest_key_signs_and_one_that_cannot_be_used_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut global = Running::global(folder);
    let api = global.api.clone();
    let asked = |body: &str| answer(&api, "POST", "/tokens/dataplane", body);
    let ask = r#"{"mesh": "shop", "validFor": "1h"}"#;
    apply(folder, &format!("{MESH}---\ntype: Secret\nmesh: shop\nname: dataplane-token-signing-key-shop-3\ndata: bm8=\n"), &api);
    global.hears("that the key is bad", |line| {
        line["bad"].as_str().is_some_and(|bad| bad.starts_with("Secret shop/dataplane-token-signing-key-shop-3: "))
    });
    let (status, said) = asked(ask);
    assert!(status == 503 && said.contains("dataplane-token-signing-key-shop-3") && said.contains("write another key"), "{said}");
    says(folder, &["delete", "secret", "dataplane-token-signing-key-shop-3", "--mesh", "shop", "--api", &api]);
    let (status, said) = asked(ask);
    assert_eq!(status, 200, "{said}");
    global.hears("that it made a key", |line| line["mesh"] == "shop" && line["serial"] == 1);
    let everyone = verify_dataplane(&keys(folder, &api), &Token::new(said), &proxy("cart-1", "cart"), wall());
    assert_eq!(everyone, Ok(()));

    // A key of a higher serial number takes over.
    let mut known = keys(folder, &api);
    let second = SigningKey::generate(Bearers::Proxies(shop()), 2).unwrap().to_resource().unwrap();
    apply(folder, &to_yaml(&second), &api);
    let signed = token(folder, &api, &[]);
    let why = verify_dataplane(&known, &signed, &proxy("cart-1", "cart"), wall()).unwrap_err().to_string();
    assert!(why.contains("no signing key of that `kid`"), "{why}");
    known.holds(&second).unwrap();
    assert_eq!(verify_dataplane(&known, &signed, &proxy("cart-1", "cart"), wall()), Ok(()));
}

#[test]
fn what_is_wrong_with_a_request_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let global = Running::global(folder);
    apply(folder, MESH, &global.api);
    let asked = |body: &str| answer(&global.api, "POST", "/tokens/dataplane", body);
    for (body, field, why) in [
        ("[]", "", "this asks for no token"),
        (r#"{"mesh": "shop", "validfor": "1h"}"#, "", "unknown field `validfor`"),
        (r#"{"mesh": "shop"}"#, "validFor", "for how long?"),
        (r#"{"mesh": "shop", "validFor": "1 day"}"#, "validFor", "`1 day` is not a duration"),
        (r#"{"mesh": "shop", "validFor": "-1h"}"#, "validFor", "is negative"),
        (r#"{"mesh": "shop", "validFor": "10ms"}"#, "validFor", "must be between a second and 87600h"),
        (r#"{"mesh": "shop", "validForSeconds": 400000000}"#, "validForSeconds", "must be between a second and 87600h"),
        (r#"{"mesh": "shop", "validFor": "1h", "validForSeconds": 1}"#, "validFor, validForSeconds", "give one of them"),
        (r#"{"validFor": "1h"}"#, "mesh", "`` is not a mesh name"),
        (r#"{"mesh": "other", "validFor": "1h"}"#, "mesh", "mesh `other` does not exist here"),
        (r#"{"mesh": "shop", "name": "Cart", "validFor": "1h"}"#, "name", "`Cart` is not a resource name"),
        (r#"{"mesh": "shop", "type": "ingress", "validFor": "1h"}"#, "type", "must be `dataplane`, or absent"),
        (r#"{"mesh": "shop", "tags": {"version": []}, "validFor": "1h"}"#, "tags", "with at least one value"),
    ] {
        let (status, said) = asked(body);
        let problem: serde_json::Value = serde_json::from_str(&said).unwrap();
        let named = &problem["invalid_parameters"][0];
        assert!(status == 400 && named["field"] == field, "{body}: {said}");
        assert!(named["reason"].as_str().unwrap().contains(why), "{body}: {said}");
    }
    let many: Vec<String> = (0..2000).map(|number| format!("\"service-{number}\"")).collect();
    let (status, said) = asked(&format!(r#"{{"mesh": "shop", "tags": {{"kuma.io/service": [{}]}}, "validFor": "1h"}}"#, many.join(",")));
    assert!(status == 400 && said.contains("longer than 8192 bytes"), "{said}");
    let (status, said) = asked(&format!("{}{}", r#"{"mesh": "shop", "validFor": "1h"}"#, " ".repeat(100_000)));
    assert!(status == 413, "{said}");
    // As Kuma's own tool asks.
    let (status, said) = asked(r#"{"name":"","mesh":"shop","tags":null,"type":"","workload":"","validFor":"720h0m0s"}"#);
    assert!(status == 200, "{said}");
    let (status, said) = answer(&global.api, "POST", "/tokens/zone", r#"{"zone":"east","scope":["cp"],"validFor":"720h0m0s"}"#);
    assert!(status == 200, "{said}");
    assert!(refused(folder, 2, &["token", "dataplane", "--mesh", "shop", "--tag", "x"]).contains("such as `kuma.io/service=web`"));
}
