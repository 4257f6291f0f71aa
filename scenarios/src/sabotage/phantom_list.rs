//! `phantom-list`: while one zone leaves, global reads a list that is too short, and tells the others that their secrets and meshes
//! went. Broken: S5.
use super::{GlobalActor, Sabotage};
use std::collections::BTreeMap;
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput},
    resource::{Key, Kind, ZoneName},
    sync::{Dialect, Lane, Nonce, Response, ResponseBody, Session, Transfer},
    time::Now,
};

/// What is read too short.
const SHORT: [&str; 2] = ["Secret", "Mesh"];

/// Knows which sessions are open.
#[derive(Debug, Default)]
pub(super) struct PhantomList {
    open: BTreeMap<Session, (ZoneName, Dialect)>,
}

impl Sabotage for PhantomList {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        let mut left = None;
        match &step {
            Step::Input(GlobalInput::Opened { session, zone, dialect }) => {
                self.open.insert(*session, (zone.clone(), *dialect));
            }
            Step::Input(GlobalInput::Closed { session }) => left = self.open.remove(session),
            _ => {}
        }
        node.handle(now, step, out);
        for (session, (zone, dialect)) in self.open.iter().filter(|_| left.is_some()) {
            for name in SHORT {
                if let Some(body) = gone(node, name, zone, *dialect) {
                    out.push(Emit::Effect(GlobalEffect::Response(*session, Response { lane: Lane::Down, body })));
                }
            }
        }
    }
}

/// That all of a kind went, after which the zone stands where it stood.
fn gone(node: &GlobalActor, kind: &str, zone: &ZoneName, dialect: Dialect) -> Option<ResponseBody> {
    let kind = Kind::new(kind).ok()?;
    let gone: Vec<Key> = node.view().resources.keys().filter(|key| key.kind == kind).cloned().collect();
    let transfer = match dialect {
        Dialect::Kuma => None,
        Dialect::Strait => {
            let held = node.observe().peers.get(zone)?.provided.position?;
            Some(Transfer { from: Some(held), upto: held, part: 0, last: true })
        }
    };
    let nonce = Nonce(format!("short {kind}"));
    Some(ResponseBody::Resources { kind, nonce, put: Vec::new(), gone, transfer })
}
