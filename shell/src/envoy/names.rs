//! What the launcher beside Envoy answers to a workload that asks for names. It asks Envoy for that, on a socket of the file system: so names travel
//! as everything else that a proxy is told, and over no connection of their own.
//!
//! Kuma 2.14's form (`pkg/xds/dynconf`): `GET /dns` is answered with JSON and an `etag`, and with 304 to whoever has that already.
use super::{Rendered, XdsType, http, parts::chain};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::net::Ipv4Addr;
use strait_core::{names::ANSWER_TTL_SECONDS, plan::HostNames};
use strait_proto::envoy::{
    config::{
        core::v3::{
            Address, DataSource, HeaderValue, HeaderValueOption, Pipe, address, data_source::Specifier,
            header_value_option::HeaderAppendAction,
        },
        listener::v3::Listener,
        route::v3::{
            DirectResponseAction, HeaderMatcher, Route, RouteConfiguration, RouteMatch, VirtualHost, header_matcher::HeaderMatchSpecifier,
            route::Action, route_match::PathSpecifier,
        },
    },
    r#type::matcher::v3::{StringMatcher, string_matcher::MatchPattern},
};

const NAME: &str = "system_dynamicconfig";
/// Where they are asked for, as with Kuma.
const PATH: &str = "/dns";
/// A launcher asks once a second, on a connection that it may keep.
const WAITS: http::Waits = http::Waits { idle: 60_000, stream_idle: 10_000, max_stream: 0, max_connection: 0, request_headers: 10_000 };

#[derive(Serialize)]
struct Table<'a> {
    records: Vec<Record<'a>>,
    /// In seconds.
    ttl: u32,
}

#[derive(Serialize)]
struct Record<'a> {
    name: &'a str,
    ips: [Ipv4Addr; 1],
}

/// For a launcher that asks on the socket `at`.
pub fn render_names(names: &HostNames, at: &str) -> Rendered {
    let records = names.addresses.iter().map(|(name, address)| Record { name, ips: [*address] }).collect();
    let body = serde_json::to_string(&Table { records, ttl: ANSWER_TTL_SECONDS }).unwrap_or_default();
    let tag: String = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
    let bytes = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let known = HeaderMatcher {
        name: "if-none-match".to_owned(),
        header_match_specifier: Some(HeaderMatchSpecifier::StringMatch(StringMatcher {
            match_pattern: Some(MatchPattern::Exact(tag.clone())),
        })),
        ..HeaderMatcher::default()
    };
    let etag = HeaderValueOption {
        header: Some(HeaderValue { key: "etag".to_owned(), value: tag }),
        append_action: HeaderAppendAction::OverwriteIfExistsOrAdd.into(),
    };
    let routes = vec![
        Route { action: Some(answer(304, "")), ..route("not_modified", vec![known]) },
        Route { action: Some(answer(200, &body)), response_headers_to_add: vec![etag], ..route("names", Vec::new()) },
    ];
    let routes = RouteConfiguration {
        name: NAME.to_owned(),
        virtual_hosts: vec![VirtualHost { name: NAME.to_owned(), domains: vec!["*".to_owned()], routes, ..VirtualHost::default() }],
        max_direct_response_body_size_bytes: Some(bytes),
        ..RouteConfiguration::default()
    };
    let listener = Listener {
        name: NAME.to_owned(),
        address: Some(Address { address: Some(address::Address::Pipe(Pipe { path: at.to_owned() })) }),
        filter_chains: vec![chain(vec![http::filter(&http::manager(NAME, Vec::new(), routes, &WAITS))])],
        ..Listener::default()
    };
    Rendered::new(XdsType::Listener, NAME, &listener)
}

fn route(name: &str, headers: Vec<HeaderMatcher>) -> Route {
    Route {
        name: format!("{NAME}_{name}"),
        r#match: Some(RouteMatch { path_specifier: Some(PathSpecifier::Path(PATH.to_owned())), headers, ..RouteMatch::default() }),
        ..Route::default()
    }
}

fn answer(status: u32, body: &str) -> Action {
    let body = Some(DataSource { specifier: Some(Specifier::InlineString(body.to_owned())) }).filter(|_| !body.is_empty());
    Action::DirectResponse(DirectResponseAction { status, body })
}
