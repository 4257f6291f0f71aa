//! The key with which global signs zone tokens never leaves it: zones are sent its public half, under another name. What only bears the
//! name of one stays.
use super::moves::*;
use crate::alone::{hello, kind, resource, zone};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use strait_core::{node::*, sync::*};

/// DER: version 0, a modulus of 129 bytes, the exponent 65537, and something secret.
fn private() -> Vec<u8> {
    let mut fields = vec![2, 1, 0, 2, 0x81, 129, 0];
    fields.extend([0xab; 128]);
    fields.extend([2, 3, 1, 0, 1, 2, 4, 0x5e, 0xc2, 0xe7, 0x00]);
    let mut der = vec![0x30, 0x81, u8::try_from(fields.len()).unwrap()];
    der.extend(fields);
    der
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

/// What a zone is sent of global's secrets when this is one of them: names and contents.
fn sent(name: &str, data: &str) -> Vec<(String, String)> {
    let mut g = global();
    let secret = |name: &str, data: &str| Change::Put(resource("GlobalSecret", None, name, json!({"data": STANDARD.encode(data)})));
    g.input(edit(vec![secret(name, data), secret("another", "plain")]));
    g.input(operate(Operation::Admit(zone("plain"))));
    g.input(GlobalInput::Opened { session: Session(1), zone: zone("plain"), dialect: Dialect::Kuma });
    let mut sent = Vec::new();
    for effect in g.input(down(1, RequestBody::Subscribe { kind: kind("GlobalSecret"), hello: hello("plain", None) })) {
        if let GlobalEffect::Response(_, Response { body: ResponseBody::Resources { put, .. }, .. }) = effect {
            sent.extend(put.iter().map(|resource| {
                let data = STANDARD.decode(resource.spec.value().unwrap()["data"].as_str().unwrap()).unwrap();
                (resource.key.name.to_string(), String::from_utf8(data).unwrap())
            }));
        }
    }
    sent.retain(|(name, _)| name != "another");
    sent
}

#[test]
fn under_another_name() {
    let sent = sent("zone-token-signing-key-1", &pem("RSA PRIVATE KEY", &private()));
    let [(name, public)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(name, "zone-token-signing-public-key-1");
    let body: String = public.lines().filter(|line| !line.starts_with("-----")).collect();
    let mut expected = vec![0x30, 0x81, 137, 2, 0x81, 129, 0];
    expected.extend([0xab; 128]);
    expected.extend([2, 3, 1, 0, 1]);
    assert_eq!(STANDARD.decode(body).unwrap(), expected);
    assert!(public.starts_with("-----BEGIN RSA PUBLIC KEY-----\n"), "{public}");
}

#[test]
fn and_what_is_no_key_stays() {
    let whole = private();
    for length in 0..whole.len() - 8 {
        assert_eq!(sent("zone-token-signing-key-1", &pem("RSA PRIVATE KEY", &whole[..length])), [], "cut at {length}");
    }
    assert_eq!(sent("zone-token-signing-key-1", "no key"), []);
    assert_eq!(sent("zone-token-signing-key-1", &pem("EC PRIVATE KEY", &whole)), []);
}
