//! A number that differs where values do, without writing them down.
//!
//! It covers all that `serde` says of a value, each part with its length or its end, so that no two values say the same by chance of
//! where their parts meet. The same on every machine (SipHash-1-3 with 128 bits and a fixed key: quick, not against an adversary).
mod parts;

use parts::Parts;
use serde::ser::{self, Serialize};
use siphasher::sip128::{Hasher128, SipHasher13};
use std::{
    fmt::{self, Display, Write},
    hash::Hasher,
};

/// So much is collected at most before it is hashed: a hash of many small pieces costs much more than one of them together.
const COLLECTED: usize = 1 << 14;

/// A number for everything that was added, in order.
#[derive(Debug, Default)]
pub(crate) struct Digest {
    hasher: SipHasher13,
    /// Added, and not hashed yet.
    pieces: Vec<u8>,
}

/// The number of one value.
pub(crate) fn digest<T: Serialize + ?Sized>(value: &T) -> u128 {
    let mut digest = Digest { pieces: Vec::with_capacity(1 << 10), ..Digest::default() };
    digest.add(value);
    digest.end()
}

/// The number of bytes, which `serde` would say one by one.
pub(crate) fn digest_of_bytes(bytes: &[u8]) -> u128 {
    let mut digest = Digest::default();
    digest.text(Tag::Bytes, bytes);
    digest.end()
}

impl Digest {
    /// Adds a value.
    pub(crate) fn add<T: Serialize + ?Sized>(&mut self, value: &T) {
        value.serialize(&mut *self).expect("what is judged holds only what serde can say");
    }

    /// The number of all that was added so far.
    pub(crate) fn end(&self) -> u128 {
        let mut hasher = self.hasher;
        hasher.write(&self.pieces);
        hasher.finish128().as_u128()
    }

    fn tag(&mut self, tag: Tag) {
        self.pieces.push(tag as u8);
    }

    /// A value whose length follows from its tag.
    fn scalar<const LENGTH: usize>(&mut self, tag: Tag, bytes: [u8; LENGTH]) {
        self.tag(tag);
        self.pieces.extend_from_slice(&bytes);
    }

    fn text(&mut self, tag: Tag, bytes: &[u8]) {
        self.scalar(tag, (bytes.len() as u64).to_le_bytes());
        self.pieces.extend_from_slice(bytes);
        if self.pieces.len() >= COLLECTED {
            self.hasher.write(&self.pieces);
            self.pieces.clear();
        }
    }
}

impl Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.end())
    }
}

/// What comes next.
#[derive(Clone, Copy)]
enum Tag {
    Nothing,
    Something,
    False,
    True,
    Signed,
    Byte,
    Unsigned,
    Wide,
    Float,
    Char,
    Text,
    Bytes,
    Shown,
    Name,
    Variant,
    List,
    Map,
    End,
}

/// A value refused to be said.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unsaid(String);

impl ser::Error for Unsaid {
    fn custom<T: Display>(why: T) -> Self {
        Self(why.to_string())
    }
}

type Said = Result<(), Unsaid>;

impl<'d> ser::Serializer for &'d mut Digest {
    type Ok = ();
    type Error = Unsaid;
    type SerializeSeq = Parts<'d>;
    type SerializeTuple = Parts<'d>;
    type SerializeTupleStruct = Parts<'d>;
    type SerializeTupleVariant = Parts<'d>;
    type SerializeMap = Parts<'d>;
    type SerializeStruct = Parts<'d>;
    type SerializeStructVariant = Parts<'d>;

    fn serialize_bool(self, value: bool) -> Said {
        self.tag(if value { Tag::True } else { Tag::False });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Said {
        self.serialize_i64(i64::from(value))
    }

    fn serialize_i16(self, value: i16) -> Said {
        self.serialize_i64(i64::from(value))
    }

    fn serialize_i32(self, value: i32) -> Said {
        self.serialize_i64(i64::from(value))
    }

    fn serialize_i64(self, value: i64) -> Said {
        self.scalar(Tag::Signed, value.to_le_bytes());
        Ok(())
    }

    fn serialize_i128(self, value: i128) -> Said {
        self.scalar(Tag::Wide, value.to_le_bytes());
        Ok(())
    }

    /// Records are said so, byte by byte.
    fn serialize_u8(self, value: u8) -> Said {
        self.scalar(Tag::Byte, [value]);
        Ok(())
    }

    fn serialize_u16(self, value: u16) -> Said {
        self.serialize_u64(u64::from(value))
    }

    fn serialize_u32(self, value: u32) -> Said {
        self.serialize_u64(u64::from(value))
    }

    fn serialize_u64(self, value: u64) -> Said {
        self.scalar(Tag::Unsigned, value.to_le_bytes());
        Ok(())
    }

    fn serialize_u128(self, value: u128) -> Said {
        self.scalar(Tag::Wide, value.to_le_bytes());
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Said {
        self.serialize_f64(f64::from(value))
    }

    fn serialize_f64(self, value: f64) -> Said {
        self.scalar(Tag::Float, value.to_bits().to_le_bytes());
        Ok(())
    }

    fn serialize_char(self, value: char) -> Said {
        self.scalar(Tag::Char, u32::from(value).to_le_bytes());
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Said {
        self.text(Tag::Text, value.as_bytes());
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Said {
        self.text(Tag::Bytes, value);
        Ok(())
    }

    fn serialize_none(self) -> Said {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Said {
        self.tag(Tag::Something);
        value.serialize(self)
    }

    fn serialize_unit(self) -> Said {
        self.tag(Tag::Nothing);
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Said {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, index: u32, _: &'static str) -> Said {
        self.scalar(Tag::Variant, index.to_le_bytes());
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Said {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(self, _: &'static str, index: u32, _: &'static str, value: &T) -> Said {
        self.scalar(Tag::Variant, index.to_le_bytes());
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'d>, Unsaid> {
        self.tag(Tag::List);
        Ok(Parts(self))
    }

    fn serialize_tuple(self, length: usize) -> Result<Parts<'d>, Unsaid> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Parts<'d>, Unsaid> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(self, _: &'static str, index: u32, _: &'static str, length: usize) -> Result<Parts<'d>, Unsaid> {
        self.scalar(Tag::Variant, index.to_le_bytes());
        self.serialize_seq(Some(length))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'d>, Unsaid> {
        self.tag(Tag::Map);
        Ok(Parts(self))
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Parts<'d>, Unsaid> {
        self.serialize_map(Some(length))
    }

    fn serialize_struct_variant(self, _: &'static str, index: u32, _: &'static str, length: usize) -> Result<Parts<'d>, Unsaid> {
        self.scalar(Tag::Variant, index.to_le_bytes());
        self.serialize_map(Some(length))
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Said {
        self.tag(Tag::Shown);
        write!(Text(&mut *self), "{value}").map_err(ser::Error::custom)?;
        self.tag(Tag::End);
        Ok(())
    }
}

/// Text that comes in pieces.
struct Text<'d>(&'d mut Digest);

impl Write for Text<'_> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.0.pieces.extend_from_slice(piece.as_bytes());
        Ok(())
    }
}
