//! The key with which global signs zone tokens: zones are sent its public half, by which they judge tokens, and never the key.
//!
//! As Kuma keeps it: a `GlobalSecret` of this name holds an RSA key in PEM (PKCS#1). Its public half stands in it.
use super::{Key, Resource, ResourceName, Spec, labels};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

const NAME: &str = "zone-token-signing-key";
const PUBLIC_NAME: &str = "zone-token-signing-public-key";
const PRIVATE: &str = "RSA PRIVATE KEY";
const PUBLIC: &str = "RSA PUBLIC KEY";
const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

/// Whether this is to be a key with which zone tokens are signed.
pub(crate) fn is_one(resource: &Resource) -> bool {
    resource.kind().as_str() == "GlobalSecret" && resource.key.name.as_str().starts_with(NAME)
}

/// What zones are sent instead of the key. `None`: it is no key, or not in the form of one.
pub(crate) fn public_half(resource: &Resource) -> Option<Resource> {
    if !is_one(resource) {
        return None;
    }
    let data = STANDARD.decode(resource.spec.value()?.get("data")?.as_str()?).ok()?;
    let public = public_of(&of_pem(PRIVATE, std::str::from_utf8(&data).ok()?)?)?;
    let name = ResourceName::new(&resource.key.name.as_str().replacen(NAME, PUBLIC_NAME, 1)).ok()?;
    let mut labels = resource.labels.clone();
    labels.insert(labels::DISPLAY_NAME.to_owned(), resource.key.name.to_string());
    let spec = Spec::new(json!({"data": STANDARD.encode(to_pem(PUBLIC, &public))}));
    Some(Resource { key: Key { name, ..resource.key.clone() }, labels, spec, status: None })
}

/// An `RSAPrivateKey` begins with a version, the modulus and the public exponent; an `RSAPublicKey` has the last two.
fn public_of(private: &[u8]) -> Option<Vec<u8>> {
    let (fields, _) = field(SEQUENCE, private)?;
    let (_, after_version) = field(INTEGER, fields)?;
    let (_, after_modulus) = field(INTEGER, after_version)?;
    let (_, after_exponent) = field(INTEGER, after_modulus)?;
    let both = &after_version[..after_version.len() - after_exponent.len()];
    let mut public = vec![SEQUENCE];
    match both.len() {
        short @ ..=0x7f => public.push(u8::try_from(short).ok()?),
        long => {
            let long: Vec<u8> = long.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            public.push(0x80 | u8::try_from(long.len()).ok()?);
            public.extend(long);
        }
    }
    public.extend(both);
    Some(public)
}

/// What stands in a DER field of this sort at the beginning, and what stands after it.
fn field(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.strip_prefix(&[tag])?.split_first()?;
    let (length, rest) = match first {
        ..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

fn of_pem(label: &str, pem: &str) -> Option<Vec<u8>> {
    let (_, after) = pem.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = after.split_once(&format!("-----END {label}-----"))?;
    STANDARD.decode(body.split_ascii_whitespace().collect::<String>()).ok()
}

fn to_pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines = body.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned() + "\n");
    format!("-----BEGIN {label}-----\n{}-----END {label}-----\n", lines.collect::<String>())
}
