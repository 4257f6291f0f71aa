//! A full transfer that leads back is refused, also where what is held is beyond the history that was said when the session began.
use crate::alone::{Alone, from_global, mesh, retry, zone};
use std::sync::Arc;
use strait_core::{
    Durable, Node, ZoneNode,
    node::{ZoneConfig, ZoneEffect, ZoneInput},
    resource::{Kind, Resource},
    sync::{Dialect, Epoch, Lane, Lineage, Nonce, Position, Response, ResponseBody, Session, Transfer},
};

const SESSION: Session = Session(1);

fn at(seq: u64) -> Position {
    Position { epoch: Epoch(7), seq }
}

fn transfer(from: Option<Position>, upto: Position, put: Vec<Arc<Resource>>) -> ZoneInput {
    let kind = put.first().map_or_else(Kind::mesh, |first| first.kind().clone());
    let transfer = Some(Transfer { from, upto, part: 0, last: true });
    let body = ResponseBody::Resources { kind, nonce: Nonce(upto.to_string()), put, gone: vec![], transfer };
    ZoneInput::Response(SESSION, Response { lane: Lane::Down, body })
}

#[test]
fn an_older_transfer_is_refused_also_when_it_is_a_full_one() {
    let (mut east, _) = Alone::<ZoneNode>::start(ZoneConfig::new(zone("east")), 1, Durable::new());
    let mut lineage = Lineage::born(Epoch(7));
    lineage.advance();
    east.input(ZoneInput::Dialed(Ok((SESSION, Dialect::Strait))));
    east.input(ZoneInput::Response(SESSION, Response { lane: Lane::Down, body: ResponseBody::History { lineage } }));
    east.input(transfer(None, at(1), vec![from_global(mesh("default"))]));
    east.input(transfer(Some(at(1)), at(2), vec![from_global(retry("newer", 1))]));
    let held = |east: &Alone<ZoneNode>| east.node.observe().peers[&zone("east")].consumed.position;
    assert_eq!(held(&east), Some(at(2)));
    let effects = east.input(transfer(None, at(1), vec![from_global(mesh("default"))]));
    assert!(effects.iter().any(|effect| matches!(effect, ZoneEffect::Hangup { session: SESSION })), "{effects:?}");
    assert_eq!(held(&east), Some(at(2)));
    assert_eq!(east.node.view().resources.len(), 2);
}
