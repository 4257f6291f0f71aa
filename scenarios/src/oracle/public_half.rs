//! What zones are sent of the key with which global signs zone tokens: its public half, as Kuma sends it. Worked out here from what PKCS#1 (RFC 8017,
//! A.1) says, and sharing no code with the core.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use strait_core::resource::{Key, Resource, ResourceName, Spec, labels};

const OF_KEYS: &str = "zone-token-signing-key";
const OF_HALVES: &str = "zone-token-signing-public-key";

/// `None`: it is no such key, or one that cannot be read, which stays at home.
pub(crate) fn public_half(resource: &Resource) -> Option<Resource> {
    let serial = resource.key.name.as_str().strip_prefix(OF_KEYS).filter(|_| resource.kind().as_str() == "GlobalSecret")?;
    let pem = String::from_utf8(STANDARD.decode(resource.spec.value()?["data"].as_str()?).ok()?).ok()?;
    let body = pem.split("-----BEGIN RSA PRIVATE KEY-----").nth(1)?.split("-----END RSA PRIVATE KEY-----").next()?;
    let der = STANDARD.decode(body.split_whitespace().collect::<String>()).ok()?;
    // SEQUENCE { version, modulus, publicExponent, … }: the public half is a sequence of the two in the middle.
    let (header, _) = element(&der)?;
    let fields = der.get(header..)?;
    let (version, after_version) = element(fields).map(|(header, length)| (header, header + length))?;
    let modulus = element(fields.get(after_version..)?).map(|(header, length)| header + length)?;
    let exponent = element(fields.get(after_version + modulus..)?).map(|(header, length)| header + length)?;
    let both = fields.get(after_version..after_version + modulus + exponent).filter(|_| version > 0)?;
    let mut public = vec![0x30, 0x82];
    public.extend(u16::try_from(both.len()).ok()?.to_be_bytes());
    public.extend(both);
    let lines: Vec<String> =
        STANDARD.encode(&public).as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    let pem = format!("-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----\n", lines.join("\n"));
    let mut half = resource.clone();
    half.key = Key { name: ResourceName::new(&format!("{OF_HALVES}{serial}")).ok()?, ..half.key };
    half.labels.insert(labels::DISPLAY_NAME.to_owned(), resource.key.name.to_string());
    half.spec = Spec::new(json!({ "data": STANDARD.encode(pem) }));
    Some(half)
}

/// How long the header of an element is, and how long what follows it.
fn element(der: &[u8]) -> Option<(usize, usize)> {
    let first = usize::from(*der.get(1)?);
    if first < 0x80 {
        return Some((2, first));
    }
    let count = first - 0x80;
    let bytes = der.get(2..2 + count).filter(|_| count <= 4)?;
    Some((2 + count, bytes.iter().fold(0, |length, byte| length * 256 + usize::from(*byte))))
}
