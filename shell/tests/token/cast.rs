//! A mesh, its proxy, its keys; and tokens that nobody should have signed.
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use strait_core::{
    resource::{Key, Kind, Labels, MeshName, Resource, ResourceName, Spec},
    time::Wall,
};
use strait_shell::token::{Bearers, DataplaneClaims, DataplaneKeys, ProxyIdentity, SigningKey, Token};

pub(crate) const NOW: Wall = Wall(1_800_000_000_000);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

pub(crate) fn later(by: Duration) -> Wall {
    Wall(NOW.0 + u64::try_from(by.as_millis()).unwrap())
}

pub(crate) fn pem_of(key: &SigningKey) -> EncodingKey {
    EncodingKey::from_rsa_pem(key.pem().as_bytes()).unwrap()
}

pub(crate) fn mesh(name: &str) -> MeshName {
    MeshName::new(name).unwrap()
}

/// The key of mesh `shop` with this serial number.
pub(crate) fn key(serial: u64) -> SigningKey {
    SigningKey::generate(Bearers::Proxies(mesh("shop")), serial).unwrap()
}

pub(crate) fn secret(name: &str, data: &str) -> Resource {
    let key = Key { kind: Kind::new("Secret").unwrap(), mesh: Some(mesh("shop")), name: ResourceName::new(name).unwrap() };
    Resource { key, labels: Labels::new(), spec: Spec::new(json!({ "data": data })), status: None }
}

/// The list of revoked tokens of mesh `shop`.
pub(crate) fn revocations(list: &str) -> Resource {
    let data = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, list);
    secret("dataplane-token-revocations-shop", &data)
}

pub(crate) fn keys(all: &[&SigningKey]) -> DataplaneKeys {
    let mut keys = DataplaneKeys::of(mesh("shop"));
    all.iter().for_each(|key| keys.holds(&key.to_resource().unwrap()).unwrap());
    keys
}

pub(crate) fn tags(all: &[(&str, &[&str])]) -> BTreeMap<String, BTreeSet<String>> {
    all.iter().map(|(tag, values)| ((*tag).to_owned(), values.iter().map(|value| (*value).to_owned()).collect())).collect()
}

/// For every proxy of mesh `shop`.
pub(crate) fn claims() -> DataplaneClaims {
    DataplaneClaims { mesh: mesh("shop"), name: None, tags: BTreeMap::new(), workload: None }
}

pub(crate) fn cart() -> ProxyIdentity {
    ProxyIdentity {
        mesh: mesh("shop"),
        name: ResourceName::new("cart-1").unwrap(),
        tags: tags(&[("kuma.io/service", &["cart", "cart-admin"]), ("version", &["2"])]),
        workload: Some("cart".to_owned()),
        made_of: BTreeSet::new(),
        is_brought: false,
    }
}

/// What every token says.
pub(crate) fn with_term(mut said: Value) -> Value {
    let fields = said.as_object_mut().unwrap();
    let (iat, jti) = (NOW.0 / 1000, json!("id"));
    fields.extend(
        [("iat", json!(iat)), ("nbf", json!(iat - 5)), ("exp", json!(iat + 3600)), ("jti", jti)]
            .map(|(name, value)| (name.to_owned(), value)),
    );
    said
}

/// Signed with this key, whatever it says.
pub(crate) fn signed(key: &SigningKey, said: Value) -> Token {
    let header = Header { kid: Some(key.kid().to_owned()), ..Header::new(Algorithm::RS256) };
    Token::new(encode(&header, &said, &pem_of(key)).unwrap())
}
