//! A zone that is brought back from a backup signs the certificates of its proxies by the authorities that they trust. Another authority takes the
//! place of one when an operator says so.
use crate::cast::{Running, answer, refused, says, until};
use hyper_util::rt::TokioIo;
use prost::Message as _;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, UnixTime, pem::PemObject as _},
    server::WebPkiClientVerifier,
};
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, sync::Arc, time::Duration};
use strait_proto::{
    discovery::{DeltaDiscoveryRequest, aggregated_discovery_service_client::AggregatedDiscoveryServiceClient},
    envoy::{
        config::core::v3::{Node, data_source::Specifier},
        extensions::transport_sockets::tls::v3::{Secret, secret::Type},
    },
};
use strait_shell::{
    envoy::XdsType,
    kds::Connect as _,
    tls::{TlsConnect, trusting},
};
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, transport::Endpoint};

const IDENTITY: &str = "type: Mesh
name: shop
---
type: MeshIdentity
mesh: shop
name: identity
spec: { selector: { dataplane: { matchLabels: {} } }, provider: { type: Bundled, bundled: { autogenerate: { enabled: true } } } }
";
const DATAPLANE: &str = "type: Dataplane
mesh: shop
name: cart-1
labels: { kuma.io/workload: cart }
networking: { address: 127.0.0.1, inbound: [{ port: 8080, tags: { kuma.io/service: cart } }] }
";

/// The certificate that a proxy is given, in PEM.
fn certificate(folder: &Path, zone: &Running, token: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let authority = fs::read_to_string(folder.join("strait-data/zone-east/ca.pem")).unwrap();
    let connect =
        TlsConnect { address: zone.proxies.clone(), name: "localhost".try_into().unwrap(), connector: trusting(&authority).unwrap() };
    let given = async {
        let dial = tower::service_fn(move |_| {
            let connect = connect.clone();
            async move { connect.connect().await.map(TokioIo::new) }
        });
        let channel = Endpoint::from_static("http://localhost").connect_with_connector(dial).await.unwrap();
        let (ask, asked) = tokio::sync::mpsc::channel(1);
        let text = prost_types::Value { kind: Some(prost_types::value::Kind::StringValue(DATAPLANE.to_owned())) };
        let metadata = prost_types::Struct { fields: [("dataplane.resource".to_owned(), text)].into() };
        let node = Node { id: "shop.cart-1".to_owned(), metadata: Some(metadata) };
        let all =
            DeltaDiscoveryRequest { type_url: XdsType::Secret.url().to_owned(), node: Some(node), ..DeltaDiscoveryRequest::default() };
        ask.send(all).await.unwrap();
        let mut request = Request::new(ReceiverStream::new(asked));
        request.metadata_mut().insert("authorization", token.parse().unwrap());
        let mut said = AggregatedDiscoveryServiceClient::new(channel).delta_aggregated_resources(request).await.unwrap().into_inner();
        loop {
            let response = said.message().await.unwrap().unwrap();
            let secrets = response.resources.iter().map(|resource| Secret::decode(&*resource.resource.as_ref().unwrap().value).unwrap());
            let mut certificates = secrets.filter_map(|secret| match secret.r#type? {
                Type::TlsCertificate(certificate) => certificate.certificate_chain?.specifier,
                Type::ValidationContext(_) => None,
            });
            match certificates.next() {
                Some(Specifier::InlineString(text)) => return text,
                Some(Specifier::InlineBytes(bytes)) => return String::from_utf8(bytes.to_vec()).unwrap(),
                Some(Specifier::Filename(file)) => panic!("{file}"),
                None => {}
            }
            let next =
                DeltaDiscoveryRequest { type_url: response.type_url, response_nonce: response.nonce, ..DeltaDiscoveryRequest::default() };
            ask.send(next).await.unwrap();
        }
    };
    runtime.block_on(async { timeout(Duration::from_secs(60), given).await }).expect("a certificate")
}

/// The authorities of the mesh, as its zone says them, in PEM.
fn authorities(zone: &Running) -> String {
    let (_, said) = answer(&zone.api, "GET", "/meshes/shop/meshtrusts", "");
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let bundles = said["items"].as_array().unwrap().iter().flat_map(|trust| trust["spec"]["caBundles"].as_array().unwrap());
    bundles.map(|bundle| bundle["pem"]["value"].as_str().unwrap()).collect()
}

