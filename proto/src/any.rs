//! A message in an `Any`, as Envoy's configuration nests its extensions and as discovery carries resources.

use prost::{Message, Name};
use prost_types::Any;

/// The message with its type beside it. Equal messages give equal bytes.
pub fn pack<M: Message + Name>(message: &M) -> Any {
    Any { type_url: M::type_url(), value: message.encode_to_vec() }
}
