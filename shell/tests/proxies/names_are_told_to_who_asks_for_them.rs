//! Names are for a launcher that answers questions of DNS itself, where it says that it asks for them.
use crate::stage::{Envoy, plan, update};
use std::collections::BTreeMap;
use strait_core::{
    node::FromProxy,
    plan::{HostNames, Part, PartName},
};
use strait_proto::discovery::DeltaDiscoveryRequest;
use strait_shell::envoy::render_names;
use strait_shell::proxies::{ANSWERS_NAMES, Bootstrap, BootstrapRequest, Delta, Reached, asks_for_names_at, socket};

/// What an Envoy says of itself that was started with this bootstrap.
fn metadata(request: BootstrapRequest) -> prost_types::Struct {
    let request = BootstrapRequest { mesh: "shop".to_owned(), name: "cart".to_owned(), ..request };
    let claim = request.claim().unwrap();
    let bootstrap = Bootstrap::new(&request, &claim, None, Reached { host: "10.1.0.1", port: 5678, authority: "PEM" });
    let said = &bootstrap.config()["node"]["metadata"];
    let text = |value: &serde_json::Value| prost_types::Value {
        kind: value.as_str().map(|text| prost_types::value::Kind::StringValue(text.to_owned())),
    };
    let fields = said.as_object().unwrap().iter().map(|(key, value)| match value.as_array() {
        Some(list) => {
            let values = list.iter().map(text).collect();
            (key.clone(), prost_types::Value { kind: Some(prost_types::value::Kind::ListValue(prost_types::ListValue { values })) })
        }
        None => (key.clone(), text(value)),
    });
    prost_types::Struct { fields: fields.collect() }
}

#[test]
fn a_launcher_says_where_by_its_bootstrap() {
    let features = vec![ANSWERS_NAMES.to_owned()];
    let both = BootstrapRequest { features: features.clone(), workdir: "/run/strait".to_owned(), ..BootstrapRequest::default() };
    assert_eq!(asks_for_names_at(&metadata(both)).as_deref(), Some("/run/strait/kuma-mesh-metric-config.sock"));
    let nowhere = BootstrapRequest { features, ..BootstrapRequest::default() };
    assert_eq!(asks_for_names_at(&metadata(nowhere)), None);
    let cannot = BootstrapRequest { workdir: "/run/strait".to_owned(), ..BootstrapRequest::default() };
    assert_eq!(asks_for_names_at(&metadata(cannot)), None);
}

/// Linux takes 107 bytes.
#[test]
fn a_socket_has_a_path_that_is_one() {
    assert_eq!(socket(&"a".repeat(300)).len(), 103);
    assert_eq!(socket(&"\u{e9}".repeat(300)).len(), 103);
    assert_eq!(socket("data/"), "data/kuma-mesh-metric-config.sock");
}

/// Beside a launcher that asks for names there.
fn asking(names_at: Option<&str>) -> Envoy {
    let mut envoy = Envoy::default();
    envoy.connect();
    // A stream of its own, which begins as the other did.
    let mut delta = Delta::new(names_at.map(str::to_owned));
    for of in ["cluster.v3.Cluster", "listener.v3.Listener"] {
        delta.request(DeltaDiscoveryRequest { type_url: format!("type.googleapis.com/envoy.config.{of}"), ..Default::default() }).unwrap();
    }
    envoy.delta = delta;
    envoy
}

#[test]
fn nobody_else_is_told_them() {
    let plan = plan(&[("stock", "10.1.0.8")]);
    let listeners = |names_at: Option<&str>| {
        let mut envoy = asking(names_at);
        envoy.delta.update(update(1, &BTreeMap::new(), &plan));
        assert_eq!(envoy.settle(), Some(FromProxy::Took { update: 1 }));
        envoy.told.iter().filter(|told| told.starts_with("listener: ")).cloned().collect::<Vec<_>>().join(" ")
    };
    assert!(listeners(Some("/run/names.sock")).contains("system_dynamicconfig"));
    assert!(!listeners(None).contains("system_dynamicconfig"));
}

/// The table is one resource, in the form in which Kuma's launchers ask for it too: so what one name costs a proxy grows with all of them.
#[test]
fn one_name_that_changes_costs_the_table_and_nothing_else() {
    let mut addresses: BTreeMap<String, _> =
        (0..1000).map(|number| (format!("s-{number}.svc.mesh.local"), [241, 0, 0, 1].into())).collect();
    let with = |addresses: &BTreeMap<String, _>| {
        let mut plan = plan(&[("stock", "10.1.0.8")]);
        plan.insert(PartName::Names, Part::Names(HostNames { addresses: addresses.clone() }));
        plan
    };
    let before = with(&addresses);
    addresses.insert("s-500.svc.mesh.local".to_owned(), [241, 0, 0, 2].into());
    let after = with(&addresses);
    let mut envoy = asking(Some("/run/names.sock"));
    envoy.delta.update(update(1, &BTreeMap::new(), &before));
    assert_eq!(envoy.settle(), Some(FromProxy::Took { update: 1 }));
    envoy.told.clear();
    envoy.delta.update(update(2, &before, &after));
    assert_eq!(envoy.settle(), Some(FromProxy::Took { update: 2 }));
    assert_eq!(envoy.told, ["listener: system_dynamicconfig"]);
    let bytes = |count: usize| {
        let names = HostNames { addresses: addresses.iter().take(count).map(|(name, address)| (name.clone(), *address)).collect() };
        render_names(&names, "/run/names.sock").resource.resource.unwrap().value.len()
    };
    let (frame, each) = (bytes(0), (bytes(1000) - bytes(0)) / 1000);
    assert!(frame < 1000 && (50..60).contains(&each), "{frame} bytes, and {each} for each name");
}