/// Whether one of these authorities signed it.
fn is_signed_by(certificate: &str, authorities: &str) -> bool {
    let mut roots = RootCertStore::empty();
    CertificateDer::pem_slice_iter(authorities.as_bytes()).for_each(|authority| roots.add(authority.unwrap()).unwrap());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    verifier.verify_client_cert(&certificate, &[], UnixTime::now()).is_ok()
}

/// A global, a zone `east` that holds the identity, and a token for the proxy.
fn begun(folder: &Path) -> (Running, Running, String) {
    let global = Running::global(folder);
    let zone = Running::zone(folder, "east", &global);
    fs::write(folder.join("mesh.yaml"), IDENTITY).unwrap();
    says(folder, &["apply", "-f", "mesh.yaml", "--api", &global.api]);
    let token = says(folder, &["token", "dataplane", "--mesh", "shop", "--name", "cart-1", "--workload", "cart", "--api", &global.api]);
    let holds = |kind: &str| answer(&zone.api, "GET", &format!("/meshes/shop/{kind}"), "").1.contains("\"total\":1");
    until("the zone holds the identity and the key of the token", || holds("meshidentities") && holds("secrets"));
    (global, zone, token)
}

#[test]
fn until_an_operator_rotates_one() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (global, zone, token) = begun(folder);
    let rotate = ["rotate", "--mesh", "shop", "--overlap", "1h", "--api", &zone.api];
    let none = refused(folder, 2, &rotate);
    assert!(none.contains("zone east has no authority in mesh `shop`: one is made when the first proxy needs it"), "{none}");
    let of_global = refused(folder, 2, &["rotate", "--mesh", "shop", "--api", &global.api]);
    assert!(of_global.contains("`rotate shop` is for a zone control plane"), "{of_global}");
    let first = certificate(folder, &zone, token.trim());
    let trusted = authorities(&zone);

    says(folder, &rotate);
    until("both are trusted", || authorities(&zone).len() > trusted.len() && authorities(&zone).starts_with(&trusted));
    until("its phase is shown", || {
        let shown = says(folder, &["status", "--api", &zone.api]);
        shown.lines().any(|line| line.split_whitespace().take(3).eq(["shop/identity", "shop.east.mesh.local", "spreading"]))
    });
    let again = refused(folder, 2, &rotate);
    assert!(again.contains("a rotation of the authority of `shop.east.mesh.local` is under way (spreading: it waits for "), "{again}");
    let (code, said) = answer(&zone.api, "POST", "/_rotate", r#"{"mesh": "shop", "overlap": "1"}"#);
    assert_eq!(code, 400, "{said}");
    let next = certificate(folder, &zone, token.trim());
    assert_ne!(next, first);
    assert!(is_signed_by(&next, &trusted), "the new one signs, and nobody need know it yet");
}

#[test]
fn in_a_backup() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (global, zone, token) = begun(folder);
    let before = certificate(folder, &zone, token.trim());
    let trusted = authorities(&zone);
    assert!(is_signed_by(&before, &trusted));

    let said = says(folder, &["backup", "east.backup", "--api", &zone.api]);
    assert!(said.contains("ca.key, sealing.key. It holds secrets: whoever has it can be zone east"), "{said}");
    assert_eq!(fs::metadata(folder.join("east.backup")).unwrap().permissions().mode() & 0o777, 0o600);
    let authority = fs::read_to_string(folder.join("strait-data/zone-east/ca.pem")).unwrap();
    zone.kill();
    fs::remove_dir_all(folder.join("strait-data/zone-east")).unwrap();
    says(folder, &["restore", "east.backup"]);
    let file = |name: &str| folder.join("strait-data/zone-east").join(name);
    for key in ["ca.key", "sealing.key"] {
        assert_eq!(fs::metadata(file(key)).unwrap().permissions().mode() & 0o777, 0o600, "{key}");
    }
    // Whom launchers and Envoys trust as their control plane is the same, too.
    assert_eq!(fs::read_to_string(file("ca.pem")).unwrap(), authority);

    let zone = Running::zone(folder, "east", &global);
    let after = certificate(folder, &zone, token.trim());
    assert_ne!(after, before);
    assert!(is_signed_by(&after, &trusted), "another authority signed it");
    assert_eq!(authorities(&zone), trusted);
}
