//! What the messages for Envoy promise, one file per promise. One binary, because each would link the whole of gRPC again.

mod bytes_do_not_depend_on_map_order;
mod garbage_has_no_json;
mod json_shows_what_anys_hold;
mod what_is_packed_can_be_shown;
mod zero_is_written_where_it_means_something;
