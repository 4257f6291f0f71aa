//! A port of which the server name is longer than Envoy takes is told to nobody, and no ingress lets through what it cannot tell apart. Both are said.
use super::stage::{IDENTITY, MESH, Stage, destination, ingress, proxy, service};
use std::collections::BTreeSet;
use strait_core::{
    ineffective::{ineffective, ineffective_together},
    plan::{Part, PartName},
    resource::{Resource, from_yaml},
};

/// A service of `web`, with one port.
fn of_web(name: &str, namespace: &str, port: &str) -> String {
    let namespace = if namespace.is_empty() { String::new() } else { format!(", k8s.kuma.io/namespace: {namespace}") };
    format!(
        "
type: MeshService
mesh: shop
name: {name}
labels: {{kuma.io/zone: east{namespace}}}
spec:
  selector: {{dataplaneLabels: {{matchLabels: {{app: web}}}}}}
  ports: [{{name: {port}, port: 80, targetPort: main, appProtocol: http}}]
---"
    )
}

fn only(yaml: &str) -> Resource {
    from_yaml(yaml).unwrap().remove(0)
}

/// What an ingress lets through, by server name; without those by which Kuma asks, which have the number of the port.
fn through(stage: &Stage) -> BTreeSet<String> {
    let plan = stage.plans.plan(&ingress()).into_values();
    let names = plan.filter_map(|part| if let Part::Passage(passage) = part { Some(passage.server_names) } else { None }).flatten();
    names.filter(|name| name.starts_with("sni.") && !name.ends_with(".80")).collect()
}

#[test]
fn of_a_name_that_is_too_long_nobody_is_told() {
    // `sni.msvc.shop.east.api.` and the port's name.
    for (length, is_told) in [(255 - 23, true), (256 - 23, false)] {
        let port = "p".repeat(length);
        let yaml = service("api").replace("name: web", &format!("name: {port}"));
        let mut stage = Stage::with(&format!("{MESH}---{}{}{yaml}", proxy("web", 1), proxy("api", 2)));
        stage.vip("api", 1);
        let to = destination("api", &port);
        assert_eq!(to.sni().len(), 23 + length);
        for part in [PartName::Outbound(to.clone()), PartName::Cluster(to.clone()), PartName::Endpoints(to)] {
            assert_eq!(stage.part("web-1", &part).is_some(), is_told, "{part:?}");
        }
        let said = ineffective(&only(&yaml));
        assert_eq!(said.is_empty(), is_told);
        if let Some(said) = said.first() {
            assert_eq!(said.field, "spec.ports[0].name");
            assert!(said.why.contains("has 256 bytes, and at most 255"), "{}", said.why);
        }
    }
}

#[test]
fn and_the_other_ports_of_the_service_go_on() {
    let long = "p".repeat(250);
    let yaml = service("api").replace("ports: [", &format!("ports: [{{name: {long}, port: 81, targetPort: main}}, "));
    let mut stage = Stage::with(&format!("{MESH}---{}{}{yaml}", proxy("web", 1), proxy("api", 2)));
    stage.vip("api", 1);
    assert!(stage.part("web-1", &PartName::Outbound(destination("api", "web"))).is_some());
    assert!(stage.part("web-1", &PartName::Outbound(destination("api", &long))).is_none());
}

#[test]
fn of_two_that_are_asked_for_alike_an_ingress_lets_neither_through() {
    let (dotted, spaced, other) = (of_web("a.b", "", "web"), of_web("b", "a", "web"), of_web("c", "", "web"));
    let mut stage = Stage::with(&format!("{MESH}---{IDENTITY}{}{dotted}{other}", proxy("web", 1)));
    let [both, c] = ["sni.msvc.shop.east.a.b.web", "sni.msvc.shop.east.c.web"].map(str::to_owned);
    assert_eq!(through(&stage), [both.clone(), c.clone()].into());
    let affected = stage.put(&spaced);
    assert_eq!(through(&stage), [c.clone()].into());
    // Both are found to be different, and nothing else.
    let touched = &affected.proxies[&ingress()];
    let named = |name: &str, namespace: Option<&str>| {
        let mut of = destination(name, "web");
        of.service.namespace = namespace.map(str::to_owned);
        PartName::Passage(of)
    };
    assert!(touched.covers(&named("a.b", None)) && touched.covers(&named("b", Some("a"))) && !touched.covers(&named("c", None)));
    stage.delete("MeshService", "a.b");
    assert_eq!(through(&stage), [both, c].into());
}

#[test]
fn and_it_is_said_of_both() {
    let all = [of_web("a.b", "", "web"), of_web("b", "a", "web"), of_web("c", "", "web")].map(|yaml| only(&yaml));
    let said = ineffective_together(&all);
    assert_eq!(said.keys().collect::<Vec<_>>(), [&all[0].key, &all[1].key]);
    let why = &said[&all[0].key][0].why;
    assert!(why.contains("`sni.msvc.shop.east.a.b.web`, as for kri_msvc_shop_east_a_b_web"), "{why}");
    assert!(ineffective_together(&all[1..]).is_empty());
}
