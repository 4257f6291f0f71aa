//! Certificates of proxies: an authority is made once and stored, trust is said before anything is signed, and each proxy's certificate is
//! renewed at about half of its life.
use crate::alone::{Alone, from_global, kuma_response, mesh, resource, zone};
use serde_json::json;
use strait_core::{
    Durable, Node as _, ZoneNode,
    node::*,
    plan::{Access, Part},
    resource::*,
    sync::*,
};

struct Zone {
    alone: Alone<ZoneNode>,
    starts: u64,
}

fn identity() -> Resource {
    let bundled = json!({"autogenerate": {"enabled": true}, "certificateParameters": {"expiry": "1000s"}});
    let spec = json!({
        "selector": {"dataplane": {"matchLabels": {}}},
        "spiffeID": {"path": "/proxy/{{ label \"app\" }}"},
        "provider": {"type": "Bundled", "bundled": bundled},
    });
    resource("MeshIdentity", Some("default"), "identity", spec)
}

fn proxy(name: &str, last: u8) -> Resource {
    let networking = json!({"address": format!("10.0.0.{last}"), "inbound": [{"port": 80, "tags": {"kuma.io/service": name}}]});
    let mut proxy = resource("Dataplane", Some("default"), name, json!({ "networking": networking }));
    proxy.labels.insert("app".to_owned(), name.to_owned());
    proxy
}

impl Zone {
    fn new() -> Self {
        let mut zone = Self { alone: start(1, Durable::new()), starts: 1 };
        zone.connect();
        zone
    }

    fn connect(&mut self) {
        self.alone.run_for(1000);
        self.alone.input(ZoneInput::Dialed(Ok((Session(self.starts), Dialect::Kuma))));
        for (kind, resource) in [("Mesh", mesh("default")), ("MeshIdentity", identity())] {
            let response = kuma_response(kind, kind, vec![from_global(resource)], Vec::new());
            self.alone.input(ZoneInput::Response(Session(self.starts), response));
        }
    }

    fn restart(&mut self) {
        self.starts += 1;
        self.alone = start(self.starts, self.alone.disk.clone());
        self.connect();
    }

    fn opens(&mut self, session: u64, name: &str, last: u8) -> Vec<ZoneEffect> {
        let opened = FromProxy::Opened {
            mesh: Some(MeshName::new("default").unwrap()),
            name: ResourceName::new(name).unwrap(),
            dataplane: Some(Box::new(proxy(name, last))),
            version: ProxyVersion::default(),
        };
        self.alone.input(ZoneInput::Proxy(ProxySession(session), opened))
    }

    fn says(&mut self, issued: Issued) -> Vec<ZoneEffect> {
        self.alone.input(ZoneInput::Issued(issued))
    }

    fn trusted(&self) -> Option<&Resource> {
        let held = &self.alone.node.view().resources;
        held.values().find(|held| held.kind().as_str() == "MeshTrust").map(std::sync::Arc::as_ref)
    }
}

fn start(seed: u64, disk: Durable) -> Alone<ZoneNode> {
    Alone::start(ZoneConfig::new(zone("east")), seed, disk).0
}

fn issues(effects: &[ZoneEffect]) -> Vec<&Issue> {
    effects.iter().filter_map(|effect| if let ZoneEffect::Issue(issue) = effect { Some(issue) } else { None }).collect()
}

fn authority(certificate: &str) -> Authority {
    Authority { trust_domain: "default.east.mesh.local".to_owned(), certificate: certificate.to_owned(), sealed_key: "sealed".to_owned() }
}

/// The only thing that is to be issued: a certificate for this session. Its number.
fn certificate(effects: &[ZoneEffect], of: u64) -> u64 {
    match issues(effects)[..] {
        [Issue::Certificate { request, session: ProxySession(session), .. }] if *session == of => *request,
        ref other => panic!("{other:#?}"),
    }
}

#[test]
fn an_authority_first_and_trust_before_certificates() {
    let mut zone = Zone::new();
    let effects = zone.opens(7, "a", 1);
    let [Issue::Authority { request, trust_domain, identity }] = issues(&effects)[..] else { panic!("{effects:#?}") };
    assert_eq!((trust_domain.as_str(), identity.name.as_str()), ("default.east.mesh.local", "identity"));
    let request = *request;
    assert!(issues(&zone.opens(8, "b", 2)).is_empty(), "one is made for both");
    assert!(zone.trusted().is_none());
    let effects = zone.says(Issued::Authority { request, made: Ok(authority("CA")) });
    let trust = zone.trusted().unwrap().spec.value().unwrap();
    assert_eq!(*trust, json!({"trustDomain": "default.east.mesh.local", "caBundles": [{"type": "Pem", "pem": {"value": "CA"}}]}));
    let signed: Vec<_> = issues(&effects)
        .into_iter()
        .map(|issue| match issue {
            Issue::Certificate { session, identity, authority, .. } => {
                assert_eq!(authority.certificate, "CA");
                (session.0, identity.spiffe_id.as_str())
            }
            Issue::Authority { .. } => panic!("{issue:?}"),
        })
        .collect();
    assert_eq!(signed, [(7, "spiffe://default.east.mesh.local/proxy/a"), (8, "spiffe://default.east.mesh.local/proxy/b")]);
}

