//! Identities: who proves what to whom, and what becomes of those who cannot.
use crate::stage::{MESH, Stage, destination, proxy, service};
use strait_core::plan::{Access, Part, PartName};

const IDENTITY: &str = "
type: MeshIdentity
mesh: shop
name: identity
spec:
  selector: {dataplane: {matchLabels: {}}}
  spiffeID: {path: '/{{ label \"app\" }}'}
  provider: {type: Bundled, bundled: {autogenerate: {enabled: true}}}
---";

fn access(stage: &Stage, proxy: &str) -> Access {
    match stage.part(proxy, &PartName::Inbound("main".to_owned())) {
        Some(Part::Inbound(inbound)) => inbound.access,
        other => panic!("{other:?}"),
    }
}

/// The SPIFFE IDs of those who serve `stock`, and how many endpoints there are.
fn stock(stage: &Stage) -> (Vec<String>, usize) {
    let to = destination("stock", "web");
    let Some(Part::Cluster(cluster)) = stage.part("cart-1", &PartName::Cluster(to.clone())) else { panic!("no cluster") };
    let Some(Part::Endpoints(endpoints)) = stage.part("cart-1", &PartName::Endpoints(to)) else { panic!("no endpoints") };
    (cluster.tls.map(|tls| tls.servers.into_iter().collect()).unwrap_or_default(), endpoints.endpoints.len())
}

fn nobody() -> Access {
    Access::Known { deny: Vec::new(), allow: Vec::new() }
}

fn stage() -> Stage {
    Stage::with(&[&proxy("cart", 7), &proxy("stock", 8), &service("stock"), MESH].concat())
}

#[test]
fn without_an_identity_everybody_is_let_in() {
    let stage = stage();
    assert_eq!((access(&stage, "stock-1"), stock(&stage)), (Access::Anybody, (Vec::new(), 1)));
}

#[test]
fn with_one_both_ends_prove_who_they_are() {
    let mut stage = stage();
    let affected = stage.put(IDENTITY);
    assert_eq!((access(&stage, "stock-1"), stock(&stage)), (nobody(), (vec!["spiffe://shop.east.mesh.local/stock".to_owned()], 1)));
    let touched = stage.touched("cart-1", &affected);
    assert!(touched.contains(&PartName::Identity) && touched.contains(&PartName::Cluster(destination("stock", "web"))), "{touched:?}");
    stage.delete("MeshIdentity", "identity");
    assert_eq!(access(&stage, "stock-1"), Access::Anybody);
}

#[test]
fn one_that_cannot_be_read_lets_nobody_in() {
    for broken in [
        IDENTITY.replace("type: Bundled", "type: Spire"),
        IDENTITY.replace("label \\\"app\\\"", "label \"nobody-has-it\"").replace("label \"app\"", "label \"nobody-has-it\""),
        IDENTITY.replace("enabled: true", "enabled: 7"),
    ] {
        let mut stage = stage();
        stage.put(IDENTITY);
        stage.put(&broken);
        assert_eq!(access(&stage, "stock-1"), nobody(), "{broken}");
        assert_eq!(stock(&stage), (Vec::new(), 0), "nothing is sent to it unencrypted: {broken}");
    }
}

#[test]
fn one_server_without_identity_neither_opens_nor_breaks_a_service() {
    let mut stage = stage();
    stage.put(IDENTITY);
    let before = stock(&stage);
    let stranger = proxy("stock", 9).replace("stock-1", "stock-2").replace("labels: {app: stock}", "labels: {app: stock, strange: 'yes'}");
    let narrow = IDENTITY.replace("name: identity", "name: narrow").replace("matchLabels: {}", "matchLabels: {strange: 'yes'}");
    stage.put(&[stranger, narrow.replace("label \"app\"", "label \"nobody-has-it\"")].concat());
    assert_eq!(stock(&stage), before);
}
