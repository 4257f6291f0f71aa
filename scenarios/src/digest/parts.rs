//! The parts of a list or of a map: each kind of them is said alike.
use super::{Digest, Said, Tag, Unsaid};
use serde::ser::{self, Serialize};

/// The parts of a list or of a map, up to its end.
pub(crate) struct Parts<'d>(pub(super) &'d mut Digest);

impl Parts<'_> {
    fn part<T: Serialize + ?Sized>(&mut self, value: &T) -> Said {
        value.serialize(&mut *self.0)
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Said {
        // A field may be left out, so that its place does not tell which it is.
        self.0.text(Tag::Name, name.as_bytes());
        self.part(value)
    }

    fn finish(self) -> Said {
        self.0.tag(Tag::End);
        Ok(())
    }
}

macro_rules! listed {
    ($trait:ident, $part:ident) => {
        impl ser::$trait for Parts<'_> {
            type Ok = ();
            type Error = Unsaid;

            fn $part<T: Serialize + ?Sized>(&mut self, value: &T) -> Said {
                self.part(value)
            }

            fn end(self) -> Said {
                self.finish()
            }
        }
    };
}

macro_rules! named {
    ($trait:ident) => {
        impl ser::$trait for Parts<'_> {
            type Ok = ();
            type Error = Unsaid;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Said {
                self.field(name, value)
            }

            fn end(self) -> Said {
                self.finish()
            }
        }
    };
}

listed!(SerializeSeq, serialize_element);
listed!(SerializeTuple, serialize_element);
listed!(SerializeTupleStruct, serialize_field);
listed!(SerializeTupleVariant, serialize_field);
named!(SerializeStruct);
named!(SerializeStructVariant);

impl ser::SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Unsaid;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Said {
        self.part(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Said {
        self.part(value)
    }

    fn end(self) -> Said {
        self.finish()
    }
}
