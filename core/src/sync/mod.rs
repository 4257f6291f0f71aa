//! KDS as the core speaks it: two lanes, two dialects, and who may delete what.
pub mod clocks;
mod lineage;
mod message;
mod position;

pub use lineage::{Lineage, Standing};
pub use message::{
    Dialect, Hello, Lane, Message, Nonce, Request, RequestBody, Response, ResponseBody, Session, Staged, Transfer,
};
pub use position::{Epoch, Position};