#[test]
fn at_half_of_its_life_and_again_if_that_fails() {
    let mut zone = Zone::new();
    let effects = zone.opens(7, "a", 1);
    let [Issue::Authority { request, .. }] = issues(&effects)[..] else { panic!("{effects:#?}") };
    let effects = zone.says(Issued::Authority { request: *request, made: Ok(authority("CA")) });
    let request = certificate(&effects, 7);
    zone.says(Issued::Certificate { request, signed: Ok(()) });
    assert!(issues(&zone.alone.run_for(449_000)).is_empty());
    let request = certificate(&zone.alone.run_for(102_000), 7);
    zone.says(Issued::Certificate { request, signed: Err(NotSigned::Failed("busy".to_owned())) });
    let request = certificate(&zone.alone.run_for(1_000), 7);
    zone.says(Issued::Certificate { request, signed: Err(NotSigned::Failed("busy".to_owned())) });
    assert!(issues(&zone.alone.run_for(1_900)).is_empty());
    let request = certificate(&zone.alone.run_for(100), 7);
    zone.says(Issued::Certificate { request, signed: Ok(()) });
    zone.alone.run_for(2_000);
    let shown = zone.alone.node.view().resources.values().find(|held| held.kind().as_str() == "DataplaneInsight").unwrap().clone();
    let certificate = &shown.spec.value().unwrap()["mTLS"];
    assert_eq!(
        (&certificate["certificateRegenerations"], &certificate["issuedBackend"]),
        (&json!(2), &json!("kri_mid_default___identity_"))
    );
    assert!(certificate["certificateExpirationTime"].is_string() && certificate["lastCertificateRegeneration"].is_string());
    zone.alone.input(ZoneInput::Proxy(ProxySession(7), FromProxy::Closed));
    assert!(issues(&zone.alone.run_for(2_000_000)).is_empty(), "nobody is there any more");
}

#[test]
fn an_authority_outlives_a_restart_and_is_replaced_when_its_key_is_lost() {
    let mut zone = Zone::new();
    let effects = zone.opens(7, "a", 1);
    let [Issue::Authority { request, .. }] = issues(&effects)[..] else { panic!("{effects:#?}") };
    zone.says(Issued::Authority { request: *request, made: Ok(authority("CA")) });
    zone.restart();
    let effects = zone.opens(1, "a", 1);
    let request = certificate(&effects, 1);
    zone.says(Issued::Certificate { request, signed: Err(NotSigned::Lost("another key".to_owned())) });
    let effects = zone.alone.run_for(1_000);
    let [Issue::Authority { request, .. }] = issues(&effects)[..] else { panic!("{effects:#?}") };
    let effects = zone.says(Issued::Authority { request: *request, made: Ok(authority("OTHER")) });
    certificate(&effects, 1);
    let trust = zone.trusted().unwrap().spec.value().unwrap();
    let bundles: Vec<&str> = trust["caBundles"].as_array().unwrap().iter().filter_map(|one| one["pem"]["value"].as_str()).collect();
    assert_eq!(bundles, ["CA", "OTHER"], "certificates of the lost one are still in use");
}

#[test]
fn who_has_an_identity_lets_in_whom_a_permission_allows() {
    let mut zone = Zone::new();
    let effects = zone.opens(7, "a", 1);
    let access = |effects: &[ZoneEffect]| {
        let parts = effects.iter().filter_map(|effect| match effect {
            ZoneEffect::Proxy(_, ToProxy::Plan(update)) => Some(&update.put),
            _ => None,
        });
        parts.flatten().find_map(|part| if let Part::Inbound(inbound) = part { Some(inbound.access.clone()) } else { None })
    };
    assert_eq!(access(&effects), Some(Access::Known { deny: Vec::new(), allow: Vec::new() }), "nobody is allowed yet");
    zone.alone.input(ZoneInput::Proxy(ProxySession(7), FromProxy::Took { update: 1 }));
    let allow = json!([{"spiffeID": {"type": "Exact", "value": "spiffe://default.east.mesh.local/proxy/b"}}]);
    let spec = json!({"targetRef": {"kind": "Mesh"}, "rules": [{"default": {"allow": allow}}]});
    let permission = resource("MeshTrafficPermission", Some("default"), "b-may", spec);
    let response = kuma_response("MeshTrafficPermission", "p", vec![from_global(permission)], Vec::new());
    let effects = zone.alone.input(ZoneInput::Response(Session(1), response));
    let Some(Access::Known { deny, allow }) = access(&effects) else { panic!("{effects:#?}") };
    assert_eq!((deny.len(), allow.len()), (0, 1));
}

/// Timers do not notice how long a machine was suspended; certificates have run out by then.
#[test]
fn after_the_clock_has_jumped_all_are_renewed_soon() {
    let mut zone = Zone::new();
    let effects = zone.opens(7, "a", 1);
    let [Issue::Authority { request, .. }] = issues(&effects)[..] else { panic!("{effects:#?}") };
    let effects = zone.says(Issued::Authority { request: *request, made: Ok(authority("CA")) });
    let request = certificate(&effects, 7);
    zone.says(Issued::Certificate { request, signed: Ok(()) });
    assert!(issues(&zone.alone.run_for(100_000)).is_empty());
    zone.alone.ahead = 2_000;
    assert!(issues(&zone.alone.run_for(100_000)).is_empty(), "clocks are set right all the time");
    zone.alone.ahead = 3_600_000;
    let effects = zone.alone.run_for(15_000);
    let request = certificate(&effects, 7);
    assert_eq!(issues(&effects).len(), 1, "once");
    zone.says(Issued::Certificate { request, signed: Ok(()) });
    assert!(issues(&zone.alone.run_for(60_000)).is_empty(), "once");
}
