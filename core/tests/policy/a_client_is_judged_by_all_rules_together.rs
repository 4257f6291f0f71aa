//! `MeshTrafficPermission`: what denies counts for more than what allows, whoever wrote it; what nobody allows is denied.
use crate::stage::Stage;
use std::collections::BTreeMap;
use strait_core::policy::{Client, Decision, decide};

const PROXY: &str = "
type: Dataplane
name: api
networking: { address: 10.0.0.1, inbound: [{ port: 80, tags: { kuma.io/service: api } }] }
---
";

fn decision(policies: &str, spiffe_id: &str, sni: &str) -> String {
    let resolved = Stage::with(&format!("{PROXY}{policies}")).resolve("api", "MeshTrafficPermission");
    let rules = resolved.inbounds.unwrap().into_values().next().map(|inbound| inbound.rules).unwrap_or_default();
    match decide(&rules, Client { spiffe_id, sni }) {
        Decision::Allowed(by) => format!("allowed by {}[{}]", by.policy.name, by.rule),
        Decision::Denied(by) => format!("denied by {}[{}]", by.policy.name, by.rule),
        Decision::DeniedByDefault => "denied by default".to_owned(),
    }
}

#[test]
fn by_the_rules_of_all_policies() {
    let policies = r"
type: MeshTrafficPermission
name: zzz
spec:
  rules:
    - default:
        allow: [{ spiffeID: { type: Prefix, value: 'spiffe://east/ns/shop/' } }]
    - default:
        allowWithShadowDeny: [{ spiffeID: { type: Exact, value: 'spiffe://east/ns/ops/sa/admin' }, sni: { type: Exact, value: api.mesh } }]
---
type: MeshTrafficPermission
name: aaa
spec:
  targetRef: { kind: Dataplane, name: api }
  rules:
    - default:
        deny: [{ spiffeID: { type: Exact, value: 'spiffe://east/ns/shop/sa/thief' } }]
";
    assert_eq!(decision(policies, "spiffe://east/ns/shop/sa/web", ""), "allowed by zzz[0]");
    assert_eq!(decision(policies, "spiffe://east/ns/shop/sa/thief", ""), "denied by aaa[0]");
    assert_eq!(decision(policies, "spiffe://east/ns/ops/sa/admin", "api.mesh"), "allowed by zzz[1]");
    // Both parts of a match have to be met.
    assert_eq!(decision(policies, "spiffe://east/ns/ops/sa/admin", "other.mesh"), "denied by default");
    assert_eq!(decision(policies, "spiffe://west/ns/shop/sa/web", ""), "denied by default");
    // The policy with the name that counts for less denies all the same.
    let turned =
        policies.replace("name: zzz", "name: bbb").replace("name: aaa", "name: zzz").replace("kind: Dataplane, name: api", "kind: Mesh");
    assert_eq!(decision(&turned, "spiffe://east/ns/shop/sa/thief", ""), "denied by zzz[0]");
}

#[test]
fn without_policies_nobody_may() {
    assert_eq!(decision("", "spiffe://east/ns/shop/sa/web", ""), "denied by default");
}

#[test]
fn the_older_way_by_the_first_set_of_clients_that_it_is_in() {
    let resolved = Stage::with(&format!(
        "{PROXY}{}",
        r"
type: MeshTrafficPermission
name: older
spec:
  from:
    - targetRef: { kind: Mesh }
      default: { action: Deny }
    - targetRef: { kind: MeshSubset, tags: { team: shop } }
      default: { action: Allow }
    - targetRef: { kind: MeshServiceSubset, name: web, tags: { version: '2' } }
      default: { action: AllowWithShadowDeny }
"
    ))
    .resolve("api", "MeshTrafficPermission");
    let rules = resolved.from.unwrap().into_values().next().unwrap();
    let action = |client: &[(&str, &str)]| {
        let client: BTreeMap<String, String> = client.iter().map(|(tag, value)| ((*tag).to_owned(), (*value).to_owned())).collect();
        let rule = rules.iter().find(|rule| rule.subset.fits(&client)).unwrap();
        (rule.merged.conf["action"].as_str().unwrap(), rule.merged.values["/action"].rule)
    };
    assert_eq!(action(&[("kuma.io/service", "web")]), ("Deny", 0));
    assert_eq!(action(&[("kuma.io/service", "web"), ("version", "2")]), ("AllowWithShadowDeny", 2));
    assert_eq!(action(&[("team", "shop"), ("version", "1")]), ("Allow", 1));
    // Of items that are all about a client the last counts.
    assert_eq!(action(&[("team", "shop"), ("kuma.io/service", "web"), ("version", "2")]), ("AllowWithShadowDeny", 2));
    assert!(resolved.inbounds.unwrap().values().all(|inbound| inbound.rules.is_empty()));
}
