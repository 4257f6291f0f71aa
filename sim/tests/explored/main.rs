//! Whatever happens: the cases of exploration, drawn and shrunk by proptest.
#![allow(missing_docs, clippy::unwrap_used)]
mod whatever_happens_nothing_breaks;
