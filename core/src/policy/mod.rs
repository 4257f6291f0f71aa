//! Policies: what holds for one proxy, and where each value of it comes from.
//!
//! A pure index: it is told what changed, and says whose policies may have changed by it. What a change costs follows the proxies that
//! the changed policy may select, not how many policies or proxies there are. The rules are Kuma 2.14.3's ([`docs/policy.md`] says which
//! are left out).
//!
//! | file | what |
//! | --- | --- |
//! | `kinds/` | the table of kinds: one file each |
//! | `kind` | what a kind says of itself |
//! | `items`, `proxy`, `destination` | a policy with its items, a proxy and a destination as they are needed here, read once |
//! | `target_ref` | which proxies the top of a policy asks for |
//! | `matching` | whether a policy is for a proxy, and for which of its inbounds |
//! | `order` | which of several counts for more |
//! | `merge` | several confs become one, with the origin of every value |
//! | `to_rules`, `inbound_rules`, `from_rules`, `subset` | what comes out |
//! | `resolved` | the outcome, and its JSON |
//! | `place` | where policies meet what they are for, so that nobody is looked for in vain |
//! | `index` | the whole |
//!
//! [`docs/policy.md`]: https://github.com/strait-mesh/strait/blob/main/docs/policy.md
mod destination;
mod from_rules;
mod inbound_rules;
mod index;
mod items;
mod kind;
mod kinds;
mod matching;
mod merge;
mod order;
mod place;
mod proxy;
mod resolved;
mod subset;
mod target_ref;
mod to_rules;

pub(crate) use index::unreadable;
pub use index::{Affected, PolicyIndex};
pub use kind::{FromItems, PolicyKind};
pub(crate) use kinds::mesh_traffic_permission::{Clients as PermittedClients, is_met};
pub use kinds::{
    KINDS,
    mesh_traffic_permission::{Client, Decision, decide},
};
pub use merge::{Merged, Origin};
pub(crate) use place::Places;
pub use resolved::{FromRule, InboundRule, InboundRules, Resolved, ToRule};
pub use subset::{Subset, Tag};
