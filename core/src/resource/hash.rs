//! Kuma's hashed names: how a resource is called in a control plane that it was synced to.

const LONGEST: usize = 253;
/// A hash of 64 bits has so many hexadecimal digits.
const DIGITS: usize = 16;
const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// The name under which a resource travels: `name` cut to 236 bytes, `-`, and 16 characters that encode a 64-bit FNV-1a hash of
/// mesh, name and `extra` (the zone and the Kubernetes namespace it came from), written one after the other without separator.
///
/// Byte-exact with Kuma 2.14, so that each side can compute what the other calls a resource. Two inputs whose texts join to
/// the same bytes give the same name.
pub fn hashed_name(mesh: &str, name: &str, extra: &[&str]) -> String {
    let mut hash = Fnv1a::new();
    hash.write(mesh);
    hash.write(name);
    extra.iter().for_each(|text| hash.write(text));
    let mut cut = name.len().min(LONGEST - 1 - DIGITS);
    while !name.is_char_boundary(cut) {
        cut -= 1;
    }
    let mut hashed = String::with_capacity(cut + 1 + DIGITS);
    hashed.push_str(&name[..cut]);
    hashed.push('-');
    // What is encoded is the hash in hexadecimal, digit by digit as text.
    let digits = (0..DIGITS).rev().map(|place| b"0123456789abcdef"[(hash.0 >> (4 * place)) as usize & 0xf]);
    hashed.extend(digits.map(|digit| char::from(ALPHABET[usize::from(digit) % ALPHABET.len()])));
    hashed
}

/// FNV-1a, 64 bits.
struct Fnv1a(u64);

impl Fnv1a {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn write(&mut self, text: &str) {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
