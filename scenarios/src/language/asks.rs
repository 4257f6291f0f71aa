//! Who asks whom for what: the fields that verbs and conditions about requests share.
use super::{Check, Fields, Node, tree::Content};
use crate::{
    gateway::{Begins, PassesOn},
    workload::{Ask, Connection, PORT, ProxyId, Spoken, Wants},
};
use std::{collections::BTreeMap, time::Duration};

/// Who asks that is in no mesh.
const OUTSIDE: &str = "outside";

/// The fields of a question, before those of its verb or condition.
macro_rules! asks {
    ($($more:expr),* $(,)?) => {
        &[
            $crate::language::shape::need("from", $crate::language::Shape::ProxyOrOutside),
            $crate::language::shape::may("to", $crate::language::Shape::Proxy),
            $crate::language::shape::may("name", $crate::language::Shape::Text),
            $crate::language::shape::may("port", $crate::language::Shape::Number),
            $crate::language::shape::may("path", $crate::language::Shape::Text),
            $crate::language::shape::may("headers", $crate::language::Shape::Anything),
            $crate::language::shape::may("protocol", $crate::language::Shape::Choice(&["http", "tcp"])),
            $crate::language::shape::may("connection", $crate::language::Shape::Choice(&["new", "kept"])),
            $crate::language::shape::may("takes", $crate::language::Shape::Duration),
            $($more),*
        ]
    };
}
pub(crate) use asks;

/// Reads a question. `None`: a mistake was noted.
pub(crate) fn ask(fields: &Fields<'_>, check: &mut Check) -> Option<Ask> {
    let outside = fields.get("from").is_some_and(|from| from.is(OUTSIDE));
    let whom = if outside { from_outside(fields, check) } else { by_name(fields, check) };
    let path = match fields.get("path") {
        None => Some("/".to_owned()),
        Some(node) => check.text(node, "a path").map(str::to_owned).and_then(|path| {
            let is_one = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic());
            if !is_one {
                check.mistake(node.place, format!("`{path}` is not a path"), "such as `/cart?id=7`");
            }
            is_one.then_some(path)
        }),
    };
    let headers = match fields.get("headers") {
        None => Some(BTreeMap::new()),
        Some(node) => headers(node, check),
    };
    let takes = match fields.get("takes") {
        None => Some(Duration::ZERO),
        Some(node) => check.duration(node, "`takes`"),
    };
    let speaks = match fields.get("protocol") {
        Some(protocol) if check.choice(protocol, "protocol", &["http", "tcp"])? == "tcp" => Spoken::Tcp,
        _ => Spoken::Http,
    };
    let connection = match fields.get("connection") {
        Some(connection) if check.choice(connection, "connection", &["new", "kept"])? == "kept" => Connection::Kept,
        _ => Connection::New,
    };
    for field in ["path", "headers", "connection", "takes"] {
        if let Some(set) = fields.get(field).filter(|_| speaks == Spoken::Tcp) {
            check.mistake(set.place, format!("bytes have no `{field}`: only who is there is asked"), "leave one of the two out");
        }
    }
    let begins = if outside { Begins::Outside } else { Begins::There };
    let ((from, name, port), path, headers, takes) = (whom?, path?, headers?, takes?);
    Some(Ask { from, name, port, path, headers, speaks, connection, takes, begins, wants: Wants::Answer })
}

/// What a workload asks itself: who, which name, on which port.
fn by_name(fields: &Fields<'_>, check: &mut Check) -> Option<(ProxyId, String, u16)> {
    let from = fields.need(check, "from").and_then(|from| check.proxy(from));
    let name = fields.need(check, "name").and_then(|name| check.text(name, "a host name").map(str::to_lowercase));
    let port = match fields.get("port") {
        None => Some(PORT),
        Some(node) => check.port(node),
    };
    if let Some(to) = fields.get("to") {
        check.mistake(to.place, "a workload asks by a name", format!("`to` goes with `from: {OUTSIDE}`"));
        return None;
    }
    Some((from?, name?, port?))
}

/// What a gateway makes of what it is asked from outside.
fn from_outside(fields: &Fields<'_>, check: &mut Check) -> Option<(ProxyId, String, u16)> {
    for field in ["name", "port", "protocol", "connection"] {
        if let Some(set) = fields.get(field) {
            let message = format!("from outside a gateway is asked, over HTTP and a connection of its own: there is no `{field}`");
            check.mistake(set.place, message, format!("leave `{field}` out"));
        }
    }
    let to = fields.need(check, "to")?;
    let gateway = check.proxy(to)?;
    let Some(PassesOn { to: name, port }) = check.gateways.get(&gateway).cloned() else {
        check.mistake(
            to.place,
            format!("{gateway} is no gateway, and lets nobody in from outside"),
            "such as `edge: { gateway: { to: NAME } }`",
        );
        return None;
    };
    Some((gateway, name, port))
}

fn headers(node: &Node, check: &mut Check) -> Option<BTreeMap<String, String>> {
    let mut headers = BTreeMap::new();
    for (key, value) in check.entries(node, "`headers`") {
        let name = key.text.to_lowercase();
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !is_name || matches!(name.as_str(), "host" | "connection" | "content-length" | "transfer-encoding") {
            check.mistake(key.place, format!("`{}` is not a header that can be given", key.text), "letters, digits and `-`; not `host`");
            return None;
        }
        let value = match &value.content {
            Content::Scalar { text, .. } if text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) => text.clone(),
            _ => {
                check.mistake(value.place, format!("the header `{name}` is a text in one line"), "");
                return None;
            }
        };
        headers.insert(name, value);
    }
    Some(headers)
}
