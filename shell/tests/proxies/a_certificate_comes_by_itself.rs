//! Certificates come beside the plan: a proxy that asks for one waits until it is there, and is told each new one.
use crate::stage::{plan, update};
use std::collections::BTreeMap;
use strait_core::{
    node::{Issue, NotSigned},
    plan::Identity,
    resource::{Key, Kind, MeshName, ResourceName},
    time::Wall,
};
use strait_proto::discovery::DeltaDiscoveryRequest;
use strait_shell::{
    envoy::{Rendered, XdsType},
    identity::{Sealer, make_authority, sign},
    proxies::Delta,
};

fn ask(of: XdsType, names: &[&str]) -> DeltaDiscoveryRequest {
    let resource_names_subscribe = names.iter().map(|name| (*name).to_owned()).collect();
    DeltaDiscoveryRequest { type_url: of.url().to_owned(), resource_names_subscribe, ..DeltaDiscoveryRequest::default() }
}

fn secret(version: &str) -> Rendered {
    let resource = strait_proto::discovery::Resource { version: version.to_owned(), resource: None, name: "me".to_owned() };
    Rendered { of: XdsType::Secret, resource }
}

#[test]
fn and_each_new_one_is_told() {
    let mut delta = Delta::default();
    delta.update(update(1, &BTreeMap::new(), &plan(&[])));
    delta.request(ask(XdsType::Secret, &["me"])).unwrap();
    assert_eq!(delta.next_response(), None, "that there is none is not said: there will be one");
    for version in ["1", "2"] {
        delta.secret(secret(version));
        let told = delta.next_response().unwrap();
        assert_eq!((told.type_url.as_str(), told.resources[0].version.as_str()), (XdsType::Secret.url(), version));
        assert_eq!(delta.next_response(), None);
        let answer = DeltaDiscoveryRequest { response_nonce: told.nonce, ..ask(XdsType::Secret, &[]) };
        delta.request(answer).unwrap();
        assert_eq!(delta.next_response(), None);
    }
}

#[test]
fn a_key_is_of_use_to_who_sealed_it_only() {
    let identity = Identity {
        by: Key {
            kind: Kind::new("MeshIdentity").unwrap(),
            mesh: Some(MeshName::new("shop").unwrap()),
            name: ResourceName::new("identity").unwrap(),
        },
        name: "kri_mid_shop___identity_".to_owned(),
        trust_domain: "shop.east.mesh.local".to_owned(),
        spiffe_id: "spiffe://shop.east.mesh.local/workload/cart".to_owned(),
        valid_for_seconds: 3600,
    };
    let sealer = || Sealer::new(&Sealer::generate().unwrap()).unwrap();
    let (ours, others) = (sealer(), sealer());
    let now = Wall(1_800_000_000_000);
    let authority = make_authority(&ours, &identity.trust_domain, now).unwrap();
    assert!(!format!("{authority:?}").contains("PRIVATE KEY"));
    let svid = sign(&ours, &authority, &identity, now).unwrap();
    assert!(svid.certificate.starts_with("-----BEGIN CERTIFICATE-----") && svid.key.contains("PRIVATE KEY"));
    assert!(matches!(sign(&others, &authority, &identity, now), Err(NotSigned::Lost(_))));
    let mut damaged = authority.clone();
    damaged.trust_domain = "other.mesh.local".to_owned();
    assert!(matches!(sign(&ours, &damaged, &identity, now), Err(NotSigned::Lost(_))), "it was sealed for another domain");
    assert!(Sealer::new("short").is_err());
    // What a node asks for holds no key that is of use.
    let issue = Issue::Certificate { request: 1, session: strait_core::node::ProxySession(1), identity, authority };
    assert!(!serde_json::to_string(&issue).unwrap().contains("PRIVATE KEY"));
}
