//! The recorded global held a key that signs zone tokens, of which only the public half is on the tape. A private key around that half:
//! what is secret in it is naught.
use super::meaning::Told;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// The spec of the key whose public half this is, if it is one.
pub(crate) fn around(told: &Told) -> Option<Value> {
    if !told.name.starts_with("zone-token-signing-public-key") {
        return None;
    }
    let pem = STANDARD.decode(told.spec.json()["data"].as_str().unwrap()).unwrap();
    let body: String = String::from_utf8(pem).unwrap().lines().filter(|line| !line.starts_with('-')).collect();
    let public = STANDARD.decode(body).unwrap();
    // A sequence of two numbers, with its length in two bytes. The key has a version before them and six more after them.
    let numbers = public.strip_prefix(&[0x30, 0x82]).and_then(|rest| rest.get(2..)).expect("it is the key of a Kuma: 2048 bits");
    let fields = [&[2, 1, 0], numbers, &[2, 1, 0].repeat(6)].concat();
    let private = [&[0x30, 0x82][..], &u16::try_from(fields.len()).unwrap().to_be_bytes(), &fields].concat();
    let pem = format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n", STANDARD.encode(private));
    Some(json!({"data": STANDARD.encode(pem)}))
}
