//! The code checked in under `proto/src/gen/` is what the `.proto` files say.

use xtask::generate::{self, FIX};

#[test]
fn generated_code_is_current() {
    let stale = generate::stale(&generate::workspace_root()).expect("the .proto files compile");
    assert!(stale.is_empty(), "run `{FIX}`: {}", stale.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
}
