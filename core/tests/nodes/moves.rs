//! Moves against a node that several tests make.
use crate::alone::{Alone, hello, kind, mesh, retry, zone};
use std::sync::Arc;
use strait_core::{Durable, Node, node::*, resource::*, sync::*};

pub(crate) fn edit(changes: Vec<Change>) -> GlobalInput {
    GlobalInput::Edit { ticket: Ticket(1), changes }
}

pub(crate) fn operate(operation: Operation) -> GlobalInput {
    GlobalInput::Operate { ticket: Ticket(1), operation }
}

/// Runs something on a thread of its own, so that what never returns is a failure and not a test that hangs.
#[allow(clippy::disallowed_methods)]
pub(crate) fn guarded(what: &'static str, f: impl FnOnce() + Send + 'static) {
    let (tx, rx) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        f();
        let _ = tx.send(());
    });
    match rx.recv_timeout(std::time::Duration::from_secs(10)) {
        Ok(()) => {}
        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => panic!("never returned: {what}"),
        Err(_) => panic!("panicked: {what}"),
    }
}

pub(crate) fn global() -> Alone<GlobalNode> {
    Alone::<GlobalNode>::start(GlobalConfig::new(), 1, Durable::new()).0
}

pub(crate) fn down(session: u64, body: RequestBody) -> GlobalInput {
    GlobalInput::Request(Session(session), Request { lane: Lane::Down, body })
}

pub(crate) fn up(session: u64, body: ResponseBody) -> GlobalInput {
    GlobalInput::Response(Session(session), Response { lane: Lane::Up, body })
}

/// A global whose plain Kuma zone `plain` has just refused its one policy.
pub(crate) fn refused_by_a_kuma_zone() -> Alone<GlobalNode> {
    let mut g = global();
    g.input(operate(Operation::Admit(zone("plain"))));
    g.input(edit(vec![Change::Put(mesh("default")), Change::Put(retry("a", 1))]));
    g.input(GlobalInput::Opened { session: Session(1), zone: zone("plain"), dialect: Dialect::Kuma });
    g.input(down(1, RequestBody::Subscribe { kind: kind("MeshRetry"), hello: hello("plain", None) }));
    let nonce = g.nonce(1, 1);
    g.input(down(1, RequestBody::Nack { kind: kind("MeshRetry"), nonce, message: "no".into(), rejected: vec![] }));
    g
}

pub(crate) fn strait_session(
    global: &mut Alone<GlobalNode>,
    name: &str,
    session: u64,
    lineage: &Lineage,
    held: Option<Position>,
) -> Vec<GlobalEffect> {
    let mut said = global.input(GlobalInput::Opened { session: Session(session), zone: zone(name), dialect: Dialect::Strait });
    said.extend(global.input(down(
        session,
        RequestBody::SubscribeAll { hello: hello(name, Some(lineage.clone())), held, staged: None, rejected: vec![] },
    )));
    said.extend(global.input(up(session, ResponseBody::History { lineage: lineage.clone() })));
    said
}

#[allow(clippy::too_many_arguments)]
pub(crate) fn part(
    kind_name: &str,
    nonce: &str,
    put: Vec<Resource>,
    gone: Vec<Key>,
    from: Option<Position>,
    upto: Position,
    part: u32,
    last: bool,
) -> ResponseBody {
    ResponseBody::Resources {
        kind: kind(kind_name),
        nonce: Nonce(nonce.into()),
        put: put.into_iter().map(Arc::new).collect(),
        gone,
        transfer: Some(Transfer { from, upto, part, last }),
    }
}

pub(crate) fn lineage(epoch: u64, writes: u64) -> Lineage {
    let mut l = Lineage::born(Epoch(epoch));
    for _ in 0..writes {
        l.advance();
    }
    l
}

pub(crate) fn at(epoch: u64, seq: u64) -> Position {
    Position { epoch: Epoch(epoch), seq }
}

pub(crate) fn holds(global: &Alone<GlobalNode>, key: &Key) -> bool {
    global.node.view().resources.contains_key(key)
}

pub(crate) fn dialed(session: u64, dialect: Dialect) -> ZoneInput {
    ZoneInput::Dialed(Ok((Session(session), dialect)))
}

pub(crate) fn to_zone(session: u64, body: ResponseBody) -> ZoneInput {
    ZoneInput::Response(Session(session), Response { lane: Lane::Down, body })
}
