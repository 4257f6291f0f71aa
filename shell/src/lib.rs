//! tokio drivers around Strait's core: sync over gRPC, stores, and the one loop that steps a node.
//!
//! It decides nothing about sync: what a node asks for is performed here, and what comes from outside is handed to it.
//! It is generic over byte streams, so that the same code runs on sockets and on a simulated network.
//!
//! | module | what |
//! | --- | --- |
//! | [`convert`] | the core's messages as Kuma's protobuf, and back |
//! | [`store`] | where batches go |
//! | [`drive`] | the loop |
//! | [`kds`] | sessions over gRPC: global's server, a zone's client |
//! | [`dns`] | a zone's resolver |
//! | [`proxies`] | a zone's proxies: their bootstrap, and their configuration over xDS |
//! | [`identity`] | certificates of proxies |
//! | [`envoy`] | parts of a plan as Envoy's configuration |
//! | [`kubernetes`] | the cluster of a zone whose proxies are pods |
//! | [`token`] | zone tokens and dataplane tokens, and the keys that sign them |
//! | [`tls`] | certificates, and connections with them |
//! | [`process`] | a node with its store, from start to stop |
//! | [`backup`] | copies of what a control plane keeps, and bringing them back |
//! | [`api`] | HTTP, for people and tools |
//! | [`testbed`] | what a process tells a testbed, and what goes wrong there when it is told to |
//!
//! Determinism: no map without order, no unbiased `select!`, no blocking pool, no wall clock but the one handed in.
//! Panics: bad bytes of a peer never panic; a panic means a bug.
pub mod api;
pub mod backup;
pub mod convert;
pub mod dns;
pub mod drive;
pub mod envoy;
pub mod identity;
pub mod kds;
pub mod kubernetes;
pub mod process;
pub mod proxies;
pub mod store;
pub mod testbed;
pub mod tls;
pub mod token;
